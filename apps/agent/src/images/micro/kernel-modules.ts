import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MicroBuildError } from './errors.ts'
import { run } from './run.ts'

/** What must be there before the root file system is: buses and disks. NVMe and ext4 are built into the kernel. */
export const BOOT_MODULES = ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'sd_mod', 'ata_piix', 'ata_generic']

/** All that a machine of ours may have or be given while it runs. */
export const ROOT_MODULES = [
  ...BOOT_MODULES,
  ...['virtio_net', 'virtio_console', 'virtio_balloon', 'virtio_mem', 'virtio-rng', 'virtio_input', 'virtio_mmio'],
  ...['virtio_pmem', 'virtiofs', 'vsock', 'vmw_vsock_virtio_transport', 'qemu_fw_cfg', 'pvpanic-pci', 'pvpanic-mmio'],
  ...['sr_mod', 'isofs', 'vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859-1', 'nls_utf8', 'overlay', 'loop'],
  ...['evdev', 'button', 'crc32c-intel', '8021q', 'efivarfs'],
]

/** Files beside the modules that the module tools read. */
const INDEX_FILES = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']

/** Lists which module needs which, once for the whole kernel package. */
export async function indexModules(packageRoot: string, release: string, signal?: AbortSignal): Promise<void> {
  await run('depmod', ['-b', packageRoot, release], { signal })
}

/** Copies the named modules and all they need to `root`, and indexes what is there. */
export async function installModules(options: {
  packageRoot: string
  release: string
  root: string
  names: readonly string[]
  signal?: AbortSignal | undefined
}): Promise<void> {
  const source = join(options.packageRoot, 'lib/modules', options.release)
  const target = join(options.root, 'lib/modules', options.release)
  const dependencies = parseModulesDep(await readFile(join(source, 'modules.dep'), 'utf8'))
  const files = new Set(options.names.map((name) => moduleFile(dependencies, name)))
  for (const file of files) for (const needed of dependencies.get(file) ?? []) files.add(needed)

  for (const file of [...files, ...INDEX_FILES]) {
    await mkdir(dirname(join(target, file)), { recursive: true })
    await copyFile(join(source, file), join(target, file))
  }
  await run('depmod', ['-b', options.root, options.release], { signal: options.signal })
}

/** Lines of "kernel/a/b.ko: kernel/c/d.ko …". */
function parseModulesDep(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const [file = '', needed = ''] = line.split(':')
      return [file, needed.split(' ').filter((name) => name !== '')]
    }),
  )
}

/** A module's file may be packed, and write `_` where the name has `-`. */
function moduleFile(dependencies: ReadonlyMap<string, string[]>, name: string): string {
  const plain = (text: string): string => text.replaceAll('-', '_')
  const file = [...dependencies.keys()].find((path) => plain(basename(path).replace(/\.ko.*$/, '')) === plain(name))
  if (file === undefined) throw new MicroBuildError(`The kernel package has no module ${name}.`)
  return file
}
