import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ReleaseError } from './errors.ts'

/** The link that says which release runs at the next start. */
const CURRENT = 'current'

/** Makes a release the one that runs; removes those that neither run nor were the last one. */
export async function switchRelease(releases: string, name: string): Promise<void> {
  const before = await readlink(join(releases, CURRENT)).catch(() => undefined)
  if (before === name) return
  await replaceLink(name, join(releases, CURRENT))
  for (const other of await readdir(releases)) {
    const isKept = [CURRENT, name, before].includes(other)
    if (!isKept && !(await isInUse(releases, other))) await rm(join(releases, other), { recursive: true })
  }
}

/** Somebody still writes it, or some process runs a program of it: a daemon of the earlier release, a launcher that waits for its VM. */
async function isInUse(releases: string, name: string): Promise<boolean> {
  const builder = /^\.building-(\d+)$/.exec(name)?.[1]
  if (builder !== undefined) return existsSync(`/proc/${builder}`)
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (commandLine.includes(`${join(releases, name)}/`)) return true
  }
  return false
}

/** `viv` for this installation: a link for the machine's own, a script that names the root for another. */
export async function linkCommand(releases: string, root: string | undefined): Promise<void> {
  const target = join(releases, CURRENT, 'bin/viv')
  if (root === undefined) {
    const command = '/usr/local/bin/viv'
    const before = await readlink(command).catch(() => undefined)
    if (before === undefined && existsSync(command)) {
      throw new ReleaseError(`${command} is there and not ours: move it away, and start again.`)
    }
    if (before !== target) await replaceLink(target, command)
    return
  }
  const command = join(root, 'bin/viv')
  await mkdir(dirname(command), { recursive: true })
  await writeFile(command, `#!/bin/sh\nVIV_ROOT=${quoted(root)} exec ${quoted(target)} "$@"\n`, { mode: 0o755 })
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

async function replaceLink(target: string, link: string): Promise<void> {
  await rm(`${link}.new`, { force: true })
  await symlink(target, `${link}.new`)
  await rename(`${link}.new`, link)
}
