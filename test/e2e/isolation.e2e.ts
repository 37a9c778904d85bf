import { execFile } from 'node:child_process'
import { chmod, copyFile, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Installation } from '../support/installation.ts'

const run = promisify(execFile)
let viv: Installation
let attacker: Vm
let victim: Vm
beforeAll(async () => {
  viv = await Installation.create()
  node = join(viv.root, 'node')
  await copyFile(process.execPath, node)
  await chmod(node, 0o755)
  attacker = await viv.vmCreate('attacker', { start: true })
  victim = await viv.vmCreate('victim', { start: true })
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const runFolder = (vm: Vm): string => join(foldersOf(viv.root).vmRun, vm.id)

async function diskOf(vm: Vm): Promise<string> {
  const { datastores } = foldersOf(viv.root)
  const [store = ''] = (await readdir(datastores)).filter((name) => name.length === 36)
  return join(datastores, store, 'volumes', vm.hardware.disks[0]?.volumeId ?? '', 'disk.qcow2')
}

/** Runs as the attacker's QEMU would, had its guest broken out: its uid and its groups. */
async function asAttacker(...command: string[]): Promise<'done' | 'refused'> {
  const status = await readFile(`/proc/${attacker.pid}/status`, 'utf8')
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1] ?? ''
  const groups = (/^Groups:\s*(.*)$/m.exec(status)?.[1] ?? '').trim().split(/\s+/).join(',')
  try {
    await run('setpriv', ['--reuid', uid, '--regid', uid, '--groups', groups, '--no-new-privs', ...command], {
      timeout: 10_000,
    })
    return 'done'
  } catch {
    return 'refused'
  }
}

/** Our own Node may lie in a closed home: a copy that everybody can run. */
let node: string
const connect = (path: string): string[] => [
  node,
  '-e',
  `require('net').connect(${JSON.stringify(path)}).on('connect',()=>process.exit(0)).on('error',()=>process.exit(1))`,
]

const signal = (pid: number | undefined): string[] => [node, '-e', `process.kill(${pid}, 0)`]

test('QEMU runs with a uid of its own, no capability, no new privileges and seccomp', async () => {
  const [mine, theirs] = await Promise.all([attacker, victim].map(({ pid }) => readFile(`/proc/${pid}/status`, 'utf8')))
  const uid = (status = '') => Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
  expect(uid(mine)).toBeGreaterThan(65_535)
  expect(uid(mine)).not.toBe(uid(theirs))
  for (const status of [mine, theirs]) {
    expect(status).toMatch(/^CapEff:\s+0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(status).toMatch(/^Seccomp:\s+2$/m)
  }
})

test("one VM's uid can use what is its own: so what follows is refused for the right reason", async () => {
  expect(await asAttacker('head', '-c', '4', await diskOf(attacker))).toBe('done')
  expect(await asAttacker('test', '-S', join(runFolder(attacker), 'io', 'serial'))).toBe('done')
  expect(await asAttacker(...signal(attacker.pid))).toBe('done')
  expect(await asAttacker(...connect(join(runFolder(attacker), 'io', 'guest-agent')))).toBe('done')
  expect(await asAttacker(...connect(join(runFolder(attacker), 'io', 'screen')))).toBe('done')
})

test("one VM's uid can't read another's disk, memory or description", async () => {
  expect(await asAttacker('head', '-c', '4', await diskOf(victim))).toBe('refused')
  expect(await asAttacker('head', '-c', '1', `/proc/${victim.pid}/mem`)).toBe('refused')
  expect(await asAttacker('cat', `/proc/${victim.pid}/environ`)).toBe('refused')
  expect(await asAttacker('cat', join(foldersOf(viv.root).agentData, 'vms', victim.id, 'vm.json'))).toBe('refused')
  expect(await asAttacker('ls', join(runFolder(victim), 'io'))).toBe('refused')
})

test("one VM's uid can't signal another, nor the launchers and daemons", async () => {
  for (const pid of [victim.pid, viv.agent.pid, viv.manager.pid]) {
    expect(await asAttacker(...signal(pid))).toBe('refused')
  }
})

test("one VM's uid can't connect to another's sockets, the agent's or the manager's", async () => {
  const { agentSocket, apiSocket } = foldersOf(viv.root)
  const sockets = ['qmp', 'guest-agent', 'serial', 'screen'].map((name) => join(runFolder(victim), 'io', name))
  for (const path of [...sockets, agentSocket, apiSocket]) {
    expect(await asAttacker(...connect(path)), path).toBe('refused')
  }
})

test("one VM's uid can't write where root writes for it, nor change its base image", async () => {
  expect(await asAttacker('touch', join(runFolder(attacker), 'exit'))).toBe('refused')
  expect(await asAttacker('ln', '-s', '/etc/passwd', join(runFolder(attacker), 'output2'))).toBe('refused')
  const { items } = await viv.client.imageList()
  const image = (await diskOf(attacker)).replace(attacker.hardware.disks[0]?.volumeId ?? '', items[0]?.volumeId ?? '')
  expect((await stat(image)).mode & 0o777).toBe(0o440)
  expect(await asAttacker('head', '-c', '4', image)).toBe('done')
  expect(await asAttacker('dd', 'if=/dev/zero', `of=${image}`, 'count=1', 'conv=notrunc')).toBe('refused')
})

test('each VM lives in a cgroup of its own, where the host has cgroups', async () => {
  const { items } = await viv.client.hostList()
  const { kind } = (items[0]?.facts as { cgroup: { kind: string } }).cgroup
  const cgroups = await Promise.all([attacker, victim].map(({ pid }) => readFile(`/proc/${pid}/cgroup`, 'utf8')))
  expect(
    kind === 'none' || (cgroups[0]?.includes(attacker.id) === true && cgroups[1]?.includes(victim.id) === true),
  ).toBe(true)
  expect(kind).not.toBe('none')
})
