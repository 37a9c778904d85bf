import type { Datastore, HistoryEntry, Host, Image, Task, Token } from '@viv/api'
import type { ListSource } from './use-list.ts'
import { client } from './wire.ts'

/** The lists that are shorter than that of VMs: any change of one is a reason to read again what is in view. */
type QueryOf<F> = F extends (input?: infer I) => unknown
  ? NonNullable<I> extends { readonly query?: infer Q }
    ? NonNullable<Q>
    : never
  : never
type Filters<F> = Omit<QueryOf<F>, 'limit' | 'cursor'>

const keyOf = (name: string, filters: object): string => JSON.stringify([name, filters])

export const taskList = (filters: Filters<typeof client.taskList>): ListSource<Task> => ({
  key: keyOf('tasks', filters),
  kind: 'task',
  read: (page) => client.taskList({ query: { ...filters, ...page } }),
  mayMove: (before, after) => before === undefined || before.state !== after.state,
})

export const imageList = (filters: Filters<typeof client.imageList>): ListSource<Image> => ({
  key: keyOf('images', filters),
  kind: 'image',
  read: (page) => client.imageList({ query: { ...filters, ...page } }),
})

export const hostList = (filters: Filters<typeof client.hostList>): ListSource<Host> => ({
  key: keyOf('hosts', filters),
  kind: 'host',
  read: (page) => client.hostList({ query: { ...filters, ...page } }),
  mayMove: (before, after) => before?.name !== after.name,
})

export const datastoreList = (): ListSource<Datastore> => ({
  key: 'datastores',
  readAgainWith: ['host', 'image'],
  read: (page) => client.datastoreList({ query: page }),
})

/** The stream tells of objects, not of their history: a change of one is a new entry. */
export const historyList = (filters: Filters<typeof client.historyList>): ListSource<HistoryEntry> => ({
  key: keyOf('history', filters),
  readAgainWith: ['vm', 'image'],
  read: (page) => client.historyList({ query: { ...filters, ...page } }),
})

export const tokenList = (filters: Filters<typeof client.tokenList>): ListSource<Token> => ({
  key: keyOf('tokens', filters),
  read: (page) => client.tokenList({ query: { ...filters, ...page } }),
})
