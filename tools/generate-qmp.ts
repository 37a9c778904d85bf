import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type QemuVersion, QmpSession } from '../libs/qmp/src/index.ts'
import { renderFiles } from './generate-qmp/files.ts'
import { BETTER_NAMES } from './generate-qmp/naming.ts'
import type { SchemaEntity } from './generate-qmp/schema.ts'

/**
 * Asks QEMU for its schema and writes the types of its commands and events.
 *
 *   qemu -machine none ── query-qmp-schema ──► Schema ──► Names ──► Renderer ──► libs/qmp/src/generated/*.ts
 */

const GENERATED = join(import.meta.dirname, '../libs/qmp/src/generated')
const START_TIMEOUT_MS = 30_000

/** Writes `commands.ts` and `events.ts`; the same QEMU always gives the same text. */
export async function generateQmp(): Promise<void> {
  const { entities, version } = await askQemu()
  // Without the smallest number, so that a distribution's security update of QEMU changes nothing here.
  const { commands, events } = renderFiles(entities, `${version.major}.${version.minor}`)
  refuseStaleNames(commands)
  await writeFile(join(GENERATED, 'commands.ts'), commands)
  await writeFile(join(GENERATED, 'events.ts'), events)
}

function refuseStaleNames(commands: string): void {
  const declared = new Set(Array.from(commands.matchAll(/^export \w+ (\w+)/gm), ([, name]) => name))
  const stale = Object.values(BETTER_NAMES).filter((name) => !declared.has(name))
  if (stale.length > 0) throw new Error(`no type of this QEMU gets these names any more: ${stale.join(', ')}`)
}

async function askQemu(): Promise<{ entities: SchemaEntity[]; version: QemuVersion }> {
  const folder = await mkdtemp(join(tmpdir(), 'generate-qmp-'))
  const socket = join(folder, 'qmp')
  const args = ['-machine', 'none', '-nodefaults', '-display', 'none', '-qmp', `unix:${socket},server=on,wait=off`]
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const { signal, over } = watch(once(qemu, 'exit'))
  try {
    await using session = await QmpSession.connect(socket, { timeoutMs: START_TIMEOUT_MS, isAwaited: true, signal })
    const entities = await session.execute('query-qmp-schema')
    return { entities: entities as SchemaEntity[], version: session.qemuVersion }
  } finally {
    qemu.kill('SIGKILL')
    await over
    await rm(folder, { recursive: true })
  }
}

/** Aborts `signal` when the process ends or cannot be started, so that nobody waits for its socket. */
function watch(exit: Promise<unknown>): { signal: AbortSignal; over: Promise<void> } {
  const ended = new AbortController()
  const over = exit.then(
    () => ended.abort(new Error('QEMU ended before it answered')),
    (error) => ended.abort(error),
  )
  return { signal: ended.signal, over }
}

if (import.meta.main) await generateQmp()
