import { CliError } from '../output/errors.ts'
import type { Login } from './logins.ts'
import { parseServer } from './server-url.ts'

export type ServerChoice =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'login'; readonly login: Login }

export interface ChoiceFacts {
  /** `--server`, else VIV_SERVER. */
  readonly server: string | undefined
  readonly isRootFolderNamed: boolean
  readonly isRoot: boolean
  /** An installation's folders are here, whether it runs now or not. */
  readonly isInstalledHere: boolean
  readonly apiSocket: string
  readonly logins: readonly Login[]
}

/**
 * Which server is meant:
 *
 *   named (--server, VIV_SERVER)  ──▶ its saved login
 *   root on an installation       ──▶ its socket, also while it is stopped: never another server by surprise
 *   one saved login               ──▶ that
 */
export function chooseServer(facts: ChoiceFacts): ServerChoice {
  const { server, isRoot, isInstalledHere, isRootFolderNamed, apiSocket, logins } = facts
  if (server !== undefined) return { kind: 'login', login: savedLogin(server, logins) }
  if (isRootFolderNamed || (isRoot && (isInstalledHere || logins.length === 0)))
    return { kind: 'socket', path: apiSocket }
  const [only, ...others] = logins
  if (only === undefined) throw noServer()
  if (others.length > 0) throw severalServers(logins)
  return { kind: 'login', login: only }
}

function savedLogin(server: string, logins: readonly Login[]): Login {
  const { url } = parseServer(server)
  const login = logins.find((saved) => saved.url === url)
  if (login === undefined)
    throw new CliError('not_logged_in', `You are not logged in to ${url}.`, [`Try: viv login ${url}`])
  return login
}

const noServer = (): CliError =>
  new CliError('not_logged_in', 'No server is known.', [
    'On the server itself, run viv as root (sudo viv …): no login is needed.',
    'From elsewhere, log in once: viv login https://SERVER:8443',
  ])

const severalServers = (logins: readonly Login[]): CliError =>
  new CliError('usage', 'You are logged in to several servers, so say which one you mean.', [
    ...logins.map(({ url }) => `--server ${url}`),
    'or set VIV_SERVER to one of them',
  ])
