import { ADMINISTRATOR, type SessionService } from '../services/sessions.ts'
import type { Handlers } from './handler.ts'

type SessionOperations =
  | 'sessionCreate'
  | 'sessionGet'
  | 'sessionDelete'
  | 'tokenList'
  | 'tokenCreate'
  | 'tokenDelete'
  | 'adminResetPassword'

export const sessionHandlers = (sessions: SessionService): Pick<Handlers, SessionOperations> => ({
  sessionCreate: ({ body, remoteAddress }) => sessions.login(body.userName, body.password, remoteAddress),
  sessionGet: ({ caller }) => sessions.current(caller),
  sessionDelete: async ({ caller }) => {
    await sessions.logout(caller)
    return undefined
  },
  tokenList: () => ({ items: sessions.tokenList() }),
  tokenCreate: ({ caller, body }) => sessions.tokenCreate(caller, body.name, body.days),
  tokenDelete: async ({ params }) => {
    await sessions.tokenDelete(params.tokenId)
    return undefined
  },
  adminResetPassword: async () => ({ userName: ADMINISTRATOR, password: await sessions.resetPassword() }),
})
