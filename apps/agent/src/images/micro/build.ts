import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DISK_SIZE_BYTES, makeBootDisk, toQcow2 } from './boot-disk.ts'
import { packInitramfs } from './cpio.ts'
import { MicroBuildError } from './errors.ts'
import { indexModules } from './kernel-modules.ts'
import { downloadPackages, extractPackages, resolvePackages } from './packages.ts'
import { GUEST_FOLDER, guestFiles, makeInitramfsTree, makeRootTree } from './root-tree.ts'

/**
 * The built-in image "micro": a machine of a dozen megabytes to try things with.
 *
 *   package lists ─ resolve ─► versions ─► key
 *        mirror ─ download ─► .deb ─ extract ─► packages/ ─┬─► root/      ─ mke2fs ────────┐
 *                                        guest/ (ours) ────┼─► initramfs/ ─ cpio ─► initrd ─┼─► disk.raw ─► qcow2
 *                                                          └─► vmlinuz ─────────────────────┘
 */

/** Raise when a change of the builder, not of the guest's files, must make a new image. */
const FORMAT_VERSION = 2

export interface MicroBuild {
  /** The qcow2 file made. */
  file: string
  /** Debian packages in the image, with their versions. */
  versions: Record<string, string>
  /** Names the content: packages, the guest's own files and the format. */
  key: string
  virtualSizeBytes: number
}

export interface BuildProgress {
  signal?: AbortSignal
  /** Called with a fraction 0–1 and the name of the step that begins. */
  onProgress?: (fraction: number, step: string) => void
}

interface BuildOptions extends BuildProgress {
  outFile: string
  /** On the file system of `outFile`; made by the builder, and removed when it is done or has failed. */
  workDir: string
}

/** Says what would be built now, from the package lists, without downloading. */
export async function microVersions(signal?: AbortSignal): Promise<{ versions: Record<string, string>; key: string }> {
  if (process.arch !== 'x64') {
    throw new MicroBuildError(`The micro image is built on x86-64 hosts; this one is ${process.arch}.`)
  }
  const versions = await resolvePackages(signal)
  const hash = createHash('sha256').update(JSON.stringify([FORMAT_VERSION, Object.entries(versions)]))
  for (const path of await guestFiles('.')) {
    const content = await readFile(join(GUEST_FOLDER, path))
    hash.update(`\0${path}\0${content.length}\0`).update(content)
  }
  return { versions, key: hash.digest('hex') }
}

/** Builds the image from packages that it downloads. */
export async function buildMicro(options: BuildOptions): Promise<MicroBuild> {
  options.onProgress?.(0, 'resolve packages')
  const { versions, key } = await microVersions(options.signal)
  await mkdir(options.workDir, { recursive: true })
  try {
    await buildInside(options, versions)
  } finally {
    await rm(options.workDir, { recursive: true, force: true })
  }
  options.onProgress?.(1, 'done')
  return { file: options.outFile, versions, key, virtualSizeBytes: DISK_SIZE_BYTES }
}

async function buildInside(options: BuildOptions, versions: Record<string, string>): Promise<void> {
  const { outFile, workDir, signal, onProgress } = options
  const packages = join(workDir, 'packages')
  const packageRoot = join(workDir, 'package-root')
  await mkdir(packages)

  onProgress?.(0.1, 'download packages')
  await downloadPackages(versions, packages, signal)
  onProgress?.(0.4, 'extract packages')
  await extractPackages(packages, packageRoot, signal)
  const release = await kernelRelease(packageRoot)
  await indexModules(packageRoot, release, signal)

  onProgress?.(0.6, 'lay out the guest')
  const rootTree = join(workDir, 'root')
  await makeRootTree({ packageRoot, release, root: rootTree, signal })
  const initramfs = await makeInitramfs({ packageRoot, release, workDir, signal })

  onProgress?.(0.8, 'write the disk')
  const disk = join(workDir, 'disk.raw')
  const kernel = join(packageRoot, 'boot', `vmlinuz-${release}`)
  await makeBootDisk(disk, { kernel, initramfs, rootTree, packageRoot }, signal)
  onProgress?.(0.9, 'convert to qcow2')
  const image = join(workDir, 'image.qcow2')
  await toQcow2(disk, image, signal)
  await rename(image, outFile)
}

async function kernelRelease(packageRoot: string): Promise<string> {
  const kernel = (await readdir(join(packageRoot, 'boot'))).find((name) => name.startsWith('vmlinuz-'))
  if (kernel === undefined) throw new MicroBuildError('The kernel package has no /boot/vmlinuz-*.')
  return kernel.slice('vmlinuz-'.length)
}

async function makeInitramfs(options: {
  packageRoot: string
  release: string
  workDir: string
  signal: AbortSignal | undefined
}): Promise<string> {
  const root = join(options.workDir, 'initramfs')
  await makeInitramfsTree({ ...options, root })
  const file = join(options.workDir, 'initrd')
  await writeFile(file, gzipSync(await packInitramfs(root)))
  return file
}
