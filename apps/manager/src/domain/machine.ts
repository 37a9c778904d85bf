import { type CpuOffer, type CpuTopology, isLooseModel, PCI_SLOTS, topologyOf, type VmHardware } from '@viv/common'
import type { VmUpdate } from '@viv/api'
import type { HostFacts } from './host.ts'

/** What a person may choose of a machine when it is made, and change later. */
export type MachineChoices = Pick<
  VmUpdate,
  | 'cpus'
  | 'memoryMib'
  | 'coresPerSocket'
  | 'threadsPerCore'
  | 'cpuModel'
  | 'pointer'
  | 'bootOrder'
  | 'display'
  | 'random'
  | 'watchdog'
  | 'clock'
  | 'firmware'
  | 'secureBoot'
  | 'tpm'
>

/** What of a host counts for the machines on it. */
export type MachineFacts = Pick<HostFacts, 'kvm' | 'cpuModels'>

/** The fields of the hardware that follow from such choices: what an edit, or a way back, may change. */
export const MACHINE_FIELDS = [
  'cpus',
  'memoryMib',
  'topology',
  'cpuModel',
  'pointer',
  'bootOrder',
  'display',
  'random',
  'watchdog',
  'clock',
  'firmware',
  'secureBoot',
  'tpm',
] as const
export type MachineField = (typeof MACHINE_FIELDS)[number]

/** Fields that follow from another one, and come and go with it. */
const FOLLOWING = ['usb'] as const

/** Where two machines differ, by the fields that can be chosen. */
export const changedFields = (one: VmHardware, other: VmHardware): MachineField[] =>
  MACHINE_FIELDS.filter((field) => JSON.stringify(one[field]) !== JSON.stringify(other[field]))

/** The machine with what was chosen; what was not stays as it is. */
export function chooseMachine(
  hardware: VmHardware,
  choices: MachineChoices,
  facts: MachineFacts | undefined,
): VmHardware {
  const { cpus = hardware.cpus, memoryMib = hardware.memoryMib, pointer = hardware.pointer, cpuModel } = choices
  const { firmware = hardware.firmware, secureBoot = hardware.secureBoot, tpm = hardware.tpm } = choices
  const rest = without(hardware, ['topology', 'pointer', 'usb', 'firmware', 'secureBoot', 'tpm', ...DEVICES])
  const topology = chosenTopology(hardware, choices, cpus)
  return {
    ...rest,
    cpus,
    memoryMib,
    cpuModel: cpuModel === undefined ? hardware.cpuModel : pinnedModel(cpuModel, hardware, facts),
    ...(topology === undefined ? {} : { topology }),
    ...(pointer === undefined ? {} : { pointer }),
    // What is as it was before it could be chosen is kept as not said: the same machine has one form.
    ...(firmware === 'uefi' ? { firmware } : {}),
    ...(secureBoot === true ? { secureBoot } : {}),
    ...(tpm === true ? { tpm } : {}),
    ...chosenDevices(hardware, choices),
    ...(pointer === 'tablet' ? { usb: hardware.usb ?? { pciSlot: PCI_SLOTS.usb } } : {}),
  }
}

const DEVICES = ['bootOrder', 'display', 'random', 'watchdog', 'clock'] as const

function chosenDevices(hardware: VmHardware, choices: MachineChoices): Pick<VmHardware, (typeof DEVICES)[number]> {
  const { bootOrder = hardware.bootOrder, display = hardware.display, random = hardware.random } = choices
  const watchdog = hardware.watchdog ?? ({ model: 'i6300esb', pciSlot: PCI_SLOTS.watchdog } as const)
  const { clock = hardware.clock } = choices
  const hasWatchdog = choices.watchdog ?? hardware.watchdog !== undefined
  return {
    ...(bootOrder === undefined || isUsualOrder(bootOrder, hardware) ? {} : { bootOrder }),
    ...(display === undefined || display === 'std' ? {} : { display }),
    ...(random === false ? { random } : {}),
    ...(hasWatchdog ? { watchdog } : {}),
    ...(clock === 'free' ? { clock } : {}),
  }
}

/** What no order means: disks, then the CD drive where there is one. */
const isUsualOrder = (order: readonly string[], { cd }: VmHardware): boolean =>
  String(order) === 'disk,cd' || (String(order) === 'disk' && cd === undefined)

const without = <T extends object, K extends keyof T>(value: T, names: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name as K))) as Omit<T, K>

/** The machine of then, as far as it can be had back; the rest of what is now. */
export function machineOf(now: VmHardware, then: VmHardware): VmHardware {
  const fields: readonly string[] = [...MACHINE_FIELDS, ...FOLLOWING]
  const isOf = ([field]: [string, unknown]) => fields.includes(field)
  const kept = Object.entries(now).filter((entry) => !isOf(entry))
  return Object.fromEntries([...kept, ...Object.entries(then).filter(isOf)]) as VmHardware
}

/** How such a machine is asked for. */
export function choicesOf(hardware: VmHardware): MachineChoices {
  const { cpus, memoryMib, topology, cpuModel, pointer = 'mouse', firmware, secureBoot, tpm } = hardware
  const { bootOrder, display, random, watchdog, clock } = hardware
  const shares = topology === undefined ? {} : { coresPerSocket: topology.cores, threadsPerCore: topology.threads }
  const remembered = { ...(firmware && { firmware }), ...(secureBoot && { secureBoot }), ...(tpm && { tpm }) }
  const devices = {
    ...(bootOrder && { bootOrder }),
    ...(display && { display }),
    ...(random === false && { random }),
    ...(watchdog && { watchdog: true }),
    ...(clock && { clock }),
  }
  return { cpus, memoryMib, ...shares, cpuModel, pointer, ...devices, ...remembered }
}

/** How the CPUs are asked for, of which `cpus` may be no multiple. */
export function wantedTopology(
  hardware: VmHardware,
  { coresPerSocket, threadsPerCore }: MachineChoices,
  cpus: number,
): { readonly cores: number; readonly threads: number } | undefined {
  const { topology } = hardware
  if (coresPerSocket === undefined && threadsPerCore === undefined && topology === undefined) return undefined
  const threads = threadsPerCore ?? topology?.threads ?? 1
  return { cores: coresPerSocket ?? topology?.cores ?? Math.max(1, Math.floor(cpus / threads)), threads }
}

/** One socket with all CPUs as cores is the same machine as none said: it is kept as none. */
function chosenTopology(hardware: VmHardware, choices: MachineChoices, cpus: number): CpuTopology | undefined {
  const wanted = wantedTopology(hardware, choices, cpus)
  if (wanted === undefined) return undefined
  const topology = topologyOf(cpus, wanted.cores, wanted.threads)
  return topology?.cores === cpus ? undefined : topology
}

/** The model by the name that keeps its meaning. */
function pinnedModel(model: string, { accelerator }: VmHardware, facts: MachineFacts | undefined): string {
  return isLooseModel(model) ? model : (cpuOffer(accelerator, facts)?.aliases[model] ?? model)
}

/** How a VM would run on the host now. */
export const runsBy = (accelerator: VmHardware['accelerator'], facts: MachineFacts | undefined): 'kvm' | 'tcg' =>
  accelerator === 'kvm' || (accelerator === 'any' && facts?.kvm.isUsable === true) ? 'kvm' : 'tcg'

export function cpuOffer(
  accelerator: VmHardware['accelerator'],
  facts: MachineFacts | undefined,
): CpuOffer | undefined {
  return facts?.cpuModels?.[runsBy(accelerator, facts)]
}
