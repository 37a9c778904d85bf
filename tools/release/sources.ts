import { readdir, readFile, stat } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative } from 'node:path'

/** A file of the release: where it lies in it, what it says, and whether it may be run. */
export interface ReleaseFile {
  readonly path: string
  readonly content: Buffer
  readonly isExecutable: boolean
}

/** Apps run from their folder; libraries are found as @viv/NAME, where Node looks for packages. */
const APPS = ['agent', 'cli', 'manager']

/** x.test.ts, x.test-suite.ts, x.test-process.ts; and types alone, which strip to nothing. */
const LEFT_OUT = /\.test(-\w+)?\.ts$|\.d\.m?ts$/

/** Everything of our own that runs, as it runs: types stripped with lines and columns kept, `.ts` said as `.js`. */
export async function releaseSources(checkout: string): Promise<ReleaseFile[]> {
  const libraries = await readdir(join(checkout, 'libs'))
  const packages = [
    ...APPS.map((name) => ({ from: `apps/${name}`, to: `apps/${name}` })),
    ...libraries.sort().map((name) => ({ from: `libs/${name}`, to: `node_modules/@viv/${name}` })),
  ]
  const parts = await Promise.all(packages.map(({ from, to }) => packageFiles(join(checkout, from), to)))
  return parts.flat()
}

async function packageFiles(folder: string, to: string): Promise<ReleaseFile[]> {
  const entries = await readdir(join(folder, 'src'), { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const kept = [join(folder, 'package.json'), ...paths.sort()].filter((path) => !LEFT_OUT.test(path))
  return Promise.all(
    kept.map(async (path) => {
      const inside = relative(folder, path)
      const isSource = path.endsWith('.ts')
      const content = await readFile(path)
      return {
        path: join(to, isSource ? inside.replace(/\.ts$/, '.js') : inside),
        content: isSource
          ? Buffer.from(toJavaScript(content.toString()))
          : inside === 'package.json'
            ? manifest(content)
            : content,
        isExecutable: ((await stat(path)).mode & 0o111) !== 0,
      }
    }),
  )
}

export function toJavaScript(source: string): string {
  const stripped = stripTypeScriptTypes(source, { mode: 'strip' })
  // from './x.ts', import './x.ts', import('./x.ts'), new URL('./x.ts', …)
  return stripped.replace(/(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2/g, '$1$2$3.js$2')
}

function manifest(content: Buffer): Buffer {
  const parsed = JSON.parse(content.toString()) as { exports?: unknown }
  const exported = JSON.stringify(parsed.exports ?? {}).replaceAll('.ts"', '.js"')
  return Buffer.from(`${JSON.stringify({ ...parsed, exports: JSON.parse(exported) as unknown }, null, 2)}\n`)
}
