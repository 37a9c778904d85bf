import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CliError } from '../output/errors.ts'

/** A server that this person logged in to. */
export interface Login {
  readonly url: string
  /** SHA-256 of the certificate that was accepted; no other is talked to. */
  readonly fingerprint: string
  readonly token: string
  readonly userName: string
}

export function loginsFile(env: NodeJS.ProcessEnv): string {
  const config = env['XDG_CONFIG_HOME']
  return join(config === undefined || config === '' ? join(homedir(), '.config') : config, 'vivarium', 'logins.json')
}

/** The saved logins, in a file that only their owner can read. */
export class Logins {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  async list(): Promise<readonly Login[]> {
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]'
      throw error
    })
    return parse(text, this.#file)
  }

  async find(url: string): Promise<Login | undefined> {
    return (await this.list()).find((login) => login.url === url)
  }

  async save(login: Login): Promise<void> {
    await this.#write([...(await this.list()).filter(({ url }) => url !== login.url), login])
  }

  async remove(url: string): Promise<void> {
    await this.#write((await this.list()).filter((login) => login.url !== url))
  }

  /** Written beside and renamed, so that a full disk costs no login. */
  async #write(logins: readonly Login[]): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 })
    const next = `${this.#file}.${process.pid}`
    try {
      await writeFile(next, `${JSON.stringify(logins, undefined, 2)}\n`, { mode: 0o600 })
      await rename(next, this.#file)
    } finally {
      await rm(next, { force: true })
    }
  }
}

function parse(text: string, file: string): readonly Login[] {
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed) && parsed.every(isLogin)) return parsed
  } catch {
    // Said below, for both.
  }
  throw new CliError('failed', `${file} is damaged.`, ['Delete it and log in again: viv login URL'])
}

const isLogin = (value: unknown): value is Login =>
  typeof value === 'object' &&
  value !== null &&
  ['url', 'fingerprint', 'token', 'userName'].every(
    (key) => typeof (value as Record<string, unknown>)[key] === 'string',
  )
