import { Command, Option } from 'commander'
import { type UpOptions, up } from '../up/up.ts'

export function upCommand(): Command {
  return new Command('up')
    .description("run this host's daemons in the foreground; VMs run on when it ends")
    .option('--listen <host:port>', 'where the API listens', '127.0.0.1:8443')
    .addOption(new Option('--root <dir>', 'keep everything in this folder').env('VIV_ROOT'))
    .option('--user <name>', 'system user of the manager', 'vivarium')
    .option('--manager-uid <uid>', 'run the manager under this uid instead')
    .option('--manager-gid <gid>', 'and this group (the same number)')
    .option('--simulate <hosts>', 'play so many hosts instead of this one, without QEMU (wants --root)')
    .option('--vms <count>', 'simulated VMs that are there from the start (0)')
    .option('--changes-per-second <rate>', 'simulated VMs that go off, come back and reset by themselves (0)')
    .option('--seed <number>', 'of what is drawn: the same seed, the same row (1)')
    .addOption(new Option('--until-input-ends').hideHelp())
    .action((options: UpOptions) => up(options))
}
