import { setTimeout as delay } from 'node:timers/promises'
import { carryOut, deleteAll, keepAlive, verdict, vmBefore, WORKS } from './crash-work.ts'
import type { Installation } from './installation.ts'
import { randomFrom } from './random.ts'

/** A create takes about 150 ms here, a start 100: a death comes before, within or just after. */
const LATEST_MS = 300

/**
 * Does one piece of work after another, and kills manager, agent or both at a random moment of each. Answers every
 * round that ended wrong, with its seed.
 */
export async function randomCrashes(viv: Installation, rounds: number, seed: number): Promise<string[]> {
  const random = randomFrom(seed)
  const wrong: string[] = []
  for (let round = 0; round < rounds; round++) {
    const work = WORKS[round % WORKS.length] as (typeof WORKS)[number]
    const name = `r${round}`
    const vm = await vmBefore(viv, work, name)
    const atMs = Math.floor(random() * LATEST_MS)
    const parts = [['manager'], ['agent'], ['manager', 'agent']][Math.floor(random() * 3)] as ('manager' | 'agent')[]
    const alive = keepAlive(viv)
    try {
      const [task] = await Promise.all([
        carryOut(viv, work, vm?.id ?? '', name),
        delay(atMs).then(() => Promise.all(parts.map((part) => viv.kill(part)))),
      ])
      const faults = await verdict(viv, work, task)
      if (faults.length > 0)
        wrong.push(
          `seed ${seed}, round ${round}: ${work.action}, ${parts.join(' and ')} died after ${atMs} ms: ${faults.join('; ')}`,
        )
      await deleteAll(viv)
    } finally {
      await alive.stop()
    }
  }
  return wrong
}
