import { createHash } from 'node:crypto'
import { chownSync, existsSync, lchownSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CHECKOUT, OWN_NODE } from './machine.mjs'
import { ticking } from './progress.mjs'
import { Refusal } from './refusal.mjs'
import { ended, look } from './run.mjs'

const LOCKFILE = join(CHECKOUT, 'package-lock.json')
/** What the last whole `npm ci` installed; it lies inside, so that it goes when node_modules goes. */
const STAMP = join(CHECKOUT, 'node_modules/.vivarium-setup.json')

/** The npm packages that are to be installed now: none where the lockfile is the one installed. */
export function npmPlan({ withDev }) {
  return isInstalled(withDev) ? [] : lockedPackages(withDev)
}

function isInstalled(withDev) {
  if (!existsSync(STAMP) || !existsSync(OWN_NODE)) return false
  const stamp = JSON.parse(readFileSync(STAMP, 'utf8'))
  return stamp.lockfile === lockfileHash() && (stamp.withDev || !withDev)
}

function lockfileHash() {
  return createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex')
}

function lockedPackages(withDev) {
  const { packages } = JSON.parse(readFileSync(LOCKFILE, 'utf8'))
  const fits = (wanted, own) => wanted === undefined || wanted.includes(own)
  return Object.entries(packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link && (withDev || !entry.dev))
    .filter(([, entry]) => fits(entry.os, process.platform) && fits(entry.cpu, process.arch))
    .map(([path, entry]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)} ${entry.version}`)
}

/** Why npm packages can't be installed here; undefined where they can, or need not. */
export function npmProblem(packages) {
  const owner = statSync(CHECKOUT).uid
  if (packages.length === 0 || [0, owner].includes(process.getuid())) return undefined
  return `${CHECKOUT} belongs to another user (uid ${owner}): only that user or root can install its npm packages.`
}

/** Installs by the lockfile, as the owner of the checkout: no file in it is ever another user's. */
export async function npmInstall({ withDev }) {
  const owner = statSync(CHECKOUT)
  const program = npmProgram()
  const child = spawn(program[0], [...program.slice(1), ...npmArguments(withDev)], {
    cwd: CHECKOUT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: npmEnvironment(owner.uid),
    ...(process.getuid() !== owner.uid ? { uid: owner.uid, gid: owner.gid } : {}),
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const code = await ticking('npm packages', ended(child))
  if (code !== 0) throw new Refusal(npmFailure(code, errors))
  linkNode(owner)
  writeFileSync(STAMP, JSON.stringify({ lockfile: lockfileHash(), withDev }))
  chownSync(STAMP, owner.uid, owner.gid)
}

/** npm 9 takes the link away again with the Node of another machine, whose command has the same name. */
function linkNode({ uid, gid }) {
  const link = join(CHECKOUT, 'node_modules/.bin/node')
  if (existsSync(link)) return
  symlinkSync(relative(dirname(link), OWN_NODE), link)
  lchownSync(link, uid, gid)
}

/** The npm that started us, under the Node that it runs on: PATH may begin with the folder that is about to be replaced. */
function npmProgram() {
  const { npm_node_execpath: node, npm_execpath: npm } = process.env
  return node !== undefined && npm !== undefined ? [node, npm] : ['npm']
}

function npmArguments(withDev) {
  const groups = withDev ? ['--include=dev'] : ['--omit=dev']
  // Engines differ: the machine's Node only installs, ours runs.
  const quiet = ['--loglevel=error', '--no-fund', '--no-audit', '--no-progress']
  const retries = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
  return ['ci', '--include=optional', ...groups, ...quiet, ...retries]
}

function npmEnvironment(ownerUid) {
  const path = process.env.PATH.split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'))
  const target = fileURLToPath(new URL('./npm-target.cjs', import.meta.url))
  const environment = {
    ...process.env,
    PATH: path.join(delimiter),
    NODE_OPTIONS: `--require=${JSON.stringify(target)}`,
  }
  if (process.getuid() !== ownerUid) {
    const entry = look('getent', ['passwd', String(ownerUid)]).stdout.split(':')
    Object.assign(environment, { HOME: entry[5], USER: entry[0], LOGNAME: entry[0] })
    // npm hands its caller's own folders down; these are found anew from HOME.
    for (const name of ['cache', 'userconfig', 'init_module']) delete environment[`npm_config_${name}`]
  }
  return environment
}

function npmFailure(code, errors) {
  const words = errors.trim()
  const isNetwork = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/.test(words)
  const why = isNetwork ? 'No network: npm could not reach its registry.' : `npm ci failed (${code}).`
  return `${why} Nothing runs yet; start again when that is mended.\n\n${words}`
}
