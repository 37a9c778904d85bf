import { parseArgs } from 'node:util'
import { parseListen } from '../../apps/cli/src/up/port.mjs'
import { Refusal } from './refusal.mjs'

const OPTIONS = {
  plan: { type: 'boolean', default: false },
  service: { type: 'boolean', default: false },
  listen: { type: 'string', default: '127.0.0.1:8443' },
  root: { type: 'string' },
  user: { type: 'string', default: 'vivarium' },
  'manager-uid': { type: 'string' },
  'manager-gid': { type: 'string' },
  simulate: { type: 'string' },
  vms: { type: 'string' },
  'changes-per-second': { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
}

export const HELP = `npm start [-- OPTION …]

Sets up what is missing and runs Vivarium in the foreground; where it is a service, the service.

  --plan              print what would be added, and end
  --listen HOST:PORT  where the API listens (127.0.0.1:8443)
  --service           install it as a service of systemd instead; one that is there is upgraded without it
  --root DIR          keep everything in DIR, beside other installations
  --user NAME         system user of the manager (vivarium)
  --manager-uid N     run the manager under this uid, and add no user
  --simulate HOSTS    play so many hosts without QEMU, to try Vivarium; wants --root, and takes
                      --vms N, --changes-per-second R and --seed S`

export function startOptions(args) {
  try {
    const { values } = parseArgs({ args, options: OPTIONS })
    if (values.root !== undefined && !values.root.startsWith('/')) throw new Error('--root wants an absolute path')
    if (values.simulate !== undefined && values.root === undefined) throw new Error('--simulate wants --root DIR')
    return { ...values, address: parseListen(values.listen), managerUid: values['manager-uid'] }
  } catch (error) {
    throw new Refusal(`${error.message}\n\n${HELP}`)
  }
}
