import { access, chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { machineFacts } from '../src/host/facts.ts'
import { bootProbe, kvmGroup, probeKvm } from '../src/host/kvm-probe.ts'
import { judgeKvm } from '../src/host/kvm-verdict.ts'

const UID = 2_146_100_001
/** Many times what the guest needs on an idle host. */
const DEADLINE_MS = 60_000

let folder: string
let runFolder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-probe-'))
  await chmod(folder, 0o711)
  runFolder = join(folder, 'probe')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const asVm = (deadlineMs = DEADLINE_MS) => ({ uid: UID, gids: [], runFolder, deadlineMs })

/** Processes whose command line names this test's folder. */
async function leftOver(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(folder))
}

async function expectNothingLeft(): Promise<void> {
  expect(await leftOver()).toEqual([])
  expect((await readdir(folder)).filter((name) => name === 'probe')).toEqual([])
}

describe('the probe guest', () => {
  test('boots under translation, as an unprivileged user in the sandbox', async () => {
    expect(await bootProbe('tcg', asVm())).toEqual({ result: 'booted' })
    await expectNothingLeft()
  })

  test('is ended at its deadline', async () => {
    const startedAt = performance.now()
    expect(await bootProbe('tcg', asVm(1))).toEqual({ result: 'timeout', deadlineMs: 1 })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await expectNothingLeft()
  })

  test("is told from a QEMU that ends by itself, with QEMU's words", async () => {
    const qemu = await program('echo "ioctl(KVM_CREATE_VM) failed" >&2; exit 1')
    const outcome = await bootProbe('tcg', { ...asVm(), qemu })
    expect(outcome).toEqual({ result: 'exited', code: 1, output: 'ioctl(KVM_CREATE_VM) failed' })
  })

  test('is told from a QEMU that crashes', async () => {
    const qemu = await program('kill -SEGV $$')
    expect(await bootProbe('tcg', { ...asVm(), qemu })).toMatchObject({ result: 'exited', code: 139 })
  })
})

async function program(script: string): Promise<string> {
  const path = join(folder, 'qemu')
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

const hasDevice = await access('/dev/kvm').then(
  () => true,
  () => false,
)

describe("this host's KVM", () => {
  test('gets a verdict within the deadline, also where it hangs, and nothing is left', async () => {
    const startedAt = performance.now()
    // As root: whatever the device's owner and mode are, so that the guest itself is reached.
    const evidence = await probeKvm({ uid: 0, gids: [], runFolder })
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    const { verdict, isUsable } = judgeKvm(evidence)
    expect(evidence.device).toBe(hasDevice ? 'present' : 'missing')
    expect(verdict === 'absent').toBe(!hasDevice)
    expect(isUsable).toBe(evidence.probe.result === 'booted')
    await expectNothingLeft()
  })

  test('is not taken for broken where only the set-up keeps VMs from it', async () => {
    const gid = await kvmGroup()
    const evidence = await probeKvm({ ...asVm(5_000), gids: gid === undefined ? [] : [gid] })
    const { verdict } = judgeKvm(evidence)
    if (evidence.openAsVmUser === 'EACCES') expect(verdict).toBe('not_permitted')
    else expect(verdict).not.toBe('not_permitted')
    expect(gid).not.toBe(0)
    await expectNothingLeft()
  })
})

test('the facts of this host are whole', async () => {
  const facts = await machineFacts()
  expect(facts.machineType).toMatch(/^pc-q35-\d+\.\d+$/)
  expect(facts.qemuVersion).toMatch(/^\d+\.\d+\.\d+/)
  expect(facts.cpus).toBeGreaterThan(0)
  expect(facts.memoryMib).toBeGreaterThan(64)
  expect([facts.hostname, facts.cpuModel, facts.kernel]).not.toContain('')
})
