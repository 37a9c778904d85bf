import { readFileSync } from 'node:fs'
import { Refusal } from './refusal.mjs'
import { look } from './run.mjs'

/** Nothing that was there before changes: no recommends, no removals, no upgrades. */
export const APT_FLAGS = ['--no-install-recommends', '--no-remove', '--no-upgrade']

const LISTS = JSON.parse(readFileSync(new URL('./packages.json', import.meta.url), 'utf8'))

/** Name and purpose of the packages of one or more lists. */
export function packagesOf(...lists) {
  return Object.assign({}, ...lists.map((list) => LISTS[list]))
}

export function missingPackages(names) {
  const { stdout } = look('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names])
  const installed = new Set(
    stdout.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  )
  return names.filter((name) => !installed.has(name))
}

/**
 * What apt would add for these packages, without adding it. `areKnown` is false where apt has no list with them yet:
 * then neither what they need nor any size is known.
 */
export function aptPlan(names) {
  if (names.length === 0) return { areKnown: true, names, added: [], upgraded: [] }
  const { code, stdout, stderr } = look('apt-get', ['install', '-s', ...APT_FLAGS, ...names])
  if (/Unable to locate package|has no installation candidate/.test(stderr)) {
    return { areKnown: false, names, added: [], upgraded: [] }
  }
  if (code !== 0) throw new Refusal(`apt can't add ${names.join(', ')}:\n${stderr.trim() || stdout.trim()}`)
  return { areKnown: true, names, ...simulated(stdout) }
}

/** apt says `Inst NAME (VERSION …)` for what is new and `Inst NAME [OLD] (VERSION …)` for an upgrade. */
function simulated(text) {
  const added = []
  const upgraded = []
  for (const [, name, old, version] of text.matchAll(/^Inst (\S+) (\[\S+\] )?\((\S+)/gm)) {
    ;(old === undefined ? added : upgraded).push({ name, version })
  }
  const sizes = sizesOf(added)
  return { added: added.map((one) => ({ ...one, ...sizes.get(one.name.split(':')[0]) })), upgraded }
}

function sizesOf(packages) {
  const wanted = packages.map(({ name, version }) => `${name}=${version}`)
  const { stdout } = look('apt-cache', ['show', ...wanted])
  return new Map(
    stdout.split('\n\n').map((paragraph) => {
      const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1]
      const installedBytes = Number(field('Installed-Size') ?? 0) * 1024
      return [field('Package'), { downloadBytes: Number(field('Size') ?? 0), installedBytes }]
    }),
  )
}

/** The words for "apt could not reach its mirror", as apt says it. */
export function isNetworkFailure(output) {
  return /Temporary failure resolving|Could not resolve|Could not connect|Connection (timed out|refused|failed)|Network is unreachable|Unable to connect/i.test(
    output,
  )
}
