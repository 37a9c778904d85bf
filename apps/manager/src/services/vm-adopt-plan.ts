import { diskPart, type Task, type VmAdopt, type VmPackage } from '@viv/api'
import {
  type Effect,
  effect,
  type Fix,
  HOST_CPU_MODEL,
  PLAIN_CPU_MODEL,
  type Refusal,
  refusal,
  type VmHardware,
  type Warning,
  warning,
} from '@viv/common'
import type { HostDoc } from '../domain/host.ts'
import { chooseMachine, runsBy } from '../domain/machine.ts'
import { type DocumentKey, type VmDoc, withoutUndefined } from '../domain/vm.ts'
import { isTooNew, packageProblem } from '../domain/vm-package.ts'
import { type Documents, keyWrites } from '../store/documents.ts'
import type { VmAdoptInput } from '../workflows/vm-adopt.ts'
import { featureRefusal, hardwareRefusal } from './agent-checks.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { guestWarnings } from './guest-warnings.ts'
import { newId } from './ids.ts'
import { machineRefusals } from './machine-checks.ts'
import type { ServiceParts } from './parts.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import { findHost, type Found, nameRefusals } from './vm-create-checks.ts'
import { absent, freeUidIndex, makeMac } from './vm-create-plan.ts'

/** Makes a VM of a package; its files are sent while the task waits for them. */
export function planVmAdopt(
  parts: ServiceParts,
  request: ChangeRequest,
  body: VmAdopt,
): Planned<Task> | Repeated<Task> {
  const repeated = parts.requests.repeated(request)
  if (repeated !== undefined) return { repeated }
  const name = body.name ?? body.package.name
  const instead = (change: Partial<VmAdopt>): Fix => fixOf({ ...body, ...change })
  const problem = packageProblem(body.package)
  const blockers: Refusal[] = [
    ...(problem === undefined ? [] : [refusal('package_broken', { name, problem })]),
    ...nameRefusals(parts.documents, name, (free) => instead({ name: free })),
  ]
  const host = findHost(parts.documents, body.hostId, blockers)
  if (host === undefined || problem !== undefined) return { effects: [], warnings: [], blockers, apply: noBeginning }
  const made = hardwareOf(parts.documents, host.value, body)
  blockers.push(...hostRefusals(parts, host, body, made.hardware, instead))
  return {
    effects: adoptEffects(host.value, name, body, made.hardware),
    warnings: adoptWarnings(parts, host, { ...body.package, name }, made),
    blockers,
    apply: () => begin(parts, request, host, body, made.hardware),
  }
}

const noBeginning = (): never => {
  throw new Error('a plan with blockers has no beginning')
}

const fixOf = (body: VmAdopt): Fix => ({ action: 'vmAdopt', method: 'POST', path: '/v1/vms/actions/adopt', body })

interface Made {
  readonly hardware: VmHardware
  /** MACs of the package that a VM here has already. */
  readonly taken: readonly string[]
}

/** The packed machine with disks and network cards of this installation. */
function hardwareOf(documents: Documents, host: HostDoc, { package: packed, accelerator, cpuModel }: VmAdopt): Made {
  const { disks, nics, ...rest } = packed.hardware
  const taken = nics.map(({ mac }) => mac).filter((mac) => documents.macs.find(mac) !== undefined)
  const hardware: VmHardware = {
    ...rest,
    ...(accelerator === undefined ? {} : { accelerator }),
    disks: disks.map((disk) => ({ ...disk, volumeId: newId() })),
    nics: nics.map((nic) => ({
      ...nic,
      mac: taken.includes(nic.mac) ? makeMac(documents) : nic.mac,
      network: 'user',
      forwards: [],
    })),
  }
  return { hardware: chooseMachine(hardware, withoutUndefined({ cpuModel }), host.facts), taken }
}

