/** A hostile guest writes the descriptions of its agent's errors; whoever logs one should not log megabytes. */
const MAX_DESCRIPTION_LENGTH = 2000

/** The other side understood the command and refused it. */
export class QmpCommandError extends Error {
  override readonly name = 'QmpCommandError'
  readonly command: string
  /** QEMU's own class: `GenericError`, `CommandNotFound`, `DeviceNotFound`, … */
  readonly qemuClass: string
  /** What QEMU or the guest agent said, without the command before it. */
  readonly description: string

  constructor(command: string, qemuClass: string, description: string) {
    const shortened = description.slice(0, MAX_DESCRIPTION_LENGTH)
    super(`${command}: ${shortened}`)
    this.command = command
    this.qemuClass = qemuClass.slice(0, MAX_DESCRIPTION_LENGTH)
    this.description = shortened
  }
}

/** No answer before the deadline. The command may still be carried out: nothing takes it back. */
export class QmpTimeoutError extends Error {
  override readonly name = 'QmpTimeoutError'
  readonly awaited: string
  readonly timeoutMs: number

  constructor(awaited: string, timeoutMs: number) {
    super(`${awaited}: no answer within ${timeoutMs} ms`)
    this.awaited = awaited
    this.timeoutMs = timeoutMs
  }
}

/** There is no connection, or no longer. */
export class QmpDisconnectedError extends Error {
  override readonly name = 'QmpDisconnectedError'
}

/** The other side broke the rules of the protocol; the connection is closed then. */
export class QmpProtocolError extends Error {
  override readonly name = 'QmpProtocolError'
}
