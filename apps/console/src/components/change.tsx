import type { Plan, Task } from '@viv/api'
import { type CallInput, followTask, type PlannableOperation } from '@viv/client'
import { Button, Input, Modal, Spin } from 'antd'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { followMyTask } from '../api/my-tasks.ts'
import { client } from '../api/wire.ts'
import { useWords } from '../words/words.ts'
import { ErrorText } from './ErrorText.tsx'
import { type OnFixed, PlanView } from './PlanView.tsx'

/** A change that somebody wants to make. */
export interface Change<K extends PlannableOperation = PlannableOperation> {
  readonly operation: K
  readonly input: CallInput<K>
  readonly title: string
  /** What the button says that does it. */
  readonly verb: string
  /**
   * always: the plan is shown and has to be agreed to. ifNeeded: it is shown only where it holds a warning, or
   * something is in the way.
   */
  readonly ask: 'always' | 'ifNeeded'
  readonly isDangerous?: boolean
  readonly onDone?: (answer: unknown) => void
}

export type StartChange = <K extends PlannableOperation>(change: Change<K>) => void

const ChangeContext = createContext<StartChange>(() => undefined)
export const useChange = (): StartChange => useContext(ChangeContext)

type Call = (input: unknown) => Promise<unknown>
const planOf = (operation: PlannableOperation): ((input: unknown) => Promise<Plan>) =>
  client.plan[operation] as (input: unknown) => Promise<Plan>
const callOf = (operation: PlannableOperation): Call => client[operation] as Call

const isTask = (answer: unknown): answer is Task =>
  typeof answer === 'object' && answer !== null && 'target' in answer && 'step' in answer

interface Asked {
  readonly change: Change
  readonly plan?: Plan
  readonly error?: unknown
  readonly isBusy: boolean
}

/**
 * The one way by which the console changes anything: asks for the plan, shows it where it has to, does it, and
 * follows the task that it becomes.
 */
export function ChangeProvider({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Asked>()
  const [why, setWhy] = useState('')
  const { say } = useWords()
  /** One key for each change that was agreed to: sent again after a cut, it is still done once. */
  const key = useRef('')

  const perform = useCallback(async (change: Change, plan: Plan | undefined, reason: string): Promise<void> => {
    setAsked({ change, isBusy: true, ...(plan === undefined ? {} : { plan }) })
    try {
      const given = change.input as { query?: object }
      const query = reason === '' ? given.query : { ...given.query, why: reason }
      const answer = await callOf(change.operation)({
        ...given,
        ...(query === undefined ? {} : { query }),
        idempotencyKey: key.current,
      })
      if (isTask(answer)) followMyTask(answer)
      setAsked(undefined)
      change.onDone?.(answer)
    } catch (error) {
      setAsked({ change, isBusy: false, error, ...(plan === undefined ? {} : { plan }) })
    }
  }, [])

  const read = useCallback(
    async (change: Change, isFirst: boolean): Promise<void> => {
      setAsked({ change, isBusy: true })
      try {
        const plan = await planOf(change.operation)(change.input)
        const isPlain = plan.allowed && plan.warnings.length === 0
        if (isFirst && change.ask === 'ifNeeded' && isPlain) await perform(change, plan, '')
        else setAsked({ change, plan, isBusy: false })
      } catch (error) {
        setAsked({ change, error, isBusy: false })
      }
    },
    [perform],
  )

  const start = useCallback(
    (change: Change): void => {
      key.current = crypto.randomUUID()
      setWhy('')
      void read(change, true)
    },
    [read],
  ) as StartChange

  const onFixed: OnFixed = (answer) => {
    if (asked === undefined) return
    if (isTask(answer)) followMyTask(answer)
    setAsked({ change: asked.change, isBusy: true })
    const ended = isTask(answer) ? followTask(client, answer, () => undefined) : Promise.resolve()
    // Whatever came of it, the plan says what is in the way now.
    void ended.catch(() => undefined).then(() => read(asked.change, false))
  }
  /** The same change in a form that can be done is not done at once: its own plan is shown. */
  const onInstead = (body: unknown): void => {
    if (asked === undefined) return
    key.current = crypto.randomUUID()
    const input = { ...asked.change.input, body } as Change['input']
    void read({ ...asked.change, input }, false)
  }
  const close = useMemo(() => () => setAsked(undefined), [])
  // What needs no agreement is done before a dialog would be seen.
  const isShown = asked !== undefined && (asked.change.ask === 'always' || !asked.isBusy)
  return (
    <ChangeContext.Provider value={start}>
      {children}
      <Modal
        open={isShown}
        title={asked?.change.title}
        onCancel={close}
        destroyOnHidden
        footer={
          <>
            <Button onClick={close}>{say('app.cancel')}</Button>
            <Button
              type="primary"
              danger={asked?.change.isDangerous === true}
              loading={asked?.isBusy === true}
              disabled={asked?.plan?.allowed === false}
              onClick={() => {
                if (asked === undefined) return
                if (asked.plan === undefined) void read(asked.change, false)
                else void perform(asked.change, asked.plan, why.trim())
              }}
            >
              {asked?.plan === undefined && asked?.error !== undefined ? say('app.readAgain') : asked?.change.verb}
            </Button>
          </>
        }
      >
        {asked === undefined ? null : (
          <ChangeBody asked={asked} why={why} onWhy={setWhy} onFixed={onFixed} onInstead={onInstead} />
        )}
      </Modal>
    </ChangeContext.Provider>
  )
}

/** What changes a configuration, and so is kept in the history with its reason. */
const KEPT: readonly PlannableOperation[] = [
  'vmCreate',
  'vmUpdate',
  'vmRevert',
  'vmClone',
  'vmAdopt',
  'vmDiskAdd',
  'vmDiskRemove',
  'vmNicAdd',
  'vmNicRemove',
  'vmCdAdd',
  'vmCdRemove',
  'vmDelete',
  'vmRestore',
  'vmPurge',
  'imageDelete',
  'tokenCreate',
  'tokenDelete',
]

interface ChangeBodyProps {
  readonly asked: Asked
  readonly why: string
  readonly onWhy: (why: string) => void
  readonly onFixed: OnFixed
  readonly onInstead: (body: unknown) => void
}

function ChangeBody({ asked, why, onWhy, onFixed, onInstead }: ChangeBodyProps) {
  const { say } = useWords()
  const { plan, error, isBusy } = asked
  return (
    <div className="change">
      {plan === undefined && isBusy ? (
        <Spin description={say('plan.reading')}>{<div className="change-wait" />}</Spin>
      ) : null}
      {plan === undefined ? null : (
        <PlanView
          plan={plan}
          onFixed={onFixed}
          original={{ operation: asked.change.operation, body: asked.change.input.body, onInstead }}
        />
      )}
      <ErrorText error={error} />
      {plan?.allowed === true && KEPT.includes(asked.change.operation) ? (
        <label className="change-why">
          {say('plan.why')}
          <Input
            value={why}
            maxLength={500}
            placeholder={say('plan.whyHint')}
            onChange={(event) => onWhy(event.target.value)}
          />
        </label>
      ) : null}
    </div>
  )
}
