import type { Vm, VmDiskAdd, VmNicAdd } from '@viv/api'
import type { DiskBus, NicModel } from '@viv/common'
import { Command, Option } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { changeOptions, whyQuery } from './change.ts'
import { contextOf, examples } from './context.ts'
import { formatMib } from '../output/units.ts'
import { parseMib } from './sizes.ts'
import { act, inputOf, type WaitOption } from './vm-act.ts'

interface RemoveOptions extends WaitOption {
  readonly yes?: boolean
}

/** Disks that come to a stopped VM and leave it. */
export function vmDiskCommand(): Command {
  const disk = new Command('disk').description('Add disks to a stopped VM, and remove them.')
  for (const command of [diskAddCommand(), diskRemoveCommand()]) disk.addCommand(command)
  return examples(disk, ['viv vm disk add web --size 100G', 'viv vm disk remove web 2'])
}

function diskAddCommand(): Command {
  const command = changeOptions(new Command('add'))
    .summary('add an empty disk to a stopped VM')
    .argument('<vm>', 'name or id')
    .requiredOption('--size <size>', 'as 512M or 100G', (text) => parseMib(text, '--size'))
    .addOption(
      new Option('--bus <bus>', 'as its first disk if not said; sata on q35, ide on pc').choices([
        'virtio',
        'scsi',
        'sata',
        'ide',
      ]),
    )
    .option('--no-wait', 'do not wait until it is made')
    .action((word: string, options: WaitOption & { size: number; bus?: DiskBus }, self: Command) => {
      const body: VmDiskAdd = { sizeMib: options.size, ...(options.bus === undefined ? {} : { bus: options.bus }) }
      return act(contextOf(self), [word], options, 'has another disk', {
        begin: (client, vm) => client.vmDiskAdd({ ...inputOf(vm, options), body }),
        plan: (client, vm) => client.plan.vmDiskAdd({ ...inputOf(vm, options), body }),
      })
    })
  return examples(command, ['viv vm disk add web --size 100G', 'viv vm disk add web --size 1T --bus scsi --plan'])
}

function diskRemoveCommand(): Command {
  const command = changeOptions(new Command('remove'))
    .summary('delete a disk of a stopped VM, with what is on it')
    .argument('<vm>', 'name or id')
    .argument('<disk>', 'its number or volume, as "viv vm show" lists them')
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'do not wait until it is gone')
    .action(async (word: string, disk: string, options: RemoveOptions, self: Command) => {
      await confirmRemoval(word, disk, options)
      const input = (vm: Vm) => ({ params: { vmId: vm.id, volumeId: diskOf(vm, disk) }, query: whyQuery(options) })
      await act(contextOf(self), [word], options, `has disk ${disk} no more`, {
        begin: (client, vm) => client.vmDiskRemove(input(vm)),
        plan: (client, vm) => client.plan.vmDiskRemove(input(vm)),
      })
    })
  return examples(command, ['viv vm disk remove web 2 --plan', 'viv vm disk remove web 2 --yes'])
}

/** What is on it can't be had back. */
async function confirmRemoval(vm: string, disk: string, { yes, plan }: RemoveOptions): Promise<void> {
  if (yes === true || plan === true) return
  if (!canAsk()) throw usageError('There is nobody to ask whether to delete. Say --yes.')
  if (!(await askYes(`Delete disk ${disk} of "${vm}" with what is on it? This can't be undone.`))) {
    throw new CliError('refused', 'Nothing was deleted.')
  }
}

function diskOf(vm: Vm, word: string): string {
  const disk = vm.hardware.disks.find(({ slot, volumeId }) => String(slot) === word || volumeId === word)
  if (disk !== undefined) return disk.volumeId
  throw unknownPart(`VM "${vm.name}" has no disk "${word}".`, diskTexts(vm))
}

/** Disks that an older version made are of a size that only their host knows. */
export const diskTexts = ({ hardware: { disks }, diskSizesMib = {} }: Vm): string[] =>
  disks.map(({ slot, bus, volumeId }) => {
    const sizeMib = diskSizesMib[volumeId]
    return `${slot}: ${bus}, ${sizeMib === undefined ? '' : `${formatMib(sizeMib)}, `}volume ${volumeId}`
  })

