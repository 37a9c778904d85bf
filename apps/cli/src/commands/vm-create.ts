import type { Image, VmCreate } from '@viv/api'
import type { Client } from '@viv/client'
import {
  type Accelerator,
  type DiskBus,
  GUEST_SYSTEM_NAMES,
  type GuestSystem,
  type NicModel,
  type PortForward,
} from '@viv/common'
import { Command, Option } from 'commander'
import { usageError } from '../output/errors.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { find } from './find.ts'
import { parseForward } from './forwards.ts'
import { lookUp } from './look-up.ts'
import { machineBody, machineOptions, type MachineOptions } from './machine-options.ts'
import { parseCount, parseMib } from './sizes.ts'
import { type AutostartOptions, autostartOf, autostartOptions } from './vm-autostart.ts'
import { type CrashPolicyOptions, crashPolicyOf, crashPolicyOptions } from './vm-crash-policy.ts'
import { tagsIn } from './vm-set.ts'
import { waitForTask } from './wait.ts'

export interface VmCreateOptions extends ChangeOptions, AutostartOptions, CrashPolicyOptions, MachineOptions {
  readonly image?: string
  readonly copy?: boolean
  readonly cd?: string
  readonly disk?: number
  readonly addDisk?: readonly AddedDisk[]
  readonly diskBus?: DiskBus
  readonly machine?: 'q35' | 'pc'
  readonly nic?: NicModel
  readonly guest?: GuestSystem
  readonly cpus?: number
  readonly memory?: number
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
  readonly forward?: readonly PortForward[]
  readonly accelerator?: Accelerator
  readonly notes?: string
  readonly tags?: string
  readonly start?: boolean
  readonly wait: boolean
  readonly idempotencyKey?: string
}

export const eachOf =
  <T>(parse: (text: string) => T) =>
  (text: string, earlier: readonly T[] = []): readonly T[] => [...earlier, parse(text)]

const mib = (option: string) => (text: string) => parseMib(text, option)

export function vmCreateCommand(): Command {
  const command = machineOptions(changeOptions(new Command('create')))
    .summary('create a VM from an image, a CD, or with a kernel')
    .argument('<name>', 'letters, digits, dots and dashes; at most 63')
    .option('--image <image>', 'image of its first disk (name or id); "micro" is built in')
    .option('--copy', 'copy the image in full instead of sharing its blocks')
    .option('--cd <image>', 'a CD drive with that ISO image in it (name or id), or "empty"')
    .option('--disk <size>', "size of its first disk, as 20G; the image's own if not said", mib('--disk'))
    .option('--add-disk <size>', 'an empty disk beside it, as 100G or 100G,scsi; repeatable', eachOf(parseAddedDisk))
    .addOption(guestOption())
    .addOption(busOption())
    .addOption(new Option('--machine <kind>', 'q35 if not said; pc: for old guests').choices(['q35', 'pc']))
    .addOption(
      new Option('--nic <model>', 'its network card; virtio if not said').choices([
        'virtio',
        'virtio-multiqueue',
        'e1000e',
      ]),
    )
    .option('--cpus <count>', 'virtual CPUs; 1 if not said', (text) => parseCount(text, '--cpus'))
    .option('--memory <size>', 'as 512M or 2G; 512M if not said', mib('--memory'))
    .option('--kernel <image>', 'boot this kernel instead of a boot loader (name or id of a kernel image)')
    .option('--initrd <image>', 'its initial ramdisk')
    .option('--append <text>', 'its command line')
    .option('--forward <forward>', '[tcp:|udp:][any:]HOSTPORT:GUESTPORT; repeatable', eachOf(parseForward))
    .addOption(acceleratorOption())
    .option('--notes <text>', 'for people')
    .option('--tags <tags>', 'to find it by; several with commas')
    .option('--start', 'start it once it is made')
    .option('--no-wait', 'do not wait until it is made')
    .option('--idempotency-key <key>', 'makes the same command safe to repeat')
    .action(create)
  crashPolicyOptions(autostartOptions(command))
  return examples(command, [
    'viv vm create web --image micro --start',
    'viv vm create web --image micro --forward 2222:22 --forward any:8080:80 --start',
    'viv vm create db --image debian --disk 20G --add-disk 100G --cpus 4 --memory 8G',
    'viv vm create win --image windows --guest windows-11 --disk 64G',
    'viv vm create old --image os --machine pc --disk-bus ide --nic e1000e',
    'viv vm create new --cd debian-installer --disk 20G --start',
    'viv vm create test --kernel vmlinuz --initrd initrd.gz --append "console=ttyS0"',
    '',
    'A forward listens on 127.0.0.1 of the host; with any: on all its addresses.',
  ])
}

const guestOption = (): Option =>
  new Option('--guest <system>', 'what it is for: chooses what is not said').choices([...GUEST_SYSTEM_NAMES])

