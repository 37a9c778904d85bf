import type { Vm } from '@viv/api'
import type { ListSource } from './use-list.ts'
import { client } from './wire.ts'

export interface VmQuery {
  readonly sort: VmSort
  readonly search?: string
  readonly state?: string
}
type SentQuery = NonNullable<NonNullable<Parameters<typeof client.vmList>[0]>['query']>
export type VmSort = NonNullable<SentQuery['sort']>

/** How long after its creation a VM counts as new: its first telling may be late. */
const NEW_MS = 60_000

/** Restored ones come back to where lists that leave the recycle bin out do not look for them. */
const seenInBin = new Set<string>()

export const vmList = ({ sort, search, state }: VmQuery): ListSource<Vm> => ({
  key: JSON.stringify(['vms', sort, search, state]),
  kind: 'vm',
  read: (page) =>
    client.vmList({
      query: { ...page, sort, ...(search === undefined ? {} : { search }), ...(state === undefined ? {} : { state }) },
    }),
  mayMove: (before, after) => {
    const isOrWasInBin = seenInBin.has(after.id)
    if (after.state === 'recycled') seenInBin.add(after.id)
    if (before !== undefined) {
      const isSortedAnew = sortedBy(before, sort) !== sortedBy(after, sort)
      return (
        isSortedAnew ||
        before.name !== after.name ||
        (before.state !== after.state && (state !== undefined || after.state === 'recycled'))
      )
    }
    // Not in view: it may come in by its state, or it is new. Else it stays where it is, out of sight.
    const isByState = state !== undefined || sort.endsWith('state') || sort.endsWith('startedAt')
    return isByState || isOrWasInBin || Date.parse(after.createdAt) > Date.now() - NEW_MS
  },
})

function sortedBy(vm: Vm, sort: VmSort): unknown {
  switch (sort.replace('-', '')) {
    case 'state':
      return vm.state
    case 'startedAt':
      return vm.startedAt
    case 'host':
      return vm.hostId
    default:
      return vm.name
  }
}
