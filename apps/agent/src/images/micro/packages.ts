import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MicroBuildError } from './errors.ts'
import { run } from './run.ts'

const KERNEL_META_PACKAGE = 'linux-image-cloud-amd64'
const BUSYBOX_PACKAGE = 'busybox-static'
const AGENT_PACKAGE = 'qemu-guest-agent'
/** The signed first and second loader, for UEFI with and without secure boot. */
const UEFI_PACKAGES = ['shim-signed', 'grub-efi-amd64-signed']

/** Fields of one package's paragraph in the package lists. */
type Paragraph = ReadonlyMap<string, string>

/**
 * The packages the image is made of, with the versions apt would install now: the kernel that the meta-package stands for,
 * busybox, the loaders for UEFI, the guest agent and the libraries below it.
 */
export async function resolvePackages(signal?: AbortSignal): Promise<Record<string, string>> {
  const [kernel, agentTree] = await Promise.all([kernelPackage(signal), dependencyNames(AGENT_PACKAGE, signal)])
  const paragraphs = await readParagraphs([kernel, BUSYBOX_PACKAGE, ...UEFI_PACKAGES, ...agentTree], signal)
  const names = [kernel, BUSYBOX_PACKAGE, ...UEFI_PACKAGES, ...withLibraries(AGENT_PACKAGE, paragraphs)]
  return Object.fromEntries(names.sort().map((name) => [name, field(paragraphs, name, 'Version')]))
}

async function kernelPackage(signal: AbortSignal | undefined): Promise<string> {
  const text = await aptCache(['depends', '--important', KERNEL_META_PACKAGE], signal)
  const name = /Depends: (linux-image-\S+)/.exec(text)?.[1]
  if (name === undefined) throw new MicroBuildError(`${KERNEL_META_PACKAGE} names no kernel package to depend on.`)
  return name
}

/** Everything below a package, far too much (perl, dpkg): what of it are libraries is told by the paragraphs. */
async function dependencyNames(name: string, signal: AbortSignal | undefined): Promise<string[]> {
  const text = await aptCache(['depends', '--recurse', '--important', name], signal)
  return text.split('\n').filter((line) => /^[a-z0-9]/.test(line))
}

async function readParagraphs(names: string[], signal: AbortSignal | undefined): Promise<Map<string, Paragraph>> {
  const text = await aptCache(['show', '--no-all-versions', ...names], signal)
  const paragraphs = text.split('\n\n').map(
    (paragraph): Paragraph =>
      new Map(
        paragraph
          .split('\n')
          .map((line) => /^([A-Za-z-]+): (.*)$/.exec(line))
          .flatMap((match) => (match ? [[match[1]!, match[2]!] as const] : [])),
      ),
  )
  return new Map(paragraphs.map((paragraph) => [paragraph.get('Package') ?? '', paragraph]))
}

/** Follows dependencies through packages of the section "libs" only, the first of alternatives. */
function withLibraries(root: string, paragraphs: ReadonlyMap<string, Paragraph>): string[] {
  const found = new Set([root])
  for (const name of found) {
    const paragraph = paragraphs.get(name)
    const relations = `${paragraph?.get('Pre-Depends') ?? ''},${paragraph?.get('Depends') ?? ''}`
    for (const relation of relations.split(',')) {
      const dependency = /^[a-z0-9][a-z0-9+.-]*/.exec(relation.trim())?.[0]
      if (dependency !== undefined && paragraphs.get(dependency)?.get('Section') === 'libs') found.add(dependency)
    }
  }
  return [...found]
}

function field(paragraphs: ReadonlyMap<string, Paragraph>, name: string, key: string): string {
  const value = paragraphs.get(name)?.get(key)
  if (value === undefined) throw new MicroBuildError(`apt says no ${key} for the package ${name}.`)
  return value
}

async function aptCache(args: string[], signal: AbortSignal | undefined): Promise<string> {
  try {
    return await run('apt-cache', args, { signal })
  } catch (error) {
    if (!/Unable to locate package|No packages found/.test(String(error))) throw error
    throw new MicroBuildError(
      'The package lists of this host do not have the packages of the micro image. Run `apt-get update` and try again; ' +
        "if that does not help, apt's sources lack Debian's `main`.",
      { cause: error },
    )
  }
}

/** Downloads the packages (apt checks their signatures) into `folder`. */
export async function downloadPackages(
  versions: Record<string, string>,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = Object.entries(versions).map(([name, version]) => `${name}=${version}`)
  // apt's download user cannot enter a folder that only root may read.
  const args = ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...wanted]
  try {
    await run('apt-get', args, { cwd: folder, signal })
  } catch (error) {
    if (!/404|Can't find a source|was not found/.test(String(error))) throw error
    throw new MicroBuildError(
      'The package lists of this host are older than the mirror. Run `apt-get update` and try again.',
      { cause: error },
    )
  }
}

/** Unpacks all downloaded packages over each other into `root`. */
export async function extractPackages(folder: string, root: string, signal?: AbortSignal): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', join(folder, file), root], { signal })
  }
}
