import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { VmPackage } from '@viv/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NewPackage } from './package-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-package-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const received = (text: string, sizeBytes = text.length) => ({ sizeBytes, content: Readable.from([Buffer.from(text)]) })
const nothing = () => undefined
const description = { name: 'web' } as VmPackage

test('the folder has its name when all of it is there', async () => {
  const path = join(folder, 'web')
  await mkdir(path)
  {
    await using made = await NewPackage.create(path)
    await made.add('disk-1.qcow2', received('abc'), nothing)
    expect(await readdir(path)).toEqual([])
    await made.finish(description)
  }
  expect(await readdir(folder)).toEqual(['web'])
  expect(JSON.parse(await readFile(join(path, 'vm.json'), 'utf8'))).toEqual({
    name: 'web',
    files: [
      {
        name: 'disk-1.qcow2',
        sizeBytes: 3,
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
    ],
  })
})

test('a file that is cut off leaves nothing', async () => {
  const cut = async () => {
    await using made = await NewPackage.create(join(folder, 'web'))
    await made.add('disk-1.qcow2', received('abc', 4), nothing)
  }
  await expect(cut()).rejects.toThrow('3 of 4 bytes')
  expect(await readdir(folder)).toEqual([])
})

test('nothing of anybody is written over, or through a link', async () => {
  await mkdir(join(folder, 'full'))
  await writeFile(join(folder, 'full', 'mine'), 'mine')
  await expect(NewPackage.create(join(folder, 'full'))).rejects.toThrow('not empty')
  await expect(NewPackage.create(join(folder, 'full', 'mine'))).rejects.toThrow('no folder')
  await expect(NewPackage.create(join(folder, 'absent', 'web'))).rejects.toThrow('not there')
  await using made = await NewPackage.create(join(folder, 'web'))
  await symlink(join(folder, 'full', 'mine'), join(made.partial, 'disk-1.qcow2'))
  await expect(made.add('disk-1.qcow2', received('abc'), nothing)).rejects.toThrow('EEXIST')
  expect(await readFile(join(folder, 'full', 'mine'), 'utf8')).toBe('mine')
})
