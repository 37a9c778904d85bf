import { OP_INPUTS, type OpKind } from '@viv/agent-api'
import { refuse } from '@viv/common'
import { expect, test } from 'vitest'
import { withHeldBack } from './held-back.ts'
import type { OpHandlers } from './op-registry.ts'

const HELD = 'held'
const done: string[] = []
const work = (what: string) => () => Promise.resolve(void done.push(what))
const kinds = Object.keys(OP_INPUTS) as OpKind[]
const handlers = withHeldBack(
  Object.fromEntries(
    kinds.map((kind) => [kind, { run: work(kind), undo: work(`undo ${kind}`) }]),
  ) as never as OpHandlers,
  (vmId) => {
    if (vmId === HELD) throw refuse('vm_description_damaged', { name: vmId, file: 'vm.json' })
  },
)

/** Where the contract lets each kind say which VM it is about. */
function about(kind: OpKind, vmId: string): object | undefined {
  const { properties } = OP_INPUTS[kind] as { properties: object }
  if ('config' in properties) return { config: { vmId } }
  return 'vmId' in properties ? { vmId } : undefined
}

test.each(kinds)('%s is neither done to a VM that is held back nor taken back, and is for any other', async (kind) => {
  const { run, undo } = handlers[kind] as unknown as Record<'run' | 'undo', (input: object) => Promise<void>>
  done.length = 0
  const held = about(kind, HELD)
  if (held !== undefined) {
    await expect(run(held)).rejects.toThrow('held back')
    await expect(undo(held)).rejects.toThrow('held back')
  }
  expect(done).toEqual([])
  const other = about(kind, 'other') ?? {}
  await run(other)
  await undo(other)
  expect(done).toEqual([kind, `undo ${kind}`])
})

test('what is kept of a VM that is held back is not copied into another', async () => {
  const input = { config: { vmId: 'other' }, copyOf: HELD }
  await expect((handlers.vmDefine.run as (input: object) => Promise<unknown>)(input)).rejects.toThrow('held back')
})
