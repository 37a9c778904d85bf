import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** Makes everything that is generated again, and fails where the files checked in were other ones. */
const FILES = [
  'openapi/vivarium.json',
  'docs/errors.md',
  'libs/qmp/src/generated/commands.ts',
  'libs/qmp/src/generated/events.ts',
]

const read = () => Promise.all(FILES.map((file) => readFile(file, 'utf8').catch(() => '')))
const before = await read()
execFileSync(process.execPath, ['tools/generate.ts'], { stdio: 'inherit' })
const after = await read()
const stale = FILES.filter((_file, index) => before[index] !== after[index])
if (stale.length > 0) {
  console.error(`not fresh, made again now: ${stale.join(', ')}. Look at the difference and commit it.`)
  process.exit(1)
}
