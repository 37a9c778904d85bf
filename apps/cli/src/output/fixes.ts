import type { ErrorBody, VmAdopt, VmCreate, VmDiskAdd, VmNicAdd, VmUpdate } from '@viv/api'
import { needsStopped } from '@viv/common'

type Blocker = NonNullable<ErrorBody['blockers']>[number]
type Fix = NonNullable<Blocker['fix']>

/** The `viv` command that removes a blocker; undefined where its message already says it, or nothing short would. */
export function fixCommand(blocker: Blocker): string | undefined {
  // A reason knows the thing's name; the API's own fix says its id.
  return reasonCommand(blocker) ?? (blocker.fix === undefined ? undefined : apiCommand(blocker.fix, blocker))
}

const ACTIONS = /^\/v1\/(vm|image|task)s\/([0-9a-f-]+)\/actions\/(start|stop|resume|reset|restore|purge|build|cancel)$/
const OBJECT = /^\/v1\/(vm|image|token)s\/([0-9a-f-]+)$/

function apiCommand({ method, path, body }: Fix, { reason }: Blocker): string | undefined {
  // Another creation with one thing otherwise: the person has the command before them.
  if (method === 'POST' && path === '/v1/vms') return insteadCommand(reason, body as VmCreate)
  if (method === 'POST' && path === '/v1/vms/actions/adopt') return adoptCommand(reason, body as VmAdopt)
  if (method === 'POST' && path.endsWith('/disks')) return `the same command with --bus ${(body as VmDiskAdd).bus}`
  if (method === 'POST' && path.endsWith('/nics')) return `the same command with --model ${(body as VmNicAdd).model}`
  if (method === 'PATCH' || path.endsWith('/actions/clone')) return machineCommand(reason, body as VmUpdate | undefined)
  const [, kind, id, verb] = ACTIONS.exec(path) ?? []
  if (method === 'POST' && kind !== undefined) {
    const isForced = (body as { mode?: string } | undefined)?.mode === 'force'
    return `viv ${kind} ${verb} ${id}${isForced ? ' --force' : ''}`
  }
  const [, object, objectId] = OBJECT.exec(path) ?? []
  return method === 'DELETE' && object !== undefined ? `viv ${object} delete ${objectId}` : undefined
}

function insteadCommand(reason: string, body: VmCreate): string | undefined {
  const { name, accelerator, diskMib, diskBus } = body
  switch (reason) {
    case 'name_taken':
      return `the same command with the name ${name}`
    case 'kvm_unavailable':
      return `the same command with --accelerator ${accelerator}`
    case 'disk_too_small':
      return `the same command with --disk ${diskMib}M`
    case 'bus_missing':
      return `the same command with ${diskBus === undefined ? 'another bus behind --add-disk' : `--disk-bus ${diskBus}`}`
    case 'queues_need_bridge':
      return 'the same command with --nic virtio'
    case 'object_deleted':
      return `viv vm create ${name} with the same settings`
    default:
      return machineCommand(reason, body)
  }
}

function adoptCommand(reason: string, { name, accelerator, cpuModel }: VmAdopt): string {
  if (reason === 'name_taken') return `the same command with --name ${name}`
  const model = cpuModel === undefined ? [] : [`--cpu-model ${cpuModel}`]
  const words = reason === 'kvm_unavailable' ? [`--accelerator ${accelerator}`, ...model] : model
  return `the same command with ${words.join(' ')}`
}

/** The same creation or change with another machine. */
function machineCommand(
  reason: string,
  { cpus, coresPerSocket, cpuModel, firmware }: VmUpdate = {},
): string | undefined {
  switch (reason) {
    case 'cpus_uneven':
      return `the same command with --cpus ${cpus}${coresPerSocket === undefined ? '' : ` --cores-per-socket ${coresPerSocket}`}`
    case 'cpu_model_unknown':
    case 'cpu_needs_kvm':
    case 'cpu_features_missing':
      return `the same command with --cpu-model ${cpuModel}`
    case 'secure_boot_needs_uefi':
      return `the same command with ${firmware === 'uefi' ? '--firmware uefi' : '--no-secure-boot'}`
    case 'secure_boot_needs_q35':
      return 'the same command with --no-secure-boot'
    default:
      return undefined
  }
}

function reasonCommand({ reason, facts }: Blocker): string | undefined {
  switch (reason) {
    case 'vm_state':
      return stateCommand(String(facts['name']), String(facts['action']), String(facts['allowed']).split(', '))
    case 'image_in_use':
    case 'image_in_bin':
    case 'name_in_bin':
    case 'port_in_bin':
      return `viv vm purge ${facts['vm']}`
    case 'nothing_to_boot':
      return 'viv vm create NAME --image micro'
    default:
      return undefined
  }
}

/** The action that leads to where the refused one is allowed. */
function stateCommand(name: string, refused: string, allowed: readonly string[]): string | undefined {
  if (allowed.includes('restore')) return `viv vm ${refused === 'delete' ? 'purge' : 'restore'} ${name}`
  const isDeleted = refused === 'delete' || refused === 'purge'
  const isOfStopped = needsStopped(refused)
  if (isOfStopped && allowed.includes('stop')) return `viv vm stop ${name}`
  if (isDeleted && allowed.includes('stop')) return `viv vm stop ${name}`
  if (['start', 'stop', 'reboot', 'suspend', 'hibernate'].includes(refused) && allowed.includes('resume'))
    return `viv vm resume ${name}`
  if (isDeleted && allowed.includes('resume')) return `viv vm stop ${name} --force`
  if (refused === 'stop' && allowed.includes('forceStop')) return `viv vm stop ${name} --force`
  if (refused !== 'start' && !isOfStopped && allowed.includes('start')) return `viv vm start ${name}`
  return undefined
}
