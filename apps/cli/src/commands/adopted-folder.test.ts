import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describePackage } from '../../../../test/support/package.ts'
import { AdoptedFolder } from './adopted-folder.ts'

let folder: string
let web: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-adopt-'))
  web = join(folder, 'web')
  await mkdir(web)
  await describe()
  await writeFile(join(web, 'disk-1.qcow2'), 'abc')
  await writeFile(join(web, 'tpm-state'), '')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const filesOf = (disk: string) => new Map(Object.entries({ 'disk-1.qcow2': disk, 'tpm-state': '' }).map(toBytes))
const toBytes = ([name, content]: [string, string]) => [name, Buffer.from(content)] as const

/** Writes vm.json. */
async function describe(change: object = {}, into = web, disk = 'abc'): Promise<void> {
  const description = describePackage('web', filesOf(disk), { tpm: true })
  await writeFile(join(into, 'vm.json'), JSON.stringify({ ...description, ...change }))
}

/** How it ended, without what a fault of viv itself would show. */
async function refusalOf(path = web): Promise<{ code: string; message: string }> {
  const outcome = await AdoptedFolder.open(path).catch((error: unknown) => error)
  if (outcome instanceof AdoptedFolder) {
    await outcome[Symbol.asyncDispose]()
    return { code: 'taken', message: '' }
  }
  const { code, message } = outcome as { code: string; message: string }
  return { code, message }
}
const refused = (words: string) => ({ code: 'usage', message: expect.stringContaining(words) as string })

test('a whole folder is opened, also through a link that its caller named', async () => {
  await symlink(web, join(folder, 'link'))
  for (const path of [web, `${web}/`, join(folder, 'link')]) {
    await using from = await AdoptedFolder.open(path)
    expect(from.description).toMatchObject({ name: 'web' })
    expect(from.sizeBytes).toBe(3)
    expect(await from.file('disk-1.qcow2').handle.readFile('utf8')).toBe('abc')
    expect(from.file('tpm-state').sizeBytes).toBe(0)
    // What else lies in it is no file of the package.
    expect(() => from.file('vm.json')).toThrow('no file of this package')
  }
})

test('its handles are closed at the end', async () => {
  const from = await AdoptedFolder.open(web)
  const { handle } = from.file('disk-1.qcow2')
  await from[Symbol.asyncDispose]()
  expect(handle.fd).toBe(-1)
})

test("of two folders that take each other's name meanwhile, all is read from one", async () => {
  const [other, aside] = [join(folder, 'other'), join(folder, 'aside')]
  await cp(web, other, { recursive: true })
  await writeFile(join(other, 'disk-1.qcow2'), 'longer')
  await describe({ name: 'other' }, other, 'longer')
  let isOver = false
  const swapping = (async () => {
    while (!isOver)
      for (const [from, to] of [
        [web, aside],
        [other, web],
        [aside, other],
      ] as const)
        await rename(from, to)
  })()
  const seen = new Set<string>()
  for (let turn = 0; turn < 300; turn++) {
    const outcome = await AdoptedFolder.open(web).catch((error: Error) => error.message)
    if (typeof outcome === 'string') {
      seen.add(outcome)
      continue
    }
    const content = await outcome.file('disk-1.qcow2').handle.readFile('utf8')
    seen.add(`${outcome.description.name}: ${content}`)
    await outcome[Symbol.asyncDispose]()
  }
  isOver = true
  await swapping
  const possible = ['web: abc', 'other: longer', `There is no folder ${web}.`]
  expect([...seen].filter((one) => !possible.includes(one))).toEqual([])
  expect(seen.size).toBeGreaterThan(1)
})

/** What may lie where a file should: each must be refused without being opened, and without waiting for anybody. */
const STRANGE: readonly (readonly [string, (path: string) => Promise<unknown> | unknown])[] = [
  ['a link', (path) => symlink('/etc/shadow', path)],
  ['a link to a plain file of the folder', (path) => symlink('vm.json', path)],
  ['a link to nothing', (path) => symlink('nothing', path)],
  ['a folder', (path) => mkdir(path)],
  ['a FIFO', (path) => execFileSync('mknod', [path, 'p'])],
  // Only root can make one.
  ...(process.getuid?.() === 0
    ? [['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '5'])] as const]
    : []),
]

test.each(STRANGE)('%s instead of a file is refused', async (_what, make) => {
  for (const name of ['disk-1.qcow2', 'tpm-state', 'vm.json']) {
    const path = join(web, name)
    await rename(path, join(folder, 'kept'))
    await make(path)
    expect(await refusalOf(), name).toEqual(refused(`${name} in ${web} is no plain file`))
    await rm(path, { recursive: true })
    await rename(join(folder, 'kept'), path)
  }
  expect(await refusalOf()).toMatchObject({ code: 'taken' })
})

test('a socket instead of a file is refused', async () => {
  await rm(join(web, 'tpm-state'))
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(web, 'tpm-state'), resolve))
  try {
    expect(await refusalOf()).toEqual(refused('no plain file'))
  } finally {
    server.close()
  }
})

test('a file of another size is refused before anything is sent', async () => {
  await writeFile(join(web, 'disk-1.qcow2'), 'ab')
  expect(await refusalOf()).toEqual(refused('disk-1.qcow2 has 2 bytes, and vm.json says 3'))
  await writeFile(join(web, 'disk-1.qcow2'), 'abcd')
  expect(await refusalOf()).toEqual(refused('disk-1.qcow2 has 4 bytes, and vm.json says 3'))
})

test('what is missing is named, with the way out', async () => {
  await rm(join(web, 'tpm-state'))
  expect(await refusalOf()).toEqual(refused('tpm-state is missing'))
  await rm(join(web, 'vm.json'))
  expect(await refusalOf()).toEqual(refused('has no vm.json'))
  expect(await refusalOf(join(folder, 'absent'))).toEqual(refused('There is no folder'))
  expect(await refusalOf(join(web, 'disk-1.qcow2'))).toEqual(refused('is no folder'))
})

test('what a pack has not finished is refused, whatever leads to it', async () => {
  await rename(web, `${web}.partial`)
  await symlink(`${web}.partial`, web)
  for (const path of [web, `${web}.partial`, `${web}.partial/`])
    expect(await refusalOf(path)).toEqual(refused('a pack has written so far'))
})

test('a description that does not fit is refused with its words', async () => {
  await describe({ version: 2 })
  expect(await refusalOf()).toEqual(refused('vm.json is of version 2'))
  await describe({ path: '/etc/shadow' })
  expect(await refusalOf()).toEqual(refused('"path" in vm.json is not known here'))
  await describe({ files: undefined })
  expect(await refusalOf()).toEqual(refused('Pack the VM again'))
  const { files = [] } = describePackage('web', filesOf('abc'))
  await describe({ files: files.map((file, index) => (index === 1 ? { ...file, name: '../../../etc/shadow' } : file)) })
  expect(await refusalOf()).toEqual(refused('"files.1.name" in vm.json'))
  await truncate(join(web, 'vm.json'), 1024 ** 2 + 1)
  expect(await refusalOf()).toEqual(refused('at most 1048576'))
  await writeFile(join(web, 'vm.json'), '')
  expect(await refusalOf()).toEqual(refused('not plain JSON'))
})

test('what may not be read is said so', async () => {
  await chmod(join(web, 'vm.json'), 0)
  // Root may read it all the same.
  const expected = process.getuid?.() === 0 ? { code: 'taken', message: '' } : refused('You may not read')
  expect(await refusalOf()).toEqual(expected)
})
