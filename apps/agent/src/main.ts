import { startAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { log } from './log.ts'
import { runUntilStopped } from './run-until-stopped.ts'

/** The agent as a process. When whoever started it is gone, so is this; the VMs run on. */
await runUntilStopped(() => startAgent(readConfig(process.argv.slice(2), '0.1.0'), log), 'agent', log)
