import type { Permission } from '@viv/api'
import { refuse } from '@viv/common'

/** Who is asking, and how they came in. */
export interface Caller {
  readonly userName: string
  /** True on the server's own socket, which only root can open. */
  readonly isLocal: boolean
  /** The session or token that was shown, under its SHA-256. */
  readonly grantId?: string
  readonly isAdministrator: boolean
}

export const LOCAL_ROOT: Caller = { userName: 'root', isLocal: true, isAdministrator: true }

/** Refuses what the caller may not do. */
export function authorize(caller: Caller | undefined, permission: Permission): void {
  if (permission === 'public') return
  if (caller === undefined) throw refuse('login_required', {})
  if (permission === 'admin.local') {
    if (!caller.isLocal) throw refuse('local_only', {})
    return
  }
  if (permission !== 'session' && !caller.isAdministrator) throw refuse('permission_missing', { permission })
}

/** The one filter of lists, events and blockers. The administrator sees everything. */
export function visible(caller: Caller, _object: { readonly kind: string; readonly id: string }): boolean {
  return caller.isAdministrator
}
