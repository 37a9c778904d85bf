import { setTimeout as delay } from 'node:timers/promises'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { HostAgents } from '../agents/host-agents.ts'
import { HandOuts } from './hand-outs.ts'

const PARTS = new Map([
  ['disk-1.qcow2', { volumeId: 'v1' }],
  ['disk-2.qcow2', { volumeId: 'v2' }],
])
const NEVER = new AbortController().signal
const offer = (signal = NEVER) => ({ vmId: 'vm', name: 'web', hostId: 'host', parts: PARTS, signal })
const agentsOf = (open: () => Readable) =>
  ({ download: async () => ({ sizeBytes: 3, content: open() }) }) as unknown as HostAgents
const read = async (handOuts: HandOuts, part: string) => buffer((await handOuts.read('vm', 'web', part)).content)
const reason = (name: string) => ({ refusals: [{ reason: name }] })

test('it ends when every file was read to its end, in whatever order and however often', async () => {
  const handOuts = new HandOuts(agentsOf(() => Readable.from([Buffer.from('abc')])))
  const ended = handOuts.offer(offer())
  expect(handOuts.isOpen('vm')).toBe(true)
  expect((await read(handOuts, 'disk-2.qcow2')).toString()).toBe('abc')
  await read(handOuts, 'disk-2.qcow2')
  await expect(handOuts.read('vm', 'web', 'tpm-state')).rejects.toMatchObject(reason('not_found'))
  expect(handOuts.isOpen('vm')).toBe(true)
  await read(handOuts, 'disk-1.qcow2')
  await ended
  expect(handOuts.isOpen('vm')).toBe(false)
  await expect(handOuts.read('vm', 'web', 'disk-1.qcow2')).rejects.toMatchObject(reason('not_ready_to_read'))
})

test('what broke off was not read, and is read again', async () => {
  let isBroken = true
  const broken = () => new Readable({ read: (): void => undefined }).destroy(new Error('gone'))
  const handOuts = new HandOuts(agentsOf(() => (isBroken ? broken() : Readable.from([Buffer.from('abc')]))))
  const ended = handOuts.offer(offer())
  await expect(read(handOuts, 'disk-1.qcow2')).rejects.toThrow('gone')
  isBroken = false
  await read(handOuts, 'disk-2.qcow2')
  expect(handOuts.isOpen('vm')).toBe(true)
  await read(handOuts, 'disk-1.qcow2')
  await ended
})

test('nobody reads: it is given up; somebody who is slow still reads', async () => {
  const slow = new PassThrough()
  const handOuts = new HandOuts(
    agentsOf(() => slow),
    700,
  )
  const ended = expect(handOuts.offer(offer())).rejects.toMatchObject(reason('package_unread'))
  const reading = read(handOuts, 'disk-1.qcow2')
  for (const letter of 'abcd') {
    slow.write(letter)
    await delay(300)
  }
  slow.end()
  await reading
  // It took longer than nobody may be silent.
  expect(handOuts.isOpen('vm')).toBe(true)
  await ended
})

test('a task that is cancelled waits no longer', async () => {
  const cancel = new AbortController()
  const ended = new HandOuts(agentsOf(() => Readable.from([]))).offer(offer(cancel.signal))
  cancel.abort(new Error('cancelled'))
  await expect(ended).rejects.toThrow('cancelled')
})
