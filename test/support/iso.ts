import { open, stat, writeFile } from 'node:fs/promises'

const SECTOR = 2048
const PATH_TABLE_BYTES = 10
const AT = { volume: 16, end: 17, littleTable: 18, bigTable: 19, root: 20, file: 21 } as const

/** A small ISO image (ISO 9660, ECMA-119) with one file, `NOTE.TXT`, and its text. */
export async function writeIso(path: string, text: string): Promise<string> {
  const sectors = AT.file + Math.max(1, Math.ceil(text.length / SECTOR))
  const image = Buffer.alloc(sectors * SECTOR)
  volume(image.subarray(AT.volume * SECTOR), sectors)
  image.write('\xffCD001\x01', AT.end * SECTOR, 'latin1')
  for (const [at, isLittle] of [
    [AT.littleTable, true],
    [AT.bigTable, false],
  ] as const) {
    const table = image.subarray(at * SECTOR)
    table[0] = 1
    if (isLittle) table.writeUInt32LE(AT.root, 2)
    else table.writeUInt32BE(AT.root, 2)
    table[isLittle ? 6 : 7] = 1
  }
  const records = [
    record('\0', AT.root, SECTOR, true),
    record('\x01', AT.root, SECTOR, true),
    record('NOTE.TXT;1', AT.file, text.length, false),
  ]
  Buffer.concat(records).copy(image, AT.root * SECTOR)
  image.write(text, AT.file * SECTOR, 'latin1')
  await writeFile(path, image)
  return path
}

/** Keeps the descriptor and loses what lies behind it. */
export async function cutOff(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'r+')
  await file.truncate((await stat(path)).size - bytes)
}

function volume(block: Buffer, sectors: number): void {
  block.write('\x01CD001\x01', 0, 'latin1')
  block.write(' '.repeat(32) + 'NOTES'.padEnd(32), 8, 'latin1')
  both(block, 80, sectors, 4)
  both(block, 120, 1, 2)
  both(block, 124, 1, 2)
  both(block, 128, SECTOR, 2)
  both(block, 132, PATH_TABLE_BYTES, 4)
  block.writeUInt32LE(AT.littleTable, 140)
  block.writeUInt32BE(AT.bigTable, 148)
  record('\0', AT.root, SECTOR, true).copy(block, 156)
  block.fill(' ', 190, 813, 'latin1')
  for (const at of [813, 830, 847, 864]) block.write('0'.repeat(16), at, 'latin1')
  block[881] = 1
}

/** Of a folder: a name and where it lies. */
function record(name: string, sector: number, bytes: number, isFolder: boolean): Buffer {
  const entry = Buffer.alloc(33 + name.length + (name.length % 2 === 0 ? 1 : 0))
  entry[0] = entry.length
  both(entry, 2, sector, 4)
  both(entry, 10, bytes, 4)
  entry[25] = isFolder ? 2 : 0
  both(entry, 28, 1, 2)
  entry[32] = name.length
  entry.write(name, 33, 'latin1')
  return entry
}

/** Numbers stand there twice: little-endian, then big-endian. */
function both(block: Buffer, at: number, value: number, bytes: 2 | 4): void {
  block.writeUIntLE(value, at, bytes)
  block.writeUIntBE(value, at + bytes, bytes)
}
