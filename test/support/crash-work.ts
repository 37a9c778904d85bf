import { join } from 'node:path'
import type { Task, Vm } from '@viv/api'
import { UnreachableError } from '@viv/client'
import { VM_STATES } from '@viv/common'
import { audit } from './audit.ts'
import { adoptedMachine, readPackage, sendMachine } from './package.ts'
import { type CrashPoint, type Installation, until } from './installation.ts'
import { writeIso } from './iso.ts'
import { Serial } from './serial.ts'
import { upload } from './upload.ts'

type State = 'stopped' | 'running' | 'paused' | 'hibernated' | 'crashed' | 'recycled' | undefined

type Counts = readonly [before: number, after: number]

/** How a piece of work has ended. */
export type End = Pick<Task, 'state'> & { readonly target: Pick<Task['target'], 'id'> }

/** One piece of work of a person, and what must hold when it has ended, either way. */
export interface Work {
  readonly action:
    | 'vmCreate'
    | 'vmStart'
    | 'vmStop'
    | 'vmPause'
    | 'vmResume'
    | 'vmReboot'
    | 'vmSuspend'
    | 'vmChangeDisc'
    | 'vmHibernate'
    | 'vmDiscard'
    | 'vmDelete'
    | 'vmClone'
    | 'vmPack'
    | 'vmAdopt'
    | 'vmDiskAdd'
    | 'vmDiskRemove'
    | 'vmNicAdd'
    | 'vmNicRemove'
    | 'vmCdAdd'
    | 'vmCdRemove'
    | 'vmUpdate'
    | 'vmRestore'
    | 'vmPurge'
  /** The VM's state before; undefined where there is none yet. */
  readonly before: State
  readonly after: State
  /** What of its machine is not as everybody's. */
  readonly machine?: { readonly firmware: 'uefi'; readonly tpm: true }
  /** How many of these it has before and after, where that is what changes. */
  readonly parts?: Readonly<Record<'disks' | 'nics', Counts>> & { readonly cds?: Counts }
}

/** One that remembers more than what is on its disks, and has a helper beside its QEMU. */
const machine = { firmware: 'uefi', tpm: true } as const

export const WORKS: readonly Work[] = [
  { action: 'vmCreate', before: undefined, after: 'stopped' },
  { action: 'vmStart', before: 'stopped', after: 'running' },
  { action: 'vmStop', before: 'running', after: 'stopped' },
  { action: 'vmPause', before: 'running', after: 'paused' },
  { action: 'vmResume', before: 'paused', after: 'running' },
  { action: 'vmReboot', before: 'running', after: 'running' },
  { action: 'vmSuspend', before: 'running', after: 'paused' },
  { action: 'vmChangeDisc', before: 'running', after: 'running' },
  { action: 'vmHibernate', before: 'running', after: 'hibernated' },
  { action: 'vmStart', before: 'hibernated', after: 'running' },
  { action: 'vmDiscard', before: 'hibernated', after: 'stopped' },
  { action: 'vmDelete', before: 'stopped', after: 'recycled' },
  { action: 'vmDelete', before: 'crashed', after: 'recycled' },
  { action: 'vmClone', before: undefined, after: 'stopped' },
  { action: 'vmPack', before: 'stopped', after: 'stopped' },
  { action: 'vmAdopt', before: undefined, after: 'stopped' },
  { action: 'vmRestore', before: 'recycled', after: 'stopped' },
  { action: 'vmPurge', before: 'stopped', after: undefined },
  { action: 'vmPurge', before: 'recycled', after: undefined },
  { action: 'vmDiskAdd', before: 'stopped', after: 'stopped', parts: { disks: [1, 2], nics: [1, 1] } },
  { action: 'vmDiskRemove', before: 'stopped', after: 'stopped', parts: { disks: [2, 1], nics: [1, 1] } },
  { action: 'vmNicAdd', before: 'stopped', after: 'stopped', parts: { disks: [1, 1], nics: [1, 2] } },
  { action: 'vmNicRemove', before: 'stopped', after: 'stopped', parts: { disks: [1, 1], nics: [1, 0] } },
  { action: 'vmCdAdd', before: 'stopped', after: 'stopped', parts: { disks: [1, 1], nics: [1, 1], cds: [0, 1] } },
  { action: 'vmCdRemove', before: 'stopped', after: 'stopped', parts: { disks: [1, 1], nics: [1, 1], cds: [1, 0] } },
  // No task of its own: what its host has to know it is told until it says so.
  { action: 'vmUpdate', before: 'stopped', after: 'stopped' },
  { action: 'vmCreate', before: undefined, after: 'stopped', machine },
  { action: 'vmStart', before: 'stopped', after: 'running', machine },
  { action: 'vmHibernate', before: 'running', after: 'hibernated', machine },
  { action: 'vmStart', before: 'hibernated', after: 'running', machine },
  { action: 'vmPurge', before: 'stopped', after: undefined, machine },
]

