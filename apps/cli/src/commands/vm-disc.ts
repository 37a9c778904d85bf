import { Command } from 'commander'
import { changeOptions } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { lookUp } from './look-up.ts'
import { act, inputOf, type WaitOption } from './vm-act.ts'

interface DiscOptions extends WaitOption {
  readonly force?: boolean
}

const FORCE = 'although the guest has locked the disc that is in it'

export function vmInsertCommand(): Command {
  const command = changeOptions(
    new Command('insert')
      .summary("put an ISO image into a VM's CD drive, in the place of what is there")
      .argument('<name>', 'name or id')
      .argument('<image>', 'an ISO image (name or id)')
      .option('--force', FORCE)
      .option('--no-wait', 'do not wait until it is there'),
  ).action(async (word: string, imageWord: string, options: DiscOptions, self: Command) => {
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const { id: imageId, name } = await lookUp('image', imageWord, client.imageList)
    await change(self, word, options, { imageId }, `has "${name}" in its CD drive`)
  })
  return examples(command, [
    'viv image add debian debian-12-netinst.iso',
    'viv vm insert web debian',
    '',
    'A VM without a CD drive gets one while it is stopped.',
  ])
}

export function vmEjectCommand(): Command {
  const command = changeOptions(
    new Command('eject')
      .summary("take the disc out of a VM's CD drive")
      .argument('<name>', 'name or id')
      .option('--force', FORCE)
      .option('--no-wait', 'do not wait until it is out'),
  ).action((word: string, options: DiscOptions, self: Command) =>
    change(self, word, options, {}, 'has an empty CD drive'),
  )
  return examples(command, ['viv vm eject web'])
}

function change(
  self: Command,
  word: string,
  options: DiscOptions,
  disc: { readonly imageId?: string },
  outcome: string,
): Promise<void> {
  const body = { ...disc, ...(options.force === true ? { force: true } : {}) }
  return act(contextOf(self), [word], options, outcome, {
    begin: (client, vm) => client.vmChangeDisc({ ...inputOf(vm, options), body }),
    plan: (client, vm) => client.plan.vmChangeDisc({ ...inputOf(vm, options), body }),
  })
}
