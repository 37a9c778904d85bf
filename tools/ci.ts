import { spawn } from 'node:child_process'

/**
 * `npm run ci`: every check, the cheap ones first, the tests last so that their closing line closes the run.
 * A check that fails is told at its end with all that it printed; the others still run.
 */
const node = process.execPath
const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: ['node_modules/.bin/biome', 'format', '.'] },
  { name: 'types', command: [node, 'node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'] },
  {
    name: 'types of the console',
    command: [node, 'node_modules/typescript/bin/tsc', '--noEmit', '-p', 'apps/console'],
  },
  { name: 'lint', command: [node, 'node_modules/eslint/bin/eslint.js', '.'] },
  { name: 'deps', command: [node, 'tools/check-deps.ts'] },
  { name: 'dead code', command: [node, 'node_modules/knip/bin/knip.js', '--no-progress'] },
  { name: 'generated', command: [node, 'tools/check-generated.ts'] },
]

interface Outcome {
  readonly code: number | null
  readonly output: string
}

function run(command: readonly string[], isShown: boolean): Promise<Outcome> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

let failed = 0
for (const { name, command } of checks) {
  const begun = Date.now()
  const { code, output } = await run(command, false)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
  if (code !== 0) console.log(output)
  failed += code === 0 ? 0 : 1
}
// The tests run also where a check failed: one look at the output then shows everything.
process.env['VIV_FAILED_CHECKS'] = String(failed)
const tests = await run([node, 'node_modules/vitest/vitest.mjs', 'run'], true)
process.exit(failed > 0 || tests.code !== 0 ? 1 : 0)
