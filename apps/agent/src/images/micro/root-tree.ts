import { chmod, copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { neededLibraries } from './elf.ts'
import { MicroBuildError } from './errors.ts'
import { BOOT_MODULES, installModules, ROOT_MODULES } from './kernel-modules.ts'
import { run } from './run.ts'

/** The guest's own scripts and settings, as they lie in the guest. */
export const GUEST_FOLDER = join(import.meta.dirname, 'guest')

/** Where Debian's loader and programs look for libraries. */
const LIBRARY_FOLDERS = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64', 'usr/lib64']
const LOADER = 'ld-linux-x86-64.so.2'

/** What the scripts in guest/initramfs call. */
const INITRAMFS_APPLETS = ['sh', 'cat', 'findfs', 'mkdir', 'modprobe', 'mount', 'sleep', 'switch_root']

/** Folders that nothing else in the root file system makes. */
const ROOT_FOLDERS = ['dev', 'home', 'lib64', 'media', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'tmp', 'var']

interface TreeOptions {
  packageRoot: string
  release: string
  root: string
  signal?: AbortSignal | undefined
}

/** The root file system: busybox, the guest agent with its libraries, drivers, and guest/root. */
export async function makeRootTree(options: TreeOptions): Promise<void> {
  const { packageRoot, root, signal } = options
  for (const folder of ROOT_FOLDERS) await mkdir(join(root, folder), { recursive: true })
  await placeBusybox(packageRoot, root)
  const links = await run(join(root, 'bin/busybox'), ['--list-full'], { signal })
  for (const path of links.split('\n').filter((line) => line.includes('/') && line !== 'bin/busybox')) {
    await place(join(root, path), (file) => symlink('/bin/busybox', file))
  }
  await placeProgram(packageRoot, root, 'usr/sbin/qemu-ga')
  await installModules({ ...options, names: ROOT_MODULES })
  await placeGuestFiles('root', root)
  await symlink('/run/resolv.conf', join(root, 'etc/resolv.conf'))
  await symlink('/proc/self/mounts', join(root, 'etc/mtab'))
  await symlink('/run', join(root, 'var/run'))
  await setModes(root)
}

/** The first, small root in memory: just enough to find the disk. */
export async function makeInitramfsTree(options: TreeOptions): Promise<void> {
  const { packageRoot, root } = options
  for (const folder of ['dev', 'proc', 'sys', 'sysroot']) await mkdir(join(root, folder), { recursive: true })
  await placeBusybox(packageRoot, root)
  for (const applet of INITRAMFS_APPLETS) await symlink('busybox', join(root, 'bin', applet))
  await symlink('bin', join(root, 'sbin'))
  await installModules({ ...options, names: BOOT_MODULES })
  await placeGuestFiles('initramfs', root)
}

async function placeBusybox(packageRoot: string, root: string): Promise<void> {
  const source = await firstExisting(packageRoot, ['bin/busybox', 'usr/bin/busybox'])
  await place(join(root, 'bin/busybox'), (file) => copyFile(source, file))
  await chmod(join(root, 'bin/busybox'), 0o755)
}

/** Copies a program with the libraries it needs, and those need. */
async function placeProgram(packageRoot: string, root: string, path: string): Promise<void> {
  const elf = await readFile(join(packageRoot, path))
  await place(join(root, path), (file) => writeFile(file, elf, { mode: 0o755 }))
  const libraries = new Set([LOADER, ...neededLibraries(elf)])
  for (const name of libraries) {
    const candidates = LIBRARY_FOLDERS.map((folder) => join(folder, name))
    const library = await readFile(await firstExisting(packageRoot, candidates))
    const target = join(root, name === LOADER ? 'lib64' : 'lib/x86_64-linux-gnu', name)
    await place(target, (file) => writeFile(file, library, { mode: 0o755 }))
    for (const needed of neededLibraries(library)) libraries.add(needed)
  }
}

/** A file that begins with "#!" may be run: a checkout, a release or an archive need not keep modes. */
async function placeGuestFiles(folder: string, root: string): Promise<void> {
  for (const path of await guestFiles(folder)) {
    const content = await readFile(join(GUEST_FOLDER, folder, path))
    const mode = content.subarray(0, 2).toString() === '#!' ? 0o755 : 0o644
    await place(join(root, path), async (file) => {
      await writeFile(file, content)
      await chmod(file, mode)
    })
  }
}

/** Paths of the guest's files below one of its folders, in a fixed order. */
export async function guestFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(GUEST_FOLDER, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.map((file) => file.slice(join(GUEST_FOLDER, folder).length + 1)).sort()
}

/** Folders come out as the builder's umask has them, which may close them to the guest's users. */
async function setModes(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  for (const entry of entries) if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
  await chmod(root, 0o755)
  await chmod(join(root, 'root'), 0o700)
  await chmod(join(root, 'tmp'), 0o1777)
  await chmod(join(root, 'etc/shadow'), 0o600)
}

async function place(file: string, make: (file: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await make(file)
}

async function firstExisting(root: string, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const file = join(root, path)
    if (await stat(file).catch(() => undefined)) return file
  }
  throw new MicroBuildError(`The downloaded packages have none of ${paths.join(', ')}.`)
}
