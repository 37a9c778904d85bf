import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ask, crashPoints, ended, keepAlive, verdict, WORKS } from '../support/crash-work.ts'
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
afterEach(async () => {
  for (const vm of (await viv.client.vmList()).items) {
    if (vm.state === 'running')
      await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
    await viv.follow(await viv.client.vmDelete({ params: { vmId: vm.id } }))
  }
})

let count = 0

describe.each(WORKS)('$action', (work) => {
  test.each(crashPoints(work.action))('$part dies at $at', async (crash) => {
    const name = `crash-${++count}`
    const vm = work.before === undefined ? undefined : await viv.vmCreate(name, { start: work.before === 'running' })
    await rm(join(viv.root, 'crashed'), { force: true })
    viv.crash = crash
    await viv.kill(crash.part)
    await (crash.part === 'manager' ? viv.startManager() : viv.startAgent())
    await viv.hostKnown()
    const alive = keepAlive(viv)
    try {
      const task = await ended(viv, (await ask(viv, work, vm?.id ?? '', name)).id)
      await expect(rm(join(viv.root, 'crashed'))).resolves.toBeUndefined()
      expect(await verdict(viv, work, task, task.target.id)).toEqual([])
    } finally {
      viv.crash = undefined
      await alive.stop()
    }
  })
})
