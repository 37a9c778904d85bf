import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Writes a folder as an initramfs, in cpio's "newc" form:
 *
 *   per entry:  "070701" + 13 fields of 8 hex digits | name \0 | pad to 4 | content | pad to 4      …  "TRAILER!!!"
 *
 * Everything belongs to root. /dev/console is added, since the kernel opens it before anything can mount /dev, and a
 * folder cannot hold it where the build may not make devices.
 * https://www.kernel.org/doc/html/latest/driver-api/early-userspace/buffer-format.html
 */
export async function packInitramfs(folder: string): Promise<Buffer> {
  const paths = await readdir(folder, { recursive: true })
  const entries: CpioEntry[] = []
  for (const path of paths.sort()) {
    const { mode } = await lstat(join(folder, path))
    entries.push({ path, mode, content: await contentOf(join(folder, path), mode) })
  }
  entries.push({ path: 'dev/console', mode: TYPE_CHARACTER_DEVICE | 0o600, device: { major: 5, minor: 1 } })
  entries.push({ path: 'TRAILER!!!', mode: 0 })
  return Buffer.concat(entries.map((entry, index) => encodeEntry(entry, index + 1)))
}

const TYPE_MASK = 0o170000
const TYPE_FILE = 0o100000
const TYPE_LINK = 0o120000
const TYPE_CHARACTER_DEVICE = 0o020000

async function contentOf(path: string, mode: number): Promise<Buffer> {
  if ((mode & TYPE_MASK) === TYPE_FILE) return readFile(path)
  if ((mode & TYPE_MASK) === TYPE_LINK) return Buffer.from(await readlink(path))
  return Buffer.alloc(0)
}

interface CpioEntry {
  path: string
  mode: number
  content?: Buffer
  device?: { major: number; minor: number }
}

function encodeEntry(entry: CpioEntry, inode: number): Buffer {
  const { path, mode, content = Buffer.alloc(0), device = { major: 0, minor: 0 } } = entry
  const name = Buffer.from(`${path}\0`)
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, device.major, device.minor, name.length, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)])
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
