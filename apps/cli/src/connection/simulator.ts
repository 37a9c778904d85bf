import { type Facts, REASONS, type ReasonName, renderReason, type SimulatorView } from '@viv/common'
import { CliError } from '../output/errors.ts'
import { httpWire } from './http-wire.ts'
import { socketTransport } from './transport.ts'

/** One call of a simulator's control socket; each answers how the platform stands then. */
export async function callSimulator(
  socketPath: string,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<SimulatorView> {
  const { status, text } = await httpWire(simulatorTransport(socketPath)).send({
    method,
    path,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = JSON.parse(text) as SimulatorView & { reason?: string; facts?: Facts }
  if (status === 200) return answer
  const { reason = '', facts = {} } = answer
  const isKnown = Object.hasOwn(REASONS, reason)
  throw new CliError(
    'refused',
    isKnown ? renderReason(reason as ReasonName, facts) : `The simulator answered ${status}.`,
  )
}

function simulatorTransport(path: string) {
  const transport = socketTransport(path)
  return {
    ...transport,
    open: async () => {
      try {
        return await transport.open()
      } catch (error) {
        throw new CliError(
          'unreachable',
          `No simulator answers at ${path}.`,
          ['Start one: viv up --simulate 3 --vms 100 --root DIR', 'then: viv --root DIR simulate …'],
          { cause: error },
        )
      }
    },
  }
}
