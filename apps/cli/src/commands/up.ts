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
    .addOption(new Option('--until-input-ends').hideHelp())
    .action((options: UpOptions) => up(options))
}
