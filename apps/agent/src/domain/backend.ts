import type { Duplex, Readable } from 'node:stream'
import type { AgentHello, FirmwareMemory, OpPut, OpRecord, OpUndo, StreamMessage, VolumeRoom } from './contract.ts'

/** A file's bytes on their way out; who is given them reads or destroys them. */
export interface Outgoing {
  readonly sizeBytes: number
  readonly content: Readable
}

/** What `http/` serves: implemented by the real host (backend.ts) and by a simulated one. */
export interface Backend {
  hello(): Promise<AgentHello>
  /** Begins an operation, or answers what is known of it. Throws AppError where it is refused. */
  opPut(opId: string, put: OpPut): Promise<OpRecord>
  opUndo(opId: string, undo: OpUndo): Promise<OpRecord>
  opGet(opId: string): OpRecord | undefined
  /** First a list, then every change. `send` answers false when the reader is too slow: then it is let go. */
  subscribe(send: (message: StreamMessage) => void): () => void
  /** The VM's serial line; undefined where it does not run. */
  serial(vmId: string): Duplex | undefined
  /** A connection to the VM's screen, RFB both ways; undefined where there is none. */
  screen(vmId: string): Promise<Duplex | undefined>
  /** What a full copy of the volume takes at most, and what there is. */
  volumeRoom(volumeId: string): Promise<VolumeRoom>
  /** The bytes of a disk that stands alone. They break off where it is written to meanwhile. */
  volumeSend(volumeId: string): Promise<Outgoing>
  firmwareSend(vmId: string, memory: FirmwareMemory): Promise<Outgoing>
  /** Takes a volume's bytes in. Nothing is left of them when it throws. */
  volumeReceive(volumeId: string, sizeBytes: number, content: Readable): Promise<void>
}
