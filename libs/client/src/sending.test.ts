import type { Task } from '@viv/api'
import { expect, test } from 'vitest'
import type { Client } from './client.ts'
import { ApiError, UnreachableError } from './errors.ts'
import { type PartsToSend, sendParts } from './sending.ts'

const task = (state: Task['state']) => ({ id: 't', state, step: 'receive', target: { id: 'v' } }) as unknown as Task

const refusedWith = (code: string, reason: string) =>
  new ApiError(409, { code, message: reason, requestId: 'r', blockers: [{ reason, facts: {}, message: reason }] })
const notReady = refusedWith('invalid_state', 'not_ready_to_send')
const cut = new UnreachableError('cut')

/** A server that answers each file in turn as it is told, and takes it where nothing is left to say. */
function server(answers: readonly (Error | undefined)[], states: readonly Task['state'][] = []) {
  const [left, then] = [[...answers], [...states]]
  const said: string[] = []
  const client = {
    taskGet: () => Promise.resolve(task(then.shift() ?? 'running')),
    taskCancel: () => {
      said.push('cancel')
      return Promise.resolve(task('undoing'))
    },
  } as unknown as Client
  const sending: PartsToSend = {
    client,
    task: task('running'),
    parts: ['a', 'b'],
    signal: new AbortController().signal,
    send: (part) => {
      said.push(part)
      const answer = left.shift()
      return answer === undefined ? Promise.resolve() : Promise.reject(answer)
    },
    onWait: () => said.push('wait'),
    failure: ({ state }) => new Error(`ended as ${state}`),
  }
  return { sending, said }
}

test('what is not waited for yet is offered again, and then all of it', async () => {
  const { sending, said } = server([notReady, notReady])
  await sendParts(sending)
  expect(said).toEqual(['a', 'wait', 'a', 'wait', 'a', 'b'])
})

test('after a cut all is offered again, and what the server has is not sent twice', async () => {
  const { sending, said } = server([undefined, cut, notReady, undefined], ['running', 'running', 'succeeded'])
  await sendParts(sending)
  expect(said).toEqual(['a', 'b', 'wait', 'a', 'b', 'wait', 'a'])
})

test('a server that took a file and then takes none has begun anew: all is offered again', async () => {
  const { sending, said } = server([undefined, notReady])
  await sendParts(sending)
  expect(said).toEqual(['a', 'b', 'wait', 'a', 'b'])
})

test('a host that does not come back ends it, and what has arrived is taken back', async () => {
  const gone = refusedWith('host_unavailable', 'host_unreachable')
  const { sending, said } = server(Array.from({ length: 100_000 }, () => gone))
  await expect(sendParts({ ...sending, patienceMs: 20 })).rejects.toBe(gone)
  expect(said.at(-1)).toBe('cancel')
})

test('a server that is restarted is waited for', async () => {
  const { sending, said } = server([cut, cut])
  let turns = 0
  const taskGet = () => (++turns === 1 ? Promise.reject(cut) : Promise.resolve(task('running')))
  await sendParts({ ...sending, client: { ...sending.client, taskGet } as unknown as Client })
  expect(said).toEqual(['a', 'a', 'wait', 'a', 'b'])
})

test('a refusal is told as it is, and what has arrived is taken back', async () => {
  const differs = refusedWith('unprocessable', 'package_part_differs')
  const { sending, said } = server([undefined, differs])
  await expect(sendParts(sending)).rejects.toBe(differs)
  expect(said).toEqual(['a', 'b', 'cancel'])
})

test('a task that ended by itself tells why, not the file that it broke off', async () => {
  const broken = server([refusedWith('conflict', 'upload_interrupted')], ['failed'])
  await expect(sendParts(broken.sending)).rejects.toThrow('ended as failed')
  expect(broken.said).toEqual(['a'])
  const cancelled = server([notReady], ['cancelled', 'cancelled'])
  await expect(sendParts(cancelled.sending)).rejects.toThrow('ended as cancelled')
})

test('who stops it has nothing left on the server', async () => {
  const { sending, said } = server([])
  await expect(sendParts({ ...sending, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped')
  expect(said).toEqual(['cancel'])
})
