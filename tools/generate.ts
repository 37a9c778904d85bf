import { readFile, writeFile } from 'node:fs/promises'
import { openApi } from '../libs/api/src/index.ts'
import { errorsPage } from './errors-page.ts'
import { generateQmp } from './generate-qmp.ts'

/** `npm run generate`: everything that is made from something else and checked in. */
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
await writeFile('openapi/vivarium.json', `${JSON.stringify(openApi(version), null, 2)}\n`)
await writeFile('docs/errors.md', errorsPage())
await generateQmp()
