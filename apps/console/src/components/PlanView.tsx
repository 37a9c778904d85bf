import type { Blocker, Plan } from '@viv/api'
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { applyFix, type Fix, planFix } from '../api/wire.ts'
import { insteadOf, tellBlocker, tellEffect, tellWarning } from '../words/refusals.ts'
import { useWords } from '../words/words.ts'
import { ErrorText, TextList } from './ErrorText.tsx'

/** A fix was applied, and this is what it answered. */
export type OnFixed = (answer: unknown) => void

/** The change that a plan is of: a fix may be the same in another form. */
export interface Original {
  readonly operation: string
  readonly body: unknown
  readonly onInstead: (body: unknown) => void
}

export interface PlanViewProps {
  readonly plan: Plan
  readonly onFixed?: OnFixed
  readonly original?: Original
}

/** What a change would do, what to know before, and why it can't be done, each with what mends it. */
export function PlanView({ plan, onFixed, original }: PlanViewProps) {
  const { say, language } = useWords()
  return (
    <div className="plan">
      {plan.blockers.length === 0 ? null : (
        <section aria-label={say('plan.blockers')}>
          <h2>{say('plan.blockers')}</h2>
          {plan.blockers.map((blocker) => (
            <BlockerView
              key={`${blocker.reason}${blocker.message}`}
              blocker={blocker}
              {...(onFixed === undefined ? {} : { onFixed })}
              {...(original === undefined ? {} : { original })}
            />
          ))}
        </section>
      )}
      {plan.warnings.length === 0 ? null : (
        <section aria-label={say('plan.warnings')}>
          <h2>{say('plan.warnings')}</h2>
          {plan.warnings.map((warning) => (
            <Alert key={warning.message} type="warning" showIcon title={tellWarning(warning, language)} />
          ))}
        </section>
      )}
      {plan.effects.length === 0 ? null : (
        <section aria-label={say('plan.effects')}>
          <h2>{say('plan.effects')}</h2>
          <TextList
            texts={plan.effects.map((effect) =>
              effect.when === 'now'
                ? tellEffect(effect, language)
                : `${tellEffect(effect, language)} (${say('plan.afterRestart')})`,
            )}
          />
        </section>
      )}
    </div>
  )
}

export interface BlockerViewProps {
  readonly blocker: Blocker
  readonly onFixed?: OnFixed
  readonly original?: Original
}

/** A reason why something is refused; where one call mends it, that call is a button. */
export function BlockerView({ blocker, onFixed, original }: BlockerViewProps) {
  const { language, name } = useWords()
  const { fix } = blocker
  const isOtherForm = fix !== undefined && fix.action === original?.operation
  const mending = useMending(fix, onFixed)
  const button =
    fix === undefined || onFixed === undefined ? undefined : isOtherForm ? (
      <Button size="small" type="primary" onClick={() => original.onInstead(fix.body)}>
        {insteadOf(original.body, fix.body, language)}
      </Button>
    ) : (
      <Button size="small" type="primary" loading={mending.isBusy} onClick={() => void mending.begin()}>
        {name('operation', fix.action)}
      </Button>
    )
  return (
    <>
      <Alert type="error" showIcon role="alert" title={tellBlocker(blocker, language)} action={button} />
      <ErrorText error={mending.error} />
      {mending.plan === undefined || fix === undefined ? null : (
        <div className="plan-fix">
          <PlanView plan={mending.plan} />
          <Button danger loading={mending.isBusy} disabled={!mending.plan.allowed} onClick={() => void mending.apply()}>
            {name('operation', fix.action)}
          </Button>
        </div>
      )}
    </>
  )
}

/** Fixes that take nothing from anybody; any other is shown as a plan first. */
const HARMLESS = ['vmStart', 'vmCreate', 'vmUpdate', 'imageBuild']

interface Mending {
  readonly isBusy: boolean
  readonly error: unknown
  /** What the fix would do, where it is asked first. */
  readonly plan: Plan | undefined
  begin(): Promise<void>
  apply(): Promise<void>
}

function useMending(fix: Fix | undefined, onFixed: OnFixed | undefined): Mending {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [plan, setPlan] = useState<Plan>()
  const attempt = async (work: (wanted: Fix) => Promise<void>): Promise<void> => {
    if (fix === undefined) return
    setBusy(true)
    setError(undefined)
    try {
      await work(fix)
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }
  const apply = (): Promise<void> => attempt(async (wanted) => onFixed?.(await applyFix(wanted)))
  const begin = (): Promise<void> =>
    fix !== undefined && HARMLESS.includes(fix.action)
      ? apply()
      : attempt(async (wanted) => setPlan(await planFix(wanted)))
  return { isBusy, error, plan, begin, apply }
}
