import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

/** What the guest itself counts. */
async function inGuest(vmId: string): Promise<{ cpus: number; memoryMib: number }> {
  using serial = await Serial.open(viv.root, vmId)
  await serial.logIn()
  serial.type('echo cpus=$(grep -c ^processor /proc/cpuinfo) kib=$(sed -n "s/MemTotal: *//p" /proc/meminfo) e""nd\r')
  const said = await serial.expect('kB end')
  const [, cpus, kib] = /cpus=(\d+) kib=(\d+)/.exec(said) ?? []
  return { cpus: Number(cpus), memoryMib: Number(kib) / 1024 }
}

test('CPUs and memory of a guest that runs are another machine after its restart, and not before', async () => {
  const { id: vmId, revision } = await viv.vmCreate('web', { memoryMib: 128, start: true })
  const params = { vmId }
  expect((await inGuest(vmId)).cpus).toBe(1)
  const edited = await viv.client.vmUpdate({ params, ifMatch: revision, body: { cpus: 2, memoryMib: 256 } })
  expect(edited.pending).toEqual([
    { path: 'cpus', running: 1, wanted: 2 },
    { path: 'memoryMib', running: 128, wanted: 256 },
  ])
  // A reset restarts the guest, not the machine.
  await viv.follow(await viv.client.vmReset({ params }))
  expect((await viv.client.vmGet({ params })).pending).toHaveLength(2)
  await viv.follow(await viv.client.vmStop({ params, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmStart({ params }))
  expect(await viv.client.vmGet({ params })).not.toHaveProperty('pending')
  const { cpus, memoryMib } = await inGuest(vmId)
  expect(cpus).toBe(2)
  expect(memoryMib).toBeGreaterThan(192)
  await viv.follow(await viv.client.vmStop({ params, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params }))
  expect(await audit(viv)).toEqual([])
})
