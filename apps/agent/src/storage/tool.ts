import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Whom a tool runs as: never root, and with no group that it does not need. */
export interface Identity {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
}

interface ToolOptions {
  readonly as: Identity
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly onOutput?: (text: string) => void
}

/** What a tool maps at most: an image's reference counts are 512 MiB for the largest disk that we take. */
const ADDRESS_SPACE_BYTES = 2 * 1024 ** 3
/** `qemu-img info --output=json` says some hundreds of bytes; a hostile file must not fill our memory. */
const STDOUT_CHARACTERS = 256 * 1024
/** Kept for the error message: the end, where tools say what went wrong. */
const TAIL_CHARACTERS = 1000

export class ToolFailedError extends Error {
  readonly output: string
  readonly exitCode: number | undefined

  constructor(program: string, output: string, exitCode: number | undefined) {
    super(`${program} failed (${exitCode ?? 'killed'}): ${output}`)
    this.name = 'ToolFailedError'
    this.output = output
    this.exitCode = exitCode
  }

  get isOutOfSpace(): boolean {
    return /no space left on device|disk quota exceeded/i.test(this.output)
  }
}

/**
 * Runs qemu-img to its end and returns what it printed.
 *
 *   prlimit ─exec─▶ setpriv ─exec─▶ qemu-img        one process: a signal to its pid reaches all there is
 *
 * The kernel kills it when the agent dies, so that nothing writes to a volume that the next agent takes away.
 */
export async function runQemuImg(args: readonly string[], options: ToolOptions): Promise<string> {
  const deadline = AbortSignal.timeout(options.deadlineMs)
  const stop = AbortSignal.any([options.signal, deadline])
  stop.throwIfAborted()
  const child = spawn('prlimit', [...confinement(options), 'qemu-img', ...args], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  })
  const kill = (): void => void child.kill('SIGKILL')
  stop.addEventListener('abort', kill)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-STDOUT_CHARACTERS)
    options.onOutput?.(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-TAIL_CHARACTERS)))
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null]
    options.signal.throwIfAborted()
    if (exitCode === 0) return stdout
    const said = deadline.aborted ? `it did not end within ${options.deadlineMs / 1000} seconds` : stderr.trim()
    throw new ToolFailedError(`qemu-img ${args[0] ?? ''}`, said || 'it said nothing', exitCode ?? undefined)
  } finally {
    stop.removeEventListener('abort', kill)
  }
}

function confinement({ as, deadlineMs }: ToolOptions): string[] {
  const cpuSeconds = Math.ceil(deadlineMs / 1000)
  const groups = as.groups.length === 0 ? ['--clear-groups'] : ['--groups', as.groups.join(',')]
  return [
    ...[`--as=${ADDRESS_SPACE_BYTES}`, `--cpu=${cpuSeconds}`, '--core=0', 'setpriv'],
    ...['--reuid', String(as.uid), '--regid', String(as.gid), ...groups],
    ...['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--pdeathsig', 'KILL', '--'],
  ]
}
