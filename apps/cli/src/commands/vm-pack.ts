import { partsOf, type Task, type VmPackage } from '@viv/api'
import { ApiError, type Client, followTask, hasEnded } from '@viv/client'
import { Command } from 'commander'
import type { Connection } from '../connection/connection.ts'
import { CliError } from '../output/errors.ts'
import { TaskFailedError } from '../output/failure.ts'
import { ProgressLine } from '../output/progress.ts'
import { formatBytes } from '../output/units.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { momentOf } from './image-add.ts'
import { lookUpVm } from './look-up.ts'
import { NewPackage } from './package-folder.ts'
import { onInterrupt } from './wait.ts'

const REDRAW_MS = 100

export function vmPackCommand(): Command {
  const command = changeOptions(new Command('pack'))
    .summary('write a stopped VM into a folder, whole, to be carried elsewhere')
    .argument('<name>', 'name or id of the VM')
    .argument('<folder>', 'where to; not there yet, or empty')
    .action(pack)
  return examples(command, [
    'viv vm stop web',
    'viv vm pack web /mnt/usb/web',
    '',
    'Disks that need an image below them are made whole for it. The VM itself stays as it is.',
  ])
}

async function pack(word: string, folder: string, options: ChangeOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  const connection = await connectTo(context)
  const { client } = connection
  const { id, name } = await lookUpVm(client, word)
  const input = { params: { vmId: id }, query: whyQuery(options) }
  const plan = await client.plan.vmPack(input)
  if (options.plan === true) return showPlans(terminal, [plan])
  await using made = await NewPackage.create(folder)
  const task = await client.vmPack(input)
  using progress = new ProgressLine(terminal)
  using _interrupt = onInterrupt(terminal, progress, () => interrupted(task, made.partial))
  let sizeBytes: number
  try {
    const description = await whenReady(client, task, (now) =>
      progress.show({ ...now, title: `${name}: ${now.title}` }),
    )
    await readParts(connection, id, description, made, progress)
    sizeBytes = await made.finish(description)
  } catch (error) {
    // What it has made on the host goes at once; where nobody hears this, it goes a minute later.
    await client.taskCancel({ params: { taskId: task.id } }).catch(() => undefined)
    throw error
  }
  // The host is asked to delete its copies: who packs the next VM finds the room.
  await followTask(client, task, () => undefined)
  progress.clear()
  const flattened = plan.effects.find(({ effect }) => effect === 'disks_flattened')?.facts['count'] ?? 0
  terminal.result({ folder: made.path, sizeBytes, flattenedDisks: flattened }, () => [
    `VM "${name}" is packed in ${folder} (${formatBytes(sizeBytes)}).`,
    ...(flattened === 0 ? [] : [`${flattened} of its disks needed an image below, and were made whole.`]),
    `Take it in elsewhere: viv vm adopt ${folder}`,
    ...plan.warnings.map(({ message }) => message),
  ])
}

interface Moment {
  readonly progress: number
  readonly title: string
}

/** The description, once the task waits for a reader; or the error that it ended with. */
async function whenReady(client: Client, first: Task, show: (moment: Moment) => void): Promise<VmPackage> {
  for (let task = first; ; ) {
    if (hasEnded(task)) throw new TaskFailedError(task)
    show({ progress: task.progress, title: task.step })
    try {
      return await client.vmPackage({ params: { vmId: task.target.id } })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'invalid_state') throw error
    }
    task = await client.taskGet({ params: { taskId: task.id }, query: { wait: '1' } })
  }
}

async function readParts(
  connection: Connection,
  vmId: string,
  description: VmPackage,
  made: NewPackage,
  progress: ProgressLine,
): Promise<void> {
  for (const part of partsOf(description.hardware)) {
    const received = await connection.vmPart(vmId, part)
    const begun = performance.now()
    let bytes = 0
    let shownAt = Number.NEGATIVE_INFINITY
    await made.add(part, received, (count) => {
      bytes += count
      const elapsedMs = performance.now() - begun
      if (elapsedMs - shownAt < REDRAW_MS) return
      progress.show({ ...momentOf(part, bytes, received.sizeBytes, elapsedMs), title: `reading ${part}` })
      shownAt = elapsedMs
    })
  }
}

const interrupted = ({ id }: Task, partial: string): CliError =>
  new CliError('interrupted', 'Interrupted; the host gives the package up within a minute.', [
    `At once: viv task cancel ${id}`,
    `What was read lies in ${partial}: rm -r ${partial}`,
  ])
