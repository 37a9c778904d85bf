import { CPU_GENERATIONS, isCpuGeneration, isLooseModel, type VmHardware } from '@viv/common'

/**
 * The plainest 64-bit processor: what generations build on. Without the switch for AMD's virtualization, which it has
 * and half of all hosts have not.
 */
const GENERATION_BASE = 'qemu64,svm=off'

export function cpuArguments({
  cpuModel,
  cpus,
  topology,
}: Pick<VmHardware, 'cpuModel' | 'cpus' | 'topology'>): string[] {
  const { sockets, cores, threads } = topology ?? { sockets: 1, cores: cpus, threads: 1 }
  return [
    ...['-cpu', modelText(cpuModel)],
    ...['-smp', `cpus=${cpus},sockets=${sockets},cores=${cores},threads=${threads}`],
  ]
}

/** `enforce`: a host that lacks a flag does not start the machine, where QEMU would leave the flag out in silence. */
function modelText(cpuModel: string): string {
  if (isCpuGeneration(cpuModel)) {
    return [GENERATION_BASE, ...CPU_GENERATIONS[cpuModel].map((flag) => `${flag}=on`), 'enforce'].join(',')
  }
  return isLooseModel(cpuModel) ? cpuModel : `${cpuModel},enforce`
}
