import type { FormRule } from 'antd'
import type { Say } from '../words/say.ts'

/** The parts of a schema of the contract that a form can check before anything is sent. */
interface FieldSchema {
  readonly type?: unknown
  readonly minLength?: unknown
  readonly maxLength?: unknown
  readonly pattern?: unknown
  readonly minimum?: unknown
  readonly maximum?: unknown
}

/** What is wrong with a value, in the reader's language; undefined where the contract takes it. */
export function fieldProblem(schema: FieldSchema, value: unknown, say: Say): string | undefined {
  return typeof value === 'number' ? numberProblem(schema, value, say) : textProblem(schema, String(value), say)
}

function numberProblem({ type, minimum, maximum }: FieldSchema, value: number, say: Say): string | undefined {
  if (type === 'integer' && !Number.isInteger(value)) return say('form.notWhole')
  if (typeof minimum === 'number' && value < minimum) return say('form.tooSmall', { least: minimum })
  if (typeof maximum === 'number' && value > maximum) return say('form.tooLarge', { most: maximum })
  return undefined
}

function textProblem({ minLength, maxLength, pattern }: FieldSchema, value: string, say: Say): string | undefined {
  if (typeof minLength === 'number' && value.length < minLength) return say('form.tooShort', { count: minLength })
  if (typeof maxLength === 'number' && value.length > maxLength) return say('form.tooLong', { count: maxLength })
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) return say('form.pattern')
  return undefined
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === ''

/** The rules of a form's field, from the contract: nothing is written down twice. */
export function rulesOf(schema: object, say: Say, { isRequired = false } = {}): FormRule[] {
  const validator = (_rule: unknown, value: unknown): Promise<void> => {
    if (isEmpty(value)) return isRequired ? Promise.reject(new Error(say('form.required'))) : Promise.resolve()
    const problem = fieldProblem(schema as FieldSchema, value, say)
    return problem === undefined ? Promise.resolve() : Promise.reject(new Error(problem))
  }
  return [{ validator }]
}
