import type { OpHandlers } from '@viv/agent/sim'
import { isAllowed, VM_ACTIONS, VM_STATES, type VmAction, type VmState } from '@viv/common'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, Platform, until } from './platform.ts'

/**
 * Every action in every state: one that a VM says is allowed works, and leads where it should; one that is not is
 * refused with its reason, by the plan too, and changes nothing. Made from the table, so that a new state or action
 * has to say how it is reached and what comes of it, or this does not compile.
 */
type Situation = Exclude<VmState, 'crashed'> | 'crashed, guest panicked' | 'crashed, QEMU died'

const stateOf = (situation: Situation): VmState =>
  situation.startsWith('crashed') ? 'crashed' : (situation as VmState)

const hasProcess = (situation: Situation): boolean => situation !== 'crashed, QEMU died'

/** Operations of the host that stand still as long as they are held. */
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

async function acted(vmId: string, action: string): Promise<void> {
  const { body } = await platform.call('POST', `/v1/vms/${vmId}/actions/${action}?wait=30`)
  expect(body['state'], JSON.stringify(body)).toBe('succeeded')
}

const stopped = (): Promise<string> => platform.vm(`vm-${++count}`)
const running = (): Promise<string> => platform.vm(`vm-${++count}`, { start: true })

/** As its host says it, without a task. */
async function said(vmId: string, change: { state: VmState } & Record<string, unknown>): Promise<string> {
  const { host } = platform.agent!
  host.say({ ...host.world.statuses.get(vmId)!, ...change } as Parameters<typeof host.say>[0])
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

const reach: Readonly<Record<Situation, () => Promise<string>>> = {
  creating: async () => {
    const body = { name: `vm-${++count}`, imageId: await platform.imageId() }
    return held('volumeCreate', () => platform.call('POST', '/v1/vms', { body }))
  },
  stopped,
  starting: async () => {
    const vmId = await stopped()
    return held('vmStart', () => act(vmId, 'start'))
  },
  running,
  paused: async () => {
    const vmId = await running()
    await acted(vmId, 'pause')
    return vmId
  },
  unresponsive: async () => said(await running(), { state: 'unresponsive', silenceReason: 'no_answer' }),
  stopping: async () => {
    const vmId = await running()
    return held('vmStop', () => act(vmId, 'stop', {}))
  },
  hibernating: async () => {
    const vmId = await running()
    return held('vmHibernate', () => act(vmId, 'hibernate'))
  },
  hibernated: async () => {
    const vmId = await running()
    await acted(vmId, 'hibernate')
    return vmId
  },
  'crashed, guest panicked': async () => {
    const vmId = await running()
    platform.agent!.host.kill(vmId, 'panicked')
    return vmId
  },
  'crashed, QEMU died': async () => {
    const vmId = await running()
    platform.agent!.host.kill(vmId, 'died')
    return vmId
  },
  deleting: async () => {
    const vmId = await stopped()
    return held('vmUndefine', () => platform.call('DELETE', `/v1/vms/${vmId}`))
  },
}
const SITUATIONS = Object.keys(reach) as Situation[]

/** How it is asked for; and the state after it, where the task succeeded. */
const ACTIONS: Readonly<Record<Exclude<VmAction, 'console' | 'edit'>, { ask: Ask; after: VmState | 'gone' }>> = {
  start: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/start${query}`], after: 'running' },
  resume: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/resume${query}`], after: 'running' },
  stop: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/stop${query}`, {}], after: 'stopped' },
  forceStop: {
    ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/stop${query}`, { mode: 'force' }],
    after: 'stopped',
  },
  pause: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/pause${query}`], after: 'paused' },
  reboot: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/reboot${query}`, {}], after: 'running' },
  hibernate: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/hibernate${query}`], after: 'hibernated' },
  discard: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/discard${query}`], after: 'stopped' },
  reset: { ask: (vmId, query) => ['POST', `/v1/vms/${vmId}/actions/reset${query}`], after: 'running' },
  delete: { ask: (vmId, query) => ['DELETE', `/v1/vms/${vmId}${query}`], after: 'gone' },
}
type Ask = (vmId: string, query: string) => readonly [method: string, path: string, body?: object]

