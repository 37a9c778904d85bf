import type { Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'

/** Ctrl-], as telnet has it: hardly any program in a guest wants it. */
const LEAVE_KEY = 0x1d
/** The server takes no larger message. */
const MESSAGE_BYTES = 32 * 1024
const CLOSE_TIMEOUT_MS = 2_000

export type ConsoleEnd = 'left' | 'ended' | 'broken' | 'too_slow' | 'lost'

/** Keys; a terminal has the raw mode, a pipe has not. */
export interface ConsoleInput extends Readable {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
}

/**
 * Joins a terminal, or a pipe, with a serial line until one of them ends.
 *
 *   input ──(up to Ctrl-])──▶ WebSocket ──▶ guest      a terminal is raw meanwhile: Ctrl-C is the guest's
 *   output ◀──────────────── WebSocket ◀── guest      a pipe's end ends nothing: the guest may still answer
 */
export async function runConsole(socket: WebSocket, input: ConsoleInput, output: Writable): Promise<ConsoleEnd> {
  const over = Promise.withResolvers<ConsoleEnd>()
  const type = (bytes: Buffer): void => {
    const at = bytes.indexOf(LEAVE_KEY)
    send(socket, input, at === -1 ? bytes : bytes.subarray(0, at))
    if (at !== -1) over.resolve('left')
  }
  const hangUp = (): void => over.resolve('left')
  socket.on('message', (data: Buffer) => show(socket, output, data))
  socket.on('close', (code) => over.resolve(endOf(code)))
  // A close with its code follows.
  socket.on('error', () => undefined)
  const isTerminal = input.isTTY === true
  const signals = isTerminal ? (['SIGTERM', 'SIGHUP'] as const) : []
  for (const signal of signals) process.once(signal, hangUp)
  if (isTerminal) input.setRawMode?.(true)
  try {
    input.on('data', type)
    if (isTerminal) input.once('end', hangUp)
    socket.resume()
    return await over.promise
  } finally {
    if (isTerminal) input.setRawMode?.(false)
    input.removeListener('data', type).removeListener('end', hangUp).pause()
    for (const signal of signals) process.removeListener(signal, hangUp)
    await closed(socket)
  }
}

/** The keyboard waits until the line has taken what was typed. */
function send(socket: WebSocket, input: Readable, bytes: Buffer): void {
  if (bytes.length === 0 || socket.readyState !== socket.OPEN) return
  input.pause()
  for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
    const isLast = at + MESSAGE_BYTES >= bytes.length
    socket.send(bytes.subarray(at, at + MESSAGE_BYTES), () => {
      if (isLast && socket.readyState === socket.OPEN) input.resume()
    })
  }
}

function show(socket: WebSocket, output: Writable, data: Buffer): void {
  if (output.write(data)) return
  socket.pause()
  output.once('drain', () => socket.resume())
}

function endOf(code: number): ConsoleEnd {
  switch (code) {
    case 1000:
      return 'ended'
    case 1011:
      return 'broken'
    case 1013:
      return 'too_slow'
    default:
      return 'lost'
  }
}

async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('close', () => resolve())
  const late = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS)
  socket.close(1000)
  await promise
  clearTimeout(late)
}
