import { fdatasyncSync, constants, createReadStream, createWriteStream, openSync, rmSync, chownSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'

/**
 * Carries a VM's memory between QEMU's socket and a file: a process of its own, so that the agent's loop stays quick,
 * and under the VM's uid as soon as it holds the file. It ends with the agent.
 *
 *   node memory-helper.ts save|load UID FILE SOCKET
 *
 *   save   listens on the socket, says "ready", writes what one QEMU sends, syncs it, says "done"
 *   load   connects to the socket, sends the file, says "done"
 */
const [mode, uidText, file = '', socketPath = ''] = process.argv.slice(2)
const uid = Number(uidText)

process.on('disconnect', () => process.exit(1))

function becomeVm(): void {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}

/** Its socket is the VM's: QEMU cannot make one itself once its folder is closed. */
async function oneSender(): Promise<Socket> {
  rmSync(socketPath, { force: true })
  process.umask(0o177)
  const server = createServer()
  const sender = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve))
  chownSync(socketPath, uid, uid)
  becomeVm()
  process.send?.({ type: 'ready' })
  const socket = await sender
  server.close()
  return socket
}

async function save(): Promise<number> {
  const fd = openSync(file, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW)
  const content = createWriteStream('', { fd, autoClose: false, highWaterMark: CHUNK_BYTES })
  await pipeline(await oneSender(), content)
  fdatasyncSync(fd)
  return content.bytesWritten
}

async function load(): Promise<number> {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  becomeVm()
  const socket = connect(socketPath)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  await pipeline(createReadStream('', { fd, highWaterMark: CHUNK_BYTES }), socket)
  return socket.bytesWritten
}

const CHUNK_BYTES = 1024 * 1024

try {
  const sizeBytes = await (mode === 'save' ? save() : load())
  process.send?.({ type: 'done', sizeBytes }, () => process.exit(0))
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  process.send?.({ type: 'failed', code, message }, () => process.exit(1))
}