interface AddedDisk {
  readonly sizeMib: number
  readonly bus?: DiskBus
}

const BUSES = ['virtio', 'scsi', 'sata', 'ide'] as const
const busOption = (): Option =>
  new Option('--disk-bus <bus>', 'of its disks; virtio if not said; sata on q35, ide on pc').choices([...BUSES])

function parseAddedDisk(text: string): AddedDisk {
  const [size = '', bus] = text.split(',')
  const known = BUSES.find((one) => one === bus)
  if (bus !== undefined && known === undefined) {
    throw usageError(`--add-disk ${text}: there is no bus "${bus}". Known: ${BUSES.join(', ')}.`)
  }
  return { sizeMib: parseMib(size, '--add-disk'), ...(known === undefined ? {} : { bus: known }) }
}

export const acceleratorOption = (): Option =>
  new Option(
    '--accelerator <which>',
    'kvm: hardware-assisted; translate: by translation; any: whichever works',
  ).choices(['kvm', 'any', 'translate'])

async function create(name: string, options: VmCreateOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  checkTogether(options)
  const { client } = await connectTo(context)
  const { idempotencyKey } = options
  const body = bodyOf(name, options, await imagesOf(client, options))
  const query = whyQuery(options)
  if (options.plan === true) return showPlans(terminal, [await client.plan.vmCreate({ body, query })])
  const begun = await client.vmCreate({ body, query, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) })
  const { id } = begun
  if (!options.wait) {
    terminal.result(begun, () => [`VM "${name}" is being made: task ${id}. Wait for it: viv task wait ${id}`])
    return
  }
  const task = await waitForTask(terminal, client, begun)
  const next =
    options.start === true
      ? [`VM "${name}" is running.`, `Its serial line: viv vm console ${name}   (leave it with Ctrl-])`]
      : [`VM "${name}" is made.`, `Start it: viv vm start ${name}`]
  terminal.result(task, () => next)
}

function checkTogether({ kernel, initrd, append, image, copy }: VmCreateOptions): void {
  if (kernel === undefined && initrd !== undefined) throw usageError('--initrd goes with --kernel.')
  if (kernel === undefined && append !== undefined) throw usageError('--append goes with --kernel.')
  if (image === undefined && copy === true) throw usageError('--copy goes with --image.')
}

const EMPTY = 'empty'

function imagesOf(client: Client, { image, kernel, initrd, cd }: VmCreateOptions): Promise<readonly Image[]> {
  const words = [image, kernel, initrd, cd === EMPTY ? undefined : cd].filter((word) => word !== undefined)
  return Promise.all(words.map((word) => lookUp('image', word, client.imageList)))
}

export function bodyOf(name: string, options: VmCreateOptions, images: readonly Image[]): VmCreate {
  const { image, copy, disk, addDisk = [], cpus, memory, forward, accelerator, notes, start } = options
  // Without an image the first disk is an empty one like the others.
  const empty = [...(image === undefined && disk !== undefined ? [{ sizeMib: disk }] : []), ...addDisk]
  return {
    name,
    ...(image === undefined ? {} : { imageId: find('image', image, images).id }),
    ...(copy === true ? { imageUse: 'copy' } : {}),
    ...(image === undefined || disk === undefined ? {} : { diskMib: disk }),
    ...(empty.length === 0 ? {} : { disks: empty }),
    ...cdOf(options, images),
    ...(options.guest === undefined ? {} : { guestSystem: options.guest }),
    ...(options.diskBus === undefined ? {} : { diskBus: options.diskBus }),
    ...(options.machine === undefined ? {} : { machine: options.machine }),
    ...(options.nic === undefined ? {} : { nicModel: options.nic }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryMib: memory }),
    ...machineBody(options),
    ...kernelOf(options, images),
    ...(forward === undefined ? {} : { forwards: [...forward] }),
    ...(accelerator === undefined ? {} : { accelerator }),
    ...(notes === undefined ? {} : { notes }),
    ...(options.tags === undefined ? {} : { tags: tagsIn(options.tags) }),
    ...autostartOf(options),
    ...crashPolicyOf(options),
    ...(start === true ? { start } : {}),
  }
}

function cdOf({ cd }: VmCreateOptions, images: readonly Image[]): Pick<VmCreate, 'cd'> {
  if (cd === undefined) return {}
  return { cd: cd === EMPTY ? {} : { imageId: find('image', cd, images).id } }
}

function kernelOf({ kernel, initrd, append }: VmCreateOptions, images: readonly Image[]): Pick<VmCreate, 'kernel'> {
  if (kernel === undefined) return {}
  return {
    kernel: {
      kernelImageId: find('image', kernel, images).id,
      ...(initrd === undefined ? {} : { initrdImageId: find('image', initrd, images).id }),
      ...(append === undefined ? {} : { commandLine: append }),
    },
  }
}
