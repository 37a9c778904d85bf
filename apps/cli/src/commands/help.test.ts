import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { adminCommand } from './admin.ts'
import { datastoreCommand } from './datastore.ts'
import { hostCommand } from './host.ts'
import { imageCommand } from './image.ts'
import { loginCommand, logoutCommand } from './login.ts'
import { taskCommand } from './task.ts'
import { tokenCommand } from './token.ts'
import { upgradeCommand } from './upgrade.ts'
import { vmCommand } from './vm.ts'

const top = [
  vmCommand(),
  imageCommand(),
  taskCommand(),
  hostCommand(),
  datastoreCommand(),
  tokenCommand(),
  adminCommand(),
  upgradeCommand(),
]
const all = [...top, loginCommand(), logoutCommand(), ...top.flatMap(({ commands }) => commands)].map((command) => ({
  command,
  title: [command.parent?.name(), command.name()].filter((word) => word !== undefined).join(' '),
}))

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp()
  return text
}

test.each(all)('"viv $title" says in a line what it does, and shows how', ({ command }) => {
  expect(command.summary() || command.description()).toMatch(/^\S.{5,75}$/)
  expect(helpOf(command)).toMatch(/\nExamples:\n {2}(sudo )?viv /)
})
