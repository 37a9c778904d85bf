import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const params = (vm: Vm) => ({ params: { vmId: vm.id } })
const start = async (vm: Vm) => viv.follow(await viv.client.vmStart(params(vm)))
const hibernate = async (vm: Vm) => viv.follow(await viv.client.vmHibernate(params(vm)))
const forceStop = async (vm: Vm) =>
  viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))

async function remove(vm: Vm): Promise<void> {
  if ((await viv.qemus()).has(vm.id)) await forceStop(vm)
  await viv.follow(await viv.client.vmPurge(params(vm)))
  expect(await audit(viv)).toEqual([])
}

/** A guest whose firmware looks at every signature takes its time. */
const BOOT_TIMEOUT_MS = 120_000
let marks = 0

/** A shell in the guest: logged in where nobody is yet. */
async function inGuest(vm: Vm, command: string, isFresh = false): Promise<string> {
  using serial = await Serial.open(viv.root, vm.id)
  if (isFresh) {
    await serial.expect('login:', BOOT_TIMEOUT_MS)
    await serial.logIn()
  }
  const mark = `m${++marks}`
  serial.type(`\recho ${mark}-""begin; ${command}; echo ${mark}-""end\r`)
  await serial.expect(`${mark}-begin`)
  return (await serial.expect(`${mark}-end`)).replaceAll('\r', '')
}

const VARIABLE = '/sys/firmware/efi/efivars/Vivarium-6f1c9ad4-3a5e-4f0f-9a43-5f3a8e1c0d11'
const hex = (bytes: string): string => bytes.replaceAll(/\s/g, '').replaceAll(/../g, String.raw`\x$&`)

/** One command to the TPM and its answer, both raw: the guest has no tools for it. */
const tpm = (bytes: string): string =>
  `exec 3<>/dev/tpm0; printf '${hex(bytes)}' >&3; dd bs=4096 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d ' \\n'; exec 3>&-`
const PASSWORD = '00000009 40000009 0000 00 0000'
const INDEX = '01500016'
const VALUE = '7669766172697573'
/** TPM2_NV_DefineSpace: 8 bytes, that whoever knows the empty password may write and read. */
const DEFINE = `8002 0000002d 0000012a 40000001 ${PASSWORD} 0000 000e ${INDEX} 000b 02060006 0000 0008`
const WRITE = `8002 0000002b 00000137 ${INDEX} ${INDEX} ${PASSWORD} 0008 ${VALUE} 0000`
const READ = `8002 00000023 0000014e ${INDEX} ${INDEX} ${PASSWORD} 0008 0000`
const SUCCESS = /8002[0-9a-f]{8}00000000/

const secureBoot = 'od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
const measured = 'cat /sys/class/tpm/tpm0/pcr-sha256/0 /sys/class/tpm/tpm0/pcr-sha256/7'

async function remembers(vm: Vm, isFresh: boolean): Promise<void> {
  expect(await inGuest(vm, `tail -c +5 ${VARIABLE}`, isFresh)).toContain('vivariu')
  expect(await inGuest(vm, tpm(READ))).toContain(VALUE)
}

async function tpmPid(vm: Vm): Promise<number> {
  return Number(await readFile(join(foldersOf(viv.root).vmRun, vm.id, 'tpm-pid'), 'utf8'))
}

const isThere = (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (words) => words !== '',
    () => false,
  )

test('secure boot and a TPM: what the machine remembers is there after a stop, a save and a new agent', async () => {
  const vm = await viv.vmCreate('secure', { secureBoot: true, tpm: true, memoryMib: 512, start: true })
  expect(vm.hardware).toMatchObject({ firmware: 'uefi', secureBoot: true, tpm: true })
  expect(await inGuest(vm, secureBoot, true)).toMatch(/ 1\n/)
  expect(await inGuest(vm, `cat /sys/class/tpm/tpm0/tpm_version_major`)).toMatch(/^2$/m)
  await inGuest(vm, `printf '\\x07\\x00\\x00\\x00vivariu' > ${VARIABLE}`)
  expect(await inGuest(vm, tpm(DEFINE))).toMatch(SUCCESS)
  expect(await inGuest(vm, tpm(WRITE))).toMatch(SUCCESS)
  await remembers(vm, false)
  expect(await audit(viv)).toEqual([])

  await forceStop(vm)
  expect(await audit(viv)).toEqual([])
  await start(vm)
  await remembers(vm, true)

  const before = await inGuest(vm, measured)
  expect(before).toMatch(/^[0-9A-F]{64}$/m)
  await hibernate(vm)
  expect(await audit(viv)).toEqual([])
  await start(vm)
  await remembers(vm, false)
  // What was measured is in the TPM's memory alone.
  const pcrs = (said: string) => said.match(/^[0-9A-F]{64}$/gm)
  expect(pcrs(await inGuest(vm, measured))).toEqual(pcrs(before))
  expect(await inGuest(vm, secureBoot)).toMatch(/ 1\n/)

  const pid = await tpmPid(vm)
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  expect(await get(vm)).toMatchObject({ state: 'running' })
  expect(await tpmPid(vm)).toBe(pid)
  expect(await isThere(pid)).toBe(true)
  await remembers(vm, false)
  expect(await get(vm)).not.toHaveProperty('brokenParts')

  await forceStop(vm)
  const plan = await viv.client.plan.vmClone({ ...params(vm), body: { name: 'copy' } })
  expect(plan.warnings.map(({ warning }) => warning)).toContain('tpm_cloned')
  const { target } = await viv.follow(await viv.client.vmClone({ ...params(vm), body: { name: 'copy' } }))
  const copy = await viv.client.vmGet({ params: { vmId: target.id } })
  expect(await audit(viv)).toEqual([])
  await remove(vm)
  await start(copy)
  await remembers(copy, true)
  expect(await inGuest(copy, secureBoot)).toMatch(/ 1\n/)
  await remove(copy)
}, 600_000)

