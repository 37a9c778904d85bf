import type { OpHandlers } from '@viv/agent/sim'
import type { VmState } from '@viv/common'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { everyActionInEveryState, type Situation } from '../../../test/support/action-matrix.ts'
import { type Answer, Platform } from './platform.ts'

/** Operations of the host: the next one of a kind stands still as long as it is held, and those after it pass. */
class Gate {
  #op: keyof OpHandlers | undefined
  #reached = Promise.withResolvers<void>()
  #release = Promise.withResolvers<void>()

  /** Answers when one has come to it. */
  hold(op: keyof OpHandlers): Promise<void> {
    this.#op = op
    this.#reached = Promise.withResolvers()
    this.#release = Promise.withResolvers()
    return this.#reached.promise
  }

  release(): void {
    this.#op = undefined
    this.#release.resolve()
  }

  wrap(handlers: OpHandlers): OpHandlers {
    const wrapped = Object.entries(handlers).map(([op, handler]) => {
      const run = async (input: never, context: { signal: AbortSignal }) => {
        if (this.#op === op) {
          this.#op = undefined
          this.#reached.resolve()
          const aborted = new Promise((_resolve, reject) =>
            context.signal.addEventListener('abort', () => reject(context.signal.reason as Error), { once: true }),
          )
          await Promise.race([this.#release.promise, aborted])
        }
        return (handler.run as (...args: unknown[]) => Promise<unknown>)(input, context)
      }
      return [op, { ...handler, run }]
    })
    return Object.fromEntries(wrapped) as OpHandlers
  }
}

const gate = new Gate()
let platform: Platform
let count = 0
beforeAll(async () => {
  platform = await Platform.start({ wrapHandlers: (handlers) => gate.wrap(handlers) })
})
// Also where a test failed half way.
afterEach(() => gate.release())
afterAll(() => platform[Symbol.asyncDispose]())

const act = (vmId: string, action: string, body?: object): Promise<Answer> =>
  platform.call('POST', `/v1/vms/${vmId}/actions/${action}`, body === undefined ? {} : { body })

async function acted(vmId: string, action: string): Promise<string> {
  const { body } = await platform.call('POST', `/v1/vms/${vmId}/actions/${action}?wait=30`)
  expect(body['state'], JSON.stringify(body)).toBe('succeeded')
  return vmId
}

const parts = { cd: {}, disks: [{ sizeMib: 8 }] }
const stopped = (): Promise<string> => platform.vm(`vm-${++count}`, parts)
/** It is added to a VM that is stopped alone. */
const withoutCd = (): Promise<string> => platform.vm(`vm-${++count}`)
const running = (): Promise<string> => platform.vm(`vm-${++count}`, { ...parts, start: true })

/** As its host says it, without a task. */
function said(vmId: string, change: { state: VmState } & Record<string, unknown>): string {
  const { host } = platform.agent!
  host.say({ ...host.world.statuses.get(vmId)!, ...change } as Parameters<typeof host.say>[0])
  return vmId
}

function ended(vmId: string, how: 'panicked' | 'died'): string {
  platform.agent!.host.kill(vmId, how)
  return vmId
}

/** In the midst of an operation. */
async function held(op: keyof OpHandlers, begin: () => Promise<Answer>): Promise<string> {
  const reached = gate.hold(op)
  const { body, status } = await begin()
  expect(status, JSON.stringify(body)).toBe(202)
  await reached
  return (body['target'] as { id: string }).id
}

const NEWER = {
  reason: 'vm_description_newer',
  facts: { name: 'an id', file: '/var/lib/…/vm.json', format: 2, known: 1 },
}

const reach: Readonly<Record<Situation, () => Promise<string>>> = {
  creating: async () => {
    const body = { name: `vm-${++count}`, imageId: await platform.imageId(), ...parts }
    return held('volumeCreate', () => platform.call('POST', '/v1/vms', { body }))
  },
  stopped,
  starting: async () => {
    const vmId = await stopped()
    return held('vmStart', () => act(vmId, 'start'))
  },
  running,
  paused: async () => acted(await running(), 'pause'),
  unresponsive: async () => said(await running(), { state: 'unresponsive', silenceReason: 'no_answer' }),
  stopping: async () => {
    const vmId = await running()
    return held('vmStop', () => act(vmId, 'stop', {}))
  },
  hibernating: async () => {
    const vmId = await running()
    return held('vmHibernate', () => act(vmId, 'hibernate'))
  },
  hibernated: async () => acted(await running(), 'hibernate'),
  'crashed, guest panicked': async () => ended(await running(), 'panicked'),
  'crashed, QEMU died': async () => ended(await running(), 'died'),
  unreadable: async () => said(await running(), { state: 'unreadable', heldBack: NEWER }),
  recycled: async () => {
    const vmId = await stopped()
    const { body } = await platform.call('DELETE', `/v1/vms/${vmId}?wait=30`)
    expect(body['state'], JSON.stringify(body)).toBe('succeeded')
    return vmId
  },
  deleting: async () => {
    const vmId = await stopped()
    return held('vmUndefine', () => act(vmId, 'purge'))
  },
}

everyActionInEveryState(() => ({
  call: (method, path, options) => platform.call(method, path, options),
  reach: (situation, deed) => (deed === 'addCd' ? withoutCd() : reach[situation]()),
  release: () => gate.release(),
}))
