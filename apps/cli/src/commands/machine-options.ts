import type { Vm, VmUpdate } from '@viv/api'
import type { BootOrder } from '@viv/common'
import { type Command, Option } from 'commander'
import { usageError } from '../output/errors.ts'
import { parseCount } from './sizes.ts'

/** What of the machine can be chosen, when a VM is made and afterwards. */
export interface MachineOptions {
  readonly coresPerSocket?: number
  readonly threadsPerCore?: number
  readonly cpuModel?: string
  readonly pointer?: 'tablet' | 'mouse'
  readonly bootOrder?: BootOrder
  readonly display?: 'std' | 'virtio' | 'none'
  readonly random?: boolean
  readonly watchdog?: boolean
  readonly clock?: 'host' | 'free'
  readonly firmware?: 'bios' | 'uefi'
  readonly secureBoot?: boolean
  readonly tpm?: boolean
}

export function machineOptions(command: Command): Command {
  return deviceOptions(rememberedOptions(command))
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

function deviceOptions(command: Command): Command {
  return command
    .option(
      '--boot-order <kinds>',
      'what is tried in turn: disk, cd, network; with commas between them',
      parseBootOrder,
    )
    .addOption(
      new Option('--display <which>', 'what the screen hangs on; std if not said').choices(['std', 'virtio', 'none']),
    )
    .addOption(
      new Option('--clock <which>', "host: set to the host's when the guest goes on; free: left alone").choices([
        'host',
        'free',
      ]),
    )
    .addOption(new Option('--random', 'a random generator, as a new VM has').default(undefined))
    .addOption(new Option('--no-random', 'without it').default(undefined))
    .option('--watchdog', 'a watchdog that resets a guest which stopped to feed it')
    .addOption(new Option('--no-watchdog', 'without it').default(undefined))
}

function parseBootOrder(text: string): BootOrder {
  const kinds = text.split(',')
  const isKnown = kinds.every((kind) => kind === 'disk' || kind === 'cd' || kind === 'network')
  if (!isKnown || new Set(kinds).size !== kinds.length) {
    throw usageError(`--boot-order ${text} is none. Write disk, cd, network or several of them, as cd,disk.`)
  }
  return kinds as BootOrder
}

/** What the machine itself remembers beside its disks. */
function rememberedOptions(command: Command): Command {
  return command
    .addOption(new Option('--firmware <which>', 'what starts the guest; bios if not said').choices(['bios', 'uefi']))
    .option('--secure-boot', 'UEFI that starts only what is signed')
    .addOption(new Option('--no-secure-boot', 'without it').default(undefined))
    .option('--tpm', 'a TPM 2.0, kept with the VM')
    .addOption(new Option('--no-tpm', 'without it').default(undefined))
}

export const MACHINE_WORDS =
  '--cores-per-socket, --threads-per-core, --cpu-model, --pointer, --boot-order, --display, --random, --watchdog, --clock, --firmware, --secure-boot or --tpm'

export const machineBody = (options: MachineOptions): VmUpdate => {
  const { coresPerSocket, threadsPerCore, cpuModel, pointer, firmware, secureBoot, tpm } = options
  const { bootOrder, display, random, watchdog, clock } = options
  return {
    ...(coresPerSocket === undefined ? {} : { coresPerSocket }),
    ...(threadsPerCore === undefined ? {} : { threadsPerCore }),
    ...(cpuModel === undefined ? {} : { cpuModel }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(bootOrder === undefined ? {} : { bootOrder }),
    ...(display === undefined ? {} : { display }),
    ...(random === undefined ? {} : { random }),
    ...(watchdog === undefined ? {} : { watchdog }),
    ...(clock === undefined ? {} : { clock }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(secureBoot === undefined ? {} : { secureBoot }),
    ...(tpm === undefined ? {} : { tpm }),
  }
}

export function topologyText({ hardware: { topology } }: Vm): string | undefined {
  if (topology === undefined) return undefined
  const { sockets, cores, threads } = topology
  return `${sockets} socket(s) × ${cores} core(s) × ${threads} thread(s)`
}

export function firmwareText({ hardware: { firmware, secureBoot } }: Vm): string {
  return `${firmware ?? 'bios'}${secureBoot === true ? ', secure boot' : ''}`
}
