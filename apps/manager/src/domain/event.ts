/** Kinds of objects that the stream of changes tells about. */
export const EVENT_KINDS = ['vm', 'image', 'task', 'host'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

export interface Affected {
  readonly kind: EventKind
  readonly id: string
}

/** A VM is what its config, its status and the task that holds it say together: a change of any is its change. */
export function affectedBy(changes: readonly { readonly kind: string; readonly id: string }[]): Affected[] {
  const found = new Map<string, Affected>()
  for (const change of changes) {
    const affected = ofChange(change)
    if (affected !== undefined) found.set(`${affected.kind} ${affected.id}`, affected)
  }
  return [...found.values()]
}

function ofChange({ kind, id }: { readonly kind: string; readonly id: string }): Affected | undefined {
  if (kind === 'vm-status') return { kind: 'vm', id }
  if (kind === 'claim') return ofChange({ kind: id.slice(0, id.indexOf('.')), id: id.slice(id.indexOf('.') + 1) })
  return isEventKind(kind) ? { kind, id } : undefined
}

export function isEventKind(kind: string): kind is EventKind {
  const kinds: readonly string[] = EVENT_KINDS
  return kinds.includes(kind)
}

/** One message of the stream. Only what is stored has an id, which a reader that returns sends back. */
export interface EventMessage {
  readonly id?: string
  /**
   * An object's kind: it changed, or is gone (`object: null`). `synced`: from here on nothing is missed.
   * `start_over`: what came between is not known any more; read the lists again, then go on from this id.
   */
  readonly event: EventKind | 'synced' | 'start_over'
  readonly data: unknown
}
