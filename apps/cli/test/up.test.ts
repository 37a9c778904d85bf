import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

/** Nobody's uid, and no entry in /etc/passwd. */
const MANAGER_UID = 64_321
const execute = promisify(execFile)

let root: string
let up: ChildProcess | undefined
let said = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'viv-release-up-'))
  await chmod(root, 0o711)
  const release = join(import.meta.dirname, '../../../tools/release.ts')
  await execute(process.execPath, ['--disable-warning=ExperimentalWarning', release, '--root', root])
}, 120_000)

afterAll(async () => {
  if (up !== undefined && up.exitCode === null) {
    const exited = once(up, 'exit')
    up.kill('SIGTERM')
    await exited
  }
  await execute(join(root, 'bin/viv'), ['uninstall', '--purge', '--force'])
  await rm(root, { recursive: true, force: true })
})

/** In order: each goes on where the one before it ended. */
describe('viv up, of a release, with the real agent and manager', () => {
  it('tells address, certificate and first password, all of them true', async () => {
    await start()
    const url = new URL(told(/listens on (\S+)/))
    expect(told(/SHA-256 (\S+)/)).toBe(await servedFingerprint(Number(url.port)))
    const password = told(/password +(\S+)/)
    expect(await logIn(url, password)).toBe(201)
    expect(await logIn(url, `${password}x`)).toBe(401)
  })

  it('runs the manager as its own user, who may call the agent and read nothing of it', async () => {
    const manager = await processOf('manager')
    expect((await stat(`/proc/${manager}`)).uid).toBe(MANAGER_UID)
    expect((await stat(`/proc/${await processOf('agent')}`)).uid).toBe(0)
    const socket = await stat(join(root, 'run/agent.sock'))
    expect([socket.uid, socket.gid, socket.mode & 0o777]).toEqual([0, MANAGER_UID, 0o660])
    const agentData = await stat(join(root, 'lib/agent'))
    expect([agentData.uid, agentData.mode & 0o777]).toEqual([0, 0o700])
    await vi.waitFor(async () => expect((await viv('host', 'list')).stdout).toContain('reachable'), {
      timeout: 20_000,
    })
  })

  it('is refused to be uninstalled while it runs', async () => {
    await expect(viv('uninstall')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Vivarium runs already'),
    })
  })

  it('brings a daemon back that was killed, and the API answers again', async () => {
    process.kill(await processOf('manager'), 'SIGKILL')
    await until(() => said.includes('The manager runs again.'))
    expect((await viv('vm', 'list', '-o', 'json')).stdout).toContain('[]')
  })

  it('leaves no process behind when it is killed, and starts again without a password', async () => {
    up!.kill('SIGKILL')
    await until(async () => (await processes()).length === 0)
    await start()
    expect(said).not.toContain('password')
  })

  it('stops on Ctrl-C with one last line', async () => {
    const exited = once(up!, 'exit')
    process.kill(-up!.pid!, 'SIGINT')
    expect((await exited)[0]).toBe(0)
    expect(said.trimEnd().split('\n').at(-1)).toBe('Vivarium has stopped. No VM runs.')
    expect(await processes()).toEqual([])
  })

  it('has written its password nowhere', async () => {
    const files = await readdir(join(root, 'lib/log'))
    expect(files.sort()).toEqual(['agent.log', 'manager.log'])
    for (const file of files) expect(await readFile(join(root, 'lib/log', file), 'utf8')).not.toContain(firstPassword)
  })
})

