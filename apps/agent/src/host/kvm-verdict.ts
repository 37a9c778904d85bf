import type { KvmVerdict } from '../domain/contract.ts'
import { writeDurably } from '../store/durable-file.ts'
import { readKept } from './kept-record.ts'

/** How the probe guest fared. */
export type ProbeOutcome =
  | { readonly result: 'booted' }
  | { readonly result: 'timeout'; readonly deadlineMs: number }
  | { readonly result: 'exited'; readonly code: number; readonly output: string }
  | { readonly result: 'not_run' }

export interface KvmEvidence {
  readonly device: 'missing' | 'present'
  /** `ok`, or why the VMs' user could not open the device: an errno's name, or what the shell said. */
  readonly openAsVmUser: string
  readonly probe: ProbeOutcome
}

/**
 * What the evidence means. `problem` is a clause that stands inside a refusal, so it has no full stop.
 *
 *   no device ─▶ absent      device, not openable ─▶ not_permitted      opened, guest silent ─▶ hangs
 *   guest's word ─▶ works    anything else ─▶ fails
 */
export function judgeKvm({ device, openAsVmUser, probe }: KvmEvidence): KvmVerdict {
  const unusable = (verdict: KvmVerdict['verdict'], problem: string) => ({ isUsable: false, verdict, problem })
  if (device === 'missing') {
    return unusable(
      'absent',
      "there is no /dev/kvm: the processor's virtualization is switched off in the firmware, the kernel module is not loaded, or this host is itself a VM without nested virtualization",
    )
  }
  if (openAsVmUser === 'EACCES' || openAsVmUser === 'EPERM') {
    return unusable(
      'not_permitted',
      `the VMs' user may not open /dev/kvm (${openAsVmUser}), which is a fault of the set-up and not of the hardware: run "chgrp kvm /dev/kvm && chmod 660 /dev/kvm" and restart the agent`,
    )
  }
  if (openAsVmUser !== 'ok') return unusable('fails', `/dev/kvm is there but cannot be opened (${openAsVmUser})`)
  switch (probe.result) {
    case 'booted':
      return { isUsable: true, verdict: 'works', problem: '' }
    case 'timeout':
      return unusable(
        'hangs',
        `/dev/kvm opens, but a small guest under it was not done within ${probe.deadlineMs / 1000} seconds: it hangs, or no processor runs it`,
      )
    case 'exited':
      return unusable(
        'fails',
        `a guest under KVM did not run; QEMU ended with code ${probe.code} and said: ${probe.output || 'nothing'}`,
      )
    case 'not_run':
      return unusable('fails', 'no guest could be tried under KVM')
  }
}

interface Kept {
  readonly format: 1
  readonly bootId: string
  readonly qemuVersion: string
  readonly verdict: KvmVerdict
}

interface VerdictOptions {
  readonly cacheFile: string
  readonly bootId: string
  readonly qemuVersion: string
  readonly probe: () => Promise<KvmEvidence>
}

/**
 * Only these are kept: a guest that ran proves that KVM works until the next boot, and waiting for one that hangs
 * takes the whole deadline at every start. Anything else is told at once, and may be mended without a reboot.
 */
const KEPT: readonly KvmVerdict['verdict'][] = ['works', 'hangs']

/** The verdict of this boot and this QEMU; probed where it is not known. */
export async function kvmVerdict({ cacheFile, bootId, qemuVersion, probe }: VerdictOptions): Promise<KvmVerdict> {
  const kept = await readKept<Kept>(cacheFile)
  if (kept?.bootId === bootId && kept.qemuVersion === qemuVersion) return kept.verdict
  const verdict = judgeKvm(await probe())
  if (KEPT.includes(verdict.verdict)) {
    const record: Kept = { format: 1, bootId, qemuVersion, verdict }
    await writeDurably(cacheFile, JSON.stringify(record))
  }
  return verdict
}
