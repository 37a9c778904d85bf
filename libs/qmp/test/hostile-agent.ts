import { createServer, type Socket } from 'node:net'

/**
 * A guest's agent that means harm, as a process of its own on a real socket: `hostile-agent.ts PATH BEHAVIOUR`. It says
 * "listening" to its parent, and what it could send when a connection has ended.
 */
const KIB = 1024
const [path = '', behaviour = ''] = process.argv.slice(2)

interface Command {
  readonly id: number
  readonly execute: string
  readonly arguments?: { readonly id: number }
}

/** What it writes again and again, as fast as it is taken. */
const FLOODS: Readonly<Record<string, Buffer<ArrayBuffer>>> = {
  zeros: Buffer.alloc(64 * KIB),
  text: Buffer.alloc(64 * KIB, 'x'),
  newlines: Buffer.alloc(64 * KIB, '\n'),
  blanks: Buffer.from(' \r\n'.repeat(20 * KIB)),
  sentinels: Buffer.alloc(64 * KIB, 0xff),
  json: Buffer.from('{"return": {"a": [1, 2, {"b": null}]}, "id": 1}\n'.repeat(KIB)),
}

/** What it answers to any command but the synchronization. */
const LIES: Readonly<Record<string, (id: number) => string>> = {
  'wrong-id': (id) => line({ return: {}, id: id + 1 }),
  'no-id': () => line({ return: {} }),
  'wrong-type': (id) => line({ return: 'yes', id }),
  'huge-number': (id) => `{"return": 1e999, "id": ${id}}\n`,
  deep: (id) => `{"return": ${'['.repeat(2 * KIB * KIB - 100)}${']'.repeat(2 * KIB * KIB - 100)}, "id": ${id}}\n`,
  many: (id) => `{"return": [${'[],'.repeat(KIB * KIB)}0], "id": ${id}}\n`,
  half: (id) => `{"return": {}, "id": ${id}`,
  closes: () => '{"return": ',
}

const line = (message: object): string => `${JSON.stringify(message)}\n`
const synchronized = ({ id, arguments: args }: Command): Buffer =>
  Buffer.concat([Buffer.of(0xff), Buffer.from(line({ return: args?.id, id }))])

let hostNames = 0
/** Answers that it keeps back until somebody else has connected. */
let late = Buffer.alloc(0)

const [mood, what = ''] = behaviour.split(':')

function onConnect(socket: Socket): void {
  let sent = 0
  socket.on('error', () => undefined)
  socket.on('close', () => process.send?.({ sent: sent + socket.bytesWritten }))
  sent = -socket.bytesWritten
  if (mood === 'late') socket.write(late)
  if (mood === 'flood') return flood(socket, FLOODS[what])
  // The synchronization may begin anywhere: everything after our 0xFF is the flood's.
  if (mood === 'flood-synced') {
    socket.write(Buffer.of(0xff))
    return flood(socket, FLOODS[what])
  }
  if (mood === 'drip') return drip(socket)
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1').replaceAll('\xff', '')
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const each of lines) answer(socket, JSON.parse(each) as Command)
  })
}

function answer(socket: Socket, command: Command): void {
  if (mood === 'late') late = Buffer.concat([late, replyTo(command)])
  else if (command.execute === 'guest-sync-delimited') {
    if (mood !== 'silent') socket.write(synchronized(command))
  } else if (mood === 'flood-asked') flood(socket, FLOODS[what])
  else if (mood === 'fickle') socket.write(replyTo(command))
  else if (mood === 'lie') socket.write(LIES[what]?.(command.id) ?? '')
  if (what === 'closes' && command.execute !== 'guest-sync-delimited') socket.end()
}

function replyTo(command: Command): Buffer {
  if (command.execute === 'guest-sync-delimited') return synchronized(command)
  const name = `host-${++hostNames}`
  return Buffer.from(
    line({ return: command.execute === 'guest-get-host-name' ? { 'host-name': name } : {}, id: command.id }),
  )
}

function flood(socket: Socket, piece = Buffer.alloc(1)): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', more)
  more()
}

function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 5)
  socket.on('close', () => clearInterval(timer))
}

createServer(onConnect).listen(path, () => process.send?.('listening'))
process.on('disconnect', () => process.exit(0))
