import { spawn, spawnSync } from 'node:child_process'

/** The end of a failed program's output that is shown: where tools say what went wrong. */
const TAIL_CHARACTERS = 3000

/** Runs a quick program that only looks; its code is -1 where there is no such program. */
export function look(program, args) {
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (result.error !== undefined && result.error.code !== 'ENOENT') throw result.error
  return { code: result.status ?? -1, stdout: result.stdout ?? '', stderr: result.stderr ?? '' }
}

/**
 * Runs a program on this terminal to its end and returns its code, 128 + n for signal n. Ctrl-C goes to the whole
 * foreground group: the program decides what it means, and we wait for it.
 */
export async function runHere(program, args, options = {}) {
  const ignore = () => undefined
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, ignore)
  try {
    return await ended(spawn(program, args, { stdio: 'inherit', ...options }))
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, ignore)
  }
}

/** Runs a program whose output is kept, not shown; `onProgress` gets the lines of its file descriptor 3. */
export async function runQuiet(program, args, { env, onProgress }) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env })
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      tail = (tail + text).slice(-TAIL_CHARACTERS)
    })
  }
  let rest = ''
  child.stdio[3].setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    lines.forEach(onProgress)
  })
  return { code: await ended(child), tail }
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

export function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0)))
  })
}
