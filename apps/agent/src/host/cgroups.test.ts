import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findHierarchies } from './cgroup-hierarchies.ts'
import { Cgroups } from './cgroups.ts'

let root: string
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'viv-cgroups-')))
})
afterEach(() => rm(root, { recursive: true }))

/** A folder that looks like /sys/fs/cgroup. */
async function mounted(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}
const v1 = (...controllers: string[]) =>
  mounted(Object.fromEntries(controllers.map((controller) => [`${controller}/cgroup.procs`, ''])))

describe('what is mounted', () => {
  test('is v2 where one tree has the controllers', async () => {
    await mounted({ 'cgroup.controllers': 'cpuset cpu io memory hugetlb pids\n' })
    expect(await findHierarchies(root)).toMatchObject({
      kind: 'v2',
      folders: [root],
      controllers: ['cpu', 'memory', 'pids', 'io'],
    })
  })

  test('is v1 where each controller has a tree, also beside a v2 tree without controllers', async () => {
    await v1('cpu', 'memory', 'pids', 'devices', 'systemd')
    await mounted({ 'unified/cgroup.controllers': '' })
    const found = await findHierarchies(root)
    expect(found).toMatchObject({ kind: 'v1', controllers: ['cpu', 'memory', 'pids'] })
    expect(found.folders).toEqual(['cpu', 'memory', 'pids'].map((name) => join(root, name)))
  })

  test('counts controllers that are mounted together as one tree', async () => {
    await v1('cpu,cpuacct', 'memory')
    await symlink('cpu,cpuacct', join(root, 'cpu'))
    await symlink('cpu,cpuacct', join(root, 'cpuacct'))
    expect((await findHierarchies(root)).folders).toEqual([join(root, 'cpu,cpuacct'), join(root, 'memory')])
  })

  test.each([
    ['nothing is there', {}, 'no cgroups are mounted'],
    ['the v2 tree is empty', { 'cgroup.controllers': '\n' }, 'no controllers'],
    ['memory is missing', { 'cpu/cgroup.procs': '' }, 'without memory'],
  ])('is of no use when %s, and says so', async (_what, files, note) => {
    await mounted(files)
    expect(await findHierarchies(root)).toMatchObject({ kind: 'none', note: expect.stringContaining(note) as string })
  })
})

describe('the cgroups of VMs', () => {
  const name = 'vivarium-test.slice'
  const vmId = randomUUID()

  test('are one in each tree, and go with their installation', async () => {
    await v1('cpu', 'memory')
    const cgroups = await Cgroups.open({ name, root })
    expect(cgroups.facts.kind).toBe('v1')
    const files = ['cpu', 'memory'].map((controller) => join(root, controller, name, vmId, 'tasks'))
    expect(await cgroups.create(vmId)).toEqual(files)
    expect(await cgroups.create(vmId)).toEqual(files)
    expect(await cgroups.list()).toEqual([vmId])
    await cgroups.remove(vmId)
    await cgroups.remove(vmId)
    expect(await cgroups.list()).toEqual([])
    await cgroups.create(vmId)
    await cgroups.removeAll()
    expect(await readdir(join(root, 'cpu'))).toEqual(['cgroup.procs'])
  })

  test('say which controllers the host does not pass on', async () => {
    await mounted({
      'cgroup.controllers': 'cpu memory\n',
      'cgroup.subtree_control': 'cpu memory\n',
      [`${name}/cgroup.subtree_control`]: 'cpu memory\n',
    })
    expect((await Cgroups.open({ name, root })).facts.note).not.toContain('not passed on')
    await rm(join(root, 'cgroup.subtree_control'))
    await mkdir(join(root, 'cgroup.subtree_control'))
    const { kind, note } = (await Cgroups.open({ name, root })).facts
    expect(kind).toBe('v2')
    expect(note).toContain('not passed on by the host: cpu, memory')
  })

  test('are none where the agent may not make them, and VMs start without', async () => {
    await v1('cpu', 'memory')
    await writeFile(join(root, 'memory', name), 'in the way')
    const cgroups = await Cgroups.open({ name, root })
    expect(cgroups.facts).toMatchObject({
      kind: 'none',
      note: expect.stringContaining('may not make cgroups') as string,
    })
    expect(await cgroups.create(vmId)).toEqual([])
    expect(await cgroups.list()).toEqual([])
    await cgroups.remove(vmId)
  })

  test('are made from ids alone', async () => {
    await v1('cpu', 'memory')
    const cgroups = await Cgroups.open({ name, root })
    await expect(cgroups.create('../../escape')).rejects.toThrow("not a VM's id")
    await expect(cgroups.remove('..')).rejects.toThrow("not a VM's id")
  })
})

describe('where systemd is the first process', () => {
  const name = 'vivarium-12345678.slice'
  const scope = (vmId: string, at = '1') => join(root, 'vivarium.slice', name, `vivarium-vm-${vmId}-${at}.scope`)

  test('the one tree of v2 is left to it: a VM is known and removed by its scopes', async () => {
    await mounted({ 'cgroup.controllers': 'cpu memory pids\n' })
    const cgroups = await Cgroups.open({ name, root, isSystemd: true })
    const vmId = randomUUID()
    expect(cgroups.facts).toMatchObject({ kind: 'v2', note: expect.stringContaining('systemd scope') as string })
    expect(await cgroups.create(vmId)).toEqual([])
    expect(await readdir(root)).toEqual(['cgroup.controllers'])
    expect(cgroups.scope(vmId)).toContain(`--slice=${name}`)
    await mkdir(scope(vmId), { recursive: true })
    await mkdir(scope(vmId, '2'))
    expect(await cgroups.list()).toEqual([vmId])
    await cgroups.remove(vmId)
    expect(await cgroups.list()).toEqual([])
  })

  test('on v1 a VM has its scope, and folders of its own for what it is held to', async () => {
    await v1('cpu', 'memory')
    const cgroups = await Cgroups.open({ name, root, isSystemd: true })
    const vmId = randomUUID()
    expect(await cgroups.create(vmId)).toHaveLength(2)
    expect(cgroups.scope(vmId)).toHaveLength(7)
    expect(cgroups.facts.note).toContain('systemd scope')
  })

  test('elsewhere there is no scope, and it is said', async () => {
    await mounted({ 'cgroup.controllers': 'cpu memory pids\n' })
    const cgroups = await Cgroups.open({ name, root, isSystemd: false })
    expect(cgroups.scope(randomUUID())).toEqual([])
    expect(cgroups.facts.note).toContain('systemd is not the first process here')
  })
})
