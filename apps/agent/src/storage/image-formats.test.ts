import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HEAD_BYTES, initrdProblem, isoProblem, kernelProblem, qcow2Problem, rawProblem } from './image-formats.ts'

const GIB = 1024 ** 3

function qcow2(
  fields: { version?: number; backing?: bigint; size?: bigint; crypt?: number; features?: bigint } = {},
): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.write('QFI\xfb', 'latin1')
  head.writeUInt32BE(fields.version ?? 3, 4)
  head.writeBigUInt64BE(fields.backing ?? 0n, 8)
  head.writeBigUInt64BE(fields.size ?? BigInt(GIB), 24)
  head.writeUInt32BE(fields.crypt ?? 0, 32)
  head.writeBigUInt64BE(fields.features ?? 0n, 72)
  return head
}

describe('a qcow2 image', () => {
  test.each([2, 3])('of version %d that stands alone is usable', (version) => {
    expect(qcow2Problem(qcow2({ version }))).toBeUndefined()
  })

  test.each([
    ['has no magic', Buffer.alloc(HEAD_BYTES), 'not a qcow2'],
    ['is empty', Buffer.alloc(0), 'not a qcow2'],
    ['is of version 1', qcow2({ version: 1 }), 'version 1'],
    ['is cut off inside its header', qcow2().subarray(0, 90), 'cut off'],
    ['has a backing file', qcow2({ backing: 600n }), 'backing file'],
    ['has a backing file beyond what was read', qcow2({ backing: 2n ** 40n }), 'backing file'],
    ['is encrypted', qcow2({ crypt: 2 }), 'encrypted'],
    ['keeps its data elsewhere', qcow2({ features: 4n }), 'another file'],
    ['is marked as corrupt', qcow2({ features: 2n }), 'corrupt'],
    ['was not closed', qcow2({ features: 1n }), 'not closed cleanly'],
    ['has no size', qcow2({ size: 0n }), 'no size'],
    ['is absurdly large', qcow2({ size: 2n ** 44n + 1n }), 'larger than'],
  ])('that %s is refused', (_what, head, problem) => {
    expect(qcow2Problem(head)).toContain(problem)
  })

  test('of version 2 has no features, whatever stands in their place', () => {
    expect(qcow2Problem(qcow2({ version: 2, features: 4n }))).toBeUndefined()
  })

  test('is never taken with a backing file or a data file elsewhere, whatever else it says', () => {
    const anything = fc.uint8Array({ minLength: 0, maxLength: HEAD_BYTES })
    fc.assert(
      fc.property(anything, fc.boolean(), (bytes, isBacked) => {
        const head = Buffer.concat([Buffer.from(bytes), Buffer.alloc(HEAD_BYTES)]).subarray(0, HEAD_BYTES)
        head.write('QFI\xfb', 'latin1')
        head.writeUInt32BE(3, 4)
        if (isBacked) head.writeUInt8(1, 15)
        else head.writeUInt8((head[79] ?? 0) | 4, 79)
        expect(qcow2Problem(head)).toBeDefined()
      }),
    )
  })
})

describe('a raw image', () => {
  test('may hold anything', () => {
    expect(rawProblem(Buffer.alloc(HEAD_BYTES, 0x7f), 512 * 3)).toBeUndefined()
  })

  test('that is a qcow2 file is surely a mistake', () => {
    expect(rawProblem(qcow2(), 512 * 3)).toBe('it is a qcow2 file')
  })

  test('that ends inside a sector is refused', () => {
    expect(rawProblem(Buffer.alloc(HEAD_BYTES), 1000)).toContain('512-byte sectors')
  })
})

describe('a kernel', () => {
  const bzImage = Buffer.alloc(HEAD_BYTES)
  bzImage.write('\x55\xaa', 0x1fe, 'latin1')
  bzImage.write('HdrS', 0x202, 'latin1')

  test.each([
    ['a bzImage', bzImage],
    ['an ELF program', Buffer.from('\x7fELF\x02', 'latin1')],
    ['an EFI program', Buffer.from('MZ\x90', 'latin1')],
  ])('is %s', (_what, head) => {
    expect(kernelProblem(head)).toBeUndefined()
  })

  test.each([
    ['a boot sector of something else', Buffer.from(bzImage).fill(0, 0x202, 0x206)],
    ['empty', Buffer.alloc(0)],
  ])('is refused when it is %s', (_what, head) => {
    expect(kernelProblem(head)).toContain('neither a bzImage')
  })
})

describe('an initrd', () => {
  test.each(['070701', '\x1f\x8b\x08', '\x28\xb5\x2f\xfd', '\xfd7zXZ\0', '\x02\x21\x4c\x18'])(
    'may begin with %j',
    (magic) => {
      expect(initrdProblem(Buffer.from(magic, 'latin1'))).toBeUndefined()
    },
  )

  test('is refused when Linux could not unpack it', () => {
    expect(initrdProblem(Buffer.from('PK\x03\x04'))).toContain('cpio')
  })
})

describe('an ISO image', () => {
  const iso = (blocks: number): Buffer => {
    const head = Buffer.alloc(HEAD_BYTES)
    head.write('\x01CD001', 16 * 2048, 'latin1')
    head.writeUInt32LE(blocks, 16 * 2048 + 80)
    head.writeUInt16LE(2048, 16 * 2048 + 128)
    return head
  }

  test('is told by its volume descriptor, also where it would start from a disk too', () => {
    const hybrid = iso(1000)
    hybrid.write('\x55\xaa', 510, 'latin1')
    expect(isoProblem(iso(1000), 1000 * 2048)).toBeUndefined()
    expect(isoProblem(hybrid, 1000 * 2048)).toBeUndefined()
    expect(isoProblem(Buffer.alloc(HEAD_BYTES), 1000 * 2048)).toContain('no ISO 9660')
    expect(isoProblem(iso(1000).subarray(0, -1), 1000 * 2048)).toContain('no ISO 9660')
  })

  test('may lack the padding that some writers count, and nothing more', () => {
    expect(isoProblem(iso(1000), 850 * 2048)).toBeUndefined()
    expect(isoProblem(iso(1000), 850 * 2048 - 1)).toContain('cut off')
  })

  test('is no qcow2, which says what it is; as a raw disk it is taken', () => {
    expect(qcow2Problem(iso(1000))).toContain('ISO image')
    expect(rawProblem(iso(1000), 1000 * 2048)).toBeUndefined()
  })
})
