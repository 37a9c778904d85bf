/**
 * What the set-up does as root, told by one JSON argument:
 *
 *   { update }                                   the package lists
 *   { packages, added, areServicesDenied, record, user }
 *        record ─► packages (apt) ─► system user
 *
 * It runs on the machine's own Node: our own is not there yet.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { APT_FLAGS, isNetworkFailure } from './debian.mjs'
import { ROOT_PATH } from './privilege.mjs'
import { progressLine } from './progress.mjs'
import { Refusal, runMain } from './refusal.mjs'
import { look, runQuiet } from './run.mjs'
import { withServicesDenied } from './services.mjs'

await runMain(async () => {
  const work = JSON.parse(process.argv[2])
  // A terminal's signal reaches apt as well: it ends, and we clean up behind it.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined)
  if (work.update) await apt('package lists', ['update'])
  if (work.record) record(work.record, { packages: work.added ?? [], users: work.user ? [work.user] : [] })
  if (work.packages?.length > 0) await install(work)
  if (work.user) addUser(work.user)
  return 0
})

function install({ packages, added, areServicesDenied }) {
  const run = () => apt('Debian packages', ['install', '-y', ...APT_FLAGS, ...packages])
  return areServicesDenied ? withServicesDenied(added, run) : run()
}

/** Before anything is added: what a cut set-up leaves is then known to `viv uninstall` too. */
function record(file, { packages, users }) {
  const before = readRecord(file)
  const merged = {
    version: 1,
    packages: [...new Set([...before.packages, ...packages])].sort(),
    users: [...new Set([...before.users, ...users])],
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  writeFileSync(`${file}.new`, `${JSON.stringify(merged, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

function readRecord(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { packages: [], users: [] }
  }
}

function addUser(name) {
  const home = ['--home-dir', '/nonexistent', '--no-create-home', '--shell', '/usr/sbin/nologin']
  const { code, stderr } = look('/usr/sbin/useradd', ['--system', '--user-group', ...home, name])
  // 9: it is there already.
  if (code !== 0 && code !== 9) throw new Refusal(`The system user ${name} can't be added: ${stderr.trim()}`)
  console.log(`  system user: ${name}`)
}

async function apt(label, args) {
  const line = progressLine(label)
  const options = ['-o', 'APT::Status-Fd=3', '-o', 'Dpkg::Use-Pty=0', '-o', 'Dpkg::Options::=--force-confold']
  const { code, tail } = await runQuiet('apt-get', [...options, ...args], {
    env: { ...process.env, PATH: ROOT_PATH, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
    // dlstatus:N:PERCENT:TEXT while it downloads, pmstatus:PACKAGE:PERCENT:TEXT while it installs
    onProgress: (text) => {
      const match = /^(dl|pm)status:[^:]*(?::amd64|:all)?:([\d.]+):(.*)$/.exec(text)
      if (match) line.update(Number(match[2]) / 100, match[3])
    },
  })
  // `apt-get update` calls an unreachable mirror a warning.
  const isCutOff = isNetworkFailure(tail)
  if (code === 0 && !(args[0] === 'update' && isCutOff)) return line.end('done')
  line.end('failed')
  const why = isCutOff ? 'No network: apt could not reach its mirror.' : `apt-get ${args[0]} failed (${code}).`
  throw new Refusal(`${why}\n\n${tail.trim()}`)
}
