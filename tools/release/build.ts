import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { buildConsole, consoleSources } from '../../apps/console/build.ts'
import { copyDependencies, type Lockfile, NODE_PROGRAM } from './dependencies.ts'
import { type ReleaseFile, releaseSources } from './sources.ts'

/** Raise when a release is laid out differently from the same content. */
const FORMAT_VERSION = 2

/** The command of a release, on its own Node wherever it is linked from. */
const VIV = `#!/bin/sh
release=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$release/${NODE_PROGRAM}" "$release/apps/cli/src/main.js" "$@"
`

/** Where the manager of a release finds the console. */
const CONSOLE = 'apps/console/dist'

/**
 * Writes the checkout's release into `releases`, unless it is there already, and says its name.
 *
 *   <version>-<hash>/   bin/viv   apps/NAME/src   apps/console/dist   node_modules/@viv/NAME   node_modules/…
 *
 * Its content names it, and it gets its name when it is whole: a folder of that name is never half a release.
 */
export async function buildRelease(checkout: string, releases: string): Promise<{ name: string; isNew: boolean }> {
  const sources = await releaseSources(checkout)
  const lockText = await readFile(join(checkout, 'package-lock.json'), 'utf8')
  const lockfile = JSON.parse(lockText) as Lockfile
  const name = `${lockfile.packages['']?.version}-${contentHash([...sources, ...(await consoleFiles(checkout))], lockText)}`
  if (existsSync(join(releases, name))) return { name, isNew: false }
  const building = join(releases, `.building-${process.pid}`)
  await mkdir(building, { recursive: true })
  try {
    await writeFiles(building, sources)
    await copyDependencies(checkout, lockfile, building)
    await buildConsole(join(building, CONSOLE))
    await makeReadable(building)
    // On the disk before it has its name: after a power failure a name must not stand for empty files.
    await promisify(execFile)('sync', ['-f', building])
    await rename(building, join(releases, name))
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  return { name, isNew: true }
}

function contentHash(sources: readonly ReleaseFile[], lockText: string): string {
  const hash = createHash('sha256').update(JSON.stringify([FORMAT_VERSION, VIV, lockText]))
  for (const { path, content, isExecutable } of sources) {
    hash.update(`\0${path}\0${isExecutable}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}

/** They name the release too, though it holds only what is built from them. */
async function consoleFiles(checkout: string): Promise<ReleaseFile[]> {
  const paths = await consoleSources(checkout)
  return Promise.all(
    paths.map(async (path) => ({ path, content: await readFile(join(checkout, path)), isExecutable: false })),
  )
}

async function writeFiles(release: string, sources: readonly ReleaseFile[]): Promise<void> {
  const files = [...sources, { path: 'bin/viv', content: Buffer.from(VIV), isExecutable: true }]
  for (const { path, content, isExecutable } of files) {
    await mkdir(dirname(join(release, path)), { recursive: true })
    await writeFile(join(release, path), content, { mode: isExecutable ? 0o755 : 0o644 })
  }
}

/** Ours, and everybody's to read: the manager runs as a user of its own, and people run `viv`. */
async function makeReadable(release: string): Promise<void> {
  const owner = { uid: process.getuid!(), gid: process.getgid!() }
  const entries = await readdir(release, { recursive: true, withFileTypes: true })
  for (const path of [release, ...entries.map((entry) => join(entry.parentPath, entry.name))]) {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) continue
    await chown(path, owner.uid, owner.gid)
    await chmod(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644)
  }
}
