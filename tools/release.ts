import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { foldersOf } from '../libs/common/src/folders.ts'
import { buildRelease } from './release/build.ts'
import { ReleaseError } from './release/errors.ts'
import { linkCommand, switchRelease } from './release/switch.ts'

/** Writes this checkout as a release and makes it the one that runs: node tools/release.ts [--root DIR] */
const { values } = parseArgs({ options: { root: { type: 'string' } } })
const { data, releases } = foldersOf(values.root)

try {
  for (const [folder, mode] of [
    [data, 0o711],
    [releases, 0o755],
  ] as const) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, mode)
  }
  const startedAtMs = Date.now()
  const { name, isNew } = await buildRelease(join(import.meta.dirname, '..'), releases)
  await switchRelease(releases, name)
  await linkCommand(releases, values.root)
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
  if (isNew) console.log(`  release: ${join(releases, name)} (${seconds} s)`)
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
