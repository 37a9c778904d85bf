/** One value inside a document, with the names that lead to it. */
export interface Leaf {
  readonly path: string
  readonly value: unknown
}

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

/** `{ hardware: { cpus: 1 } }` → `hardware.cpus: 1`: every value that holds no other; what is empty is a value too. */
export function leavesOf(value: unknown, path = ''): Leaf[] {
  if (!isBranch(value)) return [{ path, value }]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`))
}
