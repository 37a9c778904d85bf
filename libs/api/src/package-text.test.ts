import { AppError } from '@viv/common'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { DESCRIPTION_LIMIT_BYTES, readPackage } from './package-text.ts'
import { partsOf, VmPackage } from './vm-package.ts'

const file = (name: string) => ({ name, sizeBytes: 3, sha256: 'a'.repeat(64) })
const packed = (): VmPackage => ({
  format: 'vivarium-vm',
  version: 1,
  name: 'web',
  notes: 'of the shop\n“quoted” \\',
  tags: ['a', 'b'],
  guestSystem: 'linux',
  hardware: {
    accelerator: 'any',
    machineType: 'pc-q35-7.2',
    cpuModel: 'x86-64-v2',
    cpus: 2,
    memoryMib: 256,
    disks: [
      { slot: 1, bus: 'virtio', pciSlot: 4 },
      { slot: 2, bus: 'sata', unit: 1 },
    ],
    nics: [{ slot: 1, model: 'virtio', mac: '52:54:00:12:34:56', pciSlot: 3 }],
    firmware: 'uefi',
    tpm: true,
  },
  files: ['disk-1.qcow2', 'disk-2.qcow2', 'tpm-state', 'uefi-variables.fd'].map(file),
})
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (description: unknown = packed()): string => JSON.stringify(description, undefined, 2)
const machine = (change: object): object => ({ ...packed(), hardware: { ...packed().hardware, ...change } })

const refusalOf = (content: Uint8Array): Promise<unknown> =>
  readPackage(content).then(
    () => 'taken',
    (error: unknown) => (error instanceof AppError ? error.refusals[0] : error),
  )

test('what a pack has written is read as it is', async () => {
  expect(await readPackage(bytes(text()))).toEqual(packed())
})

test.each([
  ['nothing', '', 'package_not_json'],
  ['words', 'hello', 'package_not_json'],
  ['half of it', text().slice(0, 200), 'package_not_json'],
  ['a byte order mark', `\uFEFF${text()}`, 'package_not_json'],
  ['a depth that a stack would not hold', '['.repeat(500_000), 'package_not_json'],
  [
    'a depth in a field',
    text({ ...packed(), tags: JSON.parse(`${'['.repeat(30)}${']'.repeat(30)}`) }),
    'package_not_json',
  ],
  ['an escape that is none', '{"\\x":1}', 'package_not_json'],
  ['null', 'null', 'package_foreign'],
  ['a list', '[]', 'package_foreign'],
  ['another format', text({ ...packed(), format: 'ovf' }), 'package_foreign'],
  ['a later version', text({ ...packed(), version: 2 }), 'package_version'],
  ['a version that is text', text({ ...packed(), version: '1' }), 'package_version'],
  ['no version', text({ ...packed(), version: undefined }), 'package_version'],
  ['a field twice', text().replace('"name"', '"name": "db", "name"'), 'package_field_repeated'],
  [
    'a field twice, written in two ways',
    text().replace('"name"', '"n\\u0061me": "db", "name"'),
    'package_field_repeated',
  ],
  ['a field twice inside', text().replace('"cpus"', '"cpus": 1, "cpus"'), 'package_field_repeated'],
  ['a field too many', text({ ...packed(), path: '/etc/shadow' }), 'package_field_unknown'],
  ['__proto__', text().replace('"name"', '"__proto__": {"name": "x"}, "name"'), 'package_field_unknown'],
  [
    'a volume of somebody',
    text(machine({ disks: [{ slot: 1, bus: 'sata', unit: 1, volumeId: 'x' }] })),
    'package_field',
  ],
  ['no name', text({ ...packed(), name: undefined }), 'package_field_missing'],
  ['a name that is a path', text({ ...packed(), name: '../../etc' }), 'package_field'],
  ['a number that is none', text().replace('"memoryMib": 256', '"memoryMib": 1e999'), 'package_field'],
  ['a number too large', text().replace('"sizeBytes": 3', '"sizeBytes": 9007199254740993'), 'package_field'],
  ['a fraction', text().replace('"cpus": 2', '"cpus": 2.5'), 'package_field'],
  ['a file elsewhere', text({ ...packed(), files: [file('../disk-1.qcow2')] }), 'package_field'],
  ['no files', text({ ...packed(), files: undefined }), 'package_unfinished'],
  ['a file too few', text({ ...packed(), files: packed().files?.slice(1) }), 'package_files'],
  [
    'a file twice',
    text({ ...packed(), files: [...(packed().files ?? []).slice(1), file('tpm-state')] }),
    'package_files',
  ],
  ['a file of no disk', text(machine({ disks: [] })), 'package_files'],
  [
    'two disks at one slot',
    text(
      machine({
        disks: [
          { slot: 1, bus: 'sata', unit: 0 },
          { slot: 1, bus: 'sata', unit: 1 },
        ],
      }),
    ),
    'package_files',
  ],
])('%s is refused', async (_what, content, reason) => {
  expect(await refusalOf(bytes(content))).toMatchObject({ reason })
})

