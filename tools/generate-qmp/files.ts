import { Names } from './naming.ts'
import { Renderer, rootName } from './render.ts'
import { Schema, type SchemaEntity } from './schema.ts'

export interface GeneratedFiles {
  commands: string
  events: string
}

/** The text of both files, for a schema and the version of QEMU that it is from. */
export function renderFiles(entities: readonly SchemaEntity[], version: string): GeneratedFiles {
  const schema = new Schema(entities)
  const names = new Names(schema)
  const renderer = new Renderer(schema, names)
  const commandTypes = names.nameFrom(commandRoots(schema))
  const eventTypes = names.nameFrom(eventRoots(schema))

  const declare = (types: readonly string[]) => types.map((type) => `\n${renderer.declaration(type)}`).join('')
  const commandMap = schema.commands.map((command) => renderer.command(command)).join('')
  const eventMap = schema.events.map((event) => renderer.event(event)).join('')
  const events = `/** Every event, with its data. */
export interface QmpEvents {
${eventMap}}
${declare(eventTypes)}`
  const head = `// made by tools/generate-qmp.ts, do not edit
// from the schema of QEMU ${version}, x86_64
`
  return {
    commands: `${head}
/** Every command, with what it takes and what it returns. */
export interface QmpCommands {
${commandMap}}
${declare(commandTypes)}`,
    events: `${head}${importOf(
      commandTypes.map((type) => names.get(type)),
      events,
    )}
${events}`,
  }
}

function commandRoots(schema: Schema): { type: string; name: string }[] {
  return schema.commands.flatMap((command) => [
    { type: command['arg-type'], name: rootName(command, 'Arguments') },
    { type: command['ret-type'], name: rootName(command, 'Reply') },
  ])
}

function eventRoots(schema: Schema): { type: string; name: string }[] {
  return schema.events.map((event) => ({ type: event['arg-type'], name: rootName(event, 'Data') }))
}

/** Imports what `text` uses of the commands' types. */
function importOf(names: readonly string[], text: string): string {
  const words = new Set(text.match(/\w+/g))
  const used = names.filter((name) => words.has(name)).sort()
  if (used.length === 0) return ''
  return `\nimport type {\n${used.map((name) => `  ${name},\n`).join('')}} from './commands.ts'\n`
}
