import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly outcome: Promise<Outcome>
}

/** The real `viv` of one person, whose home folder is thrown away at the end. */
export class Viv implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), 'viv-cli-'))
  readonly #env: Readonly<Record<string, string>>
  readonly #running = new Set<ChildProcess>()

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env
  }

  run(args: readonly string[], input = ''): Promise<Outcome> {
    return this.start(args, input).outcome
  }

  /** What it prints on success, as JSON; anything else is thrown with its words. */
  async json(args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.run([...args, '-o', 'json'])
    if (code !== 0) throw new Error(`viv ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout)
  }

  start(args: readonly string[], input = ''): Running {
    return this.#spawn(process.execPath, [MAIN, ...args], input)
  }

  /** A shell's line, with $NODE and $MAIN to start viv by. */
  shell(line: string): Promise<Outcome> {
    return this.#spawn('/bin/sh', ['-c', line], '').outcome
  }

  #spawn(program: string, args: readonly string[], input: string): Running {
    const { PATH = '' } = process.env
    const env = { PATH, HOME: this.home, NODE: process.execPath, MAIN, ...this.#env }
    const child = spawn(program, args, { env, stdio: 'pipe' })
    this.#running.add(child)
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (said.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (said.stderr += text))
    // It may end without having read what was sent to it.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
    child.once('error', reject)
    child.once('close', (code) => {
      this.#running.delete(child)
      resolve({ code, ...said })
    })
    return { child, stderr: () => said.stderr, outcome: promise }
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill('SIGKILL')
    rmSync(this.home, { recursive: true, force: true })
  }
}
