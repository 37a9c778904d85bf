import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findProcess, isThere, killProcess, type Process } from './processes.ts'

let child: ChildProcess
let found: Process
beforeEach(async () => {
  child = spawn('sleep', ['600'], { stdio: 'ignore' })
  await once(child, 'spawn')
  found = (await findProcess(child.pid ?? 0)) as Process
})
afterEach(() => void child.kill('SIGKILL'))

test('a process is known by its pid and its start, with who started it', async () => {
  expect(found).toMatchObject({ pid: child.pid, parentPid: process.pid, uid: process.getuid?.() })
  expect(await isThere(found)).toBe(true)
})

test('another one that has the pid now is a stranger: not taken for it, and not ended', async () => {
  const earlier = { ...found, startTime: String(Number(found.startTime) - 1) }
  expect(await isThere(earlier)).toBe(false)
  await killProcess(earlier)
  expect(await isThere(found)).toBe(true)
  const ended = once(child, 'exit')
  await killProcess(found)
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(await isThere(found)).toBe(false)
})
