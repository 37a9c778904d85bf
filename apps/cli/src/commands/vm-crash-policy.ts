import type { Vm, VmUpdate } from '@viv/api'
import type { VmCrashPolicy } from '@viv/common'
import { type Command, Option } from 'commander'
import { formatAge } from '../output/units.ts'

export interface CrashPolicyOptions {
  readonly onGuestCrash?: VmCrashPolicy['guest']
  readonly onQemuDeath?: VmCrashPolicy['qemu']
}

export function crashPolicyOptions(command: Command): Command {
  const guest = new Option('--on-guest-crash <what>', 'when its guest panics; keep if not said')
  const qemu = new Option('--on-qemu-death <what>', 'when its QEMU process dies; keep if not said')
  return command.addOption(guest.choices(['keep', 'restart', 'stop'])).addOption(qemu.choices(['keep', 'restart']))
}

/** Nothing where nothing was said about it. */
export function crashPolicyOf({ onGuestCrash, onQemuDeath }: CrashPolicyOptions): Pick<VmUpdate, 'crashPolicy'> {
  const change = {
    ...(onGuestCrash === undefined ? {} : { guest: onGuestCrash }),
    ...(onQemuDeath === undefined ? {} : { qemu: onQemuDeath }),
  }
  return Object.keys(change).length === 0 ? {} : { crashPolicy: change }
}

export function crashPolicyText({ crashPolicy: { guest, qemu }, pending = [] }: Vm): string {
  const isPending = pending.some(({ path }) => path === 'crashPolicy')
  return `guest panics: ${guest}, QEMU dies: ${qemu}${isPending ? ' (its host does not know that yet)' : ''}`
}

/** undefined where it was never restarted for a crash. */
export function recoveryText({ recovery }: Vm, now: number): string | undefined {
  if (recovery === undefined) return undefined
  const last = `the last crash (${recovery.cause}) ${formatAge(recovery.at, now)} ago`
  return `${recovery.count} times, ${last}${recovery.isGivenUp === true ? '; too often, so it was left as it is' : ''}`
}
