import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { UpOptions } from './up.ts'

const STAND_IN = join(import.meta.dirname, 'stand-in.test-process.ts')
const UP = join(import.meta.dirname, 'up.test-process.ts')
const MANAGER_UID = '64321'
const VM_ID = '11111111-2222-4333-8444-555555555555'

/** A copy of Node and folders that the manager's user can reach: a checkout may lie in a home that is closed to it. */
let node: string
let root: string
let started: ChildProcess[]

interface Up {
  readonly child: ChildProcess
  /** All it has said so far. */
  said(): string
}

beforeAll(async () => {
  node = join(await mkdtemp(join(tmpdir(), 'viv-node-')), 'node')
  await chmod(dirname(node), 0o755)
  await copyFile(process.execPath, node)
})

afterAll(() => rm(dirname(node), { recursive: true }))

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'viv-up-'))
  await chmod(root, 0o777)
  started = []
  await mkdir(join(root, 'programs'))
  for (const name of ['agent', 'simulator', 'manager']) await copyFile(STAND_IN, join(root, 'programs', `${name}.ts`))
  await writeFile(join(root, 'events'), '')
  await chmod(join(root, 'events'), 0o666)
})

afterEach(async () => {
  for (const child of started) child.kill('SIGKILL')
  await Promise.all(started.map(gone))
  for (const pid of await daemonPids()) await until(() => !isAlive(pid))
  await rm(root, { recursive: true })
})

