/** `npm test`: installs what is missing, then runs every check and every test. */
import { runOnOwnNode } from './on-own-node.mjs'
import { runMain } from './refusal.mjs'

await runMain(() => runOnOwnNode({ lists: ['product', 'test'], npmCommand: 'test', script: 'tools/ci.ts' }))
