import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Platform } from './platform.ts'

let platform: Platform
let vmId: string
beforeAll(async () => {
  platform = await Platform.start()
  vmId = await platform.vm('web', { start: true })
})
afterAll(() => platform[Symbol.asyncDispose]())

const ticketFor = (id: string, use = 'serial') => platform.call('POST', `/v1/vms/${id}/tickets`, { body: { for: use } })

/** What a browser hears that opens this path over TLS, with no header of ours: the refusal, or that it is open. */
async function open(path: string): Promise<{ status: number; body: string }> {
  const url = new URL(platform.manager?.url ?? '')
  const socket = new WebSocket(`wss://${url.host}${path}`, { rejectUnauthorized: false })
  const opened = once(socket, 'open').then(() => ({ status: 101, body: '' }))
  const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
    let body = ''
    for await (const chunk of response) body += String(chunk)
    return { status: response.statusCode as number, body }
  })
  try {
    return await Promise.race([opened, refused])
  } finally {
    socket.on('error', () => undefined).terminate()
  }
}

test('without a ticket nobody is let in, with one once', async () => {
  expect(await open(`/v1/vms/${vmId}/serial`)).toMatchObject({ status: 401 })
  const { status, body } = await ticketFor(vmId)
  expect(status).toBe(201)
  // The simulated host has no serial line: who gets as far as being told so was let in.
  expect((await open(String(body['path']))).body).toContain('vm_state')
  const again = await open(String(body['path']))
  expect(again).toMatchObject({ status: 401 })
  expect(again.body).toContain('ticket_invalid')
})

test('a ticket is for one VM, and a made-up one for none', async () => {
  const other = await platform.vm('db', { start: true })
  const { body } = await ticketFor(vmId)
  expect(await open(String(body['path']).replace(vmId, other))).toMatchObject({ status: 401 })
  expect(await open(`/v1/vms/${vmId}/serial?ticket=AAAA`)).toMatchObject({ status: 401 })
  // It is used up by the attempt, too.
  expect(await open(String(body['path']))).toMatchObject({ status: 401 })
})

test('there is none where there is nothing to look at: refused with the way out', async () => {
  const stopped = await platform.vm('off')
  const { status, body } = await ticketFor(stopped)
  expect(status).toBe(409)
  expect(body['blockers']).toMatchObject([{ reason: 'vm_state', fix: { action: 'vmStart' } }])
  expect(await ticketFor('00000000-0000-4000-8000-000000000000')).toMatchObject({ status: 404 })
})
