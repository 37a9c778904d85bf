import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { VmConfig, VmStatus } from '../domain/contract.ts'
import { BootFile } from '../store/boot-record.ts'
import { Autostart, type StartedVms } from './autostart.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-autostart-'))
})
afterEach(() => rm(folder, { recursive: true }))

const config = (vmId: string) => ({ vmId, name: vmId, autostart: { order: 1, delaySeconds: 0 } }) as VmConfig

/** One agent's life: which VMs it starts. */
async function startedBy(
  bootId: string,
  readable: readonly string[],
  unreadable: readonly string[],
): Promise<string[]> {
  const started: string[] = []
  const file = new BootFile(join(folder, 'boot.json'))
  const autostart = new Autostart({
    file,
    bootId,
    tell: () => undefined,
    log: () => undefined,
  })
  for (const vmId of readable) autostart.hear({ vmId, state: 'stopped' } as VmStatus)
  const start = ({ vmId }: VmConfig) => Promise.resolve(void started.push(vmId))
  const vms: StartedVms = {
    configs: () => readable.map(config),
    unreadable: () => unreadable,
    find: (vmId) => (readable.includes(vmId) ? { config: config(vmId), start, wake: start } : undefined),
  }
  await autostart.open(vms)
  autostart.begin()
  await vi.waitFor(async () => {
    const turns = (await file.read())?.turns ?? []
    expect(turns.filter(({ vmId, state }) => readable.includes(vmId) && state === 'waiting')).toEqual([])
  })
  await autostart.close()
  return started
}

test('a VM whose description cannot be read keeps its turn for an agent that can read it, and has it once', async () => {
  expect(await startedBy('one', ['a', 'b'], [])).toEqual([])
  expect(await startedBy('two', ['b'], ['a'])).toEqual(['b'])
  expect(await startedBy('two', ['b'], ['a'])).toEqual([])
  expect(await startedBy('two', ['a', 'b'], [])).toEqual(['a'])
  expect(await startedBy('two', ['a', 'b'], [])).toEqual([])
})
