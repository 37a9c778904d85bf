import { spawn } from 'node:child_process'
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { QEMU, SANDBOX } from '../qemu/argv.ts'
import type { KvmEvidence, ProbeOutcome } from './kvm-verdict.ts'
import { DEBUG_EXIT_PORT, PROBE_EXIT_CODE, probeDisk } from './probe-disk.ts'

/**
 * Finds the evidence about KVM by running a guest exactly as VMs run: their user, their groups, their sandbox.
 *
 *   stat /dev/kvm ─▶ open it as the VMs' user ─▶ boot the probe disk ─┬─ QEMU exits with the guest's code: booted
 *                                                                    ├─ with another:                   exited
 *                                                                    └─ deadline: SIGKILL:              timeout
 */
const KVM = '/dev/kvm'
const READ_AND_WRITE = 0o060
/** The guest is done in 0.2 s, in 2 on a loaded host. */
const PROBE_DEADLINE_MS = 5_000
/** What SIGKILL cannot end within this sits in the kernel for good; waiting on would block the agent's start. */
const KILL_WAIT_MS = 2_000
const OUTPUT_CHARACTERS = 500
/** A shell adds a signal's number to it. */
const SIGNAL_BASE = 128

interface ProbeOptions {
  readonly uid: number
  /** Supplementary groups as VMs have them, kvm's included. */
  readonly gids: readonly number[]
  /** Holds the probe's disk while it runs; made and removed here. */
  readonly runFolder: string
  readonly deadlineMs?: number
  readonly qemu?: string
}

/** The group through which VMs may open /dev/kvm. Never root's: that group opens more than KVM. */
export async function kvmGroup(): Promise<number | undefined> {
  const device = await stat(KVM).catch(() => undefined)
  if (device === undefined || device.gid === 0) return undefined
  return (device.mode & READ_AND_WRITE) === READ_AND_WRITE ? device.gid : undefined
}

export async function probeKvm(options: ProbeOptions): Promise<KvmEvidence> {
  const notRun = { result: 'not_run' } as const
  if ((await stat(KVM).catch(() => undefined)) === undefined) {
    return { device: 'missing', openAsVmUser: 'ENOENT', probe: notRun }
  }
  const openAsVmUser = await openKvm(options)
  const probe = openAsVmUser === 'ok' ? await bootProbe('kvm', options) : notRun
  return { device: 'present', openAsVmUser, probe }
}

/** Runs the probe guest; under `tcg` it proves the guest itself. */
export async function bootProbe(accelerator: 'kvm' | 'tcg', options: ProbeOptions): Promise<ProbeOutcome> {
  const { runFolder, deadlineMs = PROBE_DEADLINE_MS } = options
  const disk = join(runFolder, 'probe.img')
  await mkdir(runFolder, { recursive: true })
  try {
    await chmod(runFolder, 0o711)
    await writeFile(disk, probeDisk())
    await chmod(disk, 0o444)
    const ended = await runAsVm([options.qemu ?? QEMU, ...probeArguments(accelerator, disk)], options, deadlineMs)
    if (ended.isLate) return { result: 'timeout', deadlineMs }
    if (ended.code === PROBE_EXIT_CODE) return { result: 'booted' }
    return { result: 'exited', code: ended.code, output: ended.output }
  } finally {
    await rm(runFolder, { recursive: true, force: true })
  }
}

function probeArguments(accelerator: 'kvm' | 'tcg', disk: string): string[] {
  return [
    ...['-name', 'guest=accelerator-probe', '-machine', 'q35', '-accel', accelerator, '-m', '32M'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-sandbox', SANDBOX],
    ...['-device', `isa-debug-exit,iobase=${DEBUG_EXIT_PORT},iosize=1`],
    ...['-blockdev', JSON.stringify({ driver: 'file', 'node-name': 'probe', filename: disk, 'read-only': true })],
    ...['-device', 'virtio-blk-pci,drive=probe,bootindex=0'],
  ]
}

/** `ok`, or why not. */
async function openKvm(options: ProbeOptions): Promise<string> {
  const ended = await runAsVm(['sh', '-c', `exec 3<>${KVM}`], options, PROBE_DEADLINE_MS)
  if (ended.isLate) return `no answer within ${PROBE_DEADLINE_MS / 1000} seconds`
  if (ended.code === 0) return 'ok'
  if (ended.output.includes('Permission denied')) return 'EACCES'
  return ended.output.includes('Operation not permitted') ? 'EPERM' : ended.output
}

interface Ended {
  readonly isLate: boolean
  readonly code: number
  readonly output: string
}

/** The kernel kills it also when the agent dies first. */
async function runAsVm(command: readonly string[], { uid, gids }: ProbeOptions, deadlineMs: number): Promise<Ended> {
  const groups = gids.length === 0 ? ['--clear-groups'] : ['--groups', gids.join(',')]
  const identity = ['--reuid', String(uid), '--regid', String(uid), ...groups]
  const confinement = ['--no-new-privs', '--inh-caps=-all', '--pdeathsig', 'KILL', '--']
  const child = spawn('setpriv', [...identity, ...confinement, ...command], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  })
  let output = ''
  let isLate = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_CHARACTERS)))
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  const end = (code: number) => resolve({ isLate, code, output: output.trim() })
  child.once('error', reject)
  child.once('close', (code, signal) => end(code ?? SIGNAL_BASE + constants.signals[signal ?? 'SIGKILL']))
  const kill = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, deadlineMs)
  const giveUp = setTimeout(() => end(SIGNAL_BASE), deadlineMs + KILL_WAIT_MS)
  try {
    return await promise
  } finally {
    clearTimeout(kill)
    clearTimeout(giveUp)
  }
}
