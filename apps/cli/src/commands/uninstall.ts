import { Command, Option } from 'commander'
import { type UninstallOptions, uninstall } from '../up/uninstall.ts'

export function uninstallCommand(): Command {
  return new Command('uninstall')
    .description('take away what `npm start` added; VM data stays')
    .addOption(new Option('--root <dir>', 'the installation in this folder').env('VIV_ROOT'))
    .option('--purge', 'delete VM data and settings as well')
    .option('--force', 'with --purge: end the VMs that run')
    .action((options: UninstallOptions) => uninstall(options))
}
