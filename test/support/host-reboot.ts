import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { type Installation, until } from './installation.ts'

/**
 * What a host that loses its power and is started again leaves: no process, nothing in /run, another boot id. Nothing is
 * started yet.
 */
export async function hostReboots(viv: Installation): Promise<void> {
  await Promise.all([viv.kill('manager'), viv.kill('agent')])
  for (const pid of (await viv.qemus()).values()) process.kill(pid, 'SIGKILL')
  await until('no machine runs', async () => (await viv.qemus()).size === 0)
  await noLaunchers(viv)
  const { run } = foldersOf(viv.root)
  for (const name of await readdir(run)) await rm(join(run, name), { recursive: true, force: true })
  viv.bootId = randomUUID()
}

/** They write down how their QEMU ended, and would make their folder again. */
function noLaunchers({ root }: Installation): Promise<void> {
  const { vmRun } = foldersOf(root)
  const isOver = (vmId: string) => ['exit', 'ended.json'].some((name) => existsSync(join(vmRun, vmId, name)))
  return until('no launcher is left', async () =>
    (await readdir(vmRun).catch(() => [])).every((vmId) => !existsSync(join(vmRun, vmId, 'pid')) || isOver(vmId)),
  )
}

/** Armed by hand: the agent that starts next dies there, once, and the one after it lives. */
export async function startAgentUntil(viv: Installation, at: string): Promise<void> {
  const armed = viv.armNext({ part: 'agent', at })
  await viv.startAgent().catch(() => undefined)
  await until(`the agent died at ${at}`, () => armed.hasHappened())
  armed.disarm()
  await viv.kill('agent')
}
