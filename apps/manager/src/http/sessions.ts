import type { SessionService } from '../services/sessions.ts'
import type { Answers, Handlers } from './handler.ts'
import { NO_SESSION_COOKIE, sessionCookie } from './session-cookie.ts'

type SessionOperations =
  | 'sessionCreate'
  | 'sessionGet'
  | 'sessionDelete'
  | 'tokenList'
  | 'tokenCreate'
  | 'tokenDelete'
  | 'adminResetPassword'

export const sessionHandlers = (sessions: SessionService, { done }: Answers): Pick<Handlers, SessionOperations> => ({
  sessionCreate: async ({ body, remoteAddress, setCookie }) => {
    const session = await sessions.login(body.userName, body.password, remoteAddress)
    if (body.keepIn !== 'cookie') return session
    const { token, ...shown } = session
    setCookie(sessionCookie(token ?? '', session.expiresAt))
    return shown
  },
  sessionGet: ({ caller }) => sessions.current(caller),
  sessionDelete: async ({ caller, setCookie }) => {
    await sessions.logout(caller)
    setCookie(NO_SESSION_COOKIE)
    return undefined
  },
  tokenList: ({ caller, query }) => sessions.tokenList(caller, query),
  tokenCreate: ({ change, body, query }) => done(query, () => sessions.tokenCreate(change, body.name, body.days)),
  tokenDelete: ({ change, params, query }) => done(query, () => sessions.tokenDelete(change, params.tokenId)),
  adminResetPassword: ({ query }) => done(query, () => sessions.resetPassword()),
})
