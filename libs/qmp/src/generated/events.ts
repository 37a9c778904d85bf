// made by tools/generate-qmp.ts, do not edit
// from the schema of QEMU 7.2, x86_64

import type {
  ColoExitReason,
  ColoMode,
  JobStatus,
  JobType,
  MigrationStatus,
  NetworkAddressFamily,
  QueryAcpiOspmStatusReply,
  QueryDumpReply,
  QuerySpiceChannels,
  QueryVncClients,
  SocketAddress,
  WatchdogAction,
} from './commands.ts'

/** Every event, with its data. */
export interface QmpEvents {
  ACPI_DEVICE_OST: AcpiDeviceOstData
  BALLOON_CHANGE: BalloonChangeData
  BLOCK_EXPORT_DELETED: BlockExportDeletedData
  BLOCK_IMAGE_CORRUPTED: BlockImageCorruptedData
  BLOCK_IO_ERROR: BlockIoErrorData
  BLOCK_JOB_CANCELLED: BlockJobCancelledData
  BLOCK_JOB_COMPLETED: BlockJobCompletedData
  BLOCK_JOB_ERROR: BlockJobErrorData
  BLOCK_JOB_PENDING: BlockJobPendingData
  BLOCK_JOB_READY: BlockJobReadyData
  BLOCK_WRITE_THRESHOLD: BlockWriteThresholdData
  COLO_EXIT: ColoExitData
  DEVICE_DELETED: DeviceDeletedData
  DEVICE_TRAY_MOVED: DeviceTrayMovedData
  DEVICE_UNPLUG_GUEST_ERROR: DeviceUnplugGuestErrorData
  DUMP_COMPLETED: DumpCompletedData
  FAILOVER_NEGOTIATED: FailoverNegotiatedData
  GUEST_CRASHLOADED: GuestCrashloadedData
  GUEST_PANICKED: GuestPanickedData
  JOB_STATUS_CHANGE: JobStatusChangeData
  MEMORY_DEVICE_SIZE_CHANGE: MemoryDeviceSizeChangeData
  MEMORY_FAILURE: MemoryFailureData
  /** @deprecated QEMU is going to remove it. */
  MEM_UNPLUG_ERROR: MemUnplugErrorData
  MIGRATION: MigrationData
  MIGRATION_PASS: MigrationPassData
  NETDEV_STREAM_CONNECTED: NetdevStreamConnectedData
  NETDEV_STREAM_DISCONNECTED: NetdevStreamDisconnectedData
  NIC_RX_FILTER_CHANGED: NicRxFilterChangedData
  POWERDOWN: Record<string, never>
  PR_MANAGER_STATUS_CHANGED: PrManagerStatusChangedData
  QUORUM_FAILURE: QuorumFailureData
  QUORUM_REPORT_BAD: QuorumReportBadData
  RDMA_GID_STATUS_CHANGED: RdmaGidStatusChangedData
  RESET: ResetData
  RESUME: Record<string, never>
  RTC_CHANGE: RtcChangeData
  SHUTDOWN: ShutdownData
  SPICE_CONNECTED: SpiceConnectedData
  SPICE_DISCONNECTED: SpiceDisconnectedData
  SPICE_INITIALIZED: SpiceInitializedData
  SPICE_MIGRATE_COMPLETED: Record<string, never>
  STOP: Record<string, never>
  SUSPEND: Record<string, never>
  SUSPEND_DISK: Record<string, never>
  UNPLUG_PRIMARY: UnplugPrimaryData
  VFU_CLIENT_HANGUP: VfuClientHangupData
  VNC_CONNECTED: VncConnectedData
  VNC_DISCONNECTED: VncDisconnectedData
  VNC_INITIALIZED: VncInitializedData
  VSERPORT_CHANGE: VserportChangeData
  WAKEUP: Record<string, never>
  WATCHDOG: WatchdogData
}

export interface AcpiDeviceOstData {
  info: QueryAcpiOspmStatusReply
}

export interface BalloonChangeData {
  actual: number
}

export interface BlockExportDeletedData {
  id: string
}

export interface BlockImageCorruptedData {
  device: string
  'node-name'?: string
  msg: string
  offset?: number
  size?: number
  fatal: boolean
}

export interface BlockIoErrorData {
  device: string
  'node-name'?: string
  operation: BlockIoErrorOperation
  action: BlockIoErrorAction
  nospace?: boolean
  reason: string
}

export interface BlockJobCancelledData {
  type: JobType
  device: string
  len: number
  offset: number
  speed: number
}

export interface BlockJobCompletedData {
  type: JobType
  device: string
  len: number
  offset: number
  speed: number
  error?: string
}

export interface BlockJobErrorData {
  device: string
  operation: BlockIoErrorOperation
  action: BlockIoErrorAction
}

export interface BlockJobPendingData {
  type: JobType
  id: string
}

export interface BlockJobReadyData {
  type: JobType
  device: string
  len: number
  offset: number
  speed: number
}

export interface BlockWriteThresholdData {
  'node-name': string
  'amount-exceeded': number
  'write-threshold': number
}

