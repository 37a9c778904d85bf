/**
 * Which shared libraries a program asks for, read from the file itself: `ldd` would run the *host's* loader and answer
 * with the host's libraries.
 *
 *   ELF header ── section headers ── .dynamic: (tag, value)…  ── tag 1 (NEEDED): offset into ── its string table
 *
 * 64-bit little-endian only. https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
const SECTION_TYPE_DYNAMIC = 6
const TAG_NEEDED = 1
const DYNAMIC_ENTRY_BYTES = 16

interface Section {
  type: number
  offset: number
  sizeBytes: number
  link: number
}

export function neededLibraries(elf: Buffer): string[] {
  const sections = readSections(elf)
  const dynamic = sections.find((section) => section.type === SECTION_TYPE_DYNAMIC)
  const strings = dynamic && sections[dynamic.link]
  if (dynamic === undefined || strings === undefined) return []

  const names: string[] = []
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.sizeBytes; at += DYNAMIC_ENTRY_BYTES) {
    if (readNumber(elf, at) !== TAG_NEEDED) continue
    const start = strings.offset + readNumber(elf, at + 8)
    names.push(elf.toString('latin1', start, elf.indexOf(0, start)))
  }
  return names
}

function readSections(elf: Buffer): Section[] {
  const tableOffset = readNumber(elf, 0x28)
  const entryBytes = elf.readUInt16LE(0x3a)
  const count = elf.readUInt16LE(0x3c)
  return Array.from({ length: count }, (_, index) => {
    const at = tableOffset + index * entryBytes
    return {
      type: elf.readUInt32LE(at + 0x04),
      offset: readNumber(elf, at + 0x18),
      sizeBytes: readNumber(elf, at + 0x20),
      link: elf.readUInt32LE(at + 0x28),
    }
  })
}

const readNumber = (elf: Buffer, at: number): number => Number(elf.readBigUInt64LE(at))
