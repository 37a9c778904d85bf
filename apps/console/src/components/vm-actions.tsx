import type { Vm } from '@viv/api'
import { allowedActions, type VmAction } from '@viv/common'
import type { PlannableOperation } from '@viv/client'
import { Button, Dropdown } from 'antd'
import { useMemo, useState } from 'react'
import { useWords } from '../words/words.ts'
import { type Change, type StartChange, useChange } from './change.tsx'

/** What needs to be asked for more has a form of its own. */
type WithForm = 'edit' | 'clone' | PartAction | 'changeDisc' | 'pack'
type PartAction = 'addDisk' | 'removeDisk' | 'addNic' | 'removeNic' | 'addCd' | 'removeCd'
type Action = Exclude<VmAction, 'console' | WithForm>

interface ActionRow {
  readonly operation: PlannableOperation
  readonly body?: object
  /** Whether the plan is agreed to first, whatever it says. */
  readonly ask: Change['ask']
  readonly isDangerous: boolean
}

/** How each action is done: what can lose something is asked first, always. */
const ACTIONS: Readonly<Record<Action, ActionRow>> = {
  start: { operation: 'vmStart', ask: 'ifNeeded', isDangerous: false },
  stop: { operation: 'vmStop', body: { mode: 'safe' }, ask: 'ifNeeded', isDangerous: false },
  forceStop: { operation: 'vmStop', body: { mode: 'force' }, ask: 'always', isDangerous: true },
  pause: { operation: 'vmPause', ask: 'ifNeeded', isDangerous: false },
  resume: { operation: 'vmResume', ask: 'ifNeeded', isDangerous: false },
  reboot: { operation: 'vmReboot', body: { mode: 'safe' }, ask: 'ifNeeded', isDangerous: false },
  suspend: { operation: 'vmSuspend', body: {}, ask: 'ifNeeded', isDangerous: false },
  hibernate: { operation: 'vmHibernate', ask: 'ifNeeded', isDangerous: false },
  discard: { operation: 'vmDiscard', ask: 'always', isDangerous: true },
  reset: { operation: 'vmReset', ask: 'always', isDangerous: true },
  delete: { operation: 'vmDelete', ask: 'always', isDangerous: true },
  restore: { operation: 'vmRestore', ask: 'ifNeeded', isDangerous: false },
  purge: { operation: 'vmPurge', ask: 'always', isDangerous: true },
}

const isAction = (name: string): name is Action => name in ACTIONS

/**
 * While a task has it the buttons stay as the state has them: one that vanished under a keyboard's focus would take
 * it away. Who presses one then is told of the task.
 */
function actionsOf({ taskId, state, pid, allowedActions: allowed }: Vm): Action[] {
  const names: readonly string[] = taskId === undefined ? allowed : allowedActions(state, pid !== undefined)
  return names.filter(isAction)
}

/** Starts an action of a VM; the one place that knows how. */
function useVmAction(): (vm: Vm, action: Action) => void {
  const change = useChange()
  const { say } = useWords()
  return useMemo(
    () => (vm, action) => {
      const { operation, body, ask, isDangerous } = ACTIONS[action]
      const input = { params: { vmId: vm.id }, ...(body === undefined ? {} : { body }) }
      const title = say(`action.${action}.title`, { name: vm.name })
      const wanted = { operation, input, title, verb: say(`action.${action}`), ask, isDangerous }
      ;(change as (wanted: unknown) => ReturnType<StartChange>)(wanted)
    },
    [change, say],
  )
}

/** Every action that is allowed now, as buttons. */
export function VmActions({ vm }: { readonly vm: Vm }) {
  const start = useVmAction()
  const { say } = useWords()
  return (
    <>
      {actionsOf(vm).map((action) => (
        <Button
          key={action}
          type={action === 'start' ? 'primary' : 'default'}
          danger={ACTIONS[action].isDangerous}
          onClick={() => start(vm, action)}
        >
          {say(`action.${action}`)}
        </Button>
      ))}
    </>
  )
}

/**
 * The same in a row of a list: the first as a button, the others behind it. Light ones, for a list draws dozens of
 * rows anew in a frame; the menu is made when it is opened.
 */
export function VmRowActions({ vm }: { readonly vm: Vm }) {
  const start = useVmAction()
  const { say } = useWords()
  const [isOpen, setOpen] = useState(false)
  const [first, ...others] = actionsOf(vm)
  if (first === undefined) return null
  const more = (
    <button
      type="button"
      className="small-button"
      aria-label={say('vm.more', { name: vm.name })}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    >
      <span aria-hidden="true" className="dots" />
    </button>
  )
  return (
    <span className="row-actions">
      <button
        type="button"
        className="small-button"
        data-danger={ACTIONS[first].isDangerous}
        onClick={() => start(vm, first)}
      >
        {say(`action.${first}`)}
      </button>
      {others.length === 0 ? null : isOpen ? (
        <Dropdown
          open
          autoFocus
          trigger={['click']}
          onOpenChange={setOpen}
          menu={{
            items: others.map((action) => ({
              key: action,
              label: say(`action.${action}`),
              danger: ACTIONS[action].isDangerous,
            })),
            onClick: ({ key }) => {
              setOpen(false)
              start(vm, key as Action)
            },
          }}
        >
          {more}
        </Dropdown>
      ) : (
        more
      )}
    </span>
  )
}
