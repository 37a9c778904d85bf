import { isAllowed, VM_ACTIONS, VM_STATES, type VmAction, type VmHardware, type VmState } from '@viv/common'
import { describe, expect, test } from 'vitest'
import { until } from './installation.ts'

/**
 * Every action in every state: one that a VM says is allowed works, and leads where it should; one that is not is
 * refused with its reason, by the plan too, and changes nothing. Made from the table, so that a new state or action
 * has to say how it is reached and what comes of it, or this does not compile.
 */
export type Situation = Exclude<VmState, 'crashed'> | 'crashed, guest panicked' | 'crashed, QEMU died'

type Deed = Exclude<VmAction, 'console'>

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** The product that it is tried on. */
export interface Stage {
  call(method: string, path: string, options: { body?: object; headers?: Record<string, string> }): Promise<Answer>
  /** Makes a VM that is there, with two disks and a CD drive, and will do the deed if asked; answers its id. */
  reach(situation: Situation, deed: Deed | 'nothing'): Promise<string>
  /** What was held up to keep the VM where it is may go on. */
  release(): void
}

type Call = readonly [method: string, path: string, options: { body?: object; headers?: Record<string, string> }]
type Before = Answer['body'] & {
  id: string
  name: string
  revision: string
  taskId?: string
  heldBack?: { reason: string; message: string }
  allowedActions: VmAction[]
  hardware: VmHardware
}

interface DeedRow {
  /** How it is asked for. */
  readonly ask: (vm: Before, query: string) => Call
  /** The state after it. */
  readonly after: VmState | 'gone' | 'the same'
}

const action =
  (name: string, body?: object): DeedRow['ask'] =>
  ({ id }, query) => ['POST', `/v1/vms/${id}/actions/${name}${query}`, body === undefined ? {} : { body }]

const DEEDS: Readonly<Record<Deed, DeedRow>> = {
  start: { ask: action('start'), after: 'running' },
  resume: { ask: action('resume'), after: 'running' },
  stop: { ask: action('stop', {}), after: 'stopped' },
  forceStop: { ask: action('stop', { mode: 'force' }), after: 'stopped' },
  pause: { ask: action('pause'), after: 'paused' },
  reboot: { ask: action('reboot', {}), after: 'running' },
  suspend: { ask: action('suspend', {}), after: 'paused' },
  hibernate: { ask: action('hibernate'), after: 'hibernated' },
  discard: { ask: action('discard'), after: 'stopped' },
  reset: { ask: action('reset'), after: 'running' },
  changeDisc: { ask: action('change-disc', {}), after: 'the same' },
  edit: {
    ask: ({ id, revision }, query) => [
      'PATCH',
      `/v1/vms/${id}${query.replace('?wait=30', '')}`,
      { body: { notes: 'other' }, headers: { 'if-match': revision } },
    ],
    after: 'the same',
  },
  delete: { ask: ({ id }, query) => ['DELETE', `/v1/vms/${id}${query}`, {}], after: 'recycled' },
  clone: {
    ask: (vm, query) => action('clone', { name: `${vm.name}-copy` })(vm, query),
    after: 'the same',
  },
  addDisk: {
    ask: ({ id }, query) => ['POST', `/v1/vms/${id}/disks${query}`, { body: { sizeMib: 8 } }],
    after: 'the same',
  },
  // The second: without the first it would have nothing to start from.
  removeDisk: {
    ask: ({ id, hardware }, query) => ['DELETE', `/v1/vms/${id}/disks/${hardware.disks[1]?.volumeId}${query}`, {}],
    after: 'the same',
  },
  addNic: { ask: ({ id }, query) => ['POST', `/v1/vms/${id}/nics${query}`, { body: {} }], after: 'the same' },
  removeNic: {
    ask: ({ id, hardware }, query) => ['DELETE', `/v1/vms/${id}/nics/${hardware.nics[0]?.mac}${query}`, {}],
    after: 'the same',
  },
  addCd: { ask: ({ id }, query) => ['POST', `/v1/vms/${id}/cd${query}`, {}], after: 'the same' },
  removeCd: { ask: ({ id }, query) => ['DELETE', `/v1/vms/${id}/cd${query}`, {}], after: 'the same' },
  pack: { ask: action('pack'), after: 'the same' },
  restore: { ask: action('restore'), after: 'stopped' },
  purge: { ask: action('purge'), after: 'gone' },
}
const ALL_DEEDS = Object.keys(DEEDS) as Deed[]
/** It ends only when somebody has read what it makes: tests of its own do that. */
const NEEDS_READER: readonly Deed[] = ['pack']

