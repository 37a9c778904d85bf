import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { cpus, hostname, release } from 'node:os'
import { promisify } from 'node:util'
import type { HostFacts } from '../domain/contract.ts'

type MachineFacts = Omit<HostFacts, 'kvm' | 'cgroup' | 'cpuModels' | 'parts' | 'datastore'>

const run = promisify(execFile)
/** QEMU answers these in 20 ms. */
const QEMU_TIMEOUT_MS = 10_000

/** What the machine is, and what the QEMU on it can be. */
export async function machineFacts(qemu = 'qemu-system-x86_64'): Promise<MachineFacts> {
  const ask = async (...args: string[]) => (await run(qemu, args, { timeout: QEMU_TIMEOUT_MS })).stdout
  const [version, machines, memory] = await Promise.all([
    ask('--version'),
    ask('-machine', 'help'),
    readFile('/proc/meminfo', 'utf8'),
  ])
  return {
    hostname: hostname(),
    cpus: cpus().length,
    cpuModel: cpus()[0]?.model.trim() || 'unknown',
    memoryMib: memoryMibIn(memory),
    kernel: release(),
    qemuVersion: qemuVersionIn(version),
    machineType: newestQ35In(machines),
  }
}

/** From `/proc/meminfo`: what the kernel manages, which is a little less than what is built in. */
export function memoryMibIn(meminfo: string): number {
  const kib = meminfo.match(/^MemTotal:\s+(\d+) kB$/m)?.[1]
  if (kib === undefined) throw new Error('/proc/meminfo has no MemTotal')
  return Math.floor(Number(kib) / 1024)
}

/** From `--version`: "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)", with the build, which may differ in behaviour. */
export function qemuVersionIn(text: string): string {
  const version = text.match(/version (\d+\.\d+\.\d+.*)$/m)?.[1]
  if (version === undefined) throw new Error(`QEMU does not say its version: ${text.slice(0, 100)}`)
  return version.trim()
}

/**
 * The machine that `q35` means today, from `-machine help`; where a distribution made it an alias of a machine of
 * its own, the newest of QEMU's, which every other QEMU of that version knows too.
 */
export function newestQ35In(machineHelp: string): string {
  const alias = machineHelp.match(/^q35\s.*\(alias of (pc-q35-[\d.]+)\)/m)?.[1]
  if (alias !== undefined) return alias
  const own = [...machineHelp.matchAll(/^(pc-q35-(\d+)\.(\d+))\s(?!.*\(deprecated\))/gm)]
  const newest = own.toSorted(
    (one, other) => Number(other[2]) - Number(one[2]) || Number(other[3]) - Number(one[3]),
  )[0]?.[1]
  if (newest === undefined)
    throw new Error('this QEMU has no machine pc-q35-<version>; install the upstream machine types')
  return newest
}
