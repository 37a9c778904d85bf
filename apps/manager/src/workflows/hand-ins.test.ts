import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { HostAgents } from '../agents/host-agents.ts'
import { HandIns } from './hand-ins.ts'

const CONTENT = randomBytes(200_000)
const awaited = (volumeId: string) => ({
  volumeId,
  sizeBytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
})
const PARTS = new Map([
  ['disk-1.qcow2', awaited('v1')],
  ['disk-2.qcow2', awaited('v2')],
])
const NEVER = new AbortController().signal
const wanted = (signal = NEVER) => ({ vmId: 'vm', name: 'web', hostId: 'host', parts: PARTS, signal })
const reason = (name: string) => ({ refusals: [{ reason: name }] })

/** What a host has whole; as an agent does, it keeps nothing that is not as long as was announced. */
function host() {
  const kept = new Map<string, Buffer>()
  const sendVolume = async (_host: string, volumeId: string, sizeBytes: number, content: Readable) => {
    const bytes = await buffer(content)
    if (bytes.length !== sizeBytes) throw new Error('cut off')
    kept.set(volumeId, bytes)
  }
  return { kept, agents: { sendVolume } as unknown as HostAgents }
}

const send = (handIns: HandIns, part: string, content: Readable = Readable.from([CONTENT]), size = CONTENT.length) =>
  handIns.receive('vm', 'web', part, size, content)

test('it ends when every file has come as it was packed, in whatever order', async () => {
  const { kept, agents } = host()
  const handIns = new HandIns(agents)
  await expect(send(handIns, 'disk-1.qcow2')).rejects.toMatchObject(reason('not_ready_to_send'))
  const ended = handIns.collect(wanted())
  await send(handIns, 'disk-2.qcow2')
  await expect(send(handIns, 'disk-2.qcow2')).rejects.toMatchObject(reason('not_ready_to_send'))
  await expect(send(handIns, 'tpm-state')).rejects.toMatchObject(reason('not_ready_to_send'))
  await send(handIns, 'disk-1.qcow2', Readable.from([CONTENT.subarray(0, 5), CONTENT.subarray(5)]))
  await ended
  expect(kept).toEqual(new Map(['v2', 'v1'].map((volumeId) => [volumeId, CONTENT])))
})

test('the host never has a file whole that is another, and the right one may follow', async () => {
  const { kept, agents } = host()
  const handIns = new HandIns(agents)
  const ended = handIns.collect(wanted())
  const other = Buffer.from(CONTENT)
  other[100] = (other[100] ?? 0) ^ 1
  for (const sent of [Readable.from([other]), Readable.from([other.subarray(0, 9), other.subarray(9)])])
    await expect(send(handIns, 'disk-1.qcow2', sent)).rejects.toMatchObject(reason('package_part_differs'))
  const shorter = send(handIns, 'disk-1.qcow2', Readable.from([]), 5)
  await expect(shorter).rejects.toMatchObject(reason('package_part_differs'))
  const broken = new Readable({ read: (): void => undefined }).destroy(new Error('gone'))
  await expect(send(handIns, 'disk-1.qcow2', broken)).rejects.toMatchObject(reason('upload_interrupted'))
  expect(kept.size).toBe(0)
  await send(handIns, 'disk-1.qcow2')
  await send(handIns, 'disk-2.qcow2')
  await ended
})

test('one file comes once at a time', async () => {
  const { agents } = host()
  const handIns = new HandIns(agents)
  const ended = handIns.collect(wanted())
  const slow = new PassThrough()
  const first = send(handIns, 'disk-1.qcow2', slow)
  await expect(send(handIns, 'disk-1.qcow2')).rejects.toMatchObject(reason('not_ready_to_send'))
  slow.end(CONTENT)
  await first
  await send(handIns, 'disk-2.qcow2')
  await ended
})

test('nobody sends: it is given up; somebody who is slow still sends', async () => {
  const { agents } = host()
  const handIns = new HandIns(agents, 700)
  const ended = expect(handIns.collect(wanted())).rejects.toMatchObject(reason('package_unsent'))
  const slow = new PassThrough()
  const sending = send(handIns, 'disk-1.qcow2', slow)
  for (let at = 0; at < CONTENT.length; at += 50_000) {
    slow.write(CONTENT.subarray(at, at + 50_000))
    await delay(300)
  }
  slow.end()
  await sending
  await ended
})

test('a task that is cancelled ends only when nothing comes in behind it', async () => {
  const cancel = new AbortController()
  let isOver = false
  const sendVolume = async (_h: string, _v: string, _s: number, _content: Readable, signal: AbortSignal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => setImmediate(resolve)))
    isOver = true
    throw new Error('ended')
  }
  const handIns = new HandIns({ sendVolume } as unknown as HostAgents)
  const ended = handIns.collect(wanted(cancel.signal))
  const sending = expect(send(handIns, 'disk-1.qcow2')).rejects.toThrow('ended')
  cancel.abort(new Error('cancelled'))
  await expect(ended).rejects.toThrow('cancelled')
  expect(isOver).toBe(true)
  await sending
})
