import type { Vm, VmUpdate } from '@viv/api'
import { type Command, Option } from 'commander'
import { parseCount } from './sizes.ts'

/** What of the machine can be chosen, when a VM is made and afterwards. */
export interface MachineOptions {
  readonly coresPerSocket?: number
  readonly threadsPerCore?: number
  readonly cpuModel?: string
  readonly pointer?: 'tablet' | 'mouse'
}

export function machineOptions(command: Command): Command {
  return command
    .option('--cores-per-socket <count>', 'how the guest sees its CPUs; all in one socket if not said', (text) =>
      parseCount(text, '--cores-per-socket'),
    )
    .option('--threads-per-core <count>', '1 if not said', (text) => parseCount(text, '--threads-per-core'))
    .option('--cpu-model <model>', 'host (KVM only), x86-64-v2, -v3, -v4, or a name that "viv host show" lists')
    .addOption(
      new Option(
        '--pointer <which>',
        'tablet: follows the pointer of the screen; mouse: for guests without USB',
      ).choices(['tablet', 'mouse']),
    )
}

export const MACHINE_WORDS = '--cores-per-socket, --threads-per-core, --cpu-model or --pointer'

export const machineBody = ({ coresPerSocket, threadsPerCore, cpuModel, pointer }: MachineOptions): VmUpdate => ({
  ...(coresPerSocket === undefined ? {} : { coresPerSocket }),
  ...(threadsPerCore === undefined ? {} : { threadsPerCore }),
  ...(cpuModel === undefined ? {} : { cpuModel }),
  ...(pointer === undefined ? {} : { pointer }),
})

export function topologyText({ hardware: { topology } }: Vm): string | undefined {
  if (topology === undefined) return undefined
  const { sockets, cores, threads } = topology
  return `${sockets} socket(s) × ${cores} core(s) × ${threads} thread(s)`
}
