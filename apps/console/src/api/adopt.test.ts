import type { VmPackage } from '@viv/api'
import { expect, test } from 'vitest'
import { openPackage } from './adopt.ts'

/** A file as a browser gives it; without a folder where it was chosen alone. */
function file(path: string, content: string): File {
  const made = new File([content], path.split('/').at(-1) ?? '')
  return Object.defineProperty(made, 'webkitRelativePath', { value: path.includes('/') ? path : '' })
}

const described = (change: object = {}): string => {
  const description: VmPackage = {
    format: 'vivarium-vm',
    version: 1,
    name: 'web',
    notes: '',
    tags: [],
    hardware: {
      accelerator: 'any',
      machineType: 'pc-q35-7.2',
      cpuModel: 'qemu64',
      cpus: 1,
      memoryMib: 128,
      disks: [{ slot: 1, bus: 'virtio', pciSlot: 4 }],
      nics: [],
    },
    files: [{ name: 'disk-1.qcow2', sizeBytes: 3, sha256: 'a'.repeat(64) }],
  }
  return JSON.stringify({ ...description, ...change })
}

const reason = (name: string, facts: object = {}) => ({
  refusals: [{ reason: name, facts: expect.objectContaining(facts) }],
})

test('a folder is read at its top alone, and files may be chosen without one', async () => {
  const folder = [
    file('web/old/vm.json', 'another'),
    file('web/vm.json', described()),
    file('web/old/disk-1.qcow2', 'old'),
    file('web/disk-1.qcow2', 'abc'),
    file('web/notes.txt', 'mine'),
  ]
  const chosen = await openPackage(folder)
  expect(chosen).toMatchObject({ description: { name: 'web' }, sizeBytes: 3 })
  expect([...chosen.files.keys()]).toEqual(['disk-1.qcow2'])
  expect(await chosen.files.get('disk-1.qcow2')?.text()).toBe('abc')
  const alone = await openPackage([file('vm.json', described()), file('disk-1.qcow2', 'abc')])
  expect(alone.files.size).toBe(1)
})

test('what is no package, or not whole, is refused', async () => {
  const [description, disk] = [file('web/vm.json', described()), file('web/disk-1.qcow2', 'abc')]
  await expect(openPackage([])).rejects.toMatchObject(reason('package_absent'))
  await expect(openPackage([disk])).rejects.toMatchObject(reason('package_absent', { folder: 'web' }))
  await expect(openPackage([description])).rejects.toMatchObject(
    reason('package_file_missing', { file: 'disk-1.qcow2' }),
  )
  const longer = file('web/disk-1.qcow2', 'abcd')
  await expect(openPackage([description, longer])).rejects.toMatchObject(
    reason('package_file_size', { found: 4, wanted: 3 }),
  )
  const partial = [file('web.partial/vm.json', described()), file('web.partial/disk-1.qcow2', 'abc')]
  await expect(openPackage(partial)).rejects.toMatchObject(reason('package_partial', { folder: 'web.partial' }))
  const large = file('web/vm.json', ' '.repeat(1024 ** 2 + 1))
  await expect(openPackage([large, disk])).rejects.toMatchObject(reason('package_too_large'))
  const later = file('web/vm.json', described({ version: 2 }))
  await expect(openPackage([later, disk])).rejects.toMatchObject(reason('package_version', { version: '2' }))
})
