import { log } from '../log.ts'
import { runUntilStopped } from '../run-until-stopped.ts'
import { readConfig } from './config.ts'
import { startSimulator } from './simulator.ts'

/** The simulator as a process, in the agent's place: to whoever started it, and to the manager, it is the agent. */
await runUntilStopped(() => startSimulator({ ...readConfig(process.argv.slice(2)), log }), 'simulator', log)
