import type { ErrorBody } from '@viv/api'
import { AppError, causeChain, ERRORS, nearestName, refuse, toBlocker } from '@viv/common'
import type { FastifyError } from 'fastify'

/** The one place that makes HTTP of errors. Whatever is not an AppError or Fastify's own refusal is a 500. */
export function asAppError(error: unknown, requestId: string, request: { method: string; path: string }): AppError {
  if (error instanceof AppError) return error
  const fastify = error as Partial<FastifyError>
  if (fastify.validation !== undefined) return validationError(fastify)
  if (fastify.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return refuse('media_type', { type: 'sent', wanted: 'application/json' }, { cause: error })
  }
  if (fastify.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return refuse('body_too_large', { limit: JSON_LIMIT_BYTES }, { cause: error })
  }
  if (error instanceof SyntaxError || (fastify.statusCode ?? 500) < 500) {
    return refuse('malformed_body', {}, { cause: error, internal: `${request.method} ${request.path}` })
  }
  return refuse('internal', { requestId }, { cause: error, internal: causeChain(error) })
}

/** Bodies that are parsed are small; files are streamed. */
export const JSON_LIMIT_BYTES = 1024 * 1024

export function errorBody(error: AppError, requestId: string): ErrorBody {
  const blockers = error.refusals.map((refused) => {
    const { facts, ...rest } = toBlocker(refused)
    return { ...rest, facts: { ...facts } }
  })
  return { code: error.code, message: error.message, requestId, blockers }
}

export const statusOf = (error: AppError): number => ERRORS[error.code].status

interface AjvError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
  readonly parentSchema?: { readonly properties?: Readonly<Record<string, unknown>> }
}

const PLACES: Readonly<Record<string, string>> = {
  body: 'Field',
  querystring: 'Parameter',
  params: 'Path parameter',
  headers: 'Header',
}

function validationError(error: Partial<FastifyError>): AppError {
  const where = PLACES[error.validationContext ?? 'body'] ?? 'Field'
  const all = (error.validation ?? []) as unknown as readonly AjvError[]
  // A union fails with one error a branch; the summary of all ("anyOf") comes last and says less.
  const first = all.find(({ keyword }) => keyword === 'additionalProperties') ?? all[0]
  if (first === undefined) return refuse('malformed_body', {}, { cause: error })
  const path = first.instancePath.slice(1).replaceAll('/', '.')
  if (first.keyword === 'additionalProperties') return unknownField(where, path, first)
  const missing = first.keyword === 'required' ? String(first.params['missingProperty']) : ''
  const field = [path, missing].filter((part) => part !== '').join('.') || 'body'
  return refuse('invalid_field', { where, field, problem: problemOf(first, all) })
}

function unknownField(where: string, path: string, error: AjvError): AppError {
  const name = String(error.params['additionalProperty'])
  const known = Object.keys(error.parentSchema?.properties ?? {})
  const field = path === '' ? name : `${path}.${name}`
  const nearest = nearestName(name, known)
  return nearest === undefined
    ? refuse('unknown_field', { where, field, known: known.join(', ') || 'none' })
    : refuse('unknown_field_nearest', { where, field, nearest })
}

function problemOf(error: AjvError, all: readonly AjvError[]): string {
  if (error.keyword === 'required') return 'is missing'
  const choices = all
    .filter(({ keyword }) => keyword === 'const')
    .map(({ params }) => JSON.stringify(params['allowedValue']))
  if (choices.length > 0) return `must be one of ${choices.join(', ')}`
  return error.message ?? 'is not valid'
}
