export { QmpCommandError, QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from './errors.ts'
export type { ListenerErrorHandler, QmpEvent, QmpEventHub, QmpEventName, QmpListener, WaitOptions } from './events.ts'
export type * from './generated/commands.ts'
export type * from './generated/events.ts'
export {
  GUEST_COMMAND_TIMEOUT_MS,
  GUEST_REFUSAL_TIMEOUT_MS,
  GuestAgent,
  type GuestAgentOptions,
} from './guest-agent.ts'
export type {
  GuestCommandName,
  GuestDepartureName,
  GuestExecuteOptions,
  GuestParameters,
  GuestReply,
} from './guest-commands.ts'
export { memoryTransports } from './memory-transport.ts'
export {
  COMMAND_TIMEOUT_MS,
  type ExecuteOptions,
  type ExecuteParameters,
  GREETING_TIMEOUT_MS,
  type QemuVersion,
  type QmpCommandName,
  QmpSession,
  type QmpSessionOptions,
} from './session.ts'
export { type ConnectOptions, connectUnix, type Transport } from './transport.ts'
