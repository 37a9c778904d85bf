import { afterEach, describe, expect, test } from 'vitest'
import { QmpCommandError, QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from './errors.ts'
import { memoryTransports } from './memory-transport.ts'
import { QmpSession, type QmpSessionOptions } from './session.ts'
import { Peer } from '../test/peer.ts'

const GREETING = { QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: '' }, capabilities: ['oob'] } }
const STATUS = { running: false, singlestep: false, status: 'paused' }
const TIMESTAMP = { seconds: 1_700_000_000, microseconds: 250_000 }

const open: QmpSession[] = []
afterEach(() => {
  for (const session of open.splice(0)) session.close()
})

/** A session on a peer that has greeted; the test's first own command is the peer's second. */
async function start(options: QmpSessionOptions = {}): Promise<{ peer: Peer; session: QmpSession }> {
  const peer = new Peer()
  peer.say(GREETING)
  const opening = QmpSession.open(peer.far, options)
  const { id } = await peer.command(1)
  peer.say({ return: {}, id })
  const session = await opening
  open.push(session)
  return { peer, session }
}

describe('opening', () => {
  test('negotiates before anything else and knows the version', async () => {
    const { peer, session } = await start()
    expect(peer.received).toEqual([{ execute: 'qmp_capabilities', id: 1 }])
    expect(session.qemuVersion).toEqual({ major: 7, minor: 2, micro: 22 })
  })

  test('gives up a monitor that never greets, and hangs up', async () => {
    const peer = new Peer()
    await expect(QmpSession.open(peer.far, { greetingTimeoutMs: 20 })).rejects.toThrow(QmpTimeoutError)
    await peer.ended
    expect(peer.received).toEqual([])
  })

  test('gives up a monitor that greets and never negotiates', async () => {
    const peer = new Peer()
    peer.say(GREETING)
    await expect(QmpSession.open(peer.far, { greetingTimeoutMs: 20 })).rejects.toThrow(QmpTimeoutError)
    await peer.ended
  })

  test('fails at once when the connection ends before the greeting', async () => {
    const peer = new Peer()
    peer.hangUp()
    await expect(QmpSession.open(peer.far)).rejects.toThrow(QmpDisconnectedError)
  })

  test.each([{ QMP: {} }, { hello: 1 }, { QMP: { version: { qemu: { major: '7' } } } }])(
    'refuses the greeting %j',
    async (greeting) => {
      const peer = new Peer()
      peer.say(greeting)
      await expect(QmpSession.open(peer.far)).rejects.toThrow(QmpProtocolError)
      await peer.ended
    },
  )
})

describe('commands', () => {
  test('send their arguments and get their own reply, in whatever order replies come', async () => {
    const { peer, session } = await start()
    const status = session.execute('query-status')
    const value = session.execute('qom-get', { path: '/machine', property: 'type' })
    const second = await peer.command(3)
    const first = await peer.command(2)
    expect(second).toMatchObject({ execute: 'qom-get', arguments: { path: '/machine', property: 'type' } })
    peer.say({ return: 'q35', id: second.id }, { return: STATUS, id: first.id })
    await expect(value).resolves.toBe('q35')
    await expect(status).resolves.toEqual(STATUS)
  })

  test('report what QEMU refused, with its class', async () => {
    const { peer, session } = await start()
    const refused = session.execute('device_del', { id: 'disk7' })
    const { id } = await peer.command(2)
    peer.say({ id, error: { class: 'DeviceNotFound', desc: "Device 'disk7' not found" } })
    const error = await refused.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(QmpCommandError)
    expect(error).toMatchObject({
      command: 'device_del',
      qemuClass: 'DeviceNotFound',
      description: "Device 'disk7' not found",
      message: "device_del: Device 'disk7' not found",
    })
  })

  test('fail alone at their deadline, and the late reply goes to nobody', async () => {
    const { peer, session } = await start()
    const late = session.execute('query-status', {}, { timeoutMs: 10 })
    const { id: lateId } = await peer.command(2)
    await expect(late).rejects.toThrow(QmpTimeoutError)

    const next = session.execute('query-name')
    const { id } = await peer.command(3)
    peer.say({ return: STATUS, id: lateId }, { return: { name: 'vm' }, id })
    await expect(next).resolves.toEqual({ name: 'vm' })
  })

  test('all fail when the peer hangs up, and so does every later one', async () => {
    const { peer, session } = await start()
    const pending = [session.execute('query-status'), session.execute('query-name')]
    await peer.command(3)
    peer.hangUp()
    for (const command of pending) await expect(command).rejects.toThrow(QmpDisconnectedError)
    await expect(session.closed).resolves.toBeInstanceOf(QmpDisconnectedError)
    await expect(session.execute('query-status')).rejects.toThrow(QmpDisconnectedError)
  })

  test.each(['garbage\n', '{"error": {"class": "GenericError", "desc": "JSON parse error"}}\n', '[]\n'])(
    'all fail when the peer sends %j',
    async (line) => {
      const { peer, session } = await start()
      const pending = session.execute('query-status')
      peer.sayRaw(line)
      await expect(pending).rejects.toThrow(QmpProtocolError)
      await expect(session.closed).resolves.toBeInstanceOf(QmpProtocolError)
      await peer.ended
    },
  )

  test('all fail when the scope of the session ends, which hangs up', async () => {
    const { peer, session } = await start()
    const pending = session.execute('query-status')
    const failed = expect(pending).rejects.toThrow(QmpDisconnectedError)
    await session[Symbol.asyncDispose]()
    await failed
    await peer.ended
  })

  test('all fail when a peer that does not read has left too much behind', async () => {
    const [unread, far] = memoryTransports()
    unread.send(`${JSON.stringify(GREETING)}\n`)
    const opening = QmpSession.open(far)
    unread.send('{"return": {}, "id": 1}\n')
    const session = await opening
    const path = 'x'.repeat(1024 * 1024)
    const commands = Array.from({ length: 20 }, () => session.execute('qom-get', { path, property: 'type' }))
    const outcomes = await Promise.allSettled(commands)
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(QmpDisconnectedError) as unknown })
    }
    await expect(session.closed).resolves.toBeInstanceOf(QmpDisconnectedError)
  })

  test('are checked by the compiler', async () => {
    const { session } = await start()
    const mistakes = [
      // @ts-expect-error: no such command
      () => session.execute('query-statsu'),
      // @ts-expect-error: no such action
      () => session.execute('set-action', { panic: 'explode' }),
      // @ts-expect-error: needs arguments
      () => session.execute('qom-get'),
      // @ts-expect-error: qcow2 needs its file
      () => session.execute('blockdev-add', { driver: 'qcow2', 'node-name': 'd0' }),
      () => session.execute('device_add', { driver: 'virtio-blk-pci', id: 'disk0', drive: 'd0' }),
    ]
    expect(mistakes).toHaveLength(5)
  })
})

