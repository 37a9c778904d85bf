import type { Vm } from '@viv/api'
import { Alert } from 'antd'
import { moment } from '../util/quantities.ts'
import { tellBlocker } from '../words/refusals.ts'
import { useWords } from '../words/words.ts'

/** Whether it starts with its host, and whether that host knows it. */
export function AutostartFact({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const { enabled, order, delaySeconds } = vm.autostart
  const text = enabled ? say('vm.autostart.on', { order, seconds: delaySeconds }) : say('vm.autostart.off')
  const isPending = vm.pending?.some(({ path }) => path === 'autostart') === true
  return isPending ? say('vm.autostart.pending', { wanted: text }) : text
}

/** It waits for its turn, or its turn came and it could not be started. */
export function AutostartNotice({ vm: { startsInTurn, autostartFailure } }: { readonly vm: Vm }) {
  const { say, language } = useWords()
  if (startsInTurn === true) return <Alert type="info" showIcon title={say('vm.autostart.waits')} />
  if (autostartFailure === undefined) return null
  return (
    <Alert
      type="error"
      showIcon
      title={say('vm.autostart.failed', { at: moment(autostartFailure.at, language) })}
      description={tellBlocker(autostartFailure, language)}
    />
  )
}
