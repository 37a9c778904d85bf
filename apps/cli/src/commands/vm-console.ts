import { setTimeout as delay } from 'node:timers/promises'
import type { Vm } from '@viv/api'
import type { Client } from '@viv/client'
import { Command } from 'commander'
import { CliError } from '../output/errors.ts'
import type { Terminal } from '../output/terminal.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { type ConsoleEnd, runConsole } from './console-session.ts'
import { lookUpVm } from './look-up.ts'

/** A guest may have left the terminal without a cursor, or in its own colours. */
const TIDY = '\x1b[0m\x1b[?25h\r\n'
/** The line ends a moment before the manager hears that the VM has. */
const STATE_TIMEOUT_MS = 3_000
const STATE_POLL_MS = 100

export function vmConsoleCommand(): Command {
  const command = new Command('console')
    .summary("a VM's serial line in this terminal; leave with Ctrl-]")
    .argument('<name>', 'name or id')
    .action(openConsole)
  return examples(command, [
    'viv vm console web',
    'viv vm console web < /dev/null > web.log     write down what it says until it stops',
    '',
    'Everything that you type goes to the guest, also Ctrl-C. Ctrl-] leaves; the VM runs on.',
    'The guest must use its serial port, as with console=ttyS0 on its kernel line.',
  ])
}

async function openConsole(word: string, _options: object, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  const connection = await connectTo(context)
  const vm = await lookUpVm(connection.client, word)
  const { openSerial } = await import('../connection/serial-socket.ts')
  const socket = await openSerial(connection, vm.id)
  terminal.note(`Connected to the serial line of "${vm.name}". Leave with Ctrl-]. Press Enter if nothing shows.`)
  const end = await runConsole(socket, process.stdin, process.stdout)
  if (process.stdin.isTTY && process.stdout.isTTY) process.stdout.write(TIDY)
  await sayEnd(terminal, connection.client, vm, end)
}

async function sayEnd(terminal: Terminal, client: Client, { id, name }: Vm, end: ConsoleEnd): Promise<void> {
  switch (end) {
    case 'left':
      return terminal.note(`Left the serial line of "${name}"; the VM runs on.`)
    case 'ended':
      return terminal.note(`The serial line of "${name}" ended: ${await stateWords(client, id)}.`)
    case 'broken':
      throw new CliError('failed', `The serial line of "${name}" broke on its host.`, [`viv vm show ${name}`])
    case 'too_slow':
      throw new CliError('failed', `The guest of "${name}" says more than could be shown here, so the line was cut.`, [
        `Look again: viv vm console ${name}`,
      ])
    case 'lost':
      throw new CliError('unreachable', `The connection to the server was lost; "${name}" runs on.`, [
        `Look again: viv vm console ${name}`,
      ])
  }
}

async function stateWords(client: Client, vmId: string): Promise<string> {
  for (const deadline = Date.now() + STATE_TIMEOUT_MS; ; await delay(STATE_POLL_MS)) {
    const [vm] = (await client.vmList({ query: { search: vmId } })).items
    if (vm === undefined) return 'the VM was deleted'
    const isSettled = vm.state === 'stopped' || vm.state === 'crashed'
    if (isSettled || Date.now() > deadline) return `the VM is ${vm.state}`
  }
}
