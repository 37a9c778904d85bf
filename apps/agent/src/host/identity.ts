import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../store/durable-file.ts'

const FORMAT = 1

/** Who this host is to the manager: made once, and never derived from hardware that may be exchanged or cloned. */
export async function hostIdentity(agentData: string): Promise<string> {
  const path = join(agentData, 'host.json')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (text === undefined) {
    const hostId = randomUUID()
    await mkdir(agentData, { recursive: true, mode: 0o700 })
    await writeDurably(path, JSON.stringify({ format: FORMAT, hostId }))
    return hostId
  }
  const known = JSON.parse(text) as { format: number; hostId: string }
  if (known.format !== FORMAT) throw new Error(`${path} has format ${known.format}; this version knows ${FORMAT}`)
  return known.hostId
}

/** Another one after every start of the kernel. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}
