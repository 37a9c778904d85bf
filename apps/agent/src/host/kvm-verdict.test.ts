import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { judgeKvm, type KvmEvidence, kvmVerdict, type ProbeOutcome } from './kvm-verdict.ts'

const notRun: ProbeOutcome = { result: 'not_run' }
const evidence = (openAsVmUser: string, probe: ProbeOutcome = notRun): KvmEvidence => ({
  device: 'present',
  openAsVmUser,
  probe,
})
const WORKS = evidence('ok', { result: 'booted' })
const HANGS = evidence('ok', { result: 'timeout', deadlineMs: 5000 })

describe('the verdict', () => {
  test.each<[string, KvmEvidence, string, string]>([
    ['a guest booted', WORKS, 'works', ''],
    ['there is no device', { device: 'missing', openAsVmUser: 'ENOENT', probe: notRun }, 'absent', 'no /dev/kvm'],
    ['the VMs may not open it', evidence('EACCES'), 'not_permitted', 'a fault of the set-up'],
    ['a policy forbids to open it', evidence('EPERM'), 'not_permitted', 'EPERM'],
    ['it cannot be opened', evidence('No such device or address'), 'fails', 'No such device or address'],
    ['the guest does not end', HANGS, 'hangs', 'not done within 5 seconds'],
    ['QEMU refuses', evidence('ok', { result: 'exited', code: 1, output: 'ioctl failed' }), 'fails', 'ioctl failed'],
    [
      'QEMU dies in silence',
      evidence('ok', { result: 'exited', code: 159, output: '' }),
      'fails',
      'code 159 and said: nothing',
    ],
    ['no guest was tried', evidence('ok'), 'fails', 'no guest'],
  ])('when %s', (_what, given, verdict, problem) => {
    const judged = judgeKvm(given)
    expect(judged).toEqual({
      isUsable: verdict === 'works',
      verdict,
      problem: expect.stringContaining(problem) as string,
    })
    expect(judged.problem).not.toMatch(/\.$/)
  })

  test('is never that it works where no guest booted', () => {
    for (const device of ['missing', 'present'] as const) {
      for (const openAsVmUser of ['ok', 'EACCES', 'EBUSY']) {
        for (const probe of [notRun, HANGS.probe, { result: 'exited', code: 0, output: '' } as const]) {
          expect(judgeKvm({ device, openAsVmUser, probe }).isUsable).toBe(false)
        }
      }
    }
  })
})

describe('the verdict of this boot', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'viv-kvm-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Asks for the verdict once; answers it, and whether a guest was tried. */
  async function ask(given: KvmEvidence, bootId = 'boot1', qemuVersion = '7.2.0') {
    let isProbed = false
    const probe = async () => {
      isProbed = true
      return given
    }
    const { verdict } = await kvmVerdict({ cacheFile: join(folder, 'kvm-verdict.json'), bootId, qemuVersion, probe })
    return { verdict, isProbed }
  }

  test.each([
    ['works', WORKS],
    ['hangs', HANGS],
  ])('is kept when it %s', async (verdict, given) => {
    expect(await ask(given)).toEqual({ verdict, isProbed: true })
    expect(await ask(evidence('EACCES'))).toEqual({ verdict, isProbed: false })
  })

  test('is found again after a boot, and with another QEMU', async () => {
    await ask(HANGS)
    expect(await ask(WORKS, 'boot2')).toEqual({ verdict: 'works', isProbed: true })
    expect(await ask(HANGS, 'boot2', '9.0.0')).toEqual({ verdict: 'hangs', isProbed: true })
  })

  test('is found again while it is one that an admin can mend', async () => {
    expect(await ask(evidence('EACCES'))).toEqual({ verdict: 'not_permitted', isProbed: true })
    expect(await ask(WORKS)).toEqual({ verdict: 'works', isProbed: true })
  })

  test('is found again where what was kept cannot be read', async () => {
    await ask(WORKS)
    const path = join(folder, 'kvm-verdict.json')
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 20))
    expect(await ask(HANGS)).toEqual({ verdict: 'hangs', isProbed: true })
  })
})
