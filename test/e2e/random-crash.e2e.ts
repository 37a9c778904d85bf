import { afterAll, beforeAll, expect, test } from 'vitest'
import { Installation } from '../support/installation.ts'
import { randomCrashes } from '../support/random-crashes.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
  await viv.follow(await viv.client.imageBuild({ params: { imageId: await viv.image() } }))
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const ROUNDS = Number(process.env['VIV_RANDOM_CRASHES'] ?? 10)

test(`SIGKILL at ${ROUNDS} random instants: what was wanted holds or the state before, and nothing is left over`, {
  timeout: ROUNDS * 30_000,
}, async () => {
  const seed = Number(process.env['VIV_SEED'] ?? Date.now() % 1_000_000)
  expect(await randomCrashes(viv, ROUNDS, seed)).toEqual([])
})
