/**
 * The closed table of error codes. A program tells failures apart by `code`, a person by the message of its
 * `reason` (reasons.ts). A new code must say its HTTP status and whether repeating the same call can help.
 */
export const ERRORS = {
  invalid_request: { status: 400, isRetryable: false },
  unauthenticated: { status: 401, isRetryable: false },
  forbidden: { status: 403, isRetryable: false },
  not_found: { status: 404, isRetryable: false },
  method_not_allowed: { status: 405, isRetryable: false },
  already_exists: { status: 409, isRetryable: false },
  busy: { status: 409, isRetryable: true },
  invalid_state: { status: 409, isRetryable: false },
  conflict: { status: 412, isRetryable: false },
  payload_too_large: { status: 413, isRetryable: false },
  unsupported_media_type: { status: 415, isRetryable: false },
  unprocessable: { status: 422, isRetryable: false },
  precondition_required: { status: 428, isRetryable: false },
  too_many_requests: { status: 429, isRetryable: true },
  internal: { status: 500, isRetryable: false },
  host_unavailable: { status: 503, isRetryable: true },
  timeout: { status: 504, isRetryable: true },
  insufficient_storage: { status: 507, isRetryable: false },
} as const satisfies Record<string, { status: number; isRetryable: boolean }>

export type ErrorCode = keyof typeof ERRORS
