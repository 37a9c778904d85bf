import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { UnreachableError } from '@viv/client'
import { CliError } from '../output/errors.ts'
import type { ServerAddress } from './server-url.ts'
import { opened, type Transport } from './transport.ts'

/**
 * TLS to the one certificate that a person has accepted. Servers make their own certificates, so no authority
 * can vouch for them:
 *
 *   handshake ──▶ SHA-256 of the peer's certificate = pin ? ──▶ first byte of a request
 *                                                     no  ──▶ closed, nothing was said
 */
export function pinnedTransport(server: ServerAddress, pin: string): Transport {
  return {
    name: server.url,
    isLocal: false,
    authority: new URL(server.url).host,
    open: async () => {
      const socket = await openTls(server)
      const shown = fingerprintOf(socket)
      if (isSameFingerprint(shown, pin)) return socket
      socket.destroy()
      throw certificateChanged(server, pin, shown)
    },
  }
}

/** The certificate's fingerprint as that server shows it now; nothing is said to it. */
export async function readFingerprint(server: ServerAddress): Promise<string> {
  const socket = await openTls(server)
  const fingerprint = fingerprintOf(socket)
  socket.destroy()
  return fingerprint
}

export const isSameFingerprint = (one: string, other: string): boolean => plain(one) === plain(other)

const SHA256_HEX = /^[0-9a-f]{64}$/
export const isFingerprint = (text: string): boolean => SHA256_HEX.test(plain(text))

const plain = (fingerprint: string): string =>
  fingerprint
    .replace(/^sha-?256[:=]/i, '')
    .replaceAll(':', '')
    .toLowerCase()

function openTls({ host, port, url }: ServerAddress): Promise<TLSSocket> {
  const name = isIP(host) === 0 ? { servername: host } : {}
  // The pin is the check, and it is made before anything is written.
  const socket = connect({ host, port, ...name, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  return opened(socket, 'secureConnect', (error) => new UnreachableError(tlsProblem(url, error), { cause: error }))
}

function tlsProblem(url: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return `Nobody listens at ${url}. Is Vivarium running there, and is it the right port?`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The name in ${url} is not known. Check how it is spelled.`
  if (code?.startsWith('ERR_SSL') === true || code === 'EPROTO') return `What listens at ${url} does not speak TLS.`
  return `${url} can't be reached: ${message}`
}

function fingerprintOf(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw new UnreachableError('The server showed no certificate.')
  return certificate.fingerprint256
}

const certificateChanged = ({ url }: ServerAddress, pin: string, shown: string): CliError =>
  new CliError('certificate_changed', `The certificate of ${url} is not the one that you accepted. Nothing was sent.`, [
    `accepted: ${pin}`,
    `now:      ${shown}`,
    'If the server was installed anew, compare it there and accept it with: viv login ' + url,
    'If not, somebody may be in between.',
  ])
