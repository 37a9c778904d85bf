import { foldersOf } from '@viv/common'
import { Command } from 'commander'
import { CliError } from '../output/errors.ts'
import { renderFields } from '../output/table.ts'
import { runProgram } from '../up/run-program.ts'
import { lastWords } from '../up/words.ts'
import { whenServing } from '../up/serving.ts'
import {
  install,
  type InstallOptions,
  planInstall,
  planLines,
  prepare,
  removeService,
  type ServiceStatus,
  serviceStatus,
  thisMachine,
} from '../up/service.ts'
import { runningVms } from '../up/running-vms.ts'
import { contextOf, examples } from './context.ts'

export function serviceCommand(): Command {
  const service = new Command('service').description(
    'Run Vivarium as a service of systemd. VMs run on whatever it does.',
  )
  for (const command of [installCommand(), statusCommand(), uninstallCommand()]) service.addCommand(command)
  service.addCommand(prepareCommand(), { hidden: true })
  return examples(service, ['sudo viv service install', 'viv service status', 'sudo viv service uninstall'])
}

const rootOf = (self: Command): string | undefined => self.optsWithGlobals<{ root?: string }>().root

function installCommand(): Command {
  const command = new Command('install')
    .summary('write the units and start them; also after an upgrade')
    .option('--listen <host:port>', 'where the API listens; 127.0.0.1:8443, or as before')
    .option('--user <name>', 'system user of the manager; vivarium, or as before')
    .option('--plan', 'only tell what would be written and started')
    .action(async (options: InstallOptions & { plan?: boolean }, self: Command) => {
      const { terminal } = contextOf(self)
      const machine = thisMachine(runProgram)
      const root = rootOf(self)
      const plan = await planInstall({ ...options, ...(root === undefined ? {} : { root }) }, machine)
      if (options.plan === true) terminal.result(plan, () => planLines(plan))
      const [problem, ...more] = plan.problems
      if (problem !== undefined) throw new CliError('refused', problem, more)
      if (options.plan === true) return
      await install(plan, machine)
      await whenServing(foldersOf(root), () => serviceStatus(root, machine))
      const status = await serviceStatus(root, machine)
      terminal.result(status, () => [
        ...statusLines(status),
        ...(plan.starts.length === 0 ? ['Nothing had to be changed.'] : []),
        'The password of the administrator: sudo viv admin reset-password',
      ])
    })
  return examples(command, [
    'sudo viv service install',
    'sudo viv service install --listen 0.0.0.0:8443',
    'viv service install --plan',
  ])
}

function statusCommand(): Command {
  const command = new Command('status')
    .summary('whether it is installed and runs, and which release')
    .action(async (_options: object, self: Command) => {
      const status = await serviceStatus(rootOf(self), thisMachine(runProgram))
      contextOf(self).terminal.result(status, () => statusLines(status))
    })
  return examples(command, ['viv service status', 'viv service status -o json'])
}

function statusLines({ isInstalled, units, release, vmsRunning }: ServiceStatus): string[] {
  if (!isInstalled) return ['Vivarium is no service here. Make it one: sudo viv service install']
  if (units.length === 0) return ['The units are there, but systemd is not the first process here: nothing runs them.']
  return [
    ...units.flatMap((unit) => [
      unit.name,
      ...renderFields([
        ['  State', unit.result === 'success' ? unit.active : `${unit.active} (${unit.result})`],
        ['  At boot', unit.enabled === 'enabled' ? 'started' : 'not started'],
        ['  Release', unit.release ?? (unit.pid === undefined ? undefined : 'none of ours')],
        ['  Process', unit.pid === undefined ? undefined : String(unit.pid)],
        ['  Restarts', unit.restarts === 0 ? undefined : `${unit.restarts}: journalctl -u ${unit.name}`],
      ]),
    ]),
    ...(units.some((unit) => unit.release !== release)
      ? [`Not yet the newest release (${release ?? 'none'}): sudo viv service install`]
      : []),
    vmsRunning === 1 ? '1 VM runs.' : `${vmsRunning} VMs run.`,
  ]
}

function uninstallCommand(): Command {
  const command = new Command('uninstall')
    .summary('stop the daemons and remove the units; VMs run on')
    .action(async (_options: object, self: Command) => {
      const { terminal } = contextOf(self)
      const machine = thisMachine(runProgram)
      if (!machine.isRoot) throw new CliError('refused', '"viv service uninstall" needs root. Use sudo.')
      const root = rootOf(self)
      const wasThere = await removeService(root, machine)
      const count = (await runningVms(foldersOf(root).vmRun)).length
      terminal.result({ wasInstalled: wasThere, vmsRunning: count }, () => [
        wasThere ? lastWords(count) : 'Vivarium is no service here.',
      ])
    })
  return examples(command, ['sudo viv service uninstall'])
}

/** For the units. */
function prepareCommand(): Command {
  const command = new Command('prepare')
    .summary('what the units do before each start')
    .requiredOption('--user <name>', 'system user of the manager')
    .action(({ user }: { user: string }, self: Command) => prepare(rootOf(self), user))
  return examples(command, ['viv service prepare --user vivarium'])
}