/** A VM that is where the work begins; none where there is none yet. */
export async function vmBefore(viv: Installation, work: Work, name: string): Promise<Vm | undefined> {
  const { action, before, machine } = work
  // The VM that is copied: what is looked at is the copy.
  if (action === 'vmClone') return viv.vmCreate(`${name}-source`)
  if (before === undefined) return undefined
  const disks = Array.from({ length: (work.parts?.disks[0] ?? 1) - 1 }, () => ({ sizeMib: 8 }))
  const cd = action === 'vmChangeDisc' || work.parts?.cds?.[0] === 1 ? { cd: {} } : {}
  if (action === 'vmChangeDisc') await needDisc(viv)
  const isOn = before !== 'stopped' && before !== 'recycled'
  const vm = await viv.vmCreate(name, { start: isOn, disks, ...cd, ...machine })
  if (before === 'paused') await viv.follow(await viv.client.vmPause({ params: { vmId: vm.id } }))
  if (before === 'hibernated') await viv.follow(await viv.client.vmHibernate({ params: { vmId: vm.id } }))
  if (before === 'recycled') await viv.follow(await viv.client.vmDelete({ params: { vmId: vm.id } }))
  if (before === 'crashed') await panic(viv, vm)
  return vm
}

/** Its process is left, as what crashed should be looked at. */
async function panic(viv: Installation, vm: Vm): Promise<void> {
  using serial = await Serial.open(viv.root, vm.id)
  await serial.expect('login:')
  await serial.logIn()
  serial.type('echo c > /proc/sysrq-trigger\r')
  const state = async () => (await viv.client.vmGet({ params: { vmId: vm.id } })).state
  await until('it has crashed', async () => (await state()) === 'crashed')
}

const DISC = 'disc'

/** Stays from one round to the next. */
async function needDisc(viv: Installation): Promise<void> {
  if ((await viv.image(DISC)) !== '') return
  const answer = await upload(
    viv.root,
    { name: DISC, kind: 'iso' },
    await writeIso(join(viv.root, 'disc.iso'), 'a disc'),
  )
  if (answer === 'cut' || answer.status !== 201) throw new Error(`no disc: ${JSON.stringify(answer)}`)
}

/** Those in the recycle bin too. */
const allVms = async (viv: Installation): Promise<Vm[]> =>
  (await viv.client.vmList({ query: { state: VM_STATES.join(',') } })).items

/** Whatever a round has left, made and deleted so that the next begins with nothing. */
export async function deleteAll(viv: Installation): Promise<void> {
  for (const { id, state } of await allVms(viv)) {
    const params = { vmId: id }
    if (state === 'running' || state === 'paused')
      await viv.follow(await viv.client.vmStop({ params, body: { mode: 'force' } }))
    await viv.follow(await viv.client.vmPurge({ params }))
  }
}

/** What is removed: the last disk, and the last network card. */
async function lastParts(viv: Installation, vmId: string): Promise<{ volumeId: string; mac: string }> {
  if (vmId === '') return { volumeId: '', mac: '' }
  const { hardware } = await retry(() => viv.client.vmGet({ params: { vmId } }))
  return { volumeId: hardware.disks.at(-1)?.volumeId ?? '', mac: hardware.nics.at(-1)?.mac ?? '' }
}

