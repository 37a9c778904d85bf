import { type AppError, type CpuOffers, isLooseModel, offeredGenerations, PLAIN_CPU_MODEL, refuse } from '@viv/common'
import type { KvmVerdict, VmConfig } from '../domain/contract.ts'
import type { Cgroups } from '../host/cgroups.ts'
import { type ArgvInput, qemuArgv } from '../qemu/argv.ts'
import { QemuExitedError, spawnLauncher } from '../qemu/launch.ts'
import type { RunFolder } from '../qemu/run-folder.ts'
import type { Volumes } from '../storage/volumes.ts'
import { endTpm } from './leftovers.ts'
import { Machine, type MachineListener } from './machine.ts'

/** What every VM of a host is started with. */
export interface BootHost {
  readonly hostName: string
  readonly volumes: Volumes
  readonly cgroups: Cgroups
  readonly qemuVersion: string
  readonly kvm: KvmVerdict
  readonly cpuModels: CpuOffers
  /** Group of /dev/kvm; undefined where there is none. */
  readonly kvmGid: number | undefined
  readonly imagesGid: number
}

/** From the spawn to QMP's answer: 50 ms on an idle host, seconds where fifty start at once. */
const START_TIMEOUT_MS = 30_000

/** How a config would be started on this host now. */
export interface BootPlan {
  readonly accelerator: 'kvm' | 'tcg'
  readonly argv: readonly string[]
  readonly tpmState?: string
}

export async function planBoot(host: BootHost, config: VmConfig): Promise<BootPlan> {
  const accelerator = chooseAccelerator(host, config)
  refuseMissingFlags(host, config, accelerator)
  const state = host.volumes.firmwareState(config.vmId)
  const { firmware, tpmState } = await state.files(config)
  const input = { ...(await resolve(host, config, accelerator)), ...(firmware && { firmware }) }
  return { accelerator, argv: qemuArgv(input), ...(tpmState !== undefined && { tpmState }) }
}

/** The same machine, which waits for its memory before it runs. */
export const withIncoming = (plan: BootPlan): BootPlan => ({ ...plan, argv: [...plan.argv, '-incoming', 'defer'] })

/** Starts QEMU for a config, and returns when its monitor has answered. */
export async function boot(
  host: BootHost,
  config: VmConfig,
  uid: number,
  folder: RunFolder,
  listener: MachineListener,
  signal: AbortSignal,
  planned?: BootPlan,
): Promise<Machine> {
  const [{ accelerator, argv, tpmState }, cgroupProcs] = await Promise.all([
    planned ?? planBoot(host, config),
    host.cgroups.create(config.vmId),
  ])
  // A wake is of the same machine, which has nothing to give up.
  if (planned === undefined) await host.volumes.firmwareState(config.vmId).tidy(config.hardware)
  folder.prepare({
    vmId: config.vmId,
    uid,
    revision: config.revision,
    accelerator,
    qemuVersion: host.qemuVersion,
    argv,
    startedAt: new Date().toISOString(),
  })
  signal.throwIfAborted()
  // Of a launcher that was killed: it would hold the state's lock.
  if (tpmState !== undefined) await endTpm(uid)
  const gids = [host.imagesGid, ...(accelerator === 'kvm' && host.kvmGid !== undefined ? [host.kvmGid] : [])]
  const scope = host.cgroups.scope(config.vmId)
  await spawnLauncher({ folder, uid, gids, cgroupProcs, argv, tpmState, scope })
  try {
    return await Machine.open(folder, { timeoutMs: START_TIMEOUT_MS, signal }, listener)
  } catch (error) {
    throw await startFailure(config.name, folder, error)
  }
}

/** `kvm` never starts slowly in silence: where KVM does not work it is refused. */
function chooseAccelerator({ kvm, hostName }: BootHost, { hardware }: VmConfig): 'kvm' | 'tcg' {
  if (hardware.accelerator === 'translate') return 'tcg'
  if (kvm.isUsable) return 'kvm'
  if (hardware.accelerator === 'any') return 'tcg'
  throw refuse('kvm_unavailable', { host: hostName, problem: kvm.problem })
}

/** Its model was checked when it was chosen; the host may have another processor, or another accelerator, since. */
function refuseMissingFlags({ cpuModels, hostName }: BootHost, { hardware }: VmConfig, by: 'kvm' | 'tcg'): void {
  const { cpuModel: model } = hardware
  const offer = cpuModels[by]
  const missing = offer?.missing[model] ?? []
  if (offer === undefined || isLooseModel(model) || missing.length === 0) return
  const best = offeredGenerations(offer)[0] ?? PLAIN_CPU_MODEL
  throw refuse('cpu_features_missing', {
    host: hostName,
    model,
    accelerator: by === 'kvm' ? 'KVM' : 'TCG',
    missing: missing.join(', '),
    best,
  })
}

async function resolve(
  { volumes }: BootHost,
  { vmId, name, hardware }: VmConfig,
  accelerator: 'kvm' | 'tcg',
): Promise<ArgvInput> {
  const { kernel } = hardware
  const disks = await Promise.all(
    hardware.disks.map(async ({ slot, volumeId }) => ({ slot, files: await volumes.chain(volumeId) })),
  )
  const discId = hardware.cd?.disc?.volumeId
  const disc = discId === undefined ? {} : { discFile: await volumes.disc(discId) }
  if (kernel === undefined) return { vmId, name, hardware, accelerator, disks, ...disc }
  const { kernelVolumeId, initrdVolumeId, commandLine } = kernel
  const initrd = initrdVolumeId === undefined ? {} : { initrd: await volumes.path(initrdVolumeId) }
  return {
    vmId,
    name,
    hardware,
    accelerator,
    disks,
    ...disc,
    kernel: { kernel: await volumes.path(kernelVolumeId), commandLine, ...initrd },
  }
}

async function startFailure(name: string, folder: RunFolder, error: unknown): Promise<AppError | unknown> {
  const output = await folder.output()
  if (error instanceof QemuExitedError) {
    return refuse(
      'qemu_failed',
      { name, output: output || `nothing, and ended with code ${error.exitCode}` },
      { cause: error },
    )
  }
  return error
}

/** A revision that changed nothing for the machine is not worth two syncs on the way to its start. */
export function isSameMachine(a: VmConfig, b: VmConfig): boolean {
  return JSON.stringify({ ...a, revision: 0 }) === JSON.stringify({ ...b, revision: 0 })
}
