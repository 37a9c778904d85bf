import type { Vm, VmUpdate } from '@viv/api'
import { type VmCrashPolicy, wholePolicy } from '@viv/common'
import { type Command, Option } from 'commander'
import { formatAge } from '../output/units.ts'

export interface CrashPolicyOptions {
  readonly onGuestCrash?: VmCrashPolicy['guest']
  readonly onQemuDeath?: VmCrashPolicy['qemu']
  readonly onWatchdog?: VmCrashPolicy['watchdog']
}

export function crashPolicyOptions(command: Command): Command {
  const guest = new Option('--on-guest-crash <what>', 'when its guest panics; keep if not said')
  const qemu = new Option('--on-qemu-death <what>', 'when its QEMU process dies; keep if not said')
  const watchdog = new Option(
    '--on-watchdog <what>',
    'when its guest hangs and its watchdog bites; restart if not said',
  )
  return command
    .addOption(guest.choices(['keep', 'restart', 'stop']))
    .addOption(qemu.choices(['keep', 'restart']))
    .addOption(watchdog.choices(['keep', 'restart', 'stop']))
}

/** Nothing where nothing was said about it. */
export function crashPolicyOf({
  onGuestCrash,
  onQemuDeath,
  onWatchdog,
}: CrashPolicyOptions): Pick<VmUpdate, 'crashPolicy'> {
  const change = {
    ...(onGuestCrash === undefined ? {} : { guest: onGuestCrash }),
    ...(onQemuDeath === undefined ? {} : { qemu: onQemuDeath }),
    ...(onWatchdog === undefined ? {} : { watchdog: onWatchdog }),
  }
  return Object.keys(change).length === 0 ? {} : { crashPolicy: change }
}

export function crashPolicyText({ crashPolicy, pending = [], hardware }: Vm): string {
  const { guest, qemu, watchdog } = wholePolicy(crashPolicy)
  const isPending = pending.some(({ path }) => path === 'crashPolicy')
  const bite = hardware.watchdog === undefined ? '' : `, watchdog bites: ${watchdog}`
  return `guest panics: ${guest}, QEMU dies: ${qemu}${bite}${isPending ? ' (its host does not know that yet)' : ''}`
}

/** undefined where it was never restarted for a crash. */
export function recoveryText({ recovery }: Vm, now: number): string | undefined {
  if (recovery === undefined) return undefined
  const last = `the last crash (${recovery.cause}) ${formatAge(recovery.at, now)} ago`
  return `${recovery.count} times, ${last}${recovery.isGivenUp === true ? '; too often, so it was left as it is' : ''}`
}
