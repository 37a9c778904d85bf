import type { SessionService } from '../services/sessions.ts'
import type { Answers, Handlers } from './handler.ts'

type SessionOperations =
  | 'sessionCreate'
  | 'sessionGet'
  | 'sessionDelete'
  | 'tokenList'
  | 'tokenCreate'
  | 'tokenDelete'
  | 'adminResetPassword'

export const sessionHandlers = (sessions: SessionService, { done }: Answers): Pick<Handlers, SessionOperations> => ({
  sessionCreate: ({ body, remoteAddress }) => sessions.login(body.userName, body.password, remoteAddress),
  sessionGet: ({ caller }) => sessions.current(caller),
  sessionDelete: async ({ caller }) => {
    await sessions.logout(caller)
    return undefined
  },
  tokenList: ({ caller, query }) => sessions.tokenList(caller, query),
  tokenCreate: ({ change, body, query }) => done(query, () => sessions.tokenCreate(change, body.name, body.days)),
  tokenDelete: ({ change, params, query }) => done(query, () => sessions.tokenDelete(change, params.tokenId)),
  adminResetPassword: ({ query }) => done(query, () => sessions.resetPassword()),
})