/** Repeats the request as a person's client does, with the key that makes it safe. */
async function ask(viv: Installation, { action, machine }: Work, vmId: string, name: string): Promise<Task> {
  const { client } = viv
  const idempotencyKey = `${action}-${name}`
  const params = { vmId }
  const { volumeId, mac } = await lastParts(viv, vmId)
  const body = { name, imageId: action === 'vmCreate' ? await retry(() => viv.image()) : '', memoryMib: 64, ...machine }
  const isoId = action === 'vmChangeDisc' ? await retry(() => viv.image(DISC)) : ''
  return retry(() => {
    if (action === 'vmCreate') return client.vmCreate({ body, idempotencyKey })
    if (action === 'vmStart') return client.vmStart({ params, idempotencyKey })
    if (action === 'vmStop') return client.vmStop({ params, body: { mode: 'force' }, idempotencyKey })
    if (action === 'vmPause') return client.vmPause({ params, idempotencyKey })
    if (action === 'vmResume') return client.vmResume({ params, idempotencyKey })
    if (action === 'vmReboot') return client.vmReboot({ params, body: { mode: 'force' }, idempotencyKey })
    if (action === 'vmSuspend') return client.vmSuspend({ params, body: {}, idempotencyKey })
    if (action === 'vmChangeDisc') return client.vmChangeDisc({ params, body: { imageId: isoId }, idempotencyKey })
    if (action === 'vmHibernate') return client.vmHibernate({ params, idempotencyKey })
    if (action === 'vmDiscard') return client.vmDiscard({ params, idempotencyKey })
    if (action === 'vmClone') return client.vmClone({ params, body: { name }, idempotencyKey })
    if (action === 'vmPack') return client.vmPack({ params, idempotencyKey })
    if (action === 'vmAdopt') return client.vmAdopt({ body: { package: adoptedMachine(name) }, idempotencyKey })
    if (action === 'vmRestore') return client.vmRestore({ params, idempotencyKey })
    if (action === 'vmPurge') return client.vmPurge({ params, idempotencyKey })
    if (action === 'vmDiskAdd') return client.vmDiskAdd({ params, body: { sizeMib: 8 }, idempotencyKey })
    if (action === 'vmNicAdd') return client.vmNicAdd({ params, body: {}, idempotencyKey })
    if (action === 'vmCdAdd') return client.vmCdAdd({ params, idempotencyKey })
    if (action === 'vmCdRemove') return client.vmCdRemove({ params, idempotencyKey })
    if (action === 'vmDiskRemove') return client.vmDiskRemove({ params: { vmId, volumeId }, idempotencyKey })
    if (action === 'vmNicRemove') return client.vmNicRemove({ params: { vmId, mac }, idempotencyKey })
    return client.vmDelete({ params, idempotencyKey })
  })
}

/** What a VM is edited to: its host has to know, for it starts the VM by itself. */
const TURN = { enabled: true, order: 3 }

const hasTurn = ({ autostart }: Vm): boolean => autostart.enabled && autostart.order === TURN.order

