import type { PortForward } from '@viv/common'
import { usageError } from '../output/errors.ts'

const FORWARD = /^(?:(tcp|udp):)?(any:)?(\d{1,5}):(\d{1,5})$/
const LAST_PORT = 65_535

/** `[tcp:|udp:][any:]HOSTPORT:GUESTPORT`; without `any:` only the host itself can connect. */
export function parseForward(text: string): PortForward {
  const [whole, protocol, any, hostText, guestText] = FORWARD.exec(text) ?? []
  const [hostPort, guestPort] = [Number(hostText), Number(guestText)]
  if (whole === undefined || !isPort(hostPort) || !isPort(guestPort)) {
    throw usageError(`--forward ${text} is no forward. Write [tcp:|udp:][any:]HOSTPORT:GUESTPORT, as 2222:22.`)
  }
  return {
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    bind: any === undefined ? 'loopback' : 'any',
    hostPort,
    guestPort,
  }
}

const isPort = (port: number): boolean => port >= 1 && port <= LAST_PORT

/** As it is shown: where to connect to, and where that leads. */
export function formatForward({ protocol, bind, hostPort, guestPort }: PortForward): string {
  return `${bind === 'any' ? '*' : '127.0.0.1'}:${hostPort}/${protocol} → guest port ${guestPort}`
}
