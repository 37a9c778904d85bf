import { readFileSync } from 'node:fs'
import { startAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { log } from './log.ts'
import { runUntilStopped } from './run-until-stopped.ts'

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The agent as a process. When whoever started it is gone, so is this; the VMs run on. */
await runUntilStopped(() => startAgent(readConfig(process.argv.slice(2), VERSION), log), 'agent', log)
