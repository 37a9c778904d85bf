import type { ErrorCode } from './codes.ts'

export interface ReasonRow {
  readonly code: ErrorCode
  readonly en: string
  readonly zh: string
}
