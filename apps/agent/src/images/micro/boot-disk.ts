import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MicroBuildError } from './errors.ts'
import { GUEST_FOLDER } from './root-tree.ts'
import { run } from './run.ts'

/**
 * A disk that boots by itself, from a BIOS and by UEFI with secure boot, made without mounting anything:
 *
 *   0        1 MiB                        33 MiB                                     256 MiB
 *   ├─ MBR ──┼─ 1: FAT16, active ─────────┼─ 2: ext4 "micro-root" ─────────────────────┤
 *      │         SYSLINUX, vmlinuz, initrd     read-write
 *      │         EFI/BOOT: shim, GRUB
 *      └─ boot code, 4 partition entries
 *
 * mkfs.vfat, syslinux and mke2fs each write straight into their part of the one sparse file.
 */
const MIB = 1024 * 1024
const SECTOR_BYTES = 512
const BOOT_START_BYTES = 1 * MIB
const ROOT_START_BYTES = 33 * MIB
export const DISK_SIZE_BYTES = 256 * MIB

const ROOT_LABEL = 'micro-root'

const SHIM = 'usr/lib/shim/shimx64.efi.signed'
const GRUB = 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'

const MBR_CODE_FILE = '/usr/lib/syslinux/mbr/mbr.bin'
const MBR_CODE_BYTES = 440
const MBR_TABLE_OFFSET = 446
const MBR_ENTRY_BYTES = 16
const TYPE_FAT16_LBA = 0x0e
const TYPE_LINUX = 0x83

interface BootDiskParts {
  kernel: string
  initramfs: string
  rootTree: string
  /** Holds the loaders for UEFI, as their packages have them. */
  packageRoot: string
}

/** Writes the raw disk to `disk`, a file that must not exist yet. */
export async function makeBootDisk(disk: string, parts: BootDiskParts, signal?: AbortSignal): Promise<void> {
  await writeFile(disk, await masterBootRecord(), { flag: 'wx' })
  await truncate(disk, DISK_SIZE_BYTES)
  await makeBootPartition(disk, parts, signal)
  await makeRootPartition(disk, parts.rootTree, signal)
}

async function makeBootPartition(disk: string, parts: BootDiskParts, signal: AbortSignal | undefined): Promise<void> {
  const startSector = String(BOOT_START_BYTES / SECTOR_BYTES)
  const sizeKib = String((ROOT_START_BYTES - BOOT_START_BYTES) / 1024)
  const format = ['-F', '16', '-n', 'MICRO-BOOT', '-h', startSector, '--offset', startSector, disk, sizeKib]
  await run('mkfs.vfat', format, { signal })
  const boot = (name: string): string => join(GUEST_FOLDER, 'boot', name)
  const at = `${disk}@@${BOOT_START_BYTES}`
  await run('mmd', ['-i', at, '::EFI', '::EFI/BOOT', '::EFI/debian'], { signal })
  for (const [file, name] of [
    [parts.kernel, 'vmlinuz'],
    [parts.initramfs, 'initrd'],
    [boot('syslinux.cfg'), 'syslinux.cfg'],
    // Where firmware looks on a disk that it does not know, and where the signed GRUB looks for its menu.
    [join(parts.packageRoot, SHIM), 'EFI/BOOT/BOOTX64.EFI'],
    [join(parts.packageRoot, GRUB), 'EFI/BOOT/grubx64.efi'],
    [boot('grub.cfg'), 'EFI/debian/grub.cfg'],
  ] as const) {
    await run('mcopy', ['-i', at, file, `::${name}`], { signal })
  }
  await run('syslinux', ['--offset', String(BOOT_START_BYTES), '--install', disk], { signal })
}

/** Inode tables are written whole now: a fresh machine has better to do than filling them at its first start. */
async function makeRootPartition(disk: string, tree: string, signal: AbortSignal | undefined): Promise<void> {
  const features = `offset=${ROOT_START_BYTES},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0,nodiscard`
  const size = `${(DISK_SIZE_BYTES - ROOT_START_BYTES) / 1024}k`
  const format = ['-q', '-F', '-t', 'ext4', '-b', '4096', '-m', '1', '-L', ROOT_LABEL, '-E', features]
  await run('mke2fs', [...format, '-d', tree, disk, size], { signal })
}

async function masterBootRecord(): Promise<Buffer> {
  const sector = Buffer.alloc(SECTOR_BYTES)
  ;(await bootCode()).copy(sector, 0, 0, MBR_CODE_BYTES)
  partitionEntry(BOOT_START_BYTES, ROOT_START_BYTES, TYPE_FAT16_LBA, true).copy(sector, MBR_TABLE_OFFSET)
  const rootEntry = partitionEntry(ROOT_START_BYTES, DISK_SIZE_BYTES, TYPE_LINUX, false)
  rootEntry.copy(sector, MBR_TABLE_OFFSET + MBR_ENTRY_BYTES)
  sector.writeUInt16BE(0x55aa, SECTOR_BYTES - 2)
  return sector
}

/** Cylinders, heads and sectors are filled with "beyond what they can say": every BIOS of ours reads by sector number. */
function partitionEntry(startBytes: number, endBytes: number, type: number, isActive: boolean): Buffer {
  const entry = Buffer.from([isActive ? 0x80 : 0, 0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])
  entry.writeUInt32LE(startBytes / SECTOR_BYTES, 8)
  entry.writeUInt32LE((endBytes - startBytes) / SECTOR_BYTES, 12)
  return entry
}

async function bootCode(): Promise<Buffer> {
  try {
    return await readFile(MBR_CODE_FILE)
  } catch (cause) {
    throw new MicroBuildError(
      `${MBR_CODE_FILE} is missing: the package syslinux-common is not installed on this host.`,
      {
        cause,
      },
    )
  }
}

/** Not compressed: a third smaller would be half a second slower to start, the BIOS reads the kernel in small pieces. */
export async function toQcow2(disk: string, outFile: string, signal?: AbortSignal): Promise<void> {
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', disk, outFile], { signal })
}