describe('viv up --simulate, of a release, by somebody who is not root', () => {
  const SIZE = ['--simulate', '5', '--vms', '60']
  let own: string
  let simulated: ChildProcess | undefined

  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'viv-simulated-up-'))
    await chown(own, MANAGER_UID, MANAGER_UID)
  })
  afterAll(async () => {
    if (simulated !== undefined && simulated.exitCode === null) {
      const exited = once(simulated, 'exit')
      simulated.kill('SIGTERM')
      await exited
    }
    await rm(own, { recursive: true, force: true })
  })

  const ask = async (...args: string[]) => (await viv('--root', own, ...args)).stdout
  const simulator = async () => {
    const pids = await processes('agent/src/sim', own)
    return pids[0]
  }

  it('serves every host and VM that was asked for', async () => {
    said = ''
    const args = ['--root', own, 'up', '--listen', '127.0.0.1:0', ...SIZE]
    const options = { detached: true, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] }
    simulated = spawn(join(root, 'bin/viv'), args, { ...options, uid: MANAGER_UID, gid: MANAGER_UID })
    for (const stream of [simulated.stdout!, simulated.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    await until(() => said.includes('SIMULATED: 5 hosts and 60 VMs'))
    await until(async () => (await ask('host', 'list')).match(/ reachable /g)?.length === 5)
    expect(await ask('vm', 'list')).toMatch(/^[a-z]+-00059 +\w+/m)
    expect((await stat(`/proc/${await simulator()}`)).uid).toBe(MANAGER_UID)
  })

  it('a simulator that was killed comes back, and its hosts and VMs are where they were', async () => {
    const { items } = JSON.parse(await ask('vm', 'list', '-o', 'json')) as { items: { name: string; state: string }[] }
    const { name } = items.find(({ state }) => state === 'running')!
    await ask('vm', 'stop', name)
    process.kill((await simulator())!, 'SIGKILL')
    await until(() => said.includes('The simulator runs again.'))
    await until(async () => (await ask('host', 'list')).match(/ reachable /g)?.length === 5)
    expect(await ask('vm', 'show', name)).toMatch(/^State +stopped/m)
    expect(await ask('vm', 'start', name)).toContain('is running')
  })

  it('is never started as a real installation nor with another size, and a real one never as simulated', async () => {
    const exited = once(simulated!, 'exit')
    simulated!.kill('SIGTERM')
    await exited
    expect(said.trimEnd().split('\n').at(-1)).toContain('were simulated')
    const start = (...more: string[]) =>
      viv('up', '--listen', '127.0.0.1:0', '--manager-uid', String(MANAGER_UID), ...more)
    const refused = (words: string) => ({ code: 1, stderr: expect.stringContaining(words) })
    await expect(start('--root', own)).rejects.toMatchObject(refused('holds a simulated platform'))
    await expect(start('--simulate', '5')).rejects.toMatchObject(refused("is a real installation's"))
    // Told by the daemon itself, in its last words.
    await expect(start('--root', own, '--simulate', '6')).rejects.toMatchObject(refused('is of another platform'))
  })
})

let firstPassword = ''

async function start(): Promise<void> {
  said = ''
  const args = ['up', '--listen', '127.0.0.1:0', '--manager-uid', String(MANAGER_UID)]
  up = spawn(join(root, 'bin/viv'), args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [up.stdout!, up.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  await until(() => said.includes('Ctrl-C stops'))
  firstPassword ||= told(/password +(\S+)/)
}

function told(pattern: RegExp): string {
  const found = pattern.exec(said)?.[1]
  if (found === undefined) throw new Error(`${String(pattern)} was not said in:\n${said}`)
  return found
}

function viv(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return execute(join(root, 'bin/viv'), args)
}

async function servedFingerprint(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

async function logIn(url: URL, password: string): Promise<number | undefined> {
  const options = { method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json' } }
  const sent = request(new URL('/v1/sessions', url), options).end(JSON.stringify({ userName: 'admin', password }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

/** Pids of this root's daemons, told by their command lines. */
async function processes(name = '(agent|manager)/src', of = root): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, index) =>
    new RegExp(`/apps/${name}/main\\.js.*${of}\\b`).test(lines[index]!.replaceAll('\0', ' ')),
  )
}

async function processOf(name: string): Promise<number> {
  const [pid] = await processes(`${name}/src`)
  if (pid === undefined) throw new Error(`no ${name} runs`)
  return pid
}

function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  return vi.waitFor(async () => expect(await condition(), said).toBe(true), { timeout: 40_000, interval: 50 })
}
