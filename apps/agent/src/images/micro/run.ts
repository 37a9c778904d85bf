import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { MicroBuildError } from './errors.ts'

/** The longest step takes seconds; a download from a slow mirror may take minutes. */
const DEADLINE_MS = 10 * 60_000

/** Kept of a child's output for the error message: the end, where tools say what went wrong. */
const TAIL_CHARACTERS = 2000

interface RunOptions {
  cwd?: string
  signal?: AbortSignal | undefined
}

/**
 * Runs one program to its end and returns what it printed.
 *
 * The child leads a process group of its own, and the whole group is killed on abort or after the deadline: `apt-get` and
 * `syslinux` have children themselves. The promise settles only when the group's pipes are closed, so that the
 * caller may remove the folder they worked in.
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const stop = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  stop.throwIfAborted()
  const child = spawn(program, args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` },
  })
  let stdout = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output = (output + text).slice(-TAIL_CHARACTERS)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-TAIL_CHARACTERS)))

  const kill = (): void => killGroup(child.pid)
  stop.addEventListener('abort', kill)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    stop.throwIfAborted()
    if (code !== 0) throw new MicroBuildError(`${program} failed (${code ?? 'killed'}): ${output.trim()}`)
    return stdout
  } catch (error) {
    if (isMissingProgram(error)) throw new MicroBuildError(`The program ${program} is not installed on this host.`)
    throw error
  } finally {
    stop.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const isMissingProgram = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error as NodeJS.ErrnoException).code === 'ENOENT'