describe('events', () => {
  test('arrive between replies, in order, with their data and time', async () => {
    const { peer, session } = await start()
    const seen: unknown[] = []
    session.events.onAny((event) => seen.push(event.name))
    session.events.on('RESET', (event) => seen.push(event.data, event.occurredAt))
    const status = session.execute('query-status')
    const { id } = await peer.command(2)
    peer.say(
      { event: 'STOP', timestamp: TIMESTAMP },
      { return: STATUS, id },
      { event: 'RESET', data: { guest: true, reason: 'guest-reset' }, timestamp: TIMESTAMP },
      { event: 'FROM_THE_FUTURE', data: { a: 1 }, timestamp: TIMESTAMP },
    )
    await expect(status).resolves.toEqual(STATUS)
    expect(seen).toEqual([
      'STOP',
      'RESET',
      { guest: true, reason: 'guest-reset' },
      new Date(1_700_000_000_250),
      'FROM_THE_FUTURE',
    ])
  })

  test('no longer reach who has unsubscribed', async () => {
    const { peer, session } = await start()
    const seen: string[] = []
    const stop = session.events.on('STOP', () => seen.push('first'))
    session.events.on('STOP', () => seen.push('second'))
    stop()
    const stopped = session.events.wait('STOP', { timeoutMs: 5_000 })
    peer.say({ event: 'STOP', timestamp: TIMESTAMP })
    await stopped
    expect(seen).toEqual(['second'])
  })

  test('reach the other listeners and leave the session open when a listener throws', async () => {
    const failures: string[] = []
    const { peer, session } = await start({
      onListenerError: (error, name) => failures.push(`${name}: ${String(error)}`),
    })
    session.events.on('STOP', () => {
      throw new Error('listener')
    })
    const stopped = session.events.wait('STOP', { timeoutMs: 5_000 })
    const status = session.execute('query-status')
    const { id } = await peer.command(2)
    peer.say({ event: 'STOP', timestamp: TIMESTAMP }, { return: STATUS, id })
    await expect(stopped).resolves.toMatchObject({ name: 'STOP', data: {} })
    await expect(status).resolves.toEqual(STATUS)
    expect(failures).toEqual(['STOP: Error: listener'])
  })

  test('can be waited for by their data', async () => {
    const { peer, session } = await start()
    const done = session.events.wait('JOB_STATUS_CHANGE', {
      where: ({ id, status }) => id === 'j1' && status === 'concluded',
      timeoutMs: 5_000,
    })
    const change = (id: string, status: string) => ({
      event: 'JOB_STATUS_CHANGE',
      data: { id, status },
      timestamp: TIMESTAMP,
    })
    peer.say(change('j1', 'running'), change('j2', 'concluded'), change('j1', 'concluded'))
    await expect(done).resolves.toMatchObject({ data: { id: 'j1', status: 'concluded' } })
  })

  test('that do not come fail the wait at its deadline', async () => {
    const { session } = await start()
    await expect(session.events.wait('STOP', { timeoutMs: 10 })).rejects.toThrow(QmpTimeoutError)
  })

  test('fail the wait when the session ends, and every wait after that', async () => {
    const { peer, session } = await start()
    const stopped = session.events.wait('STOP', { timeoutMs: 5_000 })
    peer.hangUp()
    await expect(stopped).rejects.toThrow(QmpDisconnectedError)
    await expect(session.events.wait('STOP', { timeoutMs: 5_000 })).rejects.toThrow(QmpDisconnectedError)
  })

  test('fail the wait with what its condition throws', async () => {
    const { peer, session } = await start()
    const where = () => {
      throw new Error('condition')
    }
    const stopped = session.events.wait('STOP', { where, timeoutMs: 5_000 })
    peer.say({ event: 'STOP', timestamp: TIMESTAMP })
    await expect(stopped).rejects.toThrow('condition')
  })

  test.each([{ event: 5, timestamp: TIMESTAMP }, { event: 'STOP' }, { event: 'STOP', data: 1, timestamp: TIMESTAMP }])(
    'end the session when they are %j',
    async (event) => {
      const { peer, session } = await start()
      peer.say(event)
      await expect(session.closed).resolves.toBeInstanceOf(QmpProtocolError)
    },
  )
})
