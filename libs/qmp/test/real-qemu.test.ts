import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { QmpCommandError, QmpDisconnectedError, QmpSession, QmpTimeoutError } from '../src/index.ts'

const TIMEOUT_MS = 30_000

let undo: AsyncDisposableStack
let socket: string
let qemu: ChildProcess
let session: QmpSession

beforeEach(async () => {
  undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'qmp-real-'))
  undo.defer(() => rm(folder, { recursive: true }))
  socket = join(folder, 'qmp')
  qemu = startPaused(socket)
  session = await QmpSession.connect(socket, { timeoutMs: TIMEOUT_MS, isAwaited: true })
  undo.use(session)
})
afterEach(() => undo.disposeAsync())

function startPaused(monitor: string): ChildProcess {
  const machine = ['-machine', 'q35', '-accel', 'tcg', '-m', '64', '-nodefaults', '-no-user-config']
  const rest = ['-display', 'none', '-S', '-qmp', `unix:${monitor},server=on,wait=off`]
  const child = spawn('qemu-system-x86_64', [...machine, ...rest], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = once(child, 'exit')
  undo.defer(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return child
}

describe('commands', () => {
  test('find a paused machine of a QEMU that has said its version', async () => {
    expect(session.qemuVersion.major).toBeGreaterThanOrEqual(7)
    await expect(session.execute('query-status')).resolves.toMatchObject({ running: false, status: 'prelaunch' })
  })

  test('may be sent by the thousand without waiting', async () => {
    const replies = await Promise.all(Array.from({ length: 1000 }, () => session.execute('query-status')))
    expect(replies).toHaveLength(1000)
    expect(replies.every((reply) => reply.status === 'prelaunch')).toBe(true)
  })

  test('that QEMU does not know are refused as CommandNotFound', async () => {
    // @ts-expect-error: no such command
    const refused = session.execute('make-coffee')
    await expect(refused).rejects.toThrow(QmpCommandError)
    await expect(refused).rejects.toMatchObject({ command: 'make-coffee', qemuClass: 'CommandNotFound' })
    await expect(session.execute('query-status')).resolves.toMatchObject({ status: 'prelaunch' })
  })

  test("that fail carry QEMU's class and words", async () => {
    await expect(session.execute('device_del', { id: 'disk7' })).rejects.toMatchObject({
      qemuClass: 'DeviceNotFound',
      description: expect.stringContaining('disk7') as unknown,
    })
  })

  test('carry replies much larger than one read', async () => {
    const schema = await session.execute('query-qmp-schema')
    expect(schema.length).toBeGreaterThan(500)
    expect(schema.filter((entity) => entity['meta-type'] === 'command').map((entity) => entity.name)).toContain(
      'transaction',
    )
  })

  test('keep characters that are not ASCII', async () => {
    await session.execute('object-add', { 'qom-type': 'memory-backend-ram', id: 'ram1', size: 4096 })
    const refused = session.execute('qom-get', { path: '/objects/žluť🦄', property: 'size' })
    await expect(refused).rejects.toMatchObject({ description: expect.stringContaining('žluť🦄') as unknown })
    await expect(session.execute('qom-get', { path: '/objects/ram1', property: 'size' })).resolves.toBe(4096)
  })
})

describe('events', () => {
  test('tell when the machine goes on and when it stops', async () => {
    const startedAt = Date.now()
    const resumed = session.events.wait('RESUME', { timeoutMs: TIMEOUT_MS })
    await session.execute('cont')
    const event = await resumed
    expect(Math.abs(event.occurredAt.getTime() - startedAt)).toBeLessThan(TIMEOUT_MS)

    const stopped = session.events.wait('STOP', { timeoutMs: TIMEOUT_MS })
    await session.execute('stop')
    await stopped
    await expect(session.execute('query-status')).resolves.toMatchObject({ status: 'paused' })
  })

  test('tell why the machine was reset', async () => {
    const reset = session.events.wait('RESET', { where: ({ guest }) => !guest, timeoutMs: TIMEOUT_MS })
    await session.execute('system_reset')
    await session.execute('cont')
    expect((await reset).data).toEqual({ guest: false, reason: 'host-qmp-system-reset' })
  })
})

describe('the connection', () => {
  test('is known to be over at once when QEMU is killed, with a command under way', async () => {
    qemu.kill('SIGSTOP')
    const pending = session.execute('query-status')
    const failed = expect(pending).rejects.toThrow(QmpDisconnectedError)
    const killedAt = performance.now()
    qemu.kill('SIGKILL')
    await expect(session.closed).resolves.toBeInstanceOf(QmpDisconnectedError)
    await failed
    expect(performance.now() - killedAt).toBeLessThan(2_000)
  })

  test('is over when QEMU quits, after its reply', async () => {
    const shutdown = session.events.wait('SHUTDOWN', { timeoutMs: TIMEOUT_MS })
    await session.execute('quit')
    expect((await shutdown).data.reason).toBe('host-qmp-quit')
    await session.closed
  })

  test('fails a command at its deadline while QEMU hangs, and goes on when QEMU does', async () => {
    qemu.kill('SIGSTOP')
    await expect(session.execute('query-status', {}, { timeoutMs: 50 })).rejects.toThrow(QmpTimeoutError)
    qemu.kill('SIGCONT')
    await expect(session.execute('query-name')).resolves.toEqual({})
  })

  test('has to wait for the client before it, and works when that one has left', async () => {
    const second = QmpSession.connect(socket, { timeoutMs: TIMEOUT_MS, greetingTimeoutMs: 100 })
    await expect(second).rejects.toThrow(QmpTimeoutError)
    session.close()
    await using third = await QmpSession.connect(socket, { timeoutMs: TIMEOUT_MS })
    await expect(third.execute('query-status')).resolves.toMatchObject({ status: 'prelaunch' })
  })
})