test('what is no UTF-8, or too long, is refused', async () => {
  expect(await refusalOf(new Uint8Array([...bytes(text()), 0xc3, 0x28]))).toMatchObject({ reason: 'package_not_json' })
  expect(await refusalOf(new Uint8Array(DESCRIPTION_LIMIT_BYTES + 1))).toMatchObject({ reason: 'package_too_large' })
})

test('what is wrong is named, short and without what steers a terminal', async () => {
  const told = async (content: string) => ((await refusalOf(bytes(content))) as { facts: object }).facts
  expect(await told(text(machine({ tpm: 'yes' })))).toEqual({ field: 'hardware.tpm', problem: 'must be boolean' })
  expect(await told(text(machine({ magic: 1 })))).toEqual({ field: 'hardware.magic' })
  expect(await told(text(machine({ cpus: undefined })))).toEqual({ field: 'hardware.cpus' })
  expect(await told(text(machine({ disks: [{ slot: 1, bus: 'floppy' }] })))).toMatchObject({
    field: 'hardware.disks.0',
  })
  expect(await told(text({ ...packed(), version: '2\x1b[2J\u202e' }))).toMatchObject({ version: '2�[2J�' })
  const { field = '' } = (await told(text({ ...packed(), ['\x9b31m'.repeat(9_000)]: 1 }))) as { field?: string }
  expect(field).toMatch(/^[^\p{C}]{1,90}$/u)
})

/** A place in the description, by the keys that lead there. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
}

function changed(path: readonly (string | number)[], value: unknown): unknown {
  if (path.length === 0) return value
  const whole = structuredClone(packed()) as unknown as Record<string, unknown>
  let at = whole
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>
  at[path.at(-1) ?? ''] = value
  return whole
}

test('whatever is changed in a description, it is refused with words or fits the contract', async () => {
  const anywhere = fc.constantFrom(...places(packed()))
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('', '../x', 1e21, -1, '__proto__', 'disk-9.qcow2'))
  const mutated = fc.oneof(
    fc.tuple(anywhere, anything).map(([path, value]) => bytes(text(changed(path, value)))),
    fc
      .tuple(anywhere, fc.string(), anything)
      .map(([path, key, value]) => bytes(text(changed([...path.slice(0, -1), key], value)))),
    fc
      .tuple(fc.nat(text().length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 20 }))
      .map(([at, length, put]) => bytes(text().slice(0, at) + put + text().slice(at + length))),
    fc
      .tuple(fc.nat(bytes(text()).length - 1), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => bytes(text()).map((old, index) => (index === at ? byte : old))),
    fc.uint8Array({ maxLength: 300 }),
  )
  await fc.assert(
    fc.asyncProperty(mutated, async (content) => {
      const outcome = await readPackage(content).catch((error: unknown) => error)
      if (outcome instanceof AppError) {
        expect(outcome.message).toMatch(/^[^\p{C}]+$/u)
      } else {
        if (outcome instanceof Error) throw outcome
        const whole = outcome as Awaited<ReturnType<typeof readPackage>>
        expect(Value.Check(VmPackage, whole)).toBe(true)
        expect(whole.files.map(({ name }) => name).sort()).toEqual(partsOf(whole.hardware).sort())
      }
    }),
    { numRuns: 500 },
  )
})
