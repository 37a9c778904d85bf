import { hostname, userInfo } from 'node:os'

export interface Listening {
  readonly url: string
  readonly fingerprint: string
  readonly firstPassword?: string
}

const VMS_RUN_ON = 'Ctrl-C stops Vivarium; VMs run on.'

/** What the person at the terminal is told when everything runs. The password stands here and nowhere else. */
export function listeningWords({ url, fingerprint, firstPassword }: Listening, ending = VMS_RUN_ON): string {
  const { hostname: host, port } = new URL(url)
  const user = process.env['SUDO_USER'] ?? userName()
  return [
    '',
    `Vivarium listens on ${url}`,
    ...(isLoopback(host) ? [`  from elsewhere  ssh -L ${port}:${host}:${port} ${user}@${hostname()}`] : []),
    `  certificate     SHA-256 ${fingerprint}`,
    ...(firstPassword === undefined
      ? []
      : [
          `  administrator   admin`,
          `  password        ${firstPassword}`,
          '                  (shown this once; as root, `viv admin reset-password` makes a new one)',
        ]),
    `  ${ending}`,
    '',
  ].join('\n')
}

/** A uid without a name (in a container, say) is told as the number that it is. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid!())
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || host.startsWith('127.')

export function takenOverWords(count: number): string {
  return count === 1 ? '1 VM has run on and is taken over.' : `${count} VMs have run on and are taken over.`
}

/** The last line: what runs on without us, and how to stop it. */
export function lastWords(count: number): string {
  if (count === 0) return 'Vivarium has stopped. No VM runs.'
  const [run, them] = count === 1 ? ['1 VM runs on. It is', 'it'] : [`${count} VMs run on. They are`, 'them']
  return `Vivarium has stopped. ${run} taken over at the next start; stop ${them} with "viv vm stop NAME" while Vivarium runs.`
}
