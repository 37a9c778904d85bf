/** The answer to `query-qmp-schema`: type names are numbers in it. https://www.qemu.org/docs/master/devel/qapi-code-gen.html */

export interface Member {
  name: string
  type: string
  /** There, as null, where the member is optional. */
  default?: null
  features?: string[]
}

export interface ObjectEntity {
  'meta-type': 'object'
  name: string
  members: Member[]
  /** The member whose value chooses the variant. */
  tag?: string
  variants?: { case: string; type: string }[]
}

export interface EnumEntity {
  'meta-type': 'enum'
  name: string
  members: { name: string; features?: string[] }[]
}

export interface CommandEntity {
  'meta-type': 'command'
  name: string
  'arg-type': string
  'ret-type': string
  features?: string[]
}

export interface EventEntity {
  'meta-type': 'event'
  name: string
  'arg-type': string
  features?: string[]
}

export type TypeEntity =
  | ObjectEntity
  | EnumEntity
  | { 'meta-type': 'alternate'; name: string; members: { type: string }[] }
  | { 'meta-type': 'array'; name: string; 'element-type': string }
  | { 'meta-type': 'builtin'; name: string; 'json-type': string }

export type SchemaEntity = TypeEntity | CommandEntity | EventEntity

export class Schema {
  readonly commands: CommandEntity[] = []
  readonly events: EventEntity[] = []
  readonly #types = new Map<string, TypeEntity>()

  constructor(entities: readonly SchemaEntity[]) {
    for (const entity of entities) {
      if (entity['meta-type'] === 'command') this.commands.push(entity)
      else if (entity['meta-type'] === 'event') this.events.push(entity)
      else this.#types.set(entity.name, entity)
    }
    // Sorted, so that QEMU's order of files does not show in the result.
    this.commands.sort(byName)
    this.events.sort(byName)
  }

  type(name: string): TypeEntity {
    const type = this.#types.get(name)
    if (type === undefined) throw new Error(`the schema has no type ${name}`)
    return type
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

export function isEmpty(type: TypeEntity): boolean {
  return type['meta-type'] === 'object' && type.members.length === 0 && type.variants === undefined
}
