import { resolve } from 'node:path'
import { buildMicro } from '../apps/agent/src/images/micro/build.ts'

/** Builds the micro image by hand: node tools/micro-image.ts OUT.qcow2 */
const [out] = process.argv.slice(2)
if (out === undefined) {
  console.error('usage: node tools/micro-image.ts OUT.qcow2')
  process.exit(2)
}

const outFile = resolve(out)
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`stopped by ${name}`)))
const startedAtMs = Date.now()
const built = await buildMicro({
  outFile,
  workDir: `${outFile}.work`,
  signal: stop.signal,
  onProgress: (fraction, step) => {
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
    console.log(`${seconds.padStart(6)} s  ${String(Math.round(fraction * 100)).padStart(3)} %  ${step}`)
  },
})
console.log(JSON.stringify(built, null, 2))
