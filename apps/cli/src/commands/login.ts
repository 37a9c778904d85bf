import { Command } from 'commander'
import { Connection, namedServer } from '../connection/connection.ts'
import { type Login, Logins, loginsFile } from '../connection/logins.ts'
import { isFingerprint, isSameFingerprint, pinnedTransport, readFingerprint } from '../connection/pinned-tls.ts'
import { parseServer, type ServerAddress } from '../connection/server-url.ts'
import { askPassword, askYes, canAsk, readSecretFromStdin } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { type Context, contextOf, examples } from './context.ts'

interface LoginOptions {
  readonly user: string
  readonly fingerprint?: string
  readonly passwordStdin?: boolean
}

export function loginCommand(): Command {
  const command = new Command('login')
    .summary('log in to a server elsewhere')
    .description('Log in to a server elsewhere. As root on the server itself no login is needed.')
    .argument('[url]', 'HOST, HOST:PORT or https://HOST:PORT; the one of your last login if not said')
    .option('--user <name>', 'who you are', 'admin')
    .option('--fingerprint <sha256>', "the certificate's SHA-256, instead of being asked about it")
    .option('--password-stdin', 'read the password from stdin')
    .action(logIn)
  return examples(command, [
    'viv login https://server:8443',
    'viv login server --fingerprint AB:CD:… --password-stdin < password-file',
    '',
    'A server makes its own certificate. Compare the fingerprint with the one that "viv up" shows there:',
    'it is remembered, and from then on no other certificate is talked to.',
  ])
}

export function logoutCommand(): Command {
  const command = new Command('logout')
    .summary('end a login')
    .description('End a login, on the server and here.')
    .argument('[url]', 'the server; the one that you are logged in to if not said')
    .action(logOut)
  return examples(command, ['viv logout', 'viv logout https://server:8443'])
}

async function logIn(url: string | undefined, options: LoginOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const logins = new Logins(loginsFile(process.env))
  const server = await meantServer(url, context, logins)
  const fingerprint = await acceptedFingerprint(server, options, (await logins.find(server.url))?.fingerprint)
  const password =
    options.passwordStdin === true ? await readSecretFromStdin() : await askPassword(`Password of ${options.user}: `)
  const { client } = new Connection(pinnedTransport(server, fingerprint))
  const session = await client.sessionCreate({ body: { userName: options.user, password } })
  const { userName, token, expiresAt } = session
  if (token === undefined) throw new CliError('failed', `${server.url} gave no token.`)
  await logins.save({ url: server.url, fingerprint, token, userName })
  const shown = { url: server.url, fingerprint, userName, ...(expiresAt === undefined ? {} : { expiresAt }) }
  context.terminal.result(shown, () => [`Logged in to ${server.url} as ${userName}. See what there is: viv vm list`])
}

async function meantServer(url: string | undefined, { globals }: Context, logins: Logins): Promise<ServerAddress> {
  const named = url ?? namedServer(globals)
  if (named !== undefined) return parseServer(named)
  return parseServer((await onlyLogin(logins)).url)
}

async function onlyLogin(logins: Logins): Promise<Login> {
  const [only, ...others] = await logins.list()
  if (only !== undefined && others.length === 0) return only
  const tips = only === undefined ? ['viv login https://SERVER:8443'] : [only, ...others].map(({ url }) => url)
  throw usageError(only === undefined ? 'Which server?' : 'Which of these servers?', tips)
}

/** The certificate that the server shows, once somebody has said that it is the right one. */
async function acceptedFingerprint(
  server: ServerAddress,
  { fingerprint }: LoginOptions,
  pinned?: string,
): Promise<string> {
  if (fingerprint !== undefined && !isFingerprint(fingerprint))
    throw usageError('--fingerprint wants a SHA-256: 64 hexadecimal digits.')
  const shown = await readFingerprint(server)
  if (fingerprint !== undefined) {
    if (isSameFingerprint(fingerprint, shown)) return shown
    throw new CliError('certificate_changed', `The certificate of ${server.url} is another one. Nothing was sent.`, [
      `wanted: ${fingerprint}`,
      `shown:  ${shown}`,
    ])
  }
  if (pinned !== undefined && isSameFingerprint(pinned, shown)) return shown
  await confirmCertificate(server, shown, pinned)
  return shown
}

async function confirmCertificate({ url }: ServerAddress, shown: string, pinned: string | undefined): Promise<void> {
  if (!canAsk()) {
    throw usageError(`There is nobody to ask whether this is the certificate of ${url}. Compare it, then say:`, [
      `--fingerprint ${shown}`,
    ])
  }
  const before = pinned === undefined ? '' : `\nIt is NOT the one that you accepted before:\n  ${pinned}`
  process.stderr.write(`${url} shows a certificate with this SHA-256 fingerprint:\n  ${shown}${before}\n`)
  process.stderr.write('Compare it with the one that "viv up" shows on the server.\n')
  if (!(await askYes('Is it the same?'))) throw new CliError('refused', 'Not logged in; nothing was sent.')
}

async function logOut(url: string | undefined, _options: object, self: Command): Promise<void> {
  const context = contextOf(self)
  const logins = new Logins(loginsFile(process.env))
  const server = await meantServer(url, context, logins)
  const login = await logins.find(server.url)
  if (login === undefined) throw new CliError('not_logged_in', `You are not logged in to ${server.url}.`)
  await logins.remove(server.url)
  const { client } = new Connection(pinnedTransport(server, login.fingerprint), login.token)
  const problem = await client.sessionDelete().then(
    () => undefined,
    (error: unknown) => error,
  )
  context.terminal.result({ url: server.url }, () => [`Logged out of ${server.url}.`])
  if (problem instanceof Error)
    context.terminal.note(`The server was not told (${problem.message}); the login ends there by itself.`)
}