/** The work from its beginning to its end, over as many restarts as it takes. */
export async function carryOut(viv: Installation, work: Work, vmId: string, name: string): Promise<End> {
  if (work.action !== 'vmUpdate') return ended(viv, (await ask(viv, work, vmId, name)).id)
  const params = { vmId }
  await until('its host knows of the edit', async () => {
    const vm = await retry(() => viv.client.vmGet({ params }))
    if (hasTurn(vm)) return vm.pending === undefined
    // Without an answer it may be done or not: looked at again.
    await viv.client.vmUpdate({ params, ifMatch: vm.revision, body: { autostart: TURN } }).catch((error: unknown) => {
      if (!(error instanceof UnreachableError)) throw error
    })
    return false
  })
  return { state: 'succeeded', target: { id: vmId } }
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
      // It waits for a reader; whatever breaks off is read again.
      if (task.action === 'vmPack') await readPackage(viv.root, task.target.id).catch(() => undefined)
      if (task.action === 'vmAdopt') await sendMachine(viv.root, task.target.id).catch(() => undefined)
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
          const onExit = () => resolve()
          child.once('exit', onExit)
          // A process that outlives many rounds must not gather their listeners.
          void stopped.then(() => {
            child.off('exit', onExit)
            resolve()
          })
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
export async function verdict(viv: Installation, work: Work, task: End): Promise<string[]> {
  await viv.hostKnown()
  const vm = (await allVms(viv)).find(({ id }) => id === task.target.id)
  const wanted = task.state === 'succeeded' ? work.after : work.before
  const wrong = vm?.state === wanted ? [] : [`after ${task.state} the VM is ${vm?.state}, not ${wanted}`]
  const isOther =
    work.action === 'vmChangeDisc' && (task.state === 'succeeded') !== (vm?.hardware.cd?.disc !== undefined)
  if (isOther) wrong.push(`after ${task.state} its drive is ${JSON.stringify(vm?.hardware.cd)}`)
  if (work.action === 'vmUpdate' && (vm === undefined || !hasTurn(vm))) wrong.push('the edit is lost')
  const undecided = task.state === 'succeeded' || task.state === 'failed' ? [] : [`the task is ${task.state}`]
  return [...undecided, ...wrong, ...wrongParts(work, task, vm), ...(await audit(viv))]
}

function wrongParts({ parts }: Work, { state }: End, vm: Vm | undefined): string[] {
  if (parts === undefined) return []
  const { disks, nics, cd } = vm?.hardware ?? {}
  const counts = { disks: disks?.length, nics: nics?.length, cds: cd === undefined ? 0 : 1 }
  return (['disks', 'nics', 'cds'] as const).flatMap((kind) => {
    const [count, wanted] = [counts[kind], parts[kind]?.[state === 'succeeded' ? 1 : 0] ?? 0]
    return count === wanted ? [] : [`after ${state} the VM has ${count} ${kind}, not ${wanted}`]
  })
}

/** Steps of the manager's own. */
const [HAND_OUT, RECEIVE] = ['hand-out', 'receive']

/** Every place where a process can be stopped in the middle of a piece of work. */
export function crashPoints({ action, before }: Work): CrashPoint[] {
  const steps = {
    vmCreate: ['vmDefine', 'volumeCreate'],
    vmStart: [before === 'hibernated' ? 'vmWake' : 'vmStart'],
    vmStop: ['vmStop'],
    vmPause: ['vmPause'],
    vmResume: ['vmResume'],
    vmReboot: ['vmReset'],
    vmSuspend: ['vmSuspend'],
    vmChangeDisc: ['vmChangeDisc'],
    vmHibernate: ['vmHibernate'],
    vmDiscard: ['vmDiscard'],
    vmDelete: before === 'crashed' ? ['vmStop'] : [],
    vmClone: ['vmDefine', 'volumeCopy'],
    vmPack: ['volumeCopy', HAND_OUT, 'volumeDelete'],
    vmAdopt: [RECEIVE, 'vmDefine', 'volumesAdopt'],
    vmRestore: [],
    vmPurge: ['vmUndefine', 'volumeDelete'],
    vmDiskAdd: ['volumeCreate', 'vmConfigure'],
    vmDiskRemove: ['vmConfigure', 'volumeDelete'],
    vmNicAdd: ['vmConfigure'],
    vmNicRemove: ['vmConfigure'],
    vmCdAdd: ['vmConfigure'],
    vmCdRemove: ['vmConfigure'],
    vmUpdate: ['vmConfigure'],
  }[action]
  const manager = steps.flatMap((_step, index) => [`${action}.before-step.${index}`, `${action}.after-step.${index}`])
  const agent = steps
    .filter((op) => op !== HAND_OUT && op !== RECEIVE)
    .flatMap((op) => [`${op}.before-run`, `${op}.after-run`])
    .map((at) => ({ part: 'agent', at }) as const)
  // An edit has no steps.
  if (action === 'vmUpdate') return agent
  return [
    ...[...manager, `${action}.before-end.${steps.length}`].map((at) => ({ part: 'manager', at }) as const),
    ...agent,
  ]
}
