import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { foldersOf } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { Platform, until } from '../../manager/test/platform.ts'
import { type ConsoleInput, runConsole } from '../src/commands/console-session.ts'
import { Connection } from '../src/connection/connection.ts'
import { openSerial } from '../src/connection/serial-socket.ts'
import { socketTransport } from '../src/connection/transport.ts'
import { Viv } from './viv.ts'

/** A server with nothing but a serial line. */
class Line implements AsyncDisposable {
  readonly heard: Buffer[] = []
  guest: WebSocket | undefined
  readonly folder: string
  readonly #server = createServer()
  readonly #sockets = new WebSocketServer({ server: this.#server })

  private constructor(folder: string) {
    this.folder = folder
    this.#sockets.on('connection', (guest) => {
      this.guest = guest
      guest.on('message', (bytes: Buffer) => void this.heard.push(bytes))
    })
  }

  static async open(): Promise<Line> {
    const line = new Line(await mkdtemp(join(tmpdir(), 'viv-line-')))
    await new Promise<void>((resolve) => line.#server.listen(line.path, resolve))
    return line
  }

  get path(): string {
    return join(this.folder, 'sock')
  }

  get text(): string {
    return Buffer.concat(this.heard).toString()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.folder, { recursive: true, force: true })
  }
}

let line: Line
beforeEach(async () => {
  line = await Line.open()
})
afterEach(() => line[Symbol.asyncDispose]())

/** A terminal that remembers whether it is raw. */
class Keyboard extends PassThrough implements ConsoleInput {
  readonly isTTY: boolean
  readonly modes: boolean[] = []

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  setRawMode(isRaw: boolean): void {
    this.modes.push(isRaw)
  }
}

async function joined(isTTY: boolean) {
  const input = new Keyboard(isTTY)
  const output = new PassThrough()
  const socket = await openSerial(new Connection(socketTransport(line.path)), '11111111-1111-4111-8111-111111111111')
  return { input, output, end: runConsole(socket, input, output) }
}

test('carries what is typed, also Ctrl-C, and leaves with Ctrl-] without sending it', async () => {
  const { input, end } = await joined(true)
  expect(input.modes).toEqual([true])
  input.write('ls\r\x03')
  input.write('bye\x1dnot this')
  expect(await end).toBe('left')
  expect(input.modes).toEqual([true, false])
  await until(() => line.text === 'ls\r\x03bye')
})

test('shows what the guest says, and ends with the line', async () => {
  const { input, output, end } = await joined(true)
  line.guest?.send(Buffer.from('login: '))
  await until(() => output.readableLength === 7)
  line.guest?.close(1000, 'the line ended')
  expect(await end).toBe('ended')
  expect(String(output.read())).toBe('login: ')
  expect(input.modes).toEqual([true, false])
})

test('a pipe that ends leaves the line open until the guest is done', async () => {
  const { input, output, end } = await joined(false)
  input.end('poweroff\n')
  await until(() => line.text === 'poweroff\n')
  line.guest?.send(Buffer.from('bye'))
  line.guest?.close(1000)
  expect(await end).toBe('ended')
  expect(String(output.read())).toBe('bye')
  expect(input.modes).toEqual([])
})

test('sends a long paste whole and in order, in pieces that the server takes', async () => {
  const { input, end } = await joined(false)
  const paste = Buffer.alloc(300_000, 'abcdefghij')
  input.write(paste)
  await until(() => line.text.length === paste.length)
  expect(line.text).toBe(paste.toString())
  expect(Math.max(...line.heard.map(({ length }) => length))).toBeLessThanOrEqual(65_536)
  input.write('\x1d')
  expect(await end).toBe('left')
})

test.each([
  [1011, 'broken'],
  [1013, 'too_slow'],
] as const)('tells a line that ends with %d apart', async (code, expected) => {
  const { end } = await joined(true)
  line.guest?.close(code)
  expect(await end).toBe(expected)
})

test('a server that vanishes gives the terminal back', async () => {
  const { input, end } = await joined(true)
  line.guest?.terminate()
  expect(await end).toBe('lost')
  expect(input.modes).toEqual([true, false])
})

test('a VM without a serial line to show refuses with the way out', async () => {
  await using platform = await Platform.start()
  using viv = new Viv({ VIV_ROOT: foldersOf(platform.folder).root ?? '' })
  await platform.vm('web')
  const { code, stdout, stderr } = await viv.run(['vm', 'console', 'web'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('VM "web" is stopped')
  expect(stderr).toContain('Try: viv vm start web')
})