const SITUATIONS = [
  ...VM_STATES.filter((state) => state !== 'crashed'),
  'crashed, guest panicked',
  'crashed, QEMU died',
] as const satisfies readonly Situation[]

const stateOf = (situation: Situation): VmState =>
  situation.startsWith('crashed') ? 'crashed' : (situation as VmState)

const hasProcess = (situation: Situation): boolean => situation !== 'crashed, QEMU died'

/** What is refused as busy: in these a task has the VM. */
const BUSY: readonly Situation[] = ['creating', 'starting', 'stopping', 'hibernating', 'deleting']

/** What a VM in that situation should say is allowed. */
function expected(situation: Situation): VmAction[] {
  const ofTable = (Object.keys(VM_ACTIONS) as VmAction[]).filter((name) =>
    isAllowed(name, stateOf(situation), hasProcess(situation)),
  )
  if (!BUSY.includes(situation)) return ofTable
  return ofTable.filter((name) => name === 'console' || (name === 'forceStop' && situation === 'stopping'))
}

/** Registers the tests. `isTried`: which of the allowed ones are carried out here. */
export function everyActionInEveryState(
  stageOf: () => Stage,
  isTried: (situation: Situation, deed: Deed) => boolean = () => true,
): void {
  const viewOf = (id: string): Promise<Answer> => stageOf().call('GET', `/v1/vms/${id}`, {})
  const stateNow = async (id: string) => (await viewOf(id)).body['state']

  async function inState(situation: Situation, deed: Deed | 'nothing'): Promise<Before> {
    const id = await stageOf().reach(situation, deed)
    await until(`it is ${situation}`, async () => (await stateNow(id)) === stateOf(situation))
    return (await viewOf(id)).body as Before
  }

  describe.each(SITUATIONS)('a VM that is %s', (situation) => {
    const allowed = expected(situation)
    const refused = ALL_DEEDS.filter((deed) => !allowed.includes(deed))
    const isDone = (deed: Deed) => !NEEDS_READER.includes(deed) && isTried(situation, deed)
    const tried = ALL_DEEDS.filter((deed) => allowed.includes(deed) && isDone(deed))

    test(`refuses what is not allowed: ${refused.join(', ')}`, async () => {
      const before = await inState(situation, 'nothing')
      expect(before.allowedActions).toEqual(allowed)
      for (const deed of refused) {
        const plan = await stageOf().call(...DEEDS[deed].ask(before, '?plan=true'))
        const answer = await stageOf().call(...DEEDS[deed].ask(before, ''))
        expectRefusal(before, deed, { plan, answer })
        expect((await viewOf(before.id)).body, deed).toEqual(before)
      }
      stageOf().release()
      await until('no task has it', async () => (await viewOf(before.id)).body['taskId'] === undefined)
    })

    test.each(tried)('%s', async (deed) => {
      const before = await inState(situation, deed)
      const { ask, after } = DEEDS[deed]
      const plan = await stageOf().call(...ask(before, '?plan=true'))
      expect(plan.body, JSON.stringify(plan.body)).toMatchObject({ allowed: true, blockers: [] })
      // A plan changes nothing.
      expect((await viewOf(before.id)).body).toEqual(before)
      // What was held up is not let go before: it would end by itself, and there would be nothing to force.
      const answer = await stageOf().call(...ask(before, '?wait=30'))
      stageOf().release()
      if (deed === 'edit') expect(answer.body).toMatchObject({ notes: 'other', state: before['state'] })
      else expect(answer.body['state'], JSON.stringify(answer.body)).toBe('succeeded')
      const now = await viewOf(before.id)
      const state = now.status === 404 ? 'gone' : now.body['state']
      expect(state).toBe(after === 'the same' ? stateOf(situation) : after)
    })
  })
}

/** It says why, and the way out: the task that has the VM, or what is allowed. */
function expectRefusal(before: Before, deed: Deed, { plan, answer }: { plan: Answer; answer: Answer }): void {
  expect(answer.status, deed).toBe(409)
  const { blockers, message } = answer.body as { blockers: { reason: string }[]; message: string }
  expect(plan.body, deed).toMatchObject({ allowed: false, blockers })
  // All that is in the way is told, and it has its drive already.
  const reasons = blockers.map(({ reason }) => reason).filter((reason) => reason !== 'cd_there')
  expect(reasons).toEqual([before.heldBack?.reason ?? (before.taskId === undefined ? 'vm_state' : 'busy')])
  expect(message).toContain(before.name)
  if (before.heldBack !== undefined) return expect(message).toBe(before.heldBack.message)
  expect(message).toContain(before.taskId ?? before.allowedActions[0] ?? 'nothing')
}
