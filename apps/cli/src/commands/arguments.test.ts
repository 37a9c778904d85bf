import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contentOf, momentOf } from './image-add.ts'
import { find } from './find.ts'
import { formatForward, parseForward } from './forwards.ts'
import { guessFormat, openImageFile } from './image-file.ts'
import { parseMib } from './sizes.ts'
import { bodyOf } from './vm-create.ts'

test.each([
  ['512M', 512],
  ['2G', 2048],
  ['1.5g', 1536],
  ['20GiB', 20_480],
  ['1TB', 1_048_576],
])('%s is %d MiB', (text, mib) => expect(parseMib(text, '--disk')).toBe(mib))

test.each(['512', '0M', '-1G', '1K', '1.0001M', 'G', '', '1 G G'])(
  '"%s" is no size, and the message shows one',
  (text) => {
    expect(() => parseMib(text, '--memory')).toThrow(/--memory .* as 512M or 20G/)
  },
)

test.each([
  [
    '2222:22',
    { protocol: 'tcp', bind: 'loopback', hostPort: 2222, guestPort: 22 },
    '127.0.0.1:2222/tcp → guest port 22',
  ],
  ['any:80:8080', { protocol: 'tcp', bind: 'any', hostPort: 80, guestPort: 8080 }, '*:80/tcp → guest port 8080'],
  ['udp:any:53:53', { protocol: 'udp', bind: 'any', hostPort: 53, guestPort: 53 }, '*:53/udp → guest port 53'],
])('the forward %s is understood and shown', (text, forward, shown) => {
  expect(parseForward(text)).toEqual(forward)
  expect(formatForward(parseForward(text))).toBe(shown)
})

test.each(['22', '0:22', '22:65536', 'sctp:1:2', 'any:tcp:1:2', '1:2:3', 'a:b'])('"%s" is no forward', (text) => {
  expect(() => parseForward(text)).toThrow(/is no forward/)
})

const items = [
  { id: '11111111-1111-4111-8111-111111111111', name: 'web' },
  { id: '22222222-2222-4222-8222-222222222222', name: 'db' },
]

test('finds by id and by name in any case, and names the nearest', () => {
  expect(find('VM', 'WEB', items)).toBe(items[0])
  expect(find('VM', items[1]!.id, items)).toBe(items[1])
  expect(() => find('VM', 'wbe', items)).toThrow('There is no VM "wbe". Did you mean "web"?')
  expect(() => find('token', 'web', [...items, { id: '3', name: 'web' }])).toThrow(/Several tokens/)
})

test.each([
  ['QFI\xfb\0\0', 'disk', 'qcow2'],
  ['\xeb\x63\x90', 'disk', 'raw'],
  ['\x1f\x8b\x08', 'initrd', 'raw'],
] as const)('guesses the format of %j as %s', (head, kind, format) => {
  expect(guessFormat(Buffer.from(head, 'latin1'), kind)).toBe(format)
})

test('a packed disk is refused with the way out', () => {
  expect(() => guessFormat(Buffer.from('\x1f\x8b\x08', 'latin1'), 'disk')).toThrow(/gzip/)
})

test('a first disk without an image is an empty one, and nothing unsaid is sent', () => {
  expect(bodyOf('a', { disk: 100, addDisk: [{ sizeMib: 200 }], wait: true }, [])).toEqual({
    name: 'a',
    disks: [{ sizeMib: 100 }, { sizeMib: 200 }],
  })
  expect(bodyOf('a', { wait: true }, [])).toEqual({ name: 'a' })
})

test('an upload says how much, how fast and how long still', () => {
  const MIB = 1024 ** 2
  expect(momentOf('x', 50 * MIB, 150 * MIB, 1000)).toEqual({
    progress: 1 / 3,
    title: 'sending x',
    figures: '50 MiB of 150 MiB  50 MiB/s  2s left',
  })
  expect(momentOf('x', 0, MIB, 0).figures).toBe('0 B of 1 MiB')
})

test('a file that becomes shorter while it is sent is not sent as whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viv-file-'))
  try {
    const path = join(folder, 'disk')
    await writeFile(path, Buffer.alloc(3 * 1024 ** 2))
    await using file = await openImageFile(path)
    await truncate(path, 1024 ** 2)
    const read = async () => {
      for await (const _chunk of contentOf(file, path, () => undefined)) {
        // Only the end matters.
      }
    }
    await expect(read()).rejects.toThrow('became shorter')
  } finally {
    await rm(folder, { recursive: true })
  }
})
