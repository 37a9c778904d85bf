import { type Names, pascalCase } from './naming.ts'
import {
  type CommandEntity,
  type EnumEntity,
  type EventEntity,
  isEmpty,
  type Member,
  type ObjectEntity,
  type Schema,
} from './schema.ts'

const NOTHING = 'Record<string, never>'

/** QEMU takes any property of the device here, which its schema cannot say. */
const OPEN_COMMANDS = new Set(['device_add'])

const BUILTINS: Record<string, string> = {
  string: 'string',
  int: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
  value: 'unknown',
}

/** TypeScript of schema types. */
export class Renderer {
  readonly #schema: Schema
  readonly #names: Names

  constructor(schema: Schema, names: Names) {
    this.#schema = schema
    this.#names = names
  }

  /** What stands for a type where it is used. */
  reference(typeName: string): string {
    const type = this.#schema.type(typeName)
    if (type['meta-type'] === 'builtin') return builtin(type['json-type'])
    if (isEmpty(type)) return NOTHING
    if (type['meta-type'] !== 'array') return this.#names.get(typeName)
    const element = this.reference(type['element-type'])
    return `${element}[]`
  }

  declaration(typeName: string): string {
    const type = this.#schema.type(typeName)
    const name = this.#names.get(typeName)
    switch (type['meta-type']) {
      case 'enum':
        return `${enumComment(type)}export type ${name} =\n${bars(type.members.map((member) => quote(member.name)))}\n`
      case 'alternate':
        return `export type ${name} = ${type.members.map((member) => this.reference(member.type)).join(' | ')}\n`
      case 'object':
        return type.variants === undefined
          ? `export interface ${name} {\n${this.#members(type.members)}}\n`
          : this.#union(name, type, type.variants)
      case 'array':
      case 'builtin':
        throw new Error(`${typeName} is written where it is used`)
    }
  }

  command(command: CommandEntity): string {
    const args = this.reference(command['arg-type'])
    const open = OPEN_COMMANDS.has(command.name) ? `${args} & Record<string, unknown>` : args
    const reply = this.reference(command['ret-type'])
    return `${comment(command.features)}  ${key(command.name)}: { arguments: ${open}; reply: ${reply} }\n`
  }

  event(event: EventEntity): string {
    return `${comment(event.features)}  ${key(event.name)}: ${this.reference(event['arg-type'])}\n`
  }

  #members(members: readonly Member[]): string {
    return members
      .map((member) => {
        const mark = 'default' in member ? '?' : ''
        return `${comment(member.features)}  ${key(member.name)}${mark}: ${this.reference(member.type)}\n`
      })
      .join('')
  }

  #union(name: string, type: ObjectEntity, variants: readonly { case: string; type: string }[]): string {
    const { tag } = type
    if (tag === undefined) throw new Error(`${name} has variants and no tag`)
    const base = type.members.filter((member) => member.name !== tag)
    const alternatives = [...groupByType(variants)].map(([variantType, cases]) => {
      const choice = `{ ${key(tag)}: ${cases.map(quote).join(' | ')} }`
      return isEmpty(this.#schema.type(variantType)) ? choice : `(${choice} & ${this.reference(variantType)})`
    })
    const common = base.length === 0 ? '' : `{\n${this.#members(base)}} & `
    return `export type ${name} = ${common}(\n${bars(alternatives)}\n)\n`
  }
}

/** The name for what stands right at a command or an event. */
export function rootName(entity: CommandEntity | EventEntity, position: 'Arguments' | 'Reply' | 'Data'): string {
  return `${pascalCase(entity.name)}${position}`
}

function groupByType(variants: readonly { case: string; type: string }[]): Map<string, string[]> {
  const cases = new Map<string, string[]>()
  for (const variant of variants) cases.set(variant.type, [...(cases.get(variant.type) ?? []), variant.case])
  return cases
}

function builtin(jsonType: string): string {
  const rendered = BUILTINS[jsonType]
  if (rendered === undefined) throw new Error(`unknown builtin ${jsonType}`)
  return rendered
}

function bars(alternatives: readonly string[]): string {
  return alternatives.map((alternative) => `  | ${alternative}`).join('\n')
}

function quote(text: string): string {
  return `'${text}'`
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quote(name)
}

function comment(features: readonly string[] = []): string {
  if (features.includes('deprecated')) return '  /** @deprecated QEMU is going to remove it. */\n'
  if (features.includes('unstable')) return '  /** Unstable: QEMU may change it in any release. */\n'
  return ''
}

function enumComment(type: EnumEntity): string {
  const marked = (feature: string) =>
    type.members.filter((member) => member.features?.includes(feature)).map((member) => member.name)
  const notes = ['deprecated', 'unstable']
    .map((feature) => ({ feature, values: marked(feature) }))
    .filter(({ values }) => values.length > 0)
    .map(({ feature, values }) => `${feature}: ${values.join(', ')}`)
  return notes.length === 0 ? '' : `/** QEMU marks as ${notes.join('; ')}. */\n`
}
