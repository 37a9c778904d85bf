import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, MAX_WAITING, type Queue, type RequestKind } from './request-policy.ts'

const kinds: RequestKind[] = [
  'define',
  'start',
  'stop',
  'forceStop',
  'pause',
  'resume',
  'reboot',
  'suspend',
  'hibernate',
  'wake',
  'discard',
  'reset',
  'changeDisc',
  'undefine',
]

/** Plays requests and ends against the policy, as the VM's loop would. */
function play(queue: Queue, event: RequestKind | 'end'): Queue {
  const [next, ...rest] = queue.waiting
  if (event === 'end') return queue.running === undefined ? queue : { running: next, waiting: rest }
  const verdict = decide(queue, event)
  if (verdict.type === 'run') return { running: event, waiting: queue.waiting }
  if (verdict.type === 'interrupt') return { running: queue.running, waiting: [event] }
  return verdict.type === 'wait' ? { running: queue.running, waiting: [...queue.waiting, event] } : queue
}

const history = fc.array(fc.constantFrom<RequestKind | 'end'>(...kinds, 'end'), { maxLength: 60 })
const afterAll = (events: readonly (RequestKind | 'end')[]): Queue =>
  events.reduce<Queue>(play, { running: undefined, waiting: [] })

test('never keeps more waiting than it may, and nobody waits while nothing runs', () => {
  fc.assert(
    fc.property(history, (events) => {
      const queue = afterAll(events)
      expect(queue.waiting.length).toBeLessThanOrEqual(MAX_WAITING)
      if (queue.running === undefined) expect(queue.waiting).toEqual([])
    }),
  )
})

test('takes nothing after a removal was asked for', () => {
  fc.assert(
    fc.property(history, fc.constantFrom(...kinds), (events, asked) => {
      const queue = afterAll([...events.filter((event) => event !== 'end'), 'undefine'])
      const isTaken = queue.running === 'undefine' || queue.waiting.includes('undefine')
      if (isTaken) expect(decide(queue, asked)).toEqual({ type: 'deny', reason: 'being_removed' })
    }),
  )
})

test('a forced stop never waits behind a start, or behind what waits for the guest', () => {
  for (const running of [
    'start',
    'stop',
    'pause',
    'resume',
    'reboot',
    'suspend',
    'hibernate',
    'wake',
    'changeDisc',
  ] as const) {
    expect(decide({ running, waiting: ['reset'] }, 'forceStop')).toEqual({ type: 'interrupt' })
  }
})

test('a forced stop does not interrupt a definition or another forced stop', () => {
  expect(decide({ running: 'define', waiting: [] }, 'forceStop')).toEqual({ type: 'wait' })
  expect(decide({ running: 'forceStop', waiting: [] }, 'forceStop')).toEqual({ type: 'wait' })
})
