import type { OpKind } from '../domain/contract.ts'
import type { OpHandler, OpHandlers } from './op-registry.ts'

/** After these nobody wants a VM to be started with the host any more: it runs, or is meant not to. */
const DECISIONS = ['vmStart', 'vmWake', 'vmStop', 'vmHibernate', 'vmDiscard', 'vmUndefine'] as const
type Decision = (typeof DECISIONS)[number]

/** A manager's word about a VM ends its turn in the line of those that start with the host, before it is obeyed. */
export function withDecisions(handlers: OpHandlers, takeOut: (vmId: string) => Promise<void>): OpHandlers {
  const decided = DECISIONS.map((kind) => [kind, decisive(handlers[kind], takeOut)])
  return { ...handlers, ...(Object.fromEntries(decided) as Pick<OpHandlers, Decision>) }
}

type AnyHandler = OpHandler<OpKind>

function decisive(handler: OpHandlers[Decision], takeOut: (vmId: string) => Promise<void>): AnyHandler {
  const { run, undo } = handler as unknown as AnyHandler
  const before =
    <Args extends [unknown, ...unknown[]], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const input = args[0] as { readonly vmId?: string; readonly config?: { readonly vmId: string } }
      await takeOut(input.vmId ?? input.config?.vmId ?? '')
      return work(...args)
    }
  return { run: before(run), ...(undo === undefined ? {} : { undo: before(undo) }) }
}
