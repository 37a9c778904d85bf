import type { OpKind } from '../domain/contract.ts'
import type { OpHandler, OpHandlers } from './op-registry.ts'

/** Where an operation says which VMs it is about. */
interface AnyInput {
  readonly vmId?: string
  readonly config?: { readonly vmId: string }
  readonly copyOf?: string
}

/** Nothing is done to a VM whose description cannot be read, and nothing taken back: not even its turn to start with the host. */
export function withHeldBack(handlers: OpHandlers, requireReadable: (vmId: string) => void): OpHandlers {
  const guarded =
    <Args extends [unknown, ...unknown[]], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const { vmId, config, copyOf } = args[0] as AnyInput
      for (const id of [vmId, config?.vmId, copyOf]) if (id !== undefined) requireReadable(id)
      return work(...args)
    }
  const all = Object.entries(handlers as unknown as Record<OpKind, OpHandler<OpKind>>).map(([kind, { run, undo }]) => [
    kind,
    { run: guarded(run), ...(undo === undefined ? {} : { undo: guarded(undo) }) },
  ])
  return Object.fromEntries(all) as OpHandlers
}
