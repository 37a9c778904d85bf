import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

/** What a command prints in the guest. */
async function inGuest(vmId: string, command: string): Promise<string> {
  using serial = await Serial.open(viv.root, vmId)
  await serial.logIn()
  serial.type(`echo be""gin; ${command}; echo e""nd\r`)
  await serial.expect('begin')
  return (await serial.expect('end')).replaceAll('\r', '')
}

async function volumeFile(volumeId: string): Promise<string> {
  const { datastores } = foldersOf(viv.root)
  const [datastore = ''] = await readdir(datastores)
  return join(datastores, datastore, 'volumes', volumeId, 'disk.qcow2')
}

/** The guest has no driver for a drive of this machine. */
const commandLine = async (vmId: string): Promise<string> =>
  readFile(`/proc/${(await viv.qemus()).get(vmId)}/cmdline`, 'utf8')

const LOOK = 'cat /proc/partitions; ls /sys/class/net; cat /sys/bus/pci/devices/0000:00:11.0/device'

test('a guest finds the disks, the network card and the drive that were added, and not those that were removed', async () => {
  const { client } = viv
  const { id: vmId } = await viv.vmCreate('web')
  const params = { vmId }
  const stopped = { params, body: { mode: 'force' } } as const
  await viv.follow(await client.vmDiskAdd({ params, body: { sizeMib: 8 } }))
  await viv.follow(await client.vmDiskAdd({ params, body: { sizeMib: 16, bus: 'scsi' } }))
  await viv.follow(await client.vmNicAdd({ params, body: { model: 'e1000e' } }))
  await viv.follow(await client.vmCdAdd({ params }))
  const { hardware } = await client.vmGet({ params })
  const added = hardware.disks.slice(1).map(({ volumeId }) => volumeId)
  expect(await audit(viv)).toEqual([])
  await viv.follow(await client.vmStart({ params }))
  const with3 = await inGuest(vmId, LOOK)
  expect(with3).toMatch(/ 8192 vdb$/m)
  expect(with3).toMatch(/ 16384 sda$/m)
  expect(with3).toContain('0x10d3')
  expect(await commandLine(vmId)).toContain('ide-cd')

  // A machine is not taken apart while it runs.
  const whileRunning = await client.plan.vmDiskRemove({ params: { vmId, volumeId: added[0] ?? '' } })
  expect(whileRunning).toMatchObject({ allowed: false, blockers: [{ reason: 'vm_state', fix: { action: 'vmStop' } }] })
  await viv.follow(await client.vmStop(stopped))
  const files = await Promise.all(added.map(volumeFile))
  expect(files.map((file) => existsSync(file))).toEqual([true, true])
  for (const volumeId of added) await viv.follow(await client.vmDiskRemove({ params: { vmId, volumeId } }))
  await viv.follow(await client.vmCdRemove({ params }))
  await viv.follow(await client.vmNicRemove({ params: { vmId, mac: hardware.nics[1]?.mac ?? '' } }))
  expect(files.map((file) => existsSync(file))).toEqual([false, false])
  await viv.follow(await client.vmStart({ params }))
  const without = await inGuest(vmId, LOOK)
  expect(without).toContain('vda')
  expect(without).not.toMatch(/vdb|sda|0x10d3/)
  expect(await commandLine(vmId)).not.toContain('ide-cd')
  await viv.follow(await client.vmStop(stopped))
  await viv.follow(await client.vmPurge({ params }))
  expect(await audit(viv)).toEqual([])
})
