/**
 * The contract's words, for the folders below `http/`: they are the same on both sides of the wire, and a second
 * set of them would only have to be kept equal (docs/decisions/0003).
 */
export type {
  AgentHello,
  FirmwareMemory,
  HostFacts,
  ImageFormat,
  KvmVerdict,
  OpError,
  OpInput,
  OpKind,
  OpOutputs,
  OpPut,
  OpRecord,
  OpState,
  OpUndo,
  StreamMessage,
  VmConfig,
  VmExit,
  VmStatus,
  VolumeRoom,
} from '@viv/agent-api'
