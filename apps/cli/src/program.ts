import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { type GlobalOptions, terminalOf } from './commands/context.ts'
import { EXIT, type ExitCode, usageError } from './output/errors.ts'

interface CommandEntry {
  readonly summary: string
  /** Loaded only where it is meant: `viv vm list` does not read what `viv up` needs. */
  readonly load: () => Promise<Command>
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'run Vivarium on this machine, in the foreground',
    load: async () => (await import('./commands/up.ts')).upCommand(),
  },
  vm: {
    summary: 'create, start, stop and look at VMs',
    load: async () => (await import('./commands/vm.ts')).vmCommand(),
  },
  image: {
    summary: 'images that VMs are made from',
    load: async () => (await import('./commands/image.ts')).imageCommand(),
  },
  task: {
    summary: 'work that is under way, and how it ended',
    load: async () => (await import('./commands/task.ts')).taskCommand(),
  },
  host: {
    summary: 'the machines that VMs run on',
    load: async () => (await import('./commands/host.ts')).hostCommand(),
  },
  datastore: {
    summary: 'where disks are kept',
    load: async () => (await import('./commands/datastore.ts')).datastoreCommand(),
  },
  history: {
    summary: 'who changed what, when and why',
    load: async () => (await import('./commands/history.ts')).historyCommand(),
  },
  login: {
    summary: 'log in to a server elsewhere',
    load: async () => (await import('./commands/login.ts')).loginCommand(),
  },
  logout: { summary: 'end a login', load: async () => (await import('./commands/login.ts')).logoutCommand() },
  token: {
    summary: 'tokens for your own programs',
    load: async () => (await import('./commands/token.ts')).tokenCommand(),
  },
  admin: {
    summary: 'what only root on the server may do',
    load: async () => (await import('./commands/admin.ts')).adminCommand(),
  },
  simulate: {
    summary: 'faults of a simulated platform',
    load: async () => (await import('./commands/simulate.ts')).simulateCommand(),
  },
  service: {
    summary: 'run Vivarium as a service of systemd',
    load: async () => (await import('./commands/service.ts')).serviceCommand(),
  },
  upgrade: {
    summary: 'the end of an upgrade: until then the version before can be started again',
    load: async () => (await import('./commands/upgrade.ts')).upgradeCommand(),
  },
  uninstall: {
    summary: 'remove Vivarium from this machine',
    load: async () => (await import('./commands/uninstall.ts')).uninstallCommand(),
  },
}

const FIRST_STEPS = `
First steps, as root on the server:
  viv up                                       start Vivarium here (leave it running, go on in another terminal)
  viv vm create web --image micro --start      make a VM from the built-in image and start it
  viv vm console web                           its serial line; leave with Ctrl-]
  viv vm list                                  what there is

From another machine:
  viv login https://SERVER:8443                once; then everything above but "viv up" works there too

viv COMMAND --help shows a command's options and examples.`

const GUIDE = `
Which server: --server or VIV_SERVER, with its saved login; else, as root on a server, that server through its
local socket (--root DIR: the installation in DIR); else the one server that you are logged in to.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no connection; 4 not logged in; 130 interrupted.`

/** Runs one command line; answers the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  process.stdout.on('error', leaveWhenNobodyReads)
  const program = globalProgram()
  try {
    await addCommands(program, args)
    await program.parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    return report(program, error)
  }
}

function globalProgram(): Command {
  return new Command('viv')
    .description('Virtual machines on your own Linux servers.')
    .usage('COMMAND [OPTIONS]')
    .addOption(new Option('--root <dir>', 'the installation in this folder').env('VIV_ROOT'))
    .option('--server <url>', 'the server to talk to')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText('after', `${FIRST_STEPS}\n${GUIDE}`)
    .hook('preAction', passDown)
}

/** Adds the command that is meant with all it has, and of the others the names, for the help. */
async function addCommands(program: Command, args: readonly string[]): Promise<void> {
  const [first] = program.parseOptions([...args]).operands
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = name === first ? await load() : new Command(name)
    program.addCommand(command.summary(summary))
    inherit(command, program)
  }
  program.addCommand(helpCommand(program))
  if (first === undefined) program.action(() => program.outputHelp())
}

/** `viv help vm create` is `viv vm create --help`. */
function helpCommand(program: Command): Command {
  const help = new Command('help').argument('[command...]').summary('show help of a command')
  inherit(help, program)
  return help.action(async (words: readonly string[]) => {
    process.exitCode = await run([...words, '--help'])
  })
}

function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(child, command)
}

/** Where a command has an option of the same name, what was said for all of them is said for it too. */
function passDown(program: Command, action: Command): void {
  for (const option of action.options) {
    const name = option.attributeName()
    const source = program.getOptionValueSource(name)
    if (source === 'cli' || source === 'env')
      action.setOptionValueWithSource(name, program.getOptionValue(name), source)
  }
}

async function report(program: Command, error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
  const { failureOf } = await import('./output/failure.ts')
  const terminal = terminalOf(program.opts<GlobalOptions>())
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  // Help that was shown for want of a subcommand has said everything.
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
  const failures = errors.map((each) => failureOf(each instanceof CommanderError ? wrongUsage(each) : each))
  for (const failure of failures) terminal.failure(failure)
  return failures[0]?.exitCode ?? EXIT.refused
}

function wrongUsage({ message }: CommanderError) {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  return usageError(first, [...more, 'viv help, or --help after any command, shows what there is.'])
}

/** `viv vm list | head` closes the pipe early: that is no failure. */
function leaveWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return text
}
