/**
 * A process to be killed: opens the store at argv[2], says "open", then writes pairs of documents named with the
 * prefix argv[3] until it dies. Each line is a pair that was acknowledged: `<revision> <number>`.
 */
import { put } from '../conformance/harness.test-suite.ts'
import { SqliteStore } from './sqlite-store.ts'

const WRITERS = 8
const [path = '', prefix = ''] = process.argv.slice(2)
const store = await SqliteStore.open(path)

/** A full pipe is waited for: a write that returns at once may be refused by it, and end the process. */
const say = (line: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(line, (error) => (error ? reject(error) : resolve()))
  })

await say('open\n')
let last = 0

async function write(): Promise<never> {
  for (;;) {
    last += 1
    const n = last
    const pad = 'x'.repeat(500)
    const writes = [put('left', `${prefix}-${n}`, { n, pad }), put('right', `${prefix}-${n}`, { n, pad })]
    const { revision } = await store.transaction({ writes })
    await say(`${revision} ${n}\n`)
  }
}

await Promise.all(Array.from({ length: WRITERS }, write))
