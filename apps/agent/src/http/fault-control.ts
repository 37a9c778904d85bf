import {
  AppError,
  causeChain,
  HostDelay,
  HostFailures,
  HostReachability,
  refuse,
  SIMULATOR_PATHS,
  VmEnd,
} from '@viv/common'
import Fastify, { type FastifyInstance } from 'fastify'
import type { FaultControl } from '../domain/fault-control.ts'

interface Params {
  readonly host: string
  readonly vm: string
}

interface ValidationError {
  readonly validation?: readonly { instancePath: string; message?: string; params: Record<string, unknown> }[]
  readonly statusCode?: number
}

/** The control socket's API: parses strictly, calls one method, answers what is asked for from then on. */
export function buildFaultControl(
  control: FaultControl,
  log: (message: string, facts: object) => void,
): FastifyInstance {
  const app = Fastify({
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    forceCloseConnections: true,
  })
  app.setErrorHandler(async (error, request, reply) => {
    const refused = asAppError(error)
    if (refused.status >= 500) log('a call of the control socket failed', { error: causeChain(error) })
    const [first] = refused.refusals
    await reply.code(refused.status).send({ ...first, message: refused.message, path: request.url })
  })
  app.setNotFoundHandler((request) => {
    throw refuse('not_found', { kind: 'path', id: request.url })
  })
  app.get(SIMULATOR_PATHS.faults, () => control.view())
  app.delete(SIMULATOR_PATHS.faults, () => done(control, () => control.clearAll()))
  app.delete<{ Params: Params }>(SIMULATOR_PATHS.hostFaults, ({ params }) =>
    done(control, () => control.clear(params.host)),
  )
  app.put<{ Params: Params; Body: HostDelay }>(
    SIMULATOR_PATHS.delay,
    { schema: { body: HostDelay } },
    ({ params, body }) => done(control, () => control.delay(params.host, body.delayMs)),
  )
  app.put<{ Params: Params; Body: HostReachability }>(
    SIMULATOR_PATHS.reachability,
    { schema: { body: HostReachability } },
    ({ params, body }) => done(control, () => control.reachability(params.host, body.isReachable)),
  )
  app.post<{ Params: Params; Body: HostFailures }>(
    SIMULATOR_PATHS.failures,
    { schema: { body: HostFailures } },
    ({ params, body }) => done(control, () => control.fail(params.host, body)),
  )
  app.post<{ Params: Params; Body: VmEnd }>(SIMULATOR_PATHS.vmEnd, { schema: { body: VmEnd } }, ({ params, body }) =>
    done(control, () => control.endVm(params.vm, body.how)),
  )
  return app
}

function done(control: FaultControl, work: () => void) {
  work()
  return control.view()
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { validation, statusCode } = error as ValidationError
  const [first] = validation ?? []
  if (first !== undefined) {
    const extra = first.params['additionalProperty'] ?? first.params['missingProperty']
    const field = typeof extra === 'string' ? extra : first.instancePath.slice(1).replaceAll('/', '.')
    return refuse('invalid_field', { where: 'Field', field, problem: first.message ?? 'does not fit' })
  }
  if ((statusCode ?? 500) < 500) return refuse('malformed_body', {}, { cause: error })
  return refuse('internal', { requestId: 'of the simulator' }, { cause: error })
}
