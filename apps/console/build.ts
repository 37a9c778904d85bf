import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { build } from 'vite'

/** Builds the console: `npm run console:build` into dist/, where it is stale; a release into its own folder. */
const CONSOLE = import.meta.dirname
const CHECKOUT = join(CONSOLE, '../..')
const DIST = join(CONSOLE, 'dist')
/** In dist/: what it was built from. */
const STAMP = '.built-from'
/** What the bundle is made of: the console, the libraries that it imports, and the versions of everything else. */
const SOURCES = ['apps/console', 'libs/common', 'libs/api', 'libs/client', 'package-lock.json']
const LEFT_OUT = /\/(dist|node_modules)\/|\.test\.ts$/
const COMPRESSED = /\.(js|css|html|svg)$/

/** Every file that the bundle is made of, relative to the checkout. */
export async function consoleSources(checkout: string): Promise<string[]> {
  const parts = await Promise.all(
    SOURCES.map(async (path) => {
      if (path.endsWith('.json')) return [path]
      const entries = await readdir(join(checkout, path), { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(checkout, join(entry.parentPath, entry.name)))
    }),
  )
  return parts
    .flat()
    .filter((path) => !LEFT_OUT.test(path))
    .sort()
}

/** Builds into a folder that is not there yet, or is ours to empty. */
export async function buildConsole(outDir: string): Promise<void> {
  // Vite's own: beside node_modules it would be root's where root builds.
  const cacheDir = await mkdtemp(join(tmpdir(), 'viv-console-'))
  // Vite obeys it: started by a test runner, it would bundle React's development build.
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      root: CONSOLE,
      configFile: join(CONSOLE, 'vite.config.ts'),
      configLoader: 'native',
      cacheDir,
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    })
  } finally {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = NODE_ENV
    await rm(cacheDir, { recursive: true, force: true })
  }
  await compress(outDir)
}

/** Compressed once here instead of with every answer. */
async function compress(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPRESSED.test(entry.name)) continue
    const file = join(entry.parentPath, entry.name)
    await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 9 }))
  }
}

/** Makes dist/ what the sources are now; says whether there was something to do. */
export async function ensureConsole(): Promise<boolean> {
  const hash = createHash('sha256')
  for (const path of await consoleSources(CHECKOUT)) {
    const content = await readFile(join(CHECKOUT, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  const digest = hash.digest('hex')
  const stamp = join(DIST, STAMP)
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return false
  await buildConsole(DIST)
  await writeFile(stamp, digest)
  return true
}

if (import.meta.main) {
  const startedAtMs = Date.now()
  const isBuilt = await ensureConsole()
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
  console.log(isBuilt ? `console: ${DIST} (${seconds} s)` : 'console: as it was')
}
