import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { type Image, type QueryOf, ROUTES } from '@viv/api'
import { type Client, createClient, pathOf, readAnswer, UnreachableError } from '@viv/client'
import { foldersOf } from '@viv/common'
import { httpWire, type Received, receiveStream, sendStream } from './http-wire.ts'
import { Logins, loginsFile } from './logins.ts'
import { pinnedTransport } from './pinned-tls.ts'
import { chooseServer } from './server-choice.ts'
import { parseServer } from './server-url.ts'
import { socketTransport, type Transport } from './transport.ts'

export interface ConnectOptions {
  readonly root?: string
  readonly server?: string
}

/** One server, and in whose name it is spoken to. */
export class Connection {
  readonly transport: Transport
  readonly client: Client
  readonly #secret: string | undefined

  constructor(transport: Transport, secret?: string) {
    this.transport = transport
    this.#secret = secret
    this.client = createClient(httpWire(transport), secret)
  }

  get headers(): Record<string, string> {
    return this.#secret === undefined ? {} : { authorization: `Bearer ${this.#secret}` }
  }

  async imageUpload(query: QueryOf<typeof ROUTES.imageUpload>, sizeBytes: number, body: Readable): Promise<Image> {
    const { method, streams } = ROUTES.imageUpload
    const headers = { ...this.headers, 'content-type': streams, 'content-length': String(sizeBytes) }
    const head = { method, path: pathOf(ROUTES.imageUpload, { query }), headers }
    return readAnswer(await sendStream(this.transport, head, body)) as Image
  }

  /** One file of a package, for a VM that waits for it. */
  async vmPartSend(vmId: string, part: string, sizeBytes: number, body: Readable): Promise<void> {
    const { method, streams } = ROUTES.vmPartSend
    const headers = { ...this.headers, 'content-type': streams, 'content-length': String(sizeBytes) }
    const head = { method, path: pathOf(ROUTES.vmPartSend, { params: { vmId, part } }), headers }
    readAnswer(await sendStream(this.transport, head, body))
  }

  /** One file of a VM that is ready to be read as a package. */
  async vmPart(vmId: string, part: string): Promise<Received> {
    const path = pathOf(ROUTES.vmPart, { params: { vmId, part } })
    const answer = await receiveStream(this.transport, { method: ROUTES.vmPart.method, path, headers: this.headers })
    if ('content' in answer) return { ...answer, content: readOf(answer.content, part) }
    readAnswer(answer)
    throw new Error(`${part} was answered with ${answer.status}`)
  }
}

/** The same bytes; that they broke off is said in our words. */
function readOf(content: Readable, part: string): Readable {
  async function* read(): AsyncGenerator<Buffer> {
    try {
      yield* content as AsyncIterable<Buffer>
    } catch (error) {
      throw new UnreachableError(`The connection broke while ${part} was read.`, { cause: error })
    }
  }
  return Readable.from(read(), { objectMode: false })
}

/** `--server`, else VIV_SERVER; a folder that was named means the installation in it. */
export function namedServer({ server, root }: ConnectOptions): string | undefined {
  return server ?? (root === undefined ? process.env['VIV_SERVER'] || undefined : undefined)
}

export async function connect(options: ConnectOptions): Promise<Connection> {
  const { apiSocket, managerData } = foldersOf(options.root)
  const choice = chooseServer({
    server: namedServer(options),
    isRootFolderNamed: options.root !== undefined,
    isRoot: process.getuid?.() === 0,
    isInstalledHere: existsSync(apiSocket) || existsSync(managerData),
    apiSocket,
    logins: await new Logins(loginsFile(process.env)).list(),
  })
  if (choice.kind === 'socket') return new Connection(socketTransport(choice.path))
  const { url, fingerprint, token } = choice.login
  return new Connection(pinnedTransport(parseServer(url), fingerprint), token)
}
