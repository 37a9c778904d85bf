import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Folders } from '@viv/common'
import { CliError } from '../output/errors.ts'
import type { ServiceStatus } from './service.ts'

/** The first start makes a certificate and the store. */
const SERVING_TIMEOUT_MS = 60_000
const LOOK_AGAIN_MS = 100

/** Resolves when agent and manager can be talked to; says which unit does not run where they can't. */
export async function whenServing(
  { apiSocket, agentSocket }: Folders,
  status: () => Promise<ServiceStatus>,
): Promise<void> {
  for (const deadline = Date.now() + SERVING_TIMEOUT_MS; ; await delay(LOOK_AGAIN_MS)) {
    if ((await answers(agentSocket)) && (await answers(apiSocket))) return
    const { units } = await status()
    const broken = units.find(({ active, restarts }) => active === 'failed' || restarts > 1)
    if (broken === undefined && Date.now() < deadline) continue
    const which = broken ?? units.find(({ active }) => active !== 'active') ?? units[0]
    const name = which?.name ?? 'a unit'
    throw new CliError('failed', `${name} is installed, but does not come up.`, [
      `its last words: journalctl -u ${name} -n 20`,
    ])
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
