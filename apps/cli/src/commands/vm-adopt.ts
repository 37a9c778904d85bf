import type { Task, VmAdopt } from '@viv/api'
import { ApiError, type Client, hasEnded, UnreachableError } from '@viv/client'
import type { Accelerator } from '@viv/common'
import { Command } from 'commander'
import type { Connection } from '../connection/connection.ts'
import { CliError } from '../output/errors.ts'
import { TaskFailedError } from '../output/failure.ts'
import { ProgressLine } from '../output/progress.ts'
import { formatBytes } from '../output/units.ts'
import { printable } from '../output/width.ts'
import { AdoptedFolder } from './adopted-folder.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { contentOf, momentOf } from './image-add.ts'
import { acceleratorOption } from './vm-create.ts'
import { waitForTask } from './wait.ts'

/** Taking back what has arrived is quick: a name that is free again can be used at once. */
const UNDO_SECONDS = '10'

/** A host whose agent is restarted, or a server that is, waits for the files again. */
const CUTS_MAX = 3

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
  {
    using progress = new ProgressLine(terminal)
    await sendAll({ connection, task: begun, from, progress })
  }
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

interface Sending {
  readonly connection: Connection
  readonly task: Task
  readonly from: AdoptedFolder
  readonly progress: ProgressLine
}

/** Every file of the package, or nothing: what has arrived is taken back where one can't be sent. */
async function sendAll(sending: Sending): Promise<void> {
  using interrupt = new Interrupt()
  try {
    await sendParts(sending, interrupt.signal)
  } catch (error) {
    sending.progress.clear()
    throw await takenBack(sending.connection.client, sending.task, error)
  }
}

/**
 * Offers the files until the task has taken all. One that is refused as not waited for is offered again: either the
 * task does not wait yet, or it has that file. After a cut nobody knows which have arrived, so all are offered again.
 */
async function sendParts(sending: Sending, signal: AbortSignal): Promise<void> {
  const { connection, task, from, progress } = sending
  const all = from.description.files.map(({ name }) => name)
  let left = new Set(all)
  let cuts = 0
  for (let now = task; left.size > 0; ) {
    if (hasEnded(now) && now.state !== 'succeeded') throw new TaskFailedError(now)
    if (hasEnded(now)) return
    for (const part of left) {
      signal.throwIfAborted()
      const outcome = await sendPart(sending, part, signal)
      if (outcome === 'taken') left.delete(part)
      else if (outcome !== 'refused') {
        if (++cuts > CUTS_MAX) throw outcome
        left = new Set(all)
      } else if (cuts === 0) break
    }
    if (left.size === 0) return
    now = await connection.client.taskGet({ params: { taskId: task.id }, query: { wait: '1' } })
    if (!hasEnded(now)) progress.show({ progress: now.progress, title: `${now.target.name}: ${now.step}` })
  }
}

/** How it went; a cut, after which it may be tried again, is answered as its error. */
async function sendPart(
  { connection, task, from, progress }: Sending,
  part: string,
  signal: AbortSignal,
): Promise<'taken' | 'refused' | Error> {
  const file = from.file(part)
  const content = contentOf(file, part, (sentBytes, elapsedMs) =>
    progress.show(momentOf(part, sentBytes, file.sizeBytes, elapsedMs)),
  )
  const cut = (): void => void content.destroy(signal.reason as Error)
  signal.addEventListener('abort', cut, { once: true })
  try {
    await connection.vmPartSend(task.target.id, part, file.sizeBytes, content)
    return 'taken'
  } catch (error) {
    if (isTooEarly(error)) return 'refused'
    if (error instanceof UnreachableError || (error instanceof ApiError && error.code === 'host_unavailable'))
      return error
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

const isTooEarly = (error: unknown): boolean =>
  error instanceof ApiError && error.body?.blockers?.some(({ reason }) => reason === 'not_ready_to_send') === true

/** Asks the server to keep nothing. The error that is to be told: that of the task, where it ended by itself. */
async function takenBack(client: Client, { id }: Task, error: unknown): Promise<unknown> {
  const params = { taskId: id }
  try {
    const before = await client.taskGet({ params })
    if (before.state === 'failed') return new TaskFailedError(before)
    if (!hasEnded(before)) {
      await client.taskCancel({ params })
      await client.taskGet({ params, query: { wait: UNDO_SECONDS } })
    }
  } catch {
    // A server that does not answer gives the VM up by itself when nothing has come for a minute.
  }
  return error
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
