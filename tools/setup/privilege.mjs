import { CHECKOUT } from './machine.mjs'
import { look, runHere } from './run.mjs'

/** Settings that programs run by root need to reach the network; sudo drops them otherwise. */
const PROXIES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

export const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Why nothing can be done as root here; undefined where it can. */
export function privilegeProblem(npmCommand) {
  if (process.getuid() === 0) return undefined
  const help = `As root it works:\n\n  su -c 'npm --prefix ${CHECKOUT} ${npmCommand}'`
  if (look('sudo', ['--version']).code !== 0) {
    return `This needs root (packages, a system user, the host's agent), and there is no sudo. ${help}`
  }
  if (look('sudo', ['-n', 'true']).code === 0 || process.stdin.isTTY) return undefined
  return `This needs root, sudo wants a password, and there is no terminal to ask for it. ${help}`
}

/** The words that run a program as root: the program itself where we are. */
export function asRoot(program, args) {
  if (process.getuid() === 0) return [program, args]
  const kept = PROXIES.flatMap((name) => (process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`]))
  return ['sudo', ['--', 'env', ...kept, `PATH=${ROOT_PATH}`, program, ...args]]
}

export function runAsRoot(program, args) {
  return runHere(...asRoot(program, args))
}
