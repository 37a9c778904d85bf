import { Command } from 'commander'
import { CliError } from '../output/errors.ts'
import { connectTo, contextOf, examples } from './context.ts'

export function adminCommand(): Command {
  const admin = new Command('admin').description('What only root on the server may do.')
  admin.addCommand(resetPasswordCommand())
  return examples(admin, ['sudo viv admin reset-password'])
}

function resetPasswordCommand(): Command {
  const command = new Command('reset-password')
    .summary('make a new password for the administrator, and show it once')
    .action(async (_options: object, self: Command) => {
      const context = contextOf(self)
      const { client, transport } = await connectTo(context)
      if (!transport.isLocal) {
        throw new CliError('refused', 'A new password can be made on the server itself only, by root.', [
          'There: sudo viv admin reset-password',
        ])
      }
      const made = await client.adminResetPassword()
      context.terminal.result(made, () => [made.password])
      context.terminal.note(
        `This is the new password of "${made.userName}"; it is not shown again. Old logins have ended.`,
      )
    })
  return examples(command, ['sudo viv admin reset-password'])
}