export interface ColoExitData {
  mode: ColoMode
  reason: ColoExitReason
}

export interface DeviceDeletedData {
  device?: string
  path: string
}

export interface DeviceTrayMovedData {
  device: string
  id: string
  'tray-open': boolean
}

export interface DeviceUnplugGuestErrorData {
  device?: string
  path: string
}

export interface DumpCompletedData {
  result: QueryDumpReply
  error?: string
}

export interface FailoverNegotiatedData {
  'device-id': string
}

export interface GuestCrashloadedData {
  action: GuestCrashloadedAction
  info?: GuestCrashloadedInfo
}

export interface GuestPanickedData {
  action: GuestCrashloadedAction
  info?: GuestCrashloadedInfo
}

export interface JobStatusChangeData {
  id: string
  status: JobStatus
}

export interface MemoryDeviceSizeChangeData {
  id?: string
  size: number
  'qom-path': string
}

export interface MemoryFailureData {
  recipient: MemoryFailureRecipient
  action: MemoryFailureAction
  flags: MemoryFailureFlags
}

export interface MemUnplugErrorData {
  device: string
  msg: string
}

export interface MigrationData {
  status: MigrationStatus
}

export interface MigrationPassData {
  pass: number
}

export interface NetdevStreamConnectedData {
  'netdev-id': string
  addr: SocketAddress
}

export interface NetdevStreamDisconnectedData {
  'netdev-id': string
}

export interface NicRxFilterChangedData {
  name?: string
  path: string
}

export interface PrManagerStatusChangedData {
  id: string
  connected: boolean
}

export interface QuorumFailureData {
  reference: string
  'sector-num': number
  'sectors-count': number
}

export interface QuorumReportBadData {
  type: QuorumReportBadType
  error?: string
  'node-name': string
  'sector-num': number
  'sectors-count': number
}

export interface RdmaGidStatusChangedData {
  netdev: string
  'gid-status': boolean
  'subnet-prefix': number
  'interface-id': number
}

export interface ResetData {
  guest: boolean
  reason: ResetReason
}

export interface RtcChangeData {
  offset: number
  'qom-path': string
}

export interface ShutdownData {
  guest: boolean
  reason: ResetReason
}

export interface SpiceConnectedData {
  server: SpiceConnectedServer
  client: SpiceConnectedServer
}

export interface SpiceDisconnectedData {
  server: SpiceConnectedServer
  client: SpiceConnectedServer
}

export interface SpiceInitializedData {
  server: SpiceInitializedServer
  client: QuerySpiceChannels
}

export interface UnplugPrimaryData {
  'device-id': string
}

export interface VfuClientHangupData {
  'vfu-id': string
  'vfu-qom-path': string
  'dev-id': string
  'dev-qom-path': string
}

export interface VncConnectedData {
  server: VncConnectedServer
  client: VncConnectedClient
}

export interface VncDisconnectedData {
  server: VncConnectedServer
  client: QueryVncClients
}

export interface VncInitializedData {
  server: VncConnectedServer
  client: QueryVncClients
}

export interface VserportChangeData {
  id: string
  open: boolean
}

export interface WatchdogData {
  action: WatchdogAction
}

export type BlockIoErrorOperation =
  | 'read'
  | 'write'

export type BlockIoErrorAction =
  | 'ignore'
  | 'report'
  | 'stop'

export type GuestCrashloadedAction =
  | 'pause'
  | 'poweroff'
  | 'run'

export type GuestCrashloadedInfo = (
  | ({ type: 'hyper-v' } & GuestCrashloadedInfoHyperV)
  | ({ type: 's390' } & GuestCrashloadedInfoS390)
)

export type MemoryFailureRecipient =
  | 'hypervisor'
  | 'guest'

export type MemoryFailureAction =
  | 'ignore'
  | 'inject'
  | 'fatal'
  | 'reset'

export interface MemoryFailureFlags {
  'action-required': boolean
  recursive: boolean
}

export type QuorumReportBadType =
  | 'read'
  | 'write'
  | 'flush'

export type ResetReason =
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  | 'snapshot-load'

export interface SpiceConnectedServer {
  host: string
  port: string
  family: NetworkAddressFamily
}

export interface SpiceInitializedServer {
  host: string
  port: string
  family: NetworkAddressFamily
  auth?: string
}

export interface VncConnectedServer {
  host: string
  service: string
  family: NetworkAddressFamily
  websocket: boolean
  auth?: string
}

export interface VncConnectedClient {
  host: string
  service: string
  family: NetworkAddressFamily
  websocket: boolean
}

export type GuestCrashloadedInfoType =
  | 'hyper-v'
  | 's390'

export interface GuestCrashloadedInfoHyperV {
  arg1: number
  arg2: number
  arg3: number
  arg4: number
  arg5: number
}

export interface GuestCrashloadedInfoS390 {
  core: number
  'psw-mask': number
  'psw-addr': number
  reason: GuestCrashloadedInfoS390Reason
}

export type GuestCrashloadedInfoS390Reason =
  | 'unknown'
  | 'disabled-wait'
  | 'extint-loop'
  | 'pgmint-loop'
  | 'opint-loop'