const call = ([method, path, body]: ReturnType<Ask>): Promise<Answer> =>
  platform.call(method, path, body === undefined ? {} : { body })

const viewOf = (vmId: string): Promise<Answer> => platform.call('GET', `/v1/vms/${vmId}`)

async function inState(situation: Situation): Promise<{ vmId: string; before: Answer }> {
  const vmId = await reach[situation]()
  await until(async () => (await viewOf(vmId)).body['state'] === stateOf(situation))
  return { vmId, before: await viewOf(vmId) }
}

/** Lets what was held go on, and waits until no task has the VM. */
async function settled(vmId: string): Promise<void> {
  gate.release()
  await until(async () => (await viewOf(vmId)).body['taskId'] === undefined)
}

const isBusy = (before: Answer): boolean => before.body['taskId'] !== undefined
const allowed = (before: Answer): VmAction[] => before.body['allowedActions'] as VmAction[]

test('the table is told as it is, but for a VM that a task has', async () => {
  for (const situation of SITUATIONS) {
    const { vmId, before } = await inState(situation)
    const state = stateOf(situation)
    const ofTable = (Object.keys(VM_ACTIONS) as VmAction[]).filter((action) =>
      isAllowed(action, state, hasProcess(situation)),
    )
    if (isBusy(before)) expect(ofTable, situation).toEqual(expect.arrayContaining(allowed(before)))
    else expect(allowed(before), situation).toEqual(ofTable)
    await settled(vmId)
  }
  expect(SITUATIONS.map(stateOf)).toEqual(expect.arrayContaining([...VM_STATES]))
})

describe.each(SITUATIONS)('a VM that is %s', (situation) => {
  test.each(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[])('%s', async (action) => {
    const { vmId, before } = await inState(situation)
    const { ask, after } = ACTIONS[action]
    const plan = await call(ask(vmId, '?plan=true'))
    expect(plan.body['allowed'], JSON.stringify(plan.body)).toBe(allowed(before).includes(action))
    // A plan changes nothing.
    expect(await viewOf(vmId)).toEqual(before)
    const tasksBefore = platform.manager!.parts.documents.tasks.list().length
    if (plan.body['allowed'] === true) {
      gate.release()
      const { body } = await call(ask(vmId, '?wait=30'))
      expect(body['state'], JSON.stringify(body)).toBe('succeeded')
      const now = await viewOf(vmId)
      expect(now.status === 404 ? 'gone' : now.body['state']).toBe(after)
      return
    }
    const refused = await call(ask(vmId, ''))
    expect(refused.status).toBe(409)
    const { blockers, message } = refused.body as { blockers: { reason: string; facts: object }[]; message: string }
    expect(blockers.map(({ reason }) => reason)).toEqual([isBusy(before) ? 'busy' : 'vm_state'])
    expect(blockers).toEqual(plan.body['blockers'])
    // It names the VM, and the way out: the task that has it, or what is allowed.
    expect(message).toContain(before.body['name'])
    expect(message).toContain(isBusy(before) ? before.body['taskId'] : (allowed(before)[0] ?? 'nothing'))
    expect(await viewOf(vmId)).toEqual(before)
    expect(platform.manager!.parts.documents.tasks.list()).toHaveLength(tasksBefore)
    await settled(vmId)
  })

  test('edit', async () => {
    const { vmId, before } = await inState(situation)
    const headers = { 'if-match': String(before.body['revision']) }
    const edit = (query: string) =>
      platform.call('PATCH', `/v1/vms/${vmId}${query}`, { body: { notes: 'other' }, headers })
    const plan = await edit('?plan=true')
    expect(plan.body['allowed']).toBe(allowed(before).includes('edit'))
    const answer = await edit('')
    const now = await viewOf(vmId)
    if (plan.body['allowed'] === true) {
      expect(answer.status).toBe(200)
      const { revision: _was, ...rest } = before.body
      expect(now.body).toMatchObject({ ...rest, notes: 'other' })
    } else {
      expect(answer.status).toBe(409)
      expect(answer.body['blockers']).toEqual(plan.body['blockers'])
      expect(now).toEqual(before)
    }
    await settled(vmId)
  })
})
