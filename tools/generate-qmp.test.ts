import { expect, test } from 'vitest'
import { renderFiles } from './generate-qmp/files.ts'
import type { SchemaEntity } from './generate-qmp/schema.ts'

const SCHEMA: SchemaEntity[] = [
  { 'meta-type': 'builtin', name: 'str', 'json-type': 'string' },
  { 'meta-type': 'object', name: '0', members: [] },
  { 'meta-type': 'command', name: 'query-door', 'arg-type': '0', 'ret-type': '[1]' },
  { 'meta-type': 'command', name: 'door_add', 'arg-type': '2', 'ret-type': '0', features: ['deprecated'] },
  { 'meta-type': 'event', name: 'DOOR_OPENED', 'arg-type': '4' },
  { 'meta-type': 'event', name: 'RESUME', 'arg-type': '0' },
  { 'meta-type': 'array', name: '[1]', 'element-type': '1' },
  {
    'meta-type': 'object',
    name: '1',
    members: [
      { name: 'state', type: '3' },
      { name: 'opened-by', type: 'str', default: null, features: ['unstable'] },
    ],
  },
  {
    'meta-type': 'object',
    name: '2',
    tag: 'kind',
    members: [
      { name: 'kind', type: '5' },
      { name: 'id', type: 'str' },
    ],
    variants: [
      { case: 'locked', type: '6' },
      { case: 'open', type: '0' },
      { case: 'ajar', type: '0' },
    ],
  },
  { 'meta-type': 'enum', name: '3', members: [{ name: 'open' }, { name: 'shut', features: ['deprecated'] }] },
  { 'meta-type': 'object', name: '4', members: [{ name: 'state', type: '3' }] },
  { 'meta-type': 'enum', name: '5', members: [{ name: 'locked' }, { name: 'open' }, { name: 'ajar' }] },
  { 'meta-type': 'object', name: '6', members: [{ name: 'key', type: '7' }] },
  { 'meta-type': 'alternate', name: '7', members: [{ type: 'str' }, { type: '2' }] },
]

test('names types after the command where they are met first', () => {
  const { commands } = renderFiles(SCHEMA, '7.2')
  expect(commands).toContain(`'query-door': { arguments: Record<string, never>; reply: QueryDoorReply[] }`)
  expect(commands).toContain(`export interface QueryDoorReply {
  state: QueryDoorState
  /** Unstable: QEMU may change it in any release. */
  'opened-by'?: string
}`)
})

test('renders a tagged union as one alternative for each variant, and follows a type into itself', () => {
  const { commands } = renderFiles(SCHEMA, '7.2')
  expect(commands).toContain(`export type DoorAddArguments = {
  id: string
} & (
  | ({ kind: 'locked' } & DoorAddLocked)
  | { kind: 'open' | 'ajar' }
)`)
  expect(commands).toContain('export type DoorAddLockedKey = string | DoorAddArguments')
})

test('says what QEMU marks as deprecated', () => {
  const { commands } = renderFiles(SCHEMA, '7.2')
  expect(commands).toMatch(/@deprecated.*\n {2}door_add:/)
  expect(commands).toMatch(/deprecated: shut.*\nexport type QueryDoorState =\n {2}\| 'open'\n {2}\| 'shut'/)
})

test('imports into the events what the commands declare already', () => {
  const { events } = renderFiles(SCHEMA, '7.2')
  expect(events).toContain("import type {\n  QueryDoorState,\n} from './commands.ts'")
  expect(events).toContain('  DOOR_OPENED: DoorOpenedData\n  RESUME: Record<string, never>\n')
  expect(events).not.toContain('export type QueryDoorState')
})

test('gives the same text in whatever order QEMU lists its schema', () => {
  expect(renderFiles(SCHEMA.toReversed(), '7.2')).toEqual(renderFiles(SCHEMA, '7.2'))
})
