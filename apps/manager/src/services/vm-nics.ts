import type { VmNicAdd } from '@viv/api'
import { effect, type Fix, type Refusal, refusal, VM_LIMITS, type VmHardware, type VmNic } from '@viv/common'
import { freeNicSlot, usualNicModel, withNic, withoutNic } from '../domain/vm-parts.ts'
import { asJson } from '../domain/vm.ts'
import { keyWrites } from '../store/documents.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { portKey } from './vm-create-checks.ts'
import { absent, makeMac } from './vm-create-plan.ts'
import { bootRefusals, virtioWarnings } from './vm-disks.ts'
import { type PartWork, planPart } from './vm-parts-plan.ts'

export function planVmNicAdd(parts: ServiceParts, request: ChangeRequest, vmId: string, body: VmNicAdd) {
  return planPart(parts, request, vmId, (vm): PartWork => {
    const { name, hardware, guestSystem } = vm
    const refused = addRefusals(vmId, name, hardware, body)
    const model = body.model === 'virtio-multiqueue' ? 'virtio' : (body.model ?? usualNicModel(hardware))
    return {
      action: 'addNic',
      workflow: 'vm-nic-add',
      effects: [
        effect('nic_added', { name, model: body.model ?? model, slot: freeNicSlot(hardware) ?? VM_LIMITS.nics + 1 }),
      ],
      warnings: refused.length > 0 ? [] : virtioWarnings(guestSystem, withNic(hardware, { mac: '', model })),
      refused,
      begin: () => {
        const mac = makeMac(parts.documents)
        const key = { kind: 'mac', id: mac }
        return {
          input: { vmId, mac },
          change: { hardware: withNic(hardware, { mac, model }), keys: [...vm.keys, key] },
          expect: [absent(key)],
          writes: keyWrites(parts.documents, [key], vmId),
        }
      },
    }
  })
}

function addRefusals(vmId: string, name: string, hardware: VmHardware, { model }: VmNicAdd): Refusal[] {
  const fix: Fix = { action: 'vmNicAdd', method: 'POST', path: `/v1/vms/${vmId}/nics`, body: { model: 'virtio' } }
  return [
    ...(freeNicSlot(hardware) === undefined ? [refusal('nics_full', { name, most: VM_LIMITS.nics })] : []),
    ...(model === 'virtio-multiqueue' ? [refusal('queues_need_bridge', {}, fix)] : []),
  ]
}

export function planVmNicRemove(parts: ServiceParts, request: ChangeRequest, vmId: string, mac: string) {
  return planPart(parts, request, vmId, (vm): PartWork => {
    const { name, hardware, hostId } = vm
    const nic = hardware.nics.find((each) => each.mac === mac)
    const work = { action: 'removeNic', workflow: 'vm-nic-remove' } as const
    if (nic === undefined) {
      return { ...work, effects: [], refused: [refusal('nic_unknown', { name, mac })], begin: () => ({ input: {} }) }
    }
    const next = withoutNic(hardware, mac)
    return {
      ...work,
      effects: [
        effect('nic_removed', { name, slot: nic.slot, model: nic.model, mac }),
        ...nic.forwards.map(({ hostPort, protocol }) => effect('forward_ended', { hostPort, protocol })),
      ],
      refused: bootRefusals(name, hardware, next),
      begin: () => ({
        input: { vmId, before: asJson(hardware), keys: keysOf(hostId, nic) },
        change: { hardware: next },
      }),
    }
  })
}

const keysOf = (hostId: string, { mac, forwards }: VmNic): { kind: string; id: string }[] => [
  { kind: 'mac', id: mac },
  ...forwards.map((forward) => ({ kind: 'port', id: portKey(hostId, forward) })),
]
