import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { portProblem } from '../../apps/cli/src/up/port.mjs'
import { UNIT_FOLDER, unitNames } from '../../apps/cli/src/up/unit-names.mjs'
import { aptPlan, missingPackages, packagesOf } from './debian.mjs'
import { CHECKOUT } from './machine.mjs'
import { npmPlan, npmProblem } from './npm.mjs'
import { pathsOf } from './paths.mjs'
import { privilegeProblem } from './privilege.mjs'
import { look } from './run.mjs'

/** What a start would add, and every reason why it can't. Nothing is changed to find out. */
export async function startPlan(options) {
  const paths = pathsOf(options.root)
  const npm = npmPlan({ withDev: false })
  const isService = existsSync(join(UNIT_FOLDER, unitNames(options.root).agent))
  const isUserMissing = options.managerUid === undefined && look('id', ['-u', options.user]).code !== 0
  return {
    apt: aptPlan(missingPackages(Object.keys(packagesOf('product')))),
    npm,
    user: isUserMissing ? options.user : undefined,
    folders: [paths.data, paths.run, paths.etc].filter((folder) => !existsSync(folder)),
    command: existsSync(paths.viv) ? undefined : paths.viv,
    record: `${paths.etc}/installed.json`,
    listen: options.listen,
    viv: paths.viv,
    isService,
    problems: [
      privilegeProblem('start'),
      npmProblem(npm),
      isService ? undefined : await portProblem(options.address),
    ].filter((problem) => problem !== undefined),
  }
}

export function isNothingAdded({ apt, npm, user, folders, command }) {
  return apt.names.length + npm.length + folders.length === 0 && user === undefined && command === undefined
}

/** The plan in words, one paragraph a kind of thing. */
export function planText(plan) {
  const { npm, user, folders, command } = plan
  const lines = isNothingAdded(plan) ? ['Nothing is to be added: everything is in place.'] : ['Vivarium will add:', '']
  lines.push(...aptText(plan.apt, packagesOf('product', 'test', 'bench')))
  if (npm.length > 0) {
    lines.push(`  npm packages (${npm.length}) in ${CHECKOUT}/node_modules`, ...wrapped(npm), '')
  }
  if (user !== undefined) lines.push(`  system user    ${user} (no login, no home): the manager runs as it`)
  if (folders.length > 0) lines.push(`  folders        ${folders.join('  ')}`)
  if (command !== undefined) lines.push(`  command        ${command}`)
  if (plan.listen !== undefined) {
    lines.push(`  port           ${plan.listen}${isNothingAdded(plan) ? '' : ', while it runs'}`)
    lines.push('  no firewall rule, sysctl, route or bridge is changed')
  }
  return lines.join('\n')
}

function aptText({ areKnown, names, added, upgraded }, purposes) {
  if (names.length === 0) return []
  const asked = names.map((name) => `    ${name.padEnd(24)}${sizeOf(added, name).padStart(9)}  ${purposes[name]}`)
  if (!areKnown) {
    const note = '    (what they need, and sizes, are not known before apt-get update: apt has no package lists yet)'
    return [`  Debian packages (${names.length} and what they need)`, ...asked, note, '']
  }
  const total = (field) => megabytes(added.reduce((sum, one) => sum + (one[field] ?? 0), 0))
  const sums = `${total('downloadBytes')} to download, ${total('installedBytes')} on disk`
  const needed = added.filter(({ name }) => !names.includes(name))
  return [
    `  Debian packages (${added.length}: ${sums})`,
    ...asked,
    ...(needed.length > 0 ? [`    and the ${needed.length} that these need:`, ...wrapped(needed.map(withSize))] : []),
    ...(upgraded.length > 0 ? ['    and newer versions of:', ...wrapped(upgraded.map(({ name }) => name))] : []),
    '',
  ]
}

const withSize = ({ name, installedBytes }) => `${name} ${megabytes(installedBytes)}`

function sizeOf(added, name) {
  const found = added.find((one) => one.name === name)
  return found === undefined ? '' : megabytes(found.installedBytes)
}

function megabytes(bytes) {
  const size = (bytes ?? 0) / 1e6
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MB`
}

function wrapped(words) {
  const lines = ['']
  for (const [index, word] of words.entries()) {
    const text = index < words.length - 1 ? `${word}, ` : word
    if (lines.at(-1).length + text.length > 108) lines.push('')
    lines[lines.length - 1] += text
  }
  return lines.map((line) => `      ${line.trimEnd()}`)
}
