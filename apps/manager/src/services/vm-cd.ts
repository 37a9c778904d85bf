import { effect, placeCd, refusal } from '@viv/common'
import { withCd, withoutCd } from '../domain/vm-parts.ts'
import { asJson } from '../domain/vm.ts'
import { featureRefusal } from './agent-checks.ts'
import type { ServiceParts } from './parts.ts'
import { present } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import { imageName, noPlaceForCd } from './vm-disc-plan.ts'
import { bootRefusals } from './vm-disks.ts'
import { type PartWork, planPart } from './vm-parts-plan.ts'

/** An empty drive. A disc comes into it, and out of it, by `vmChangeDisc`. */
export function planVmCdAdd(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planPart(parts, request, vmId, ({ name, hardware, hostId }): PartWork => {
    const cd = placeCd(hardware)
    const full = cd === undefined ? noPlaceForCd(hardware) : undefined
    return {
      action: 'addCd',
      workflow: 'vm-cd-add',
      effects: [effect('cd_added', { name })],
      refused: present(
        hardware.cd === undefined ? full : refusal('cd_there', { name }),
        featureRefusal(parts, hostId, 'cd'),
      ),
      begin: () => ({ input: { vmId }, change: cd === undefined ? {} : { hardware: withCd(hardware, cd) } }),
    }
  })
}

export function planVmCdRemove(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planPart(parts, request, vmId, ({ name, hardware }): PartWork => {
    const { cd } = hardware
    const work = { action: 'removeCd', workflow: 'vm-cd-remove' } as const
    if (cd === undefined)
      return { ...work, effects: [], refused: [refusal('cd_unknown', { name })], begin: () => ({ input: {} }) }
    const next = withoutCd(hardware)
    const image = cd.disc === undefined ? undefined : imageName(parts.documents, cd.disc.imageId)
    return {
      ...work,
      effects: [
        ...(image === undefined ? [] : [effect('disc_ejected', { image, name })]),
        effect('cd_removed', { name, bus: cd.bus }),
      ],
      refused: bootRefusals(name, hardware, next),
      // Until its host knows, its image must stay: the VM may have to be as before.
      begin: () => ({
        input: { vmId, before: asJson(hardware) },
        change: { hardware: next, nextCd: cd },
      }),
    }
  })
}
