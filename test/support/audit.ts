import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { foldersOf, VM_STATES } from '@viv/common'
import type { Installation } from './installation.ts'

interface Left {
  readonly claims: readonly string[]
  readonly owners: readonly string[]
  readonly statuses: readonly string[]
}

/**
 * Compares what the API says with /proc, files and store, and lists every difference: a machine that runs and is
 * not wanted, one that is wanted and does not run, a volume, folder, name or claim of nobody.
 */
export async function audit(installation: Installation): Promise<string[]> {
  const { client, root } = installation
  const folders = foldersOf(root)
  const [{ items: vms }, { items: images }, qemus] = await Promise.all([
    // The recycle bin too: what is in it is all still there.
    client.vmList({ query: { state: VM_STATES.join(',') } }),
    client.imageList(),
    installation.qemus(),
  ])
  const { left } = await installation.ask<{ left: Left }>('left')
  const ids = vms.map(({ id }) => id)
  const running = vms.filter(({ state }) => ['running', 'paused', 'unresponsive'].includes(state)).map(({ id }) => id)
  const volumes = [
    ...vms.flatMap(({ hardware }) => hardware.disks.map(({ volumeId }) => volumeId)),
    ...images.filter(({ state }) => state === 'ready').map(({ volumeId }) => volumeId),
  ]
  const strange = vms.filter(
    ({ state }) =>
      !['running', 'paused', 'unresponsive', 'stopped', 'hibernated', 'crashed', 'recycled'].includes(state),
  )
  return [
    ...strange.map(({ name, state }) => `VM ${name} is still ${state}`),
    ...difference('machines that run', [...qemus.keys()], running),
    ...difference('volumes', await volumesIn(folders.datastores), volumes),
    ...difference(
      'saved memories',
      await inDatastores(folders.datastores, 'memory'),
      vms.filter(({ state }) => state === 'hibernated').map(({ id }) => id),
    ),
    ...difference(
      'states of firmware and TPMs',
      await inDatastores(folders.datastores, 'firmware'),
      vms.filter(({ hardware }) => hardware.firmware === 'uefi' || hardware.tpm === true).map(({ id }) => id),
    ),
    ...difference(
      'TPMs that run',
      await tpms(folders.datastores),
      running.filter((id) => vms.some((vm) => vm.id === id && vm.hardware.tpm === true)),
    ),
    ...difference('VM folders', await vmFolders(folders.agentData), ids),
    ...difference(
      'run folders of VMs that are gone',
      (await names(folders.vmRun)).filter((id) => !ids.includes(id)),
      [],
    ),
    ...difference('claims', left.claims, []),
    ...difference(
      'owners of names, uids, MACs and ports',
      [...new Set(left.owners)].filter((id) => !isImage(images, id)),
      ids,
    ),
    ...difference(
      'statuses',
      left.statuses.filter((id) => !ids.includes(id)),
      [],
    ),
    ...difference('launchers', await launchers(root, running.length), []),
  ]
}

const isImage = (images: readonly { id: string }[], id: string): boolean => images.some((image) => image.id === id)

function difference(what: string, actual: readonly string[], wanted: readonly string[]): string[] {
  const extra = actual.filter((id) => !wanted.includes(id)).map((id) => `${what}: ${id} should not be there`)
  const missing = wanted.filter((id) => !actual.includes(id)).map((id) => `${what}: ${id} is missing`)
  return [...extra, ...missing]
}

async function inDatastores(datastores: string, folder: 'memory' | 'firmware'): Promise<string[]> {
  const found = await Promise.all((await names(datastores)).map((each) => names(join(datastores, each, folder))))
  return found.flat()
}

/** The VMs of the helpers that are TPMs, by the folder of their state. */
async function tpms(datastores: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of (await names('/proc')).filter((name) => /^\d+$/.test(name))) {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    const state = argv.find((word) => word.startsWith(`dir=${datastores}/`))
    if (argv[0] === 'swtpm' && state !== undefined) found.push(basename(dirname(state.split(',')[0] ?? '')))
  }
  return found
}

async function volumesIn(datastores: string): Promise<string[]> {
  const found: string[] = []
  for (const datastore of await names(datastores)) found.push(...(await names(join(datastores, datastore, 'volumes'))))
  return found
}

/** Beside them lies a note of how they are written. */
const vmFolders = async (agentData: string): Promise<string[]> =>
  (await names(join(agentData, 'vms'))).filter((name) => name !== '.written.json')

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
}

/** One launcher stays for each machine that runs; more are leftovers, but for one whose last word, the exit code, was just read. */
async function launchers(root: string, running: number): Promise<string[]> {
  for (const deadline = Date.now() + LAUNCHER_END_MS; ; await delay(20)) {
    const found = await launchersNow(root)
    if (found.length <= running) return []
    if (Date.now() > deadline) return found
  }
}

const LAUNCHER_END_MS = 2_000

async function launchersNow(root: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of (await names('/proc')).filter((name) => /^\d+$/.test(name))) {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (argv[0] === '/bin/sh' && argv[2]?.startsWith(`${root}/`) === true) found.push(pid)
  }
  return found
}
