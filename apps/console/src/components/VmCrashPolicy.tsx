import type { Vm } from '@viv/api'
import { wholePolicy } from '@viv/common'
import { Alert } from 'antd'
import { moment } from '../util/quantities.ts'
import { useWords } from '../words/words.ts'

/** What its host does when it crashes, and whether that host knows it. */
export function CrashPolicyFact({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const { guest, qemu, watchdog } = wholePolicy(vm.crashPolicy)
  const both = say('vm.crash.both', { guest: say(`vm.crash.${guest}`), qemu: say(`vm.crash.${qemu}`) })
  const bite = say('vm.crash.bite', { watchdog: say(`vm.crash.${watchdog}`) })
  const text = vm.hardware.watchdog === undefined ? both : `${both}${bite}`
  const isPending = vm.pending?.some(({ path }) => path === 'crashPolicy') === true
  return isPending ? say('vm.autostart.pending', { wanted: text }) : text
}

/** It crashed, and was started again; or it did so too often. */
export function RecoveryNotice({ vm: { recovery } }: { readonly vm: Vm }) {
  const { say, language } = useWords()
  if (recovery === undefined) return null
  const facts = { count: recovery.count, at: moment(recovery.at, language) }
  const isGivenUp = recovery.isGivenUp === true
  return (
    <Alert
      type={isGivenUp ? 'error' : 'warning'}
      showIcon
      title={say(isGivenUp ? 'vm.crash.givenUp' : 'vm.crash.recovered', facts)}
    />
  )
}
