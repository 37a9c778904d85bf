import { createServer, type Server } from 'node:net'
import type { Task } from '@viv/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { ended, keepAlive } from '../support/crash-work.ts'
import { type CrashPoint, Installation } from '../support/installation.ts'

/** A start that fails because its port is taken, and processes that die while it is undone. */
let viv: Installation
let rival: Server
let port: number
beforeAll(async () => {
  viv = await Installation.create()
  rival = createServer()
  port = await new Promise<number>((resolve) =>
    rival.listen(0, '127.0.0.1', () => resolve((rival.address() as { port: number }).port)),
  )
})
afterAll(async () => {
  rival?.close()
  await viv?.[Symbol.asyncDispose]()
})

const points: CrashPoint[] = [
  { part: 'manager', at: 'vmStart.before-undo.0' },
  { part: 'manager', at: 'vmStart.after-undo.0' },
  { part: 'manager', at: 'vmStart.before-end.-1' },
  { part: 'agent', at: 'vmStart.before-undo' },
  { part: 'agent', at: 'vmStart.after-undo' },
]

test.each(points)('$part dies at $at: the start is undone all the same', async (crash) => {
  const forwards = [{ protocol: 'tcp', bind: 'loopback', hostPort: port, guestPort: 22 }]
  const vm = await viv.vmCreate(`undo-${points.indexOf(crash)}`, { forwards })
  const armed = await viv.arm(crash)
  const alive = keepAlive(viv)
  try {
    const begun: Task = await viv.client.vmStart({ params: { vmId: vm.id } })
    const task = await ended(viv, begun.id)
    expect(armed.hasHappened()).toBe(true)
    await viv.hostKnown()
    expect(task).toMatchObject({ state: 'failed', error: { blockers: [{ reason: 'qemu_failed' }] } })
    expect(await viv.client.vmGet({ params: { vmId: vm.id } })).toMatchObject({ state: 'stopped' })
    expect(await audit(viv)).toEqual([])
  } finally {
    armed.disarm()
    await alive.stop()
  }
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})
