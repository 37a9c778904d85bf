import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../apps/cli/src/up/unit-names.mjs'
import { buildRelease } from '../../tools/release/build.ts'
import { linkCommand, switchRelease } from '../../tools/release/switch.ts'
import { until } from '../support/installation.ts'
import { SystemdMachine } from '../support/systemd-machine.ts'

const CHECKOUT = join(import.meta.dirname, '../..')

/** The installed service under a real systemd, with real releases and a real guest: one story, in this order. */
let machine: SystemdMachine
let names: ReturnType<typeof unitNames>
let first: string
beforeAll(async () => {
  machine = await SystemdMachine.boot()
  names = unitNames(machine.root)
  first = await release(CHECKOUT)
}, 240_000)
afterAll(() => machine?.[Symbol.asyncDispose]())

/** What `npm start` does before it starts anything. */
async function release(checkout: string): Promise<string> {
  const { releases } = foldersOf(machine.root)
  const { name } = await buildRelease(checkout, releases)
  await switchRelease(releases, name)
  await linkCommand(releases, machine.root)
  return name
}

interface Status {
  readonly units: readonly { name: string; active: string; release: string; pid: number; restarts: number }[]
}
const status = () => machine.json<Status>('service', 'status')
const vm = () => machine.json<Vm>('vm', 'show', 'web')
const said = (file: string) => machine.ok('cat', file)

test('is planned, installed, and says that it runs the release', async () => {
  const planned = await machine.viv('service', 'install', '--user', 'nobody', '--listen', '127.0.0.1:0', '--plan')
  expect(planned.stdout).toContain(`${names.agent} is written:`)
  expect((await machine.viv('service', 'status')).stdout).toContain('no service here')
  const installed = await machine.viv('service', 'install', '--user', 'nobody', '--listen', '127.0.0.1:0')
  expect(installed).toMatchObject({ code: 0 })
  expect((await status()).units).toMatchObject([
    { name: names.agent, active: 'active', release: first },
    { name: names.manager, active: 'active', release: first },
  ])
  const [agent, manager] = (await status()).units
  expect(await said(`/proc/${agent?.pid}/status`)).toMatch(/^Uid:\s+0\s/m)
  expect(await said(`/proc/${manager?.pid}/status`)).toMatch(/^Uid:\s+65534\s/m)
  expect(await machine.ok('systemctl', 'is-enabled', names.agent, names.manager)).toBe('enabled\nenabled\n')
  // Again, with what was chosen before: nothing is to be done.
  const again = await machine.viv('service', 'install')
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing had to be changed') })
  expect((await status()).units.map(({ pid }) => pid)).toEqual([agent?.pid, manager?.pid])
})

test('its VMs are scopes of their own: neither a restart nor a kill of the daemons reaches them', async () => {
  await machine.ok(
    join(machine.root, 'bin/viv'),
    'vm',
    'create',
    'web',
    '--image',
    'micro',
    '--memory',
    '128M',
    '--start',
  )
  const { pid } = await vm()
  expect(await said(`/proc/${pid}/cgroup`)).toMatch(
    /name=systemd:.*\/vivarium-vm-[0-9a-f-]+-[0-9a-z]+\.scope$|^0::.*\.scope$/m,
  )
  expect((await said(`/proc/${pid}/oom_score_adj`)).trim()).toBe('0')
  // In a container the kernel may not allow it; that it is asked for is what counts.
  expect(await machine.ok('systemctl', 'show', '--property=OOMScoreAdjust,OOMPolicy,KillMode', names.agent)).toBe(
    'OOMPolicy=continue\nOOMScoreAdjust=-900\nKillMode=process\n',
  )

  await machine.ok('systemctl', 'restart', names.agent, names.manager)
  await known()
  expect(await vm()).toMatchObject({ state: 'running', pid })
  await machine.ok('systemctl', 'kill', '--signal=KILL', names.agent, names.manager)
  await until('systemd has started both again', async () =>
    (await status()).units.every(({ active, restarts }) => active === 'active' && restarts > 0),
  )
  await known()
  expect(await vm()).toMatchObject({ state: 'running', pid })
})

/** The VM's host is heard of again. */
async function known(): Promise<void> {
  await until('the host answers', async () => {
    const { code, stdout } = await machine.viv('vm', 'show', 'web', '-o', 'json')
    return code === 0 && (JSON.parse(stdout) as Vm).hostReachable
  })
}

test('"viv up" beside it is refused', async () => {
  const { code, stderr } = await machine.viv('up')
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('runs as a service already') })
})

test('a newer checkout is a newer release: the daemons change, the VM runs on and is obeyed', async () => {
  const newer = await newerCheckout('0.2.0')
  try {
    const second = await release(newer)
    expect(second).toMatch(/^0\.2\.0-/)
    expect((await machine.viv('service', 'status')).stdout).toContain(`Not yet the newest release (${second})`)
    const { pid } = await vm()
    expect(await machine.viv('service', 'install')).toMatchObject({ code: 0 })
    await known()
    expect((await status()).units).toMatchObject([{ release: second }, { release: second }])
    expect(await vm()).toMatchObject({ state: 'running', pid })
    expect((await machine.json<{ items: { agentVersion: string }[] }>('host', 'list')).items).toMatchObject([
      { agentVersion: '0.2.0' },
    ])
    await machine.ok(join(machine.root, 'bin/viv'), 'vm', 'stop', 'web', '--force')
    await machine.ok(join(machine.root, 'bin/viv'), 'vm', 'start', 'web')
    expect(await vm()).toMatchObject({ state: 'running' })
  } finally {
    await rm(newer, { recursive: true })
  }
})

/** This one's sources with another version. */
async function newerCheckout(version: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'viv-newer-'))
  for (const name of ['apps', 'libs', 'tsconfig.json', 'package.json', 'package-lock.json'])
    await cp(join(CHECKOUT, name), join(copy, name), { recursive: true })
  await symlink(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'))
  for (const name of [
    'package-lock.json',
    'apps/agent/package.json',
    'apps/manager/package.json',
    'apps/cli/package.json',
  ]) {
    const text = await readFile(join(copy, name), 'utf8')
    await writeFile(join(copy, name), text.replace('"version": "0.1.0"', `"version": "${version}"`))
  }
  const lock = JSON.parse(await readFile(join(copy, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, object>
  }
  lock.packages[''] = { ...lock.packages[''], version }
  await writeFile(join(copy, 'package-lock.json'), JSON.stringify(lock))
  return copy
}

test('when the machine goes down its guests are shut down first', async () => {
  const { pid } = await vm()
  // As a real shutdown does: everything that is not kept conflicts with this target.
  await machine.ok('systemctl', 'start', '--job-mode=replace-irreversibly', 'shutdown.target')
  expect((await machine.run('test', '-e', `/proc/${pid}`)).code).not.toBe(0)
  const [agent, manager] = (await status()).units
  expect([agent?.active, manager?.active]).toEqual(['inactive', 'inactive'])

  await machine.ok('systemctl', 'start', names.agent, names.manager)
  await known()
  expect(await vm()).toMatchObject({ state: 'stopped', exit: { cause: 'powered_off' } })
  await machine.ok(join(machine.root, 'bin/viv'), 'vm', 'start', 'web')
})

test('it is taken away, and the VM runs on', async () => {
  const { pid } = await vm()
  expect(await machine.viv('service', 'uninstall')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 VM runs on'),
  })
  expect((await machine.viv('service', 'status')).stdout).toContain('no service here')
  expect(await said(`/proc/${pid}/cmdline`)).toContain('qemu-system')
})
