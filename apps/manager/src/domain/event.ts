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

/** What a reader of the stream wants to be told. */
export interface EventQuery {
  /** The last id that the reader has; from now on where there is none. */
  readonly since: string | undefined
  readonly kinds: ReadonlySet<EventKind>
  /** The only objects to be told about; all where there are none. */
  readonly ids: ReadonlySet<string> | undefined
}
