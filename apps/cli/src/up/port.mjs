/**
 * Where the API listens, and who is there already. Plain JavaScript, for the set-up asks before our own Node is there;
 * port.d.mts has its types.
 *
 *   listen() ─ EADDRINUSE ─► /proc/net/tcp: the socket of that port ─► /proc/PID/fd: whose it is
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/** HOST:PORT, [HOST]:PORT for an address with colons. */
export function parseListen(text) {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw new Error(`--listen wants HOST:PORT, as 127.0.0.1:8443; this is ${text}`)
  return { host: match[1] ?? match[2], port }
}

/** Why that address can't be listened on; undefined where it can. */
export async function portProblem({ host, port }) {
  const code = await tryListen(host, port)
  switch (code) {
    case undefined:
      return undefined
    case 'EADDRINUSE':
      return `Port ${port} is taken by ${portHolder(port)}. Give Vivarium another one with --listen HOST:PORT.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `This machine has no address ${host} to listen on.`
    case 'EACCES':
      // Below 1024 only root may; what will listen is told apart from who asks.
      return undefined
    default:
      return `${host}:${port} can't be listened on (${code}).`
  }
}

function tryListen(host, port) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.code))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}

/** Who listens on that port, in words: the process where we may see it, else its user. */
function portHolder(port) {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(listeners).filter((socket) => socket.port === port)
  const inodes = new Set(sockets.map(({ inode }) => `socket:[${inode}]`))
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (openFiles(pid).some((file) => inodes.has(file))) return `${processName(pid)} (pid ${pid})`
  }
  return sockets.length > 0 ? `a process of the user ${userName(sockets[0].uid)}` : 'another program'
}

function userName(uid) {
  const entries = readText('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
  return entries.find((fields) => Number(fields[2]) === uid)?.[0] ?? uid
}

/** Lines of /proc/net/tcp in state 0A, listening: address:PORT in hexadecimal, then uid and inode. */
function listeners(table) {
  const lines = readText(table).split('\n').slice(1)
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A')
    .map((fields) => ({ port: parseInt(fields[1].split(':').at(-1), 16), uid: Number(fields[7]), inode: fields[9] }))
}

function openFiles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`)
      } catch {
        return '' // closed meanwhile
      }
    })
  } catch {
    return [] // ended meanwhile, or another user's
  }
}

function processName(pid) {
  const words = readText(`/proc/${pid}/cmdline`).split('\0')
  if (words.some((word) => /\/apps\/manager\/src\/main\.[jt]s$/.test(word))) return 'the manager of a running Vivarium'
  return readText(`/proc/${pid}/comm`).trim() || 'a process'
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // no IPv6, or the process ended meanwhile
  }
}
