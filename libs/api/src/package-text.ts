import { type AppError, refuse } from '@viv/common'
import type { TLocalizedValidationError } from 'typebox/error'
import { type PackedFile, PACKAGE_FORMAT, PACKAGE_VERSION, partsOf, VmPackage } from './vm-package.ts'

export const DESCRIPTION_FILE = 'vm.json'
/** A VM's description has a few KiB; its notes are the longest of it. */
export const DESCRIPTION_LIMIT_BYTES = 1024 * 1024
/** The package, its hardware, a list, one of it, and some to spare. */
const LEVELS = 16

/** A package that says which files belong to it. */
export type WholePackage = VmPackage & { files: PackedFile[] }

/**
 * What `vm.json` says. It is a stranger's: each step refuses what the next could be led astray by.
 *
 *   bytes ──▶ UTF-8 ──▶ not too deep, no field twice ──▶ JSON ──▶ format, version ──▶ schema ──▶ the files are its machine's
 *
 * The schema's checker is loaded only here: whoever takes no package in does not wait for it.
 */
export async function readPackage(bytes: Uint8Array): Promise<WholePackage> {
  if (bytes.length > DESCRIPTION_LIMIT_BYTES) {
    throw refuse('package_too_large', { bytes: bytes.length, limit: DESCRIPTION_LIMIT_BYTES })
  }
  const description = parse(bytes)
  const { format, version } = (description ?? {}) as { format?: unknown; version?: unknown }
  if (format !== PACKAGE_FORMAT) throw refuse('package_foreign', {})
  if (version !== PACKAGE_VERSION) throw refuse('package_version', { version: shown(version), known: PACKAGE_VERSION })
  const { Value } = await import('typebox/value')
  if (!Value.Check(VmPackage, description)) throw fieldRefused(Value.Errors(VmPackage, description))
  return { ...description, files: filesOf(description) }
}

function parse(bytes: Uint8Array): unknown {
  try {
    // A byte order mark stays, and is no JSON.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const repeated = repeatedField(text)
    if (repeated !== undefined) throw refuse('package_field_repeated', { field: shown(repeated) })
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError) {
      throw refuse('package_not_json', { levels: LEVELS }, { cause: error })
    }
    throw error
  }
}

/** Strings, and what opens, closes and parts. */
const TOKENS = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\],]/g

/** The name of a field that an object has twice; JSON.parse would take the last of them and say nothing. */
function repeatedField(text: string): string | undefined {
  /** What is open: of an object its names so far. */
  const open: (Set<string> | undefined)[] = []
  let isName = false
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ',' && isName) {
      const name = JSON.parse(token) as string
      if (open.at(-1)?.has(name) === true) return name
      open.at(-1)?.add(name)
    }
    if (open.length > LEVELS) throw new RangeError(`more than ${LEVELS} levels`)
    isName = (token === '{' || token === ',') && open.at(-1) !== undefined
  }
  return undefined
}

/** The files are those of its machine, each once: no other name is ever looked for. */
function filesOf({ files, hardware }: VmPackage): PackedFile[] {
  if (files === undefined) throw refuse('package_unfinished', {})
  const needed = partsOf(hardware)
  const listed = files.map(({ name }) => name)
  const isEach = new Set(needed).size === needed.length && new Set(listed).size === listed.length
  if (!isEach || needed.length !== listed.length || needed.some((name) => !listed.includes(name))) {
    throw refuse('package_files', { needed: needed.join(', ') || '–', listed: listed.join(', ') || '–' })
  }
  return files
}

/** A disk is one of several forms, and is told of as one thing: what each of them misses in it leads nowhere. */
const DISK = /^\/hardware\/disks\/\d+/

function fieldRefused(errors: readonly TLocalizedValidationError[]): AppError {
  const isOfForms = ({ schemaPath }: TLocalizedValidationError): boolean => schemaPath.includes('/anyOf')
  // A field too many is told by its object, which names it.
  const told = errors.filter(({ keyword }) => keyword !== 'boolean')
  const error = told.find((one) => !isOfForms(one)) ?? told[0]
  const path = error?.instancePath ?? ''
  const within = (name: string | undefined): string => named(`${path}/${name ?? ''}`)
  if (error === undefined || isOfForms(error)) {
    return refuse('package_field', { field: named(DISK.exec(path)?.[0] ?? path), problem: 'must be of a known form' })
  }
  if (error.keyword === 'additionalProperties') {
    return refuse('package_field_unknown', { field: within(error.params.additionalProperties[0]) })
  }
  if (error.keyword === 'required') {
    return refuse('package_field_missing', { field: within(error.params.requiredProperties[0]) })
  }
  return refuse('package_field', { field: named(path), problem: shown(error.message) })
}

/** `/hardware/cpus` → `hardware.cpus`. */
const named = (path: string): string => shown(path.slice(1).replaceAll('/', '.'))

const SHOWN_LETTERS = 80

/** A stranger's text, to be put before people: short, and without what steers a terminal or turns the writing around. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')
  const plain = text.slice(0, SHOWN_LETTERS).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '�')
  return text.length > SHOWN_LETTERS ? `${plain}…` : plain
}
