import type { Task } from '@viv/api'
import { UnreachableError } from '@viv/client'
import { audit } from './audit.ts'
import { type CrashPoint, type Installation, until } from './installation.ts'

/** One piece of work of a person, and what must hold when it has ended, either way. */
export interface Work {
  readonly action: 'vmCreate' | 'vmStart' | 'vmStop' | 'vmDelete'
  /** The VM's state before; undefined where there is none yet. */
  readonly before: 'stopped' | 'running' | undefined
  readonly after: 'stopped' | 'running' | undefined
}

export const WORKS: readonly Work[] = [
  { action: 'vmCreate', before: undefined, after: 'stopped' },
  { action: 'vmStart', before: 'stopped', after: 'running' },
  { action: 'vmStop', before: 'running', after: 'stopped' },
  { action: 'vmDelete', before: 'stopped', after: undefined },
]

/** Repeats the request as a person's client does, with the key that makes it safe. */
export async function ask(viv: Installation, { action }: Work, vmId: string, name: string): Promise<Task> {
  const { client } = viv
  const idempotencyKey = `${action}-${name}`
  const params = { vmId }
  const body = { name, imageId: action === 'vmCreate' ? await retry(() => viv.image()) : '', memoryMib: 64 }
  return retry(() => {
    if (action === 'vmCreate') return client.vmCreate({ body, idempotencyKey })
    if (action === 'vmStart') return client.vmStart({ params, idempotencyKey })
    if (action === 'vmStop') return client.vmStop({ params, body: { mode: 'force' }, idempotencyKey })
    return client.vmDelete({ params, idempotencyKey })
  })
}

async function retry<T>(call: () => Promise<T>): Promise<T> {
  let result: { value: T } | undefined
  await until('the manager answers', async () => {
    try {
      result = { value: await call() }
      return true
    } catch (error) {
      if (error instanceof UnreachableError) return false
      throw error
    }
  })
  return (result as { value: T }).value
}

/** The task's end, over as many restarts as it takes. */
export function ended(viv: Installation, taskId: string): Promise<Task> {
  const states = ['succeeded', 'failed', 'cancelled', 'parked']
  let task: Task | undefined
  return until(
    `task ${taskId} ends`,
    async () => {
      task = await retry(() => viv.client.taskGet({ params: { taskId }, query: { wait: '1' } }))
      return states.includes(task.state)
    },
    60_000,
  ).then(() => task as Task)
}

/** Restarts what died, whenever it dies. */
export function keepAlive(viv: Installation): { stop(): Promise<void> } {
  let isStopping = false
  const watch = async (part: 'manager' | 'agent') => {
    while (!isStopping) {
      const child = part === 'manager' ? viv.manager : viv.agent
      if (child.exitCode === null && child.signalCode === null) {
        await new Promise<void>((resolve) => {
          child.once('exit', () => resolve())
          stopped.then(resolve, resolve)
        })
      }
      if (isStopping) return
      await (part === 'manager' ? viv.startManager() : viv.startAgent()).catch(() => undefined)
    }
  }
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const watching = Promise.all([watch('manager'), watch('agent')])
  return {
    stop: async () => {
      isStopping = true
      stop()
      await watching
    },
  }
}

/**
 * After the work has ended: it succeeded and what was wanted holds, or it failed and the state before holds; and
 * nothing is left over. Answers what is wrong.
 */
export async function verdict(viv: Installation, work: Work, task: Task, vmId: string): Promise<string[]> {
  await viv.hostKnown()
  const vm = (await viv.client.vmList()).items.find(({ id }) => id === vmId)
  const wanted = task.state === 'succeeded' ? work.after : work.before
  const wrong = vm?.state === wanted ? [] : [`after ${task.state} the VM is ${vm?.state}, not ${wanted}`]
  const undecided = task.state === 'succeeded' || task.state === 'failed' ? [] : [`the task is ${task.state}`]
  return [...undecided, ...wrong, ...(await audit(viv))]
}

/** Every place where a process can be stopped in the middle of a piece of work. */
export function crashPoints(action: Work['action']): CrashPoint[] {
  const steps = {
    vmCreate: ['vmDefine', 'volumeCreate'],
    vmStart: ['vmStart'],
    vmStop: ['vmStop'],
    vmDelete: ['vmUndefine', 'volumeDelete'],
  }[action]
  const manager = steps.flatMap((_step, index) => [`${action}.before-step.${index}`, `${action}.after-step.${index}`])
  const agent = steps.flatMap((op) => [`${op}.before-run`, `${op}.after-run`])
  return [
    ...[...manager, `${action}.before-end.${steps.length}`].map((at) => ({ part: 'manager', at }) as const),
    ...agent.map((at) => ({ part: 'agent', at }) as const),
  ]
}
