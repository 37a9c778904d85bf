import type { ErrorBody } from '@viv/api'

/** The server's refusal: its code is of the closed table, its message is for people. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly body: ErrorBody | undefined

  constructor(status: number, body: ErrorBody | undefined) {
    super(body?.message ?? `the server answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.code = body?.code ?? 'internal'
    this.body = body
  }
}

/** No answer that could be read. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnreachableError'
  }
}
