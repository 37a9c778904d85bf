import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buildMicro, microVersions } from './build.ts'
import type { BuildProgress, MicroBuild } from './build.ts'
import { DISK_SIZE_BYTES } from './boot-disk.ts'

/** A build takes seconds, with a slow mirror minutes: what is older was left by a builder that was killed. */
const ABANDONED_AFTER_MS = 60 * 60_000
const UNFINISHED_PREFIX = '.micro-'

/**
 * The image of the current packages from the cache, built when it is not there.
 *
 * Two builders at once both build, and the second rename replaces the first by the same content.
 */
export async function microCached(cacheDir: string, options: BuildProgress = {}): Promise<MicroBuild> {
  const { versions, key } = await microVersions(options.signal)
  const file = join(cacheDir, `micro-${key}.qcow2`)
  if (await stat(file).catch(() => undefined)) return { file, versions, key, virtualSizeBytes: DISK_SIZE_BYTES }

  await mkdir(cacheDir, { recursive: true })
  await removeAbandoned(cacheDir)
  const unfinished = join(cacheDir, `${UNFINISHED_PREFIX}${randomUUID()}`)
  const built = await buildMicro({ ...options, outFile: `${unfinished}.qcow2`, workDir: unfinished })
  // The lists may have changed since the look into the cache: the key that counts is the one that was built.
  const finished = join(cacheDir, `micro-${built.key}.qcow2`)
  await syncToDisk(built.file)
  await rename(built.file, finished)
  await syncToDisk(cacheDir)
  return { ...built, file: finished }
}

async function syncToDisk(path: string): Promise<void> {
  await using handle = await open(path)
  await handle.sync()
}

async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(UNFINISHED_PREFIX)) continue
    const path = join(cacheDir, name)
    const changedAt = (await stat(path).catch(() => undefined))?.mtimeMs
    if (changedAt !== undefined && Date.now() - changedAt > ABANDONED_AFTER_MS) {
      await rm(path, { recursive: true, force: true })
    }
  }
}
