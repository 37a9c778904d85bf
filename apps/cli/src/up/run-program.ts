import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Run } from './added-packages.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A program of the machine, to its end; answers what it printed. */
export const runProgram: Run = async (program, args) => {
  const env = { ...process.env, PATH, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  const { stdout } = await promisify(execFile)(program, args, { env, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}
