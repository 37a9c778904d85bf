import { afterEach, describe, expect, test } from 'vitest'
import { QmpCommandError, QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from './errors.ts'
import { GuestAgent } from './guest-agent.ts'
import { Peer } from '../test/peer.ts'

const open: GuestAgent[] = []
afterEach(() => {
  for (const agent of open.splice(0)) agent.close()
})

interface Sync {
  id: number
  arguments: { id: number }
}

function answerTo(sync: Sync): Uint8Array {
  const answer = JSON.stringify({ return: sync.arguments.id, id: sync.id })
  return Buffer.concat([Buffer.of(0xff), Buffer.from(`${answer}\n`)])
}

/** A synchronized agent; the test's first own command is the peer's second. */
async function start(stale: Uint8Array = Buffer.alloc(0)): Promise<{ peer: Peer; agent: GuestAgent }> {
  const peer = new Peer()
  peer.sayRaw(stale)
  const opening = GuestAgent.open(peer.far)
  const sync = (await peer.command(1)) as unknown as Sync
  peer.sayRaw(answerTo(sync))
  const agent = await opening
  open.push(agent)
  return { peer, agent }
}

describe('synchronizing', () => {
  test('throws away all that is stale: replies, halves of replies, garbage longer than any message', async () => {
    const { peer, agent } = await start(
      Buffer.concat([
        Buffer.from('{"return": {}, "id": 1}\n{"error": {"class": "GenericError", "desc": "old"}}\nhalf a li'),
        Buffer.alloc(5 * 1024 * 1024, 'x'),
      ]),
    )
    const pong = agent.execute('guest-ping')
    const { id } = await peer.command(2)
    peer.say({ return: {}, id })
    await expect(pong).resolves.toEqual({})
  })

  test('is not fooled by the answer to an earlier client, nor by complaints after it', async () => {
    const old = JSON.stringify({ return: 12345, id: 1 })
    const complaint = '{"error": {"class": "GenericError", "desc": "JSON parse error, stray input"}}'
    await start(Buffer.concat([Buffer.of(0xff), Buffer.from(`${old}\n${complaint}\n`)]))
  })

  test('uses other numbers each time', async () => {
    const [first, second] = [await start(), await start()]
    const [one, other] = [await first.peer.command(1), await second.peer.command(1)]
    expect(one.arguments).not.toEqual(other.arguments)
    expect(one.id).not.toEqual(other.id)
  })

  test('gives up a guest without an agent, and hangs up', async () => {
    const peer = new Peer()
    await expect(GuestAgent.open(peer.far, { syncTimeoutMs: 20 })).rejects.toThrow(QmpTimeoutError)
    await peer.ended
  })

  test('gives up an agent that babbles and never answers', async () => {
    const peer = new Peer()
    peer.sayRaw(Buffer.concat([Buffer.of(0xff), Buffer.from('{"return": 1, "id": 1}\n'.repeat(10_000))]))
    await expect(GuestAgent.open(peer.far, { syncTimeoutMs: 20 })).rejects.toThrow(QmpTimeoutError)
    await peer.ended
  })

  test('refuses an answer with another number', async () => {
    const peer = new Peer()
    const opening = GuestAgent.open(peer.far)
    const sync = (await peer.command(1)) as unknown as Sync
    peer.sayRaw(answerTo({ ...sync, arguments: { id: sync.arguments.id + 1 } }))
    await expect(opening).rejects.toThrow(QmpProtocolError)
  })

  test('says that an agent is too old, rather than wait for ids that it never sends', async () => {
    const peer = new Peer()
    const opening = GuestAgent.open(peer.far)
    const sync = (await peer.command(1)) as unknown as Sync
    peer.sayRaw(Buffer.concat([Buffer.of(0xff), Buffer.from(`{"return": ${sync.arguments.id}}\n`)]))
    await expect(opening).rejects.toThrow(/older than QEMU 4.0/)
  })
})

describe('commands', () => {
  test('send arguments and return what the agent says', async () => {
    const { peer, agent } = await start()
    const status = agent.execute('guest-exec-status', { pid: 7 })
    const command = await peer.command(2)
    expect(command).toMatchObject({ execute: 'guest-exec-status', arguments: { pid: 7 } })
    peer.say({ return: { exited: true, exitcode: 0, 'out-data': 'aGk=' }, id: command.id })
    await expect(status).resolves.toEqual({ exited: true, exitcode: 0, 'out-data': 'aGk=' })
  })

  test('report what the agent refused, without more text than a log can bear', async () => {
    const { peer, agent } = await start()
    const frozen = agent.execute('guest-exec', { path: '/bin/true' })
    const { id } = await peer.command(2)
    peer.say({ id, error: { class: 'CommandNotFound', desc: 'x'.repeat(100_000) } })
    const error = await frozen.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(QmpCommandError)
    expect(error).toMatchObject({ qemuClass: 'CommandNotFound' })
    expect((error as Error).message.length).toBeLessThan(3000)
  })

  test('ignore answers with ids that were never used, and those that come too late', async () => {
    const { peer, agent } = await start()
    const late = agent.execute('guest-get-time', {}, { timeoutMs: 10 })
    const { id: lateId } = await peer.command(2)
    await expect(late).rejects.toThrow(QmpTimeoutError)

    const time = agent.execute('guest-get-time')
    const { id } = await peer.command(3)
    for (const wrong of [lateId, 0, -1, null, String(id), {}, Number(id) + 1]) peer.say({ return: 1, id: wrong })
    peer.say({ return: 2, id })
    await expect(time).resolves.toBe(2)
  })

  test.each([
    [{ return: 'soon' }, 'guest-get-time'],
    [{ return: null }, 'guest-ping'],
    [{}, 'guest-ping'],
    [{ error: 'no' }, 'guest-ping'],
    [{ return: 'lukewarm' }, 'guest-fsfreeze-status'],
    [{ return: [] }, 'guest-get-host-name'],
    [{ return: { 'host-name': 5 } }, 'guest-get-host-name'],
    [{ return: {} }, 'guest-network-get-interfaces'],
    [{ return: [{ name: 'eth0', 'ip-addresses': [null] }] }, 'guest-network-get-interfaces'],
  ] as const)('refuse the answer %j to %s', async (answer, name) => {
    const { peer, agent } = await start()
    const reply = agent.execute(name)
    const { id } = await peer.command(2)
    peer.say({ ...answer, id })
    await expect(reply).rejects.toThrow(QmpProtocolError)
  })

  test('let through what newer agents add', async () => {
    const { peer, agent } = await start()
    const reply = agent.execute('guest-get-host-name')
    const { id } = await peer.command(2)
    peer.say({ return: { 'host-name': 'web', since: 9 }, id })
    const name: string = (await reply)['host-name']
    expect(name).toBe('web')
  })

  test.each(['garbage\n', '{"return": {}}\n', '[[[[\n', `{"a": "${'x'.repeat(5 * 1024 * 1024)}`])(
    'fail with a protocol error, and the connection with them, when the guest sends %.20s',
    async (line) => {
      const { peer, agent } = await start()
      const reply = agent.execute('guest-ping')
      peer.sayRaw(line)
      await expect(reply).rejects.toThrow(QmpProtocolError)
      await expect(agent.closed).resolves.toBeInstanceOf(QmpProtocolError)
      await peer.ended
    },
  )

  test('fail when the connection ends', async () => {
    const { peer, agent } = await start()
    const reply = agent.execute('guest-ping')
    peer.hangUp()
    await expect(reply).rejects.toThrow(QmpDisconnectedError)
  })
})

describe('commands that are not answered', () => {
  test('succeed when no refusal has come in time', async () => {
    const { peer, agent } = await start()
    await agent.send('guest-shutdown', { mode: 'powerdown' }, { timeoutMs: 10 })
    expect(await peer.command(2)).toMatchObject({ execute: 'guest-shutdown', arguments: { mode: 'powerdown' } })
  })

  test('succeed when the guest goes away with its connection', async () => {
    const { peer, agent } = await start()
    const sent = agent.send('guest-shutdown')
    await peer.command(2)
    peer.hangUp()
    await sent
  })

  test('fail when the agent refuses in time', async () => {
    const { peer, agent } = await start()
    const sent = agent.send('guest-suspend-ram')
    const { id } = await peer.command(2)
    peer.say({ id, error: { class: 'Unsupported', desc: 'suspend is not supported' } })
    await expect(sent).rejects.toThrow(QmpCommandError)
  })

  test('fail when there was no connection to send them on', async () => {
    const { peer, agent } = await start()
    peer.hangUp()
    await agent.closed
    await expect(agent.send('guest-shutdown')).rejects.toThrow(QmpDisconnectedError)
  })
})
