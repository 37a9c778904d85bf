import {
  CPU_GENERATIONS,
  type CpuOffer,
  HOST_CPU_MODEL,
  nearestName,
  offeredGenerations,
  PLAIN_CPU_MODEL,
  refusal,
  type Refusal,
  VM_LIMITS,
} from '@viv/common'
import { firmwareRefusals } from './firmware-checks.ts'
import type { Asked } from './machine-asked.ts'
import { cpuOffer, runsBy, wantedTopology } from '../domain/machine.ts'

/** Every reason why the machine can't be as it was chosen. */
export function machineRefusals(asked: Asked): Refusal[] {
  return [...topologyRefusals(asked), ...modelRefusals(asked), ...firmwareRefusals(asked)]
}

function topologyRefusals({ before, choices, after: { cpus }, instead }: Asked): Refusal[] {
  const wanted = wantedTopology(before, choices, cpus)
  if (wanted === undefined) return []
  const { cores, threads } = wanted
  const unit = cores * threads
  if (cpus % unit === 0) return []
  const next = Math.ceil(cpus / unit) * unit
  const fix = next <= VM_LIMITS.cpus ? instead({ cpus: next }) : instead({ coresPerSocket: cpus, threadsPerCore: 1 })
  return [refusal('cpus_uneven', { cpus, cores, threads, unit }, fix)]
}

/** Only of a model that is asked for now: what a VM has was checked when it got it. */
function modelRefusals({ choices: { cpuModel }, after, host, instead }: Asked): Refusal[] {
  if (cpuModel === undefined || cpuModel === PLAIN_CPU_MODEL || host === undefined) return []
  const offer = cpuOffer(after.accelerator, host.facts)
  const best = offer === undefined ? PLAIN_CPU_MODEL : (offeredGenerations(offer)[0] ?? PLAIN_CPU_MODEL)
  if (cpuModel === HOST_CPU_MODEL) {
    if (after.accelerator === 'kvm') return []
    return [refusal('cpu_needs_kvm', { model: cpuModel }, instead({ cpuModel: best }))]
  }
  // An older agent says nothing: then QEMU itself refuses what it can't give.
  if (offer === undefined) return []
  const missing = offer.missing[after.cpuModel]
  if (missing === undefined) return [unknownModel(cpuModel, host.name, offer, instead)]
  if (missing.length === 0) return []
  const accelerator = runsBy(after.accelerator, host.facts) === 'kvm' ? 'KVM' : 'TCG'
  const facts = { host: host.name, model: cpuModel, accelerator, missing: missing.join(', '), best }
  return [refusal('cpu_features_missing', facts, instead({ cpuModel: best }))]
}

function unknownModel(model: string, host: string, offer: CpuOffer, instead: Asked['instead']): Refusal {
  const names = [HOST_CPU_MODEL, ...Object.keys(offer.missing), ...Object.keys(offer.aliases)]
  const near = nearestName(model, names)
  const known = near ?? [HOST_CPU_MODEL, ...Object.keys(CPU_GENERATIONS)].join(', ')
  return refusal(
    'cpu_model_unknown',
    { model, host, known },
    near === undefined ? undefined : instead({ cpuModel: near }),
  )
}
