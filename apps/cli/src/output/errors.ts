/** What scripts tell failures apart by. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3, notLoggedIn: 4, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export type CliErrorCode =
  | 'usage'
  | 'not_found'
  | 'refused'
  | 'failed'
  | 'unreachable'
  | 'certificate_changed'
  | 'not_logged_in'
  | 'interrupted'

const EXIT_CODES: Readonly<Record<CliErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  not_found: EXIT.refused,
  refused: EXIT.refused,
  failed: EXIT.refused,
  unreachable: EXIT.unreachable,
  certificate_changed: EXIT.unreachable,
  not_logged_in: EXIT.notLoggedIn,
  interrupted: EXIT.interrupted,
}

/** An expected failure: a message for people, and commands that lead on. */
export class CliError extends Error {
  readonly code: CliErrorCode
  readonly tips: readonly string[]

  constructor(code: CliErrorCode, message: string, tips: readonly string[] = [], options?: ErrorOptions) {
    super(message, options)
    this.name = 'CliError'
    this.code = code
    this.tips = tips
  }

  get exitCode(): ExitCode {
    return EXIT_CODES[this.code]
  }
}

export const usageError = (message: string, tips: readonly string[] = []): CliError =>
  new CliError('usage', message, tips)
