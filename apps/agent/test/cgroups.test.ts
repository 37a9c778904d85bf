import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Cgroups } from '../src/host/cgroups.ts'

let undo: AsyncDisposableStack
let cgroups: Cgroups
let name: string
const vmId = randomUUID()

beforeEach(async () => {
  undo = new AsyncDisposableStack()
  name = `vivarium-test-${randomUUID().slice(0, 8)}.slice`
  cgroups = await Cgroups.open({ name })
  undo.defer(() => cgroups.removeAll())
})
afterEach(() => undo.disposeAsync())

/** A process that goes into the cgroup as a launcher does. */
async function startInside(procs: readonly string[]): Promise<ChildProcess> {
  const script = 'for procs in "$@"; do echo 0 > "$procs" || exit 1; done; echo inside; exec sleep 60'
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...procs], { stdio: ['ignore', 'pipe', 'inherit'] })
  undo.defer(() => end(child))
  const [said] = (await once(child.stdout!, 'data')) as [Buffer]
  expect(said.toString()).toBe('inside\n')
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe("this host's cgroups", () => {
  test('hold a process in every tree', async () => {
    const procs = await cgroups.create(vmId)
    const child = await startInside(procs)
    const places = (await readFile(`/proc/${child.pid}/cgroup`, 'utf8')).split('\n')
    const ours = places.filter((place) => place.endsWith(`/${name}/${vmId}`))
    expect(ours).toHaveLength(procs.length)
    expect(await cgroups.list()).toEqual(procs.length === 0 ? [] : [vmId])
  })

  test('wait with their removal until the last process is gone', async () => {
    const procs = await cgroups.create(vmId)
    const child = await startInside(procs)
    const removing = cgroups.remove(vmId)
    if (procs[0] !== undefined) await access(procs[0])
    await end(child)
    await removing
    expect(await cgroups.list()).toEqual([])
    for (const file of procs) await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('stay, and name the process, while one will not go', async () => {
    const procs = await cgroups.create(vmId)
    const child = await startInside(procs)
    if (procs.length === 0) return
    await expect(cgroups.remove(vmId)).rejects.toThrow(`still holds the processes ${child.pid}`)
    expect(await cgroups.list()).toEqual([vmId])
  })
})
