import { usageError } from '../output/errors.ts'

const DEFAULT_PORT = 8443

export interface ServerAddress {
  readonly url: string
  readonly host: string
  readonly port: number
}

/** `server`, `server:8443` or `https://server:8443`; one spelling comes out, so that saved logins are found. */
export function parseServer(text: string): ServerAddress {
  const withScheme = text.includes('://') ? text : `https://${text}`
  const parsed = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  if (parsed === undefined || parsed.hostname === '') throw wrongServer(text)
  if (parsed.protocol !== 'https:') throw usageError(`Vivarium speaks HTTPS only, and ${text} is ${parsed.protocol}//`)
  if (parsed.pathname !== '/' || parsed.username !== '' || parsed.search !== '') throw wrongServer(text)
  // An https: URL drops the port that is the scheme's own, so what was typed decides.
  const port = parsed.port !== '' ? Number(parsed.port) : /:443\/?$/.test(withScheme) ? 443 : DEFAULT_PORT
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1')
  return { url: `https://${parsed.hostname}:${port}`, host, port }
}

const wrongServer = (text: string) =>
  usageError(`"${text}" is no server's address.`, ['Write HOST, HOST:PORT or https://HOST:PORT.'])
