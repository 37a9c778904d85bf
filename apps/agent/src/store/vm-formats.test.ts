import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Format, JsonObject } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { VmConfig } from '../domain/contract.ts'
import { VmFolders } from './vm-folders.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-formats-'))
})
afterEach(() => rm(folder, { recursive: true }))

const titled = {
  read: ({ title, ...rest }: JsonObject) => ({ ...rest, name: title }) as unknown as VmConfig,
  write: ({ name, ...rest }: VmConfig) => ({ ...rest, title: name }) as unknown as JsonObject,
}
/** Versions of the product: the second describes VMs with a title, and so does the third. */
const SECOND: Format<VmConfig> = { newest: 2, encodings: { 2: titled } }
const THIRD: Format<VmConfig> = { newest: 3, encodings: { 2: titled } }

const config = { vmId: 'a', name: 'web', uidIndex: 1, revision: 3, hardware: {} } as unknown as VmConfig

/** An agent's start, as far as its descriptions go. */
async function opened(format?: Format<VmConfig>) {
  const folders = new VmFolders(folder, format)
  return { folders, ...(await folders.list()) }
}
const lying = async (vmId = 'a') => JSON.parse(await readFile(join(folder, vmId, 'vm.json'), 'utf8')) as object

test('until it is told otherwise a newer agent writes what the one before reads', async () => {
  const { folders } = await opened(SECOND)
  expect(folders.format).toEqual({ kind: 'vm.json', written: 1, newest: 2 })
  await folders.write(config)
  expect(await lying()).toEqual({ format: 1, ...config })
  expect((await opened()).configs).toEqual([config])
})

test('told to, it writes in its own way, and the one before holds back those VMs and no other', async () => {
  const { folders } = await opened(SECOND)
  await folders.writeAs(2)
  await folders.write(config)
  expect(await lying()).toMatchObject({ format: 2, title: 'web' })
  expect(await folders.find('a')).toEqual(config)
  expect((await opened(SECOND)).configs).toEqual([config])
  const before = await opened()
  expect(before).toMatchObject({ configs: [], unreadable: [{ vmId: 'a', uidIndex: 1 }] })
  await before.folders.write({ ...config, vmId: 'b' })
  expect(await lying('b')).toMatchObject({ format: 1, name: 'web' })
  expect((await opened(SECOND)).configs).toHaveLength(2)
  // By its start alone: what the older one has written is there in its own way again.
  expect(await lying('b')).toMatchObject({ format: 2, title: 'web' })
})

test('killed before all are written anew, it has them all so after its next start; it never goes back', async () => {
  const { folders } = await opened(SECOND)
  for (const vmId of ['a', 'b', 'c']) await folders.write({ ...config, vmId })
  await folders.writeAs(2)
  await folders.write({ ...config, vmId: 'b' })
  const again = await opened(SECOND)
  expect(again.configs).toHaveLength(3)
  for (const vmId of ['a', 'b', 'c']) expect(await lying(vmId)).toMatchObject({ format: 2, vmId })
  await again.folders.writeAs(1)
  expect(again.folders.format).toMatchObject({ written: 2 })
  await expect(again.folders.writeAs(3)).rejects.toThrow('format 3 is not known here')
})

test('what is two versions behind is held back, with what to do', async () => {
  await (await opened()).folders.write(config)
  const { unreadable } = await opened(THIRD)
  expect(unreadable).toMatchObject([
    { vmId: 'a', why: { refusals: [{ reason: 'vm_description_older', facts: { format: 1, oldest: 2 } }] } },
  ])
  expect(await lying()).toEqual({ format: 1, ...config })
})

test('one that its format cannot make sense of is held back as damaged', async () => {
  const { folders } = await opened(SECOND)
  await folders.write(config)
  const strict = () => {
    throw new TypeError('no title')
  }
  const { unreadable } = await opened({ newest: 1, encodings: { 1: { ...titled, read: strict } } })
  expect(unreadable).toMatchObject([{ vmId: 'a', why: { refusals: [{ reason: 'vm_description_damaged' }] } }])
})
