import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('two changes of one volume never run at once, of two volumes they do', async () => {
  const turns = new Turns()
  const events: string[] = []
  const first = Promise.withResolvers<void>()
  const one = turns.take('a', async () => {
    events.push('first begins')
    await first.promise
    events.push('first ends')
  })
  const two = turns.take('a', async () => void events.push('second'))
  await turns.take('b', async () => void events.push('other volume'))
  first.resolve()
  await Promise.all([one, two])
  expect(events).toEqual(['first begins', 'other volume', 'first ends', 'second'])
})

test('who comes next interrupts the one before, and comes also when that one failed', async () => {
  const turns = new Turns()
  const begun = Promise.withResolvers<void>()
  const hanging = turns.take('a', (interrupted) => {
    begun.resolve()
    return new Promise((_, reject) => interrupted.addEventListener('abort', () => reject(interrupted.reason as Error)))
  })
  const failed = expect(hanging).rejects.toThrow('another request')
  await begun.promise
  expect(await turns.take('a', async () => 'done')).toBe('done')
  await failed
})
