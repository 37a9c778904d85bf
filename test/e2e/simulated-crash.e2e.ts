import { setTimeout as delay } from 'node:timers/promises'
import type { Task, Vm } from '@viv/api'
import { UnreachableError } from '@viv/client'
import { fleetHost } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '../support/random.ts'
import { SimulatedProcesses } from '../support/simulated-processes.ts'

const SIZE = { hosts: 4, vms: 80 }
const KILLS = Number(process.env['VIV_RANDOM_CRASHES'] ?? 8)
const LATEST_KILL_MS = 1_200
const ENDED: readonly Task['state'][] = ['succeeded', 'failed', 'cancelled']
const FAILING = ['vmStart', 'vmDefine', 'vmStop', 'vmUndefine', 'volumeCreate']

let viv: SimulatedProcesses
beforeAll(async () => {
  viv = await SimulatedProcesses.create(SIZE)
  viv.changesPerSecond = 20
  await viv.start('simulator')
  await viv.start('manager')
})
afterAll(() => viv?.[Symbol.asyncDispose]())

/** Refusals and lost connections are a part of it; whatever else goes wrong is told. */
async function tried(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call()
    return true
  } catch (error) {
    if (error instanceof UnreachableError || 'code' in (error as object)) return false
    throw error
  }
}

/** One random wish after another, until there are no more kills. */
async function work(random: () => number, name: string, isOver: () => boolean): Promise<number> {
  const { client } = viv
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  let begun = 0
  for (let n = 0; !isOver(); n++) {
    const wish = async () => {
      const vm = pick((await client.vmList()).items)
      const image = pick((await client.imageList()).items)
      const params = { vmId: vm?.id ?? '' }
      const roll = random()
      if (roll < 0.2)
        await client.vmCreate({ body: { name: `${name}-${n}`, imageId: image?.id ?? '', start: roll < 0.1 } })
      else if (roll < 0.3) await client.vmPurge({ params })
      else if (roll < 0.6) await client.vmStart({ params })
      else await client.vmStop({ params, body: {} })
    }
    if (await tried(wish)) begun += 1
    else await delay(20)
  }
  return begun
}

async function trouble(random: () => number): Promise<void> {
  const { name } = fleetHost(Math.floor(random() * SIZE.hosts))
  const kind = FAILING[Math.floor(random() * FAILING.length)]
  const roll = random()
  if (roll < 0.3) await viv.fault('PUT', `/hosts/${name}/reachability`, { isReachable: false })
  else if (roll < 0.5) await viv.fault('PUT', `/hosts/${name}/delay`, { delayMs: Math.floor(random() * 300) })
  else if (roll < 0.8) await viv.fault('POST', `/hosts/${name}/failures`, { kind, times: 3, probability: 0.5 })
  else await viv.fault('DELETE', '/faults')
  const part = random() < 0.6 ? 'simulator' : 'manager'
  await delay(random() * LATEST_KILL_MS)
  await viv.kill(part)
  await viv.start(part)
}

/** Every page of a list. */
async function all<T>(page: (query: { cursor?: string }) => Promise<{ items: T[]; next?: string }>): Promise<T[]> {
  const items: T[] = []
  for (let query = {}; ; ) {
    const { items: more, next } = await page(query)
    items.push(...more)
    if (next === undefined) return items
    query = { cursor: next }
  }
}

async function openTasks(): Promise<Task[]> {
  const tasks = await all((query) => viv.client.taskList({ query }))
  return tasks.filter(({ state }) => !ENDED.includes(state))
}

test(`kills of simulator and manager at ${KILLS} random instants, among faults: the view is the truth, and nothing is left over`, {
  timeout: 120_000 + KILLS * 10_000,
}, async () => {
  const seed = Number(process.env['VIV_SEED'] ?? Date.now() % 1_000_000)
  const random = randomFrom(seed)
  let isOver = false
  const working = Array.from({ length: 3 }, (_, n) => work(randomFrom(seed + n + 1), `w${n}`, () => isOver))
  for (let n = 0; n < KILLS; n++) await trouble(random)
  isOver = true
  const begun = (await Promise.all(working)).reduce((sum, count) => sum + count, 0)
  expect(begun).toBeGreaterThan(KILLS)
  // From here on nothing changes by itself, and no fault is left.
  await viv.kill('simulator')
  viv.changesPerSecond = 0
  await viv.start('simulator')
  await expect.poll(openTasks, { timeout: 60_000 }).toEqual([])
  const { states, volumes } = viv.truth()
  const vms: Vm[] = await all((query) => viv.client.vmList({ query }))
  expect(Object.fromEntries(vms.map(({ id, state }) => [id, state])), `seed ${seed}`).toEqual(
    Object.fromEntries(states),
  )
  const wanted = new Set(vms.flatMap(({ hardware }) => hardware.disks.map(({ volumeId }) => volumeId)))
  const images = (await all((query) => viv.client.imageList({ query }))).filter(({ state }) => state === 'ready')
  // An image is a volume that no VM owns; every other one is some VM's disk.
  expect([...volumes].filter((volume) => !wanted.has(volume)).length, `seed ${seed}`).toBe(images.length)
})
