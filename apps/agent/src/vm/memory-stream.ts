import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const HELPER = fileURLToPath(new URL('./memory-helper.ts', import.meta.url))

interface StreamOptions {
  readonly mode: 'save' | 'load'
  readonly uid: number
  readonly file: string
  readonly socket: string
  readonly signal: AbortSignal
}

type Word =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly sizeBytes: number }
  | { readonly type: 'failed'; readonly code?: string; readonly message: string }

export interface MemoryStream extends AsyncDisposable {
  /** Listens on the socket; only of one that saves. */
  readonly ready: Promise<void>
  /** Bytes that went through, and are on disk where they were saved. */
  readonly done: Promise<number>
}

/** Starts the helper (memory-helper.ts). It is gone when this is disposed of, or the agent ends. */
export function openMemoryStream({ mode, uid, file, socket, signal }: StreamOptions): MemoryStream {
  signal.throwIfAborted()
  const child = spawn(
    'setpriv',
    ['--no-new-privs', '--inh-caps=-all', '--', process.execPath, HELPER, mode, String(uid), file, socket],
    {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
    },
  )
  const ready = Promise.withResolvers<void>()
  const done = Promise.withResolvers<number>()
  const fail = (error: unknown) => {
    ready.reject(error)
    done.reject(error)
  }
  child.on('message', (word: Word) => {
    if (word.type === 'ready') ready.resolve()
    else if (word.type === 'done') done.resolve(word.sizeBytes)
    else fail(Object.assign(new Error(word.message), word.code === undefined ? {} : { code: word.code }))
  })
  child.once('error', fail)
  const exited = once(child, 'exit')
  exited.then(
    () => fail(new Error('the helper for its memory ended early')),
    () => undefined,
  )
  const end = () => {
    fail(signal.reason)
    child.kill('SIGKILL')
  }
  signal.addEventListener('abort', end, { once: true })
  // Whoever waits hears of it; who does not need not.
  for (const promise of [ready.promise, done.promise]) promise.catch(() => undefined)
  return {
    ready: ready.promise,
    done: done.promise,
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', end)
      child.kill('SIGKILL')
      await exited.catch(() => undefined)
    },
  }
}
