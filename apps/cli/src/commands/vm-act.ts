import type { Plan, Task, Vm } from '@viv/api'
import type { Client } from '@viv/client'
import { type ChangeOptions, showPlans, whyQuery } from './change.ts'
import { type Context, connectTo } from './context.ts'
import { lookUpVm } from './look-up.ts'
import { throwAll, waitForTasks } from './wait.ts'

export interface WaitOption extends ChangeOptions {
  readonly wait: boolean
}

/** The same call, carried out or only planned. */
interface Work {
  readonly begin: (client: Client, vm: Vm) => Promise<Task>
  readonly plan: (client: Client, vm: Vm) => Promise<Plan>
}

export type TaskInput = { readonly params: { readonly vmId: string }; readonly query: { why?: string } }

/** What a call on one VM takes. */
export const inputOf = ({ id }: Vm, options: ChangeOptions): TaskInput => ({
  params: { vmId: id },
  query: whyQuery(options),
})

/** Begins the same work on each VM, then waits for all. An unknown name stops it before anything began. */
export async function act(
  context: Context,
  words: readonly string[],
  { wait: isWaited, plan: isPlan }: WaitOption,
  outcome: string,
  { begin, plan }: Work,
): Promise<void> {
  const { terminal } = context
  const { client } = await connectTo(context)
  const named = await Promise.all(words.map((word) => lookUpVm(client, word)))
  const vms = [...new Map(named.map((vm) => [vm.id, vm])).values()]
  if (isPlan === true) return showPlans(terminal, await Promise.all(vms.map((vm) => plan(client, vm))))
  const begun: Task[] = []
  const failures: unknown[] = []
  for (const vm of vms) {
    try {
      begun.push(await begin(client, vm))
    } catch (error) {
      failures.push(error)
    }
  }
  const waited = isWaited ? await waitForTasks(terminal, client, begun) : { ended: begun, failures: [] }
  const tasks = waited.ended
  const line = ({ id, target }: Task) =>
    isWaited ? `VM "${target.name}" ${outcome}.` : `"${target.name}": task ${id}. Wait for it: viv task wait ${id}`
  if (tasks.length > 0) terminal.result(vms.length === 1 ? tasks[0] : { items: tasks }, () => tasks.map(line))
  throwAll([...failures, ...waited.failures])
}