test('a TPM ends with its QEMU however that ends, and one that ended alone is told', async () => {
  const vm = await viv.vmCreate('tpm', { tpm: true, start: true })
  expect(await inGuest(vm, 'ls /dev/tpm0', true)).toContain('/dev/tpm0')
  const pid = await tpmPid(vm)
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const uid = /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${vm.pid}/status`, 'utf8'))?.[1]
  expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s`, 'm'))
  expect(status).toMatch(/^CapEff:\s+0+$/m)
  const cgroup = (of: number | undefined) => readFile(`/proc/${of}/cgroup`, 'utf8')
  expect(await cgroup(pid)).toBe(await cgroup(vm.pid))

  process.kill(vm.pid ?? 0, 'SIGKILL')
  await until('the VM is crashed', async () => (await get(vm)).state === 'crashed')
  await until('its TPM is gone', async () => !(await isThere(pid)))
  expect(await audit(viv)).toEqual([])

  await start(vm)
  const next = await tpmPid(vm)
  process.kill(next, 'SIGKILL')
  await until('its end is told', async () => (await get(vm)).brokenParts?.[0] === 'tpm')
  expect(await get(vm)).toMatchObject({ state: 'running' })
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  await until('the next agent tells it too', async () => (await get(vm)).brokenParts?.[0] === 'tpm')
  await forceStop(vm)
  await start(vm)
  expect(await get(vm)).not.toHaveProperty('brokenParts')
  expect(await audit(viv)).toEqual([])
  await remove(vm)
})

test('what an edit takes away goes with the next start, and not before: it can be taken back', async () => {
  const vm = await viv.vmCreate('back', { firmware: 'uefi', tpm: true, memoryMib: 256, start: true })
  const set = async (body: object) =>
    viv.client.vmUpdate({ ...params(vm), ifMatch: (await get(vm)).revision, body: body as never })
  await inGuest(vm, `printf '\\x07\\x00\\x00\\x00vivariu' > ${VARIABLE}`, true)
  expect(await inGuest(vm, tpm(DEFINE))).toMatch(SUCCESS)
  expect(await inGuest(vm, tpm(WRITE))).toMatch(SUCCESS)
  await set({ firmware: 'bios', tpm: false })
  await remembers(vm, false)
  await set({ firmware: 'uefi', tpm: true })
  await hibernate(vm)
  await start(vm)
  await remembers(vm, false)
  await forceStop(vm)
  await start(vm)
  await remembers(vm, true)
  await remove(vm)
})

test('both a launcher and its QEMU that were killed leave no TPM in the way of the next start', async () => {
  const vm = await viv.vmCreate('both', { tpm: true, start: true, memoryMib: 64 })
  const stat = await readFile(`/proc/${vm.pid}/stat`, 'utf8')
  const launcher = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  process.kill(launcher, 'SIGKILL')
  process.kill(vm.pid ?? 0, 'SIGKILL')
  await until('the VM is crashed', async () => (await get(vm)).state === 'crashed')
  await start(vm)
  expect(await get(vm)).toMatchObject({ state: 'running' })
  expect(await audit(viv)).toEqual([])
  await remove(vm)
})

test('what the machine remembers goes with an edit that says so, and what is lost is not made afresh in silence', async () => {
  const vm = await viv.vmCreate('plain', { firmware: 'uefi', tpm: true })
  const datastores = foldersOf(viv.root).datastores
  const state = async () =>
    (await readdir(datastores, { recursive: true })).filter((path) => path.includes(`firmware/${vm.id}/`)).sort()
  const names = async () => (await state()).map((path) => path.split(`${vm.id}/`)[1])
  expect(await names()).toEqual(['tpm', 'variables.fd'])
  const [, variables = ''] = await state()
  await rm(join(datastores, variables))
  const failed = await viv.client.vmStart({ ...params(vm), query: { wait: '30' } })
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'unprocessable' } })
  expect(failed.error?.message).toContain('The UEFI variables of VM "plain" are gone')
  expect((await viv.qemus()).size).toBe(0)
  const set = async (body: object) =>
    viv.client.vmUpdate({ ...params(vm), ifMatch: (await get(vm)).revision, body: body as never })
  await set({ firmware: 'bios', tpm: false })
  await start(vm)
  expect(await audit(viv)).toEqual([])
  await forceStop(vm)
  await set({ firmware: 'uefi', secureBoot: true })
  await start(vm)
  expect(await names()).toEqual(['variables.secure.fd'])
  expect(await audit(viv)).toEqual([])
  await remove(vm)
})
