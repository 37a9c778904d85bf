import type { Task, VmAdopt } from '@viv/api'
import { sendParts } from '@viv/client'
import type { Accelerator } from '@viv/common'
import { Command } from 'commander'
import type { Connection } from '../connection/connection.ts'
import { CliError } from '../output/errors.ts'
import { TaskFailedError } from '../output/failure.ts'
import { ProgressLine } from '../output/progress.ts'
import type { Terminal } from '../output/terminal.ts'
import { formatBytes } from '../output/units.ts'
import { printable } from '../output/width.ts'
import { AdoptedFolder } from './adopted-folder.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { contentOf, momentOf } from './image-add.ts'
import { acceleratorOption } from './vm-create.ts'
import { waitForTask } from './wait.ts'

interface AdoptOptions extends ChangeOptions {
  readonly name?: string
  readonly accelerator?: Accelerator
  readonly cpuModel?: string
  readonly start?: boolean
}

export function vmAdoptCommand(): Command {
  const command = changeOptions(new Command('adopt'))
    .summary('take a packed VM in: make a VM of a folder that "viv vm pack" wrote')
    .argument('<folder>', 'the whole folder, as it was written')
    .option('--name <name>', 'of the new VM; the one it was packed with if not said')
    .addOption(acceleratorOption())
    .option('--cpu-model <model>', 'where this host has not the one that it ran with')
    .option('--start', 'start it once it is there')
    .action(adopt)
  return examples(command, [
    'viv vm adopt /mnt/usb/web --plan',
    'viv vm adopt /mnt/usb/web --name web-2 --start',
    '',
    'The folder is only read. Each file is checked against vm.json; where one differs, nothing of the VM stays.',
  ])
}

async function adopt(folder: string, options: AdoptOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  await using from = await AdoptedFolder.open(folder)
  const connection = await connectTo(context)
  const { client } = connection
  const { name = from.description.name, start } = options
  const input = { body: bodyOf(from, options), query: whyQuery(options) }
  const plan = await client.plan.vmAdopt(input)
  if (options.plan === true) return showPlans(terminal, [plan])
  const begun = await client.vmAdopt(input)
  await sendAll(connection, begun, from, terminal)
  const task = await waitForTask(terminal, client, begun)
  terminal.result(task, () => [
    `VM "${name}" is taken in from ${printable(folder)} (${formatBytes(from.sizeBytes)}).`,
    ...(start === true ? [`VM "${name}" is running.`] : [`Start it: viv vm start ${name}`]),
    ...plan.warnings.map(({ message }) => printable(message)),
  ])
}

const bodyOf = (from: AdoptedFolder, { name, accelerator, cpuModel, start }: AdoptOptions): VmAdopt => ({
  package: from.description,
  ...(name === undefined ? {} : { name }),
  ...(accelerator === undefined ? {} : { accelerator }),
  ...(cpuModel === undefined ? {} : { cpuModel }),
  ...(start === true ? { start } : {}),
})

/** Every file of the package, or nothing. */
async function sendAll(connection: Connection, task: Task, from: AdoptedFolder, terminal: Terminal): Promise<void> {
  using progress = new ProgressLine(terminal)
  using interrupt = new Interrupt()
  const { signal } = interrupt
  await sendParts({
    client: connection.client,
    task,
    parts: from.description.files.map(({ name }) => name),
    signal,
    send: async (part) => {
      const file = from.file(part)
      const content = contentOf(file, part, (sentBytes, elapsedMs) =>
        progress.show(momentOf(part, sentBytes, file.sizeBytes, elapsedMs)),
      )
      const cut = (): void => void content.destroy(signal.reason as Error)
      signal.addEventListener('abort', cut, { once: true })
      try {
        await connection.vmPartSend(task.target.id, part, file.sizeBytes, content)
      } finally {
        signal.removeEventListener('abort', cut)
      }
    },
    onWait: ({ progress: share, target, step }) => progress.show({ progress: share, title: `${target.name}: ${step}` }),
    failure: (ended) => new TaskFailedError(ended),
  })
}

/** Ctrl-C while bytes go out ends the sending; what follows takes back what has arrived. */
class Interrupt implements Disposable {
  readonly #controller = new AbortController()
  readonly #stop = (): void =>
    this.#controller.abort(new CliError('interrupted', 'Interrupted; nothing of the VM is kept.'))

  constructor() {
    process.once('SIGINT', this.#stop)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    process.removeListener('SIGINT', this.#stop)
  }
}
