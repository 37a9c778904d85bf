import type { HistoryService } from '../services/history.ts'
import type { Handlers } from './handler.ts'

export const historyHandlers = (history: HistoryService): Pick<Handlers, 'historyList' | 'historyGet'> => ({
  historyList: ({ caller, query }) => history.list(caller, query),
  historyGet: ({ caller, params }) => history.get(caller, params.entryId),
})
