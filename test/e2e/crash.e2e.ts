import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ask, crashPoints, deleteAll, ended, keepAlive, verdict, vmBefore, WORKS } from '../support/crash-work.ts'
import { Installation } from '../support/installation.ts'

/**
 * SIGKILL of manager and agent at every step boundary and inside every operation, on real processes and real
 * QEMU. `npm run soak` does the same at 200 random instants; a few of them run here.
 */
let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
  await viv.follow(await viv.client.imageBuild({ params: { imageId: await viv.image() } }))
})
afterAll(() => viv?.[Symbol.asyncDispose]())
afterEach(() => deleteAll(viv))

let count = 0

/** A machine that remembers is made and ended by its host alone: what the manager's death does to it is left to the soak run. */
const isWhole = process.env['VIV_CRASHES'] === 'all'
const pointsOf = (work: (typeof WORKS)[number]) =>
  crashPoints(work).filter(({ part }) => isWhole || work.machine === undefined || part === 'agent')

describe.each(WORKS)('$action of $before, $machine.firmware', (work) => {
  test.each(pointsOf(work))('$part dies at $at', async (crash) => {
    const name = `crash-${++count}`
    const vm = await vmBefore(viv, work, name)
    const armed = await viv.arm(crash)
    const alive = keepAlive(viv)
    try {
      const task = await ended(viv, (await ask(viv, work, vm?.id ?? '', name)).id)
      expect(armed.hasHappened()).toBe(true)
      expect(await verdict(viv, work, task, task.target.id)).toEqual([])
    } finally {
      armed.disarm()
      await alive.stop()
    }
  })
})