/** Network cards that come to a stopped VM and leave it. */
export function vmNicCommand(): Command {
  const nic = new Command('nic').description('Add network cards to a stopped VM, and remove them.')
  for (const command of [nicAddCommand(), nicRemoveCommand()]) nic.addCommand(command)
  return examples(nic, ['viv vm nic add web --model e1000e', 'viv vm nic remove web 2'])
}

function nicAddCommand(): Command {
  const command = changeOptions(new Command('add'))
    .summary('add a network card to a stopped VM')
    .argument('<vm>', 'name or id')
    .addOption(
      new Option('--model <model>', 'as its first card if not said').choices(['virtio', 'virtio-multiqueue', 'e1000e']),
    )
    .option('--no-wait', 'do not wait until it is there')
    .action((word: string, options: WaitOption & { model?: NicModel }, self: Command) => {
      const body: VmNicAdd = options.model === undefined ? {} : { model: options.model }
      return act(contextOf(self), [word], options, 'has another network card', {
        begin: (client, vm) => client.vmNicAdd({ ...inputOf(vm, options), body }),
        plan: (client, vm) => client.plan.vmNicAdd({ ...inputOf(vm, options), body }),
      })
    })
  return examples(command, ['viv vm nic add web', 'viv vm nic add web --model e1000e'])
}

function nicRemoveCommand(): Command {
  const command = changeOptions(new Command('remove'))
    .summary('remove a network card from a stopped VM, with its ports')
    .argument('<vm>', 'name or id')
    .argument('<nic>', 'its number or MAC address, as "viv vm show" lists them')
    .option('--no-wait', 'do not wait until it is gone')
    .action((word: string, nic: string, options: WaitOption, self: Command) => {
      const input = (vm: Vm) => ({ params: { vmId: vm.id, mac: macOf(vm, nic) }, query: whyQuery(options) })
      return act(contextOf(self), [word], options, `has network card ${nic} no more`, {
        begin: (client, vm) => client.vmNicRemove(input(vm)),
        plan: (client, vm) => client.plan.vmNicRemove(input(vm)),
      })
    })
  return examples(command, ['viv vm nic remove web 2', 'viv vm nic remove web 52:54:00:12:34:56 --plan'])
}

function macOf({ name, hardware: { nics } }: Vm, word: string): string {
  const nic = nics.find(({ slot, mac }) => String(slot) === word || mac === word.toLowerCase())
  if (nic !== undefined) return nic.mac
  throw unknownPart(
    `VM "${name}" has no network card "${word}".`,
    nics.map(({ slot, model, mac }) => `${slot}: ${model}, ${mac}`),
  )
}

/** The CD drive that comes to a stopped VM and leaves it. */
export function vmCdCommand(): Command {
  const cd = new Command('cd').description('Add a CD drive to a stopped VM, and remove it.')
  for (const command of [cdAddCommand(), cdRemoveCommand()]) cd.addCommand(command)
  return examples(cd, ['viv vm cd add web', 'viv vm cd remove web', '', 'Discs: viv vm insert, viv vm eject.'])
}

function cdAddCommand(): Command {
  const command = changeOptions(new Command('add'))
    .summary('add an empty CD drive to a stopped VM')
    .argument('<vm>', 'name or id')
    .option('--no-wait', 'do not wait until it is there')
    .action((word: string, options: WaitOption, self: Command) =>
      act(contextOf(self), [word], options, 'has a CD drive', {
        begin: (client, vm) => client.vmCdAdd(inputOf(vm, options)),
        plan: (client, vm) => client.plan.vmCdAdd(inputOf(vm, options)),
      }),
    )
  return examples(command, ['viv vm cd add web', 'viv vm insert web debian       # adds it with a disc'])
}

function cdRemoveCommand(): Command {
  const command = changeOptions(new Command('remove'))
    .summary('remove the CD drive of a stopped VM, with the disc in it')
    .argument('<vm>', 'name or id')
    .option('--no-wait', 'do not wait until it is gone')
    .action((word: string, options: WaitOption, self: Command) =>
      act(contextOf(self), [word], options, 'has no CD drive any more', {
        begin: (client, vm) => client.vmCdRemove(inputOf(vm, options)),
        plan: (client, vm) => client.plan.vmCdRemove(inputOf(vm, options)),
      }),
    )
  return examples(command, ['viv vm cd remove web --plan', 'viv vm cd remove web'])
}

const unknownPart = (message: string, known: readonly string[]): CliError =>
  new CliError('not_found', message, known.length === 0 ? ['It has none.'] : ['It has:', ...known])