describe('viv up', () => {
  it('starts the agent as root, then the manager as its own user, and tells where it listens', async () => {
    const up = await runningUp()
    const [agent, manager] = await events()
    expect(agent).toMatch(new RegExp(`^agent \\d+ runs as 0 with --root ${root} --manager-gid ${MANAGER_UID}$`))
    expect(manager).toMatch(
      new RegExp(`^manager \\d+ runs as ${MANAGER_UID} with --root ${root} --host 127.0.0.1 --port 0$`),
    )
    expect(up.said()).toContain('Vivarium listens on https://127.0.0.1:8443')
    expect(up.said()).toMatch(/ssh -L 8443:127\.0\.0\.1:8443 \S+@\S+/)
    expect(up.said()).toContain('SHA-256 AB:CD')
  })

  it('says the first password on the terminal and in no log', async () => {
    const up = await runningUp()
    expect(up.said().match(/once-and-no-more/g)).toHaveLength(1)
    await until(async () => (await logOf('manager')).includes('about to be ready'))
    expect((await logOf('manager')) + (await logOf('agent'))).not.toContain('once-and-no-more')
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('stops the manager and then the agent on %s', async (signal) => {
    const up = await runningUp()
    // As a terminal does it: to everybody in the foreground group.
    process.kill(-up.child.pid!, signal)
    expect(await exitCode(up)).toBe(0)
    expect((await events()).slice(2)).toEqual(['manager was stopped', 'agent was stopped'])
    expect(lastLine(up)).toBe('Vivarium has stopped. No VM runs.')
  })

  it('stops when its input ends, if it was asked to', async () => {
    const up = await runningUp({ untilInputEnds: true })
    up.child.stdin!.end()
    expect(await exitCode(up)).toBe(0)
    expect((await events()).slice(2)).toEqual(['manager was stopped', 'agent was stopped'])
  })

  it('stops in order when nobody reads what it says any more', async () => {
    const up = await runningUp()
    up.child.stdout!.destroy()
    up.child.stderr!.destroy()
    process.kill(up.child.pid!, 'SIGHUP')
    expect(await exitCode(up)).toBe(0)
    expect((await events()).slice(2)).toEqual(['manager was stopped', 'agent was stopped'])
  })

  it('leaves no daemon behind when it is killed', async () => {
    const up = await runningUp()
    up.child.kill('SIGKILL')
    for (const pid of await daemonPids()) await until(() => !isAlive(pid))
    expect((await events()).slice(2).sort()).toEqual(['agent lost its starter', 'manager lost its starter'])
  })

  it('starts a daemon again that dies, and says so', async () => {
    const up = await runningUp()
    const [, manager] = await daemonPids()
    process.kill(manager!, 'SIGKILL')
    await until(() => up.said().includes('The manager runs again.'))
    expect(up.said()).toContain('The manager was ended by SIGKILL. It is started again in 0.2 s')
    expect(await daemonPids()).toHaveLength(3)
  })

  it('gives up when a daemon never gets ready, with its last words, and stops the other one', async () => {
    await writeFile(join(root, 'manager.broken'), '')
    const up = startUp()
    expect(await exitCode(up)).toBe(1)
    expect(up.said()).toContain('The manager ended with code 3, 3 times.')
    expect(up.said()).toContain('its last words: the manager finds its heart broken')
    expect((await events()).at(-1)).toBe('agent was stopped')
  })

  it('refuses a second one of the same root and names the process of the first', async () => {
    const first = await runningUp()
    const second = startUp()
    expect(await exitCode(second)).toBe(1)
    expect(second.said()).toContain(`Vivarium runs already: the process ${first.child.pid} works in ${root}/lib.`)
    expect(await events()).toHaveLength(2)
  })

  it('refuses a port that is taken and names who has it', async () => {
    await using server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const up = startUp({ listen: `127.0.0.1:${port}` })
    expect(await exitCode(up)).toBe(1)
    expect(up.said()).toMatch(new RegExp(`Port ${port} is taken by .+ \\(pid ${process.pid}\\)`))
    expect(await events()).toEqual([])
  })

  it("starts a simulator in the agent's place when asked, and says that everything is simulated", async () => {
    const up = await runningUp({ simulate: '3', vms: '40', changesPerSecond: '2', seed: '9' }, 'SIMULATED: 3 hosts')
    const [simulator, manager] = await events()
    const size = '--hosts 3 --vms 40 --changes-per-second 2 --seed 9'
    expect(simulator).toMatch(
      new RegExp(`^simulator \\d+ runs as 0 with --root ${root} ${size} --manager-gid ${MANAGER_UID}$`),
    )
    expect(manager).toMatch(new RegExp(`runs as ${MANAGER_UID} with .* --port 0 --simulate 3 --vms 40$`))
    up.child.kill('SIGTERM')
    expect(await exitCode(up)).toBe(0)
    expect(lastLine(up)).toContain('Its hosts and VMs were simulated')
    expect((await events()).slice(2)).toEqual(['manager was stopped', 'simulator was stopped'])
  })

  it('needs no root for a simulated platform: who starts it runs both', async () => {
    const own = join(root, 'own')
    await mkdir(own)
    await chown(own, Number(MANAGER_UID), Number(MANAGER_UID))
    await writeFile(join(own, 'events'), '')
    await chmod(join(own, 'events'), 0o666)
    const up = startUp({ root: own, simulate: '1' }, MANAGER_UID)
    await until(
      () => up.said().includes('SIMULATED'),
      () => up.said(),
    )
    const started = (await readFile(join(own, 'events'), 'utf8')).split('\n').slice(0, 2)
    expect(started[0]).toMatch(/^simulator \d+ runs as 64321 with --root \S+ --hosts 1 --vms 0$/)
    expect(started[1]).toMatch(/^manager \d+ runs as 64321 /)
    up.child.kill('SIGTERM')
    expect(await exitCode(up)).toBe(0)
  })

  it.each([
    [{ simulate: '3', root: '' }, 'needs a folder of its own'],
    [{ vms: '40' }, 'go with --simulate'],
  ])('refuses %j', async (options, words) => {
    const { root: asked, ...more } = { root, ...options }
    const up = startUp(asked === '' ? { ...more, root: undefined as unknown as string } : more)
    expect(await exitCode(up)).toBe(1)
    expect(up.said()).toContain(words)
    expect(await events()).toEqual([])
  })

  it('counts the VMs that run on, and takes nothing else for a VM', async () => {
    const qemu = standInQemu(VM_ID)
    await writeRunFolder(VM_ID, qemu.pid!)
    await writeRunFolder('99999999-2222-4333-8444-555555555555', process.pid)
    const up = await runningUp()
    expect(up.said()).toContain('1 VM has run on and is taken over.')
    up.child.kill('SIGTERM')
    await exitCode(up)
    expect(lastLine(up)).toMatch(/^Vivarium has stopped\. 1 VM runs on\..*stop it with "viv vm stop NAME"/)
    expect(isAlive(qemu.pid!)).toBe(true)
  })
})

function startUp(options: Partial<UpOptions> = {}, ...uid: string[]): Up {
  const all: UpOptions = { listen: '127.0.0.1:0', root, user: 'vivarium', managerUid: MANAGER_UID, ...options }
  const entryOf = (name: string) => join(root, `programs/${name}.ts`)
  const entries = { agent: entryOf('agent'), simulator: entryOf('simulator'), manager: entryOf('manager') }
  const args = [UP, JSON.stringify(all), JSON.stringify(entries), ...uid]
  const child = spawn(node, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  started.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  return { child, said: () => said }
}

async function runningUp(options: Partial<UpOptions> = {}, words = 'Ctrl-C stops'): Promise<Up> {
  const up = startUp(options)
  await until(
    () => up.said().includes(words),
    () => up.said(),
  )
  return up
}

function standInQemu(vmId: string): ChildProcess {
  const args = ['-e', 'setInterval(() => undefined, 1000)', '--', '-uuid', vmId]
  const child = spawn(process.execPath, args, { argv0: 'qemu-system-x86_64', stdio: 'ignore' })
  started.push(child)
  return child
}

async function writeRunFolder(vmId: string, pid: number): Promise<void> {
  await mkdir(join(root, 'run/vms', vmId), { recursive: true })
  await writeFile(join(root, 'run/vms', vmId, 'pid'), `${pid}\n`)
}

async function events(): Promise<string[]> {
  return (await readFile(join(root, 'events'), 'utf8')).split('\n').slice(0, -1)
}

async function daemonPids(): Promise<number[]> {
  return (await events()).flatMap((event) => /^\w+ (\d+) runs/.exec(event)?.[1] ?? []).map(Number)
}

function logOf(name: string): Promise<string> {
  return readFile(join(root, `lib/log/${name}.log`), 'utf8')
}

const lastLine = (up: Up): string => up.said().trimEnd().split('\n').at(-1)!

async function exitCode({ child }: Up): Promise<number | null> {
  await gone(child)
  return child.exitCode
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function until(condition: () => boolean | Promise<boolean>, told = () => ''): Promise<void> {
  return vi.waitFor(async () => expect(await condition(), told()).toBe(true), { timeout: 20_000, interval: 20 })
}
