import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Fewer modules than this means that the tool did not see the sources: it is green then, and blind. */
const MODULES_AT_LEAST = 150

interface Report {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly {
      readonly rule: { readonly name: string }
      readonly from: string
      readonly to: string
    }[]
  }
}

/** `npm run deps`: who imports whom, over a floor of modules. */
const { stdout } = await promisify(execFile)(
  process.execPath,
  [
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'apps',
    'libs',
  ],
  { maxBuffer: 64 * 1024 * 1024 },
).catch((error: { stdout?: string; stderr?: string }) => {
  if (error.stdout === undefined || error.stdout === '') throw new Error(error.stderr)
  return { stdout: error.stdout }
})
const { totalCruised, violations } = (JSON.parse(stdout) as Report).summary
for (const { rule, from, to } of violations) console.error(`${rule.name}: ${from} → ${to}`)
if (totalCruised < MODULES_AT_LEAST)
  console.error(`only ${totalCruised} modules were seen; at least ${MODULES_AT_LEAST} were expected`)
if (violations.length > 0 || totalCruised < MODULES_AT_LEAST) process.exit(1)
console.log(`${totalCruised} modules, every import is allowed`)
