import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holdLock } from './lock.ts'
import { type Machine, uninstall } from './uninstall.ts'

const VM_ID = '11111111-2222-4333-8444-555555555555'

let root: string
let ran: string[]
let said: string[]

/** A machine with qemu on it, and the user that was added; what would change it is written down. */
const machine: Machine = {
  run: (program, args) => {
    if (program === 'dpkg-query') return Promise.resolve('qemu installed\nbash installed\n')
    if (program === 'apt-get' && args.includes('-s')) return Promise.resolve('Purg qemu [7.2]\n')
    if (program !== 'id') ran.push([program, ...args].join(' '))
    return Promise.resolve('')
  },
  say: (line) => said.push(line),
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'viv-uninstall-'))
  ran = []
  said = []
  const { data, etc, run: runFolder, datastores, settings } = foldersOf(root)
  for (const folder of ['releases/1', 'manager', 'agent', 'cache', 'log'])
    await mkdir(join(data, folder), { recursive: true })
  for (const folder of [datastores, runFolder, etc, join(root, 'bin')]) await mkdir(folder, { recursive: true })
  await writeFile(join(datastores, 'disk'), 'data')
  await writeFile(settings, 'listen: here')
  await writeFile(
    join(etc, 'installed.json'),
    JSON.stringify({ version: 1, packages: ['qemu', 'gone'], users: ['vivarium'] }),
  )
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('viv uninstall', () => {
  it('takes away what was added and what starts have made, and keeps VM data and settings', async () => {
    await uninstall({ root }, machine)
    expect(ran).toEqual(['apt-get purge -y --no-auto-remove qemu', 'userdel vivarium'])
    const { data, etc, run: runFolder, datastores, settings } = foldersOf(root)
    for (const gone of [
      `${data}/releases`,
      `${data}/cache`,
      `${data}/log`,
      runFolder,
      `${root}/bin`,
      `${etc}/installed.json`,
    ]) {
      expect(existsSync(gone), gone).toBe(false)
    }
    for (const kept of [`${data}/manager`, `${data}/agent`, `${datastores}/disk`, settings])
      expect(existsSync(kept), kept).toBe(true)
  })

  it('leaves nothing when it purges', async () => {
    await uninstall({ root, purge: true }, machine)
    expect(existsSync(root)).toBe(false)
    expect(said).toContain('Debian packages removed: qemu')
    expect(said.at(-1)).toBe('Nothing is left.')
  })

  it('refuses while daemons run', async () => {
    await using _lock = await holdLock(foldersOf(root).data)
    await expect(uninstall({ root, purge: true }, machine)).rejects.toThrow(
      `Vivarium runs already: the process ${process.pid}`,
    )
    expect(ran).toEqual([])
    expect(existsSync(`${root}/lib/releases/1`)).toBe(true)
  })

  it.each([{}, { purge: true }, { force: true }])('refuses while a VM runs, with %o', async (options) => {
    using _vm = await standInVm()
    await expect(uninstall({ root, ...options }, machine)).rejects.toThrow(`1 VM runs (${VM_ID}): stop with`)
    expect(ran).toEqual([])
  })

  it('ends VMs only by force', async () => {
    using vm = await standInVm()
    const ended = once(vm.child, 'exit')
    await uninstall({ root, purge: true, force: true }, machine)
    expect((await ended)[1]).toBe('SIGKILL')
    expect(existsSync(root)).toBe(false)
  })
})

async function standInVm() {
  const args = ['-e', 'setInterval(() => undefined, 1000)', '--', '-uuid', VM_ID]
  const child = spawn(process.execPath, args, { argv0: 'qemu-system-x86_64', stdio: 'ignore' })
  const folder = join(foldersOf(root).vmRun, VM_ID)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pid'), `${child.pid}\n`)
  return { child, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}
