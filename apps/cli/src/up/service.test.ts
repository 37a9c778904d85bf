import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { foldersOf } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NODE_PROGRAM } from '../../../../tools/release/dependencies.ts'
import { lineDiff } from './line-diff.ts'
import { holdLock } from './lock.ts'
import { install, planInstall, planLines, removeService, refuseBesideService, type ServiceMachine } from './service.ts'
import { unitNames } from './unit-names.mjs'
import { optionsOf, RELEASE_NODE, unitFiles } from './units.ts'

let root: string
let ran: string[]
let active: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'viv-service-'))
  ran = []
  active = 'inactive'
  await mkdir(join(root, 'units'))
  await mkdir(join(foldersOf(root).releases, '0.1.0-abc'), { recursive: true })
  await symlink('0.1.0-abc', join(foldersOf(root).releases, 'current'))
})
afterEach(() => rm(root, { recursive: true }))

/** A machine whose systemd writes down what it is asked for. */
const machine = (more: Partial<ServiceMachine> = {}): ServiceMachine => ({
  unitFolder: join(root, 'units'),
  isSystemd: true,
  isRoot: true,
  run: (program, args) => {
    if (args[0] === 'show') return Promise.resolve(`ActiveState=${active}\nMainPID=0\nResult=success\n`)
    ran.push([program, ...args].join(' '))
    return Promise.resolve('')
  },
  ...more,
})
const plan = (more: object = {}, on = machine()) =>
  planInstall({ root, user: 'nobody', listen: '127.0.0.1:0', ...more }, on)

test('writes both units, has systemd read and start them, and remembers what was chosen', async () => {
  const names = unitNames(root)
  await install(await plan(), machine())
  expect(ran).toEqual([
    'systemctl daemon-reload',
    `systemctl enable --quiet ${names.agent} ${names.manager}`,
    `systemctl restart ${names.agent} ${names.manager}`,
  ])
  const text = await readFile(join(root, 'units', names.agent), 'utf8')
  expect(optionsOf(text)).toEqual({ listen: '127.0.0.1:0', user: 'nobody' })
  const again = await planInstall({ root }, machine())
  expect(again.units.every(({ before, text: now }) => before === now)).toBe(true)
  expect(planLines(again)).toContain(`${names.manager} stays as it is.`)
})

test('shows a changed unit as the lines that go and come, before anything is written', async () => {
  await install(await plan(), machine())
  const changed = await plan({ listen: '0.0.0.0:8443' })
  const lines = planLines(changed)
  expect(lines.filter((line) => /^ {2}-ExecStart=.*--port 0/.test(line))).toHaveLength(1)
  expect(lines.filter((line) => /^ {2}\+ExecStart=.*--host 0\.0\.0\.0 --port 8443/.test(line))).toHaveLength(1)
  expect(await readFile(join(root, 'units', unitNames(root).manager), 'utf8')).not.toContain('8443')
})

test('says every reason against it at once', async () => {
  await rm(join(foldersOf(root).releases, 'current'))
  await writeFile(join(root, 'units', unitNames(root).manager), '[Service]\nExecStart=/bin/true\n')
  await using _up = await holdLock(foldersOf(root).data)
  const { problems } = await plan({ user: 'no-such-user' }, machine({ isSystemd: false, isRoot: false }))
  expect(problems).toEqual([
    expect.stringContaining('systemd is not the first process'),
    expect.stringContaining('needs root'),
    expect.stringContaining('There is no release'),
    expect.stringContaining('no system user no-such-user'),
    expect.stringContaining('is there and not ours'),
    expect.stringMatching(/runs already: the process \d+.*Ctrl-C first/),
  ])
})

test('is taken away with its units, the manager first; where there is none nothing is asked', async () => {
  const names = unitNames(root)
  expect(await removeService(root, machine())).toBe(false)
  expect(ran).toEqual([])
  await install(await plan(), machine())
  ran = []
  expect(await removeService(root, machine())).toBe(true)
  expect(ran).toEqual([`systemctl disable --quiet --now ${names.manager} ${names.agent}`, 'systemctl daemon-reload'])
  expect(await removeService(root, machine())).toBe(false)
})

test('the foreground is refused while the service runs, and not before', async () => {
  await install(await plan(), machine())
  await refuseBesideService(root, machine())
  active = 'active'
  await expect(refuseBesideService(root, machine())).rejects.toThrow('runs as a service already')
})

test('systemd finds nothing wrong with the units, wherever the installation lies', async () => {
  const odd = join(root, 'a b $HOME %h')
  const folders = foldersOf(odd)
  for (const program of [RELEASE_NODE, 'bin/viv']) {
    const path = join(folders.releases, 'current', program)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '#!/bin/sh\n')
    await chmod(path, 0o755)
  }
  const units = unitFiles(folders, { listen: '[::1]:8443', user: 'nobody' }, { uid: 65534, gid: 65534 })
  for (const { name, text } of units) await writeFile(join(root, 'units', name), text)
  const paths = units.map(({ name }) => join(root, 'units', name))
  const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', ...paths])
  const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('vivarium-'))
  expect(ours).toEqual([])
  // And where something is wrong, it would say so.
  await writeFile(paths[0] ?? '', (units[0]?.text ?? '').replace('KillMode=process', 'KillMode=nonsense'))
  const wrong = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', ...paths]).catch(
    (error: Error) => error,
  )
  expect(JSON.stringify(wrong, Object.getOwnPropertyNames(wrong))).toContain('nonsense')
})

test("the release's Node is where the units look for it", () => {
  expect(RELEASE_NODE).toBe(NODE_PROGRAM)
})

test('lines that stay are not told', () => {
  expect(lineDiff('a\nb\nc', 'a\nx\nc\nd')).toEqual(['-b', '+x', '+d'])
  expect(lineDiff('a', 'a')).toEqual([])
})
