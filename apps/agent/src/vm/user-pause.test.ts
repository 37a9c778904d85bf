import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RunFolder } from '../qemu/run-folder.ts'
import { UserPause } from './user-pause.ts'

let parent: string
let folder: RunFolder
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'viv-pause-'))
  folder = new RunFolder(parent, 'vm')
  await mkdir(folder.path)
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const FULL = { state: 'paused', pauseReason: 'disk_full' } as const
/** A machine that stands still when it is told to, for want of room. */
const FILLED = { pause: () => Promise.resolve(), activity: () => Promise.resolve(FULL) }
const BY_USER = { state: 'paused', pauseReason: 'by_user' }

/** What an agent knows that is started now. */
async function nextAgent(): Promise<UserPause> {
  const pause = new UserPause(folder)
  await pause.load()
  return pause
}

test("a person's pause is above whatever QEMU stands still for, until it is ended, also for the next agent", async () => {
  const pause = await nextAgent()
  expect(pause.see(FULL)).toEqual(FULL)
  await pause.pause(FILLED)
  expect(pause.see(FULL)).toEqual(BY_USER)
  const next = await nextAgent()
  expect(next.see(FULL)).toEqual(BY_USER)
  next.end()
  expect(next.see(FULL)).toEqual(FULL)
  expect((await nextAgent()).isMarked).toBe(false)
})

test('a pause that failed is none', async () => {
  const pause = await nextAgent()
  await expect(pause.pause({ ...FILLED, pause: () => Promise.reject(new Error('silent')) })).rejects.toThrow('silent')
  expect(pause.see(FULL)).toEqual(FULL)
  expect((await nextAgent()).isMarked).toBe(false)
})

test('a guest that has panicked is not paused', async () => {
  const pause = await nextAgent()
  await pause.pause({ ...FILLED, activity: () => Promise.resolve({ state: 'panicked' }) })
  expect(pause.isMarked).toBe(false)
})

test('a mark beside a machine that runs comes off, but not while it is being paused', async () => {
  const pause = await nextAgent()
  const seen = async () => void pause.see({ state: 'running' })
  await pause.pause({ ...FILLED, pause: seen })
  expect(pause.isMarked).toBe(true)
  const next = await nextAgent()
  expect(next.see({ state: 'running' })).toEqual({ state: 'running' })
  expect((await nextAgent()).isMarked).toBe(false)
})

test('without its run folder a machine can be paused all the same', async () => {
  const pause = await nextAgent()
  await rm(folder.path, { recursive: true })
  await pause.pause(FILLED)
  expect(pause.see(FULL)).toEqual(BY_USER)
  pause.end()
  expect(pause.see(FULL)).toEqual(FULL)
})