/** Why that host can't run it. */
function hostRefusals(
  parts: ServiceParts,
  { id, value: host }: Found<HostDoc>,
  { package: packed }: VmAdopt,
  hardware: VmHardware,
  instead: (change: Partial<VmAdopt>) => Fix,
): Refusal[] {
  const { kvm, machineType: newest, qemuVersion: version } = host.facts
  const { accelerator, machineType: machine, cpuModel } = hardware
  const translated =
    cpuModel === HOST_CPU_MODEL
      ? ({ accelerator: 'any', cpuModel: PLAIN_CPU_MODEL } as const)
      : { accelerator: 'any' as const }
  const { firmware: _1, secureBoot: _2, tpm: _3, ...before } = hardware
  return present(
    featureRefusal(parts, id, 'adopt'),
    hardwareRefusal(parts, id, hardware),
    isTooNew(machine, newest)
      ? refusal('machine_too_new', { name: packed.name, machine, version, host: host.name })
      : undefined,
    accelerator === 'kvm' && !kvm.isUsable
      ? refusal('kvm_unavailable', { host: host.name, problem: kvm.problem }, instead(translated))
      : undefined,
    ...machineRefusals({
      before,
      choices: { cpuModel },
      after: hardware,
      host,
      // Of the machine that was packed nothing else can be chosen.
      instead: ({ cpuModel: other }) => instead(withoutUndefined({ cpuModel: other })),
    }),
  )
}

function adoptEffects(
  host: HostDoc,
  name: string,
  { package: packed, start }: VmAdopt,
  hardware: VmHardware,
): Effect[] {
  const { cpus, memoryMib } = hardware
  const files = packed.files ?? []
  const sizeMib = Math.ceil(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / MIB)
  return [
    effect('vm_adopted', { name, host: host.name, cpus, memoryMib, count: files.length, sizeMib }),
    ...(start === true ? [effect('vm_started', { name })] : []),
  ]
}
const MIB = 1024 * 1024

function adoptWarnings(
  parts: ServiceParts,
  host: Found<HostDoc>,
  { name, guestSystem }: VmPackage,
  { hardware, taken }: Made,
): Warning[] {
  const { kvm } = host.value.facts
  const isTranslated = hardware.accelerator !== 'kvm' && runsBy(hardware.accelerator, host.value.facts) === 'tcg'
  return [
    ...hostWarnings(parts, host.id),
    ...taken.map((mac) => warning('mac_renewed', { mac, name })),
    ...(isTranslated && !kvm.isUsable
      ? [warning('runs_by_translation', { host: host.value.name, problem: kvm.problem })]
      : []),
    ...(hardware.tpm === true ? [warning('tpm_adopted', { name })] : []),
    ...guestWarnings(guestSystem, hardware),
  ]
}

async function begin(
  { documents, engine, requests }: ServiceParts,
  request: ChangeRequest,
  host: Found<HostDoc>,
  body: VmAdopt,
  hardware: VmHardware,
): Promise<Task> {
  const [vmId, taskId] = [newId(), newId()]
  const vm = vmOf(documents, host.id, body, hardware)
  const input: VmAdoptInput = { vmId, parts: partsToSend(body.package, hardware), start: body.start ?? false }
  const remembered = requests.remember(request, taskId)
  await engine.begin({
    taskId,
    workflow: 'vm-adopt',
    ...asked(request),
    target: { kind: 'VM', id: vmId, name: vm.name },
    hostId: host.id,
    input,
    claims: [`vm.${vmId}`],
    expect: [documents.vms.expectAbsent(vmId), ...remembered.expect, ...vm.keys.map(absent)],
    writes: [...remembered.writes, documents.vms.write(vmId, vm), ...keyWrites(documents, vm.keys, vmId)],
  })
  return begunTask(engine, taskId)
}

/** Each file comes in as a volume: a disk as the one that it will be. */
function partsToSend({ files = [] }: VmPackage, { disks }: VmHardware): VmAdoptInput['parts'] {
  const diskIds = new Map(disks.map(({ slot, volumeId }) => [diskPart(slot), volumeId]))
  return Object.fromEntries(
    files.map(({ name, sizeBytes, sha256 }) => [name, { volumeId: diskIds.get(name) ?? newId(), sizeBytes, sha256 }]),
  )
}

function vmOf(documents: Documents, hostId: string, body: VmAdopt, hardware: VmHardware): VmDoc {
  const { name: packedName, notes, tags, guestSystem } = body.package
  const name = body.name ?? packedName
  const uidIndex = freeUidIndex(documents)
  const keys: DocumentKey[] = [
    { kind: 'vm-name', id: name.toLowerCase() },
    { kind: 'vm-uid', id: String(uidIndex) },
    ...hardware.nics.map(({ mac }) => ({ kind: 'mac', id: mac })),
  ]
  return withoutUndefined({
    name,
    notes,
    tags,
    hostId,
    lifecycle: 'creating' as const,
    uidIndex,
    guestSystem,
    isLinked: false,
    hardware,
    keys,
    createdAt: new Date().toISOString(),
  })
}
