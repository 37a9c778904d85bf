import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CliError } from '../output/errors.ts'
import type { LogFile } from './log-file.ts'

export type DaemonName = 'agent' | 'simulator' | 'manager'

export interface DaemonOptions {
  readonly name: DaemonName
  /** The program's main module. */
  readonly entry: string
  readonly args: readonly string[]
  /** Whom it runs as; we ourselves where there is none. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  readonly log: LogFile
  /** A short line for the person at the terminal. */
  readonly say: (line: string) => void
}

/** What a daemon sends when it listens. Before, it may send notes, which are shown; what else it says is its own affair. */
export type Ready = Readonly<Record<string, unknown>>

const FIRST_DELAY_MS = 200
const LAST_DELAY_MS = 10_000
/** A daemon that was ready for so long is a healthy one that had an accident: it is started again at once. */
const HEALTHY_MS = 60_000
/** One that dies so often before it was ever ready will not be helped by another start. */
const FIRST_ATTEMPTS = 3
const STOP_TIMEOUT_MS = 15_000
const OUTPUT_TIMEOUT_MS = 500

/**
 * A young generation of 1 MiB: an idle daemon keeps 15 to 25 MB less resident (measured), and neither makes much garbage
 * at once. And an old one that is cleaned before it has grown far beyond what is alive: a manager of 100 000 VMs keeps 0.6
 * GB resident instead of 1.05, and answers as quickly (measured).
 */
export const NODE_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size']

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' }

/**
 * One daemon, kept running.
 *
 *   start ─► spawned ─ "ready" ─► running ─ ends ─► waiting (0.2 s, doubled up to 10 s) ─► spawned …
 *               └─ ends three times before it was ever ready ─► start fails
 *
 * It leads a session of its own: the terminal's signals reach us alone, and we end things in their order. The channel
 * between us is its lifeline: when we are gone, in whatever way, it closes and the daemon ends by itself.
 */
export class Daemon {
  readonly #options: DaemonOptions
  readonly #firstReady = Promise.withResolvers<Ready>()
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #isStopping = false
  #wasReady = false
  #readyAtMs: number | undefined
  #deaths = 0
  #lastLine = ''

  constructor(options: DaemonOptions) {
    this.#options = options
    // Who stops us before we were ready does not wait for it.
    this.#firstReady.promise.catch(() => undefined)
  }

  /** Resolves with the word it sent when it listened for the first time. */
  start(): Promise<Ready> {
    this.#spawn()
    return this.#firstReady.promise
  }

  /** Asks it to end, and makes it end after a deadline. It is gone when this resolves. */
  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (child === undefined) return
    const closed = once(child, 'close')
    const kill = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.kill('SIGTERM')
    await closed
    clearTimeout(kill)
  }

  #spawn(): void {
    const { entry, args, owner, log } = this.#options
    const child = spawn(process.execPath, [...NODE_FLAGS, entry, ...args], {
      detached: true,
      cwd: '/',
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...owner,
    })
    this.#child = child
    this.#readyAtMs = undefined
    createInterface({ input: child.stderr! }).on('line', (line) => {
      this.#lastLine = line
      log.write(line)
    })
    child.on('message', (message: Ready) => {
      if (message['type'] === 'ready') this.#onReady(message)
      if (message['type'] === 'note') this.#options.say(`  ${String(message['text'])}`)
    })
    // It could not even be started: `close` follows.
    child.once('error', (error) => (this.#lastLine = error.message))
    // Its last lines are read first, but what it started may hold its output open for ever.
    child.once('exit', () => setTimeout(() => child.stderr?.destroy(), OUTPUT_TIMEOUT_MS).unref())
    child.once('close', (code, signal) =>
      this.#onEnd(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    )
  }

  #onReady(message: Ready): void {
    if (this.#wasReady) this.#options.say(`The ${this.#options.name} runs again.`)
    this.#wasReady = true
    this.#readyAtMs = Date.now()
    this.#firstReady.resolve(message)
  }

  #onEnd(how: string): void {
    this.#child = undefined
    if (this.#isStopping) return
    const { name, say, log } = this.#options
    const wasHealthy = this.#readyAtMs !== undefined && Date.now() - this.#readyAtMs >= HEALTHY_MS
    this.#deaths = wasHealthy ? 1 : this.#deaths + 1
    if (!this.#wasReady && this.#deaths >= FIRST_ATTEMPTS) {
      const words = `The ${name} ${how}, ${FIRST_ATTEMPTS} times. Its log: ${log.path}`
      this.#firstReady.reject(new CliError('refused', `${words}\n  its last words: ${this.#lastLine}`))
      return
    }
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (this.#deaths - 1), LAST_DELAY_MS)
    say(`The ${name} ${how}. It is started again in ${delayMs / 1000} s; its log: ${log.path}`)
    this.#restart = setTimeout(() => this.#spawn(), delayMs)
  }
}
