import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { carryOut, crashPoints, deleteAll, keepAlive, verdict, vmBefore, WORKS } from '../support/crash-work.ts'
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

/**
 * Every death of the agent behind an operation always, but for network cards and CD drives, whose operation is that of disks: what was done and
 * not yet written down is each operation's own affair. Its deaths before one, and those of the manager, meet the same
 * registry and the same engine whatever the work is: of them those of work with more than one step, or that cannot be
 * undone. All others in the soak run (VIV_CRASHES=all).
 */
const isWhole = process.env['VIV_CRASHES'] === 'all'
const OF_ENGINE: readonly string[] = ['vmCreate', 'vmStart', 'vmHibernate', 'vmClone', 'vmPurge']
const OF_SOAK: readonly string[] = ['vmNicAdd', 'vmNicRemove', 'vmCdAdd', 'vmCdRemove']
const pointsOf = (work: (typeof WORKS)[number]) =>
  crashPoints(work).filter(
    ({ part, at }) =>
      isWhole ||
      (part === 'agent' && at.endsWith('.after-run') && !OF_SOAK.includes(work.action)) ||
      (work.machine === undefined && OF_ENGINE.includes(work.action)),
  )

describe.each(WORKS.filter((work) => pointsOf(work).length > 0))('$action of $before, $machine.firmware', (work) => {
  test.each(pointsOf(work))('$part dies at $at', async (crash) => {
    const name = `crash-${++count}`
    const vm = await vmBefore(viv, work, name)
    const armed = await viv.arm(crash)
    const alive = keepAlive(viv)
    try {
      const task = await carryOut(viv, work, vm?.id ?? '', name)
      expect(armed.hasHappened()).toBe(true)
      expect(await verdict(viv, work, task)).toEqual([])
    } finally {
      armed.disarm()
      await alive.stop()
    }
  })
})
