import { spawn } from 'node:child_process'
import { closeSync, openSync, watch } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { QmpSession } from '@viv/qmp'
import { SOCKETS } from './argv.ts'
import type { RunFolder } from './run-folder.ts'

const LAUNCHER = fileURLToPath(new URL('./launch.sh', import.meta.url))

export interface LaunchOptions {
  readonly folder: RunFolder
  readonly uid: number
  /** Supplementary groups: the images' one, and kvm's where it is used. */
  readonly gids: readonly number[]
  readonly cgroupProcs: readonly string[]
  readonly argv: readonly string[]
  /** Folder of its TPM's state, where it has one. */
  readonly tpmState?: string | undefined
  /** What it is started through, and which becomes it; empty where it is started directly. */
  readonly scope: readonly string[]
}

/** Starts the launcher in a session of its own: no signal to ours, and no end of ours, reaches it. */
export function spawnLauncher({
  folder,
  uid,
  gids,
  cgroupProcs,
  argv,
  tpmState = '',
  scope,
}: LaunchOptions): Promise<void> {
  const launcher = [LAUNCHER, folder.path, String(uid), gids.join(','), cgroupProcs.join(' '), tpmState, '--', ...argv]
  const [program = '', ...args] = [...scope, '/bin/sh', ...launcher]
  // What goes before it may fail, with words that nobody else would write down.
  const words = scope.length === 0 ? undefined : openSync(folder.at('output'), 'a', 0o600)
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'ignore', words ?? 'ignore'],
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  })
  child.unref()
  if (words !== undefined) {
    closeSync(words)
    child.once('exit', (code) => void folder.writeFailedStart(code ?? 0).catch(() => undefined))
  }
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
}

/** QEMU ended before it could be talked to; the run folder has its code and its last words. */
export class QemuExitedError extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super(`QEMU ended with code ${exitCode}`)
    this.name = 'QemuExitedError'
    this.exitCode = exitCode
  }
}

/** Opens QMP as soon as QEMU listens; fails at once when it ends instead. */
export async function connectQmp(folder: RunFolder, timeoutMs: number, signal: AbortSignal): Promise<QmpSession> {
  using exit = watchFile(folder, 'exit')
  // It may have ended before the watch began.
  const early = await folder.exitCode()
  if (early !== undefined) throw new QemuExitedError(early)
  const connecting = QmpSession.connect(folder.at(SOCKETS.qmp), {
    timeoutMs,
    greetingTimeoutMs: timeoutMs,
    isAwaited: true,
    signal: AbortSignal.any([signal, exit.signal]),
  })
  try {
    return await connecting
  } catch (error) {
    signal.throwIfAborted()
    // Its sockets close a moment before the launcher has written how it ended.
    await exitsWithin(folder, EXIT_CODE_TIMEOUT_MS)
    const code = await folder.exitCode()
    throw code === undefined ? error : new QemuExitedError(code)
  }
}

/** The launcher writes the exit code within a millisecond of the end, unless it was killed itself. */
export const EXIT_CODE_TIMEOUT_MS = 2_000

/** Whether the launcher writes an exit code within that time. */
export async function exitsWithin(folder: RunFolder, timeoutMs: number): Promise<boolean> {
  return (await writtenWithin(folder, 'exit', () => folder.exitCode(), timeoutMs)) !== undefined
}

/** QEMU's process. On a busy host it may greet us before its launcher has come to write its pid down. */
export function pidWithin(folder: RunFolder, timeoutMs: number): Promise<number | undefined> {
  return writtenWithin(folder, 'pid', () => folder.pid(), timeoutMs)
}

/** What the launcher writes into that file, as soon as it is there; undefined when the time is over. */
async function writtenWithin<T>(
  folder: RunFolder,
  name: string,
  read: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  using written = watchFile(folder, name)
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, timeoutMs)
  written.signal.addEventListener('abort', () => resolve(), { once: true })
  const early = await read()
  if (early === undefined) await promise
  clearTimeout(timer)
  return early ?? read()
}

/** Its signal is aborted when the launcher has written that file from now on. */
function watchFile(folder: RunFolder, name: string): { signal: AbortSignal } & Disposable {
  const seen = new AbortController()
  const watcher = watch(folder.path, { persistent: false }, (_event, changed) => {
    if (changed === name) seen.abort(new Error(`${name} was written`))
  })
  // The folder may vanish under us; whoever waits has a deadline of its own.
  watcher.on('error', () => undefined)
  return { signal: seen.signal, [Symbol.dispose]: () => watcher.close() }
}
