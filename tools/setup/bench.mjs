/** `npm run bench`: installs what is missing, the peers to measure against included, then measures. */
import { runOnOwnNode } from './on-own-node.mjs'
import { runMain } from './refusal.mjs'

const lists = ['product', 'test', 'bench']
await runMain(() => runOnOwnNode({ lists, npmCommand: 'run bench', script: 'bench/run.ts' }))
