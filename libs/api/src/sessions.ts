import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { Filter, listQuery, pageOf } from './lists.ts'
import { ChangeQuery } from './plans.ts'
import { define } from './route.ts'
import { closed, Name, Time } from './words.ts'

export const Session = Type.Object(
  {
    userName: Type.String(),
    permissions: Type.Array(Type.String()),
    token: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Time),
  },
  { $id: 'Session' },
)
export type Session = Static<typeof Session>

export const Login = Type.Object(
  {
    userName: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
    /** cookie: the token comes as a cookie that no script can read, for a browser; else in the answer. */
    keepIn: Type.Optional(Type.Union([Type.Literal('cookie'), Type.Literal('answer')])),
  },
  { ...closed, $id: 'Login' },
)

export const Token = Type.Object(
  {
    id: Uuid,
    name: Name,
    createdAt: Time,
    expiresAt: Type.Optional(Time),
    usedAt: Type.Optional(Time),
    secret: Type.Optional(Type.String()),
  },
  { $id: 'Token' },
)
export type Token = Static<typeof Token>

export const TokenCreate = Type.Object(
  { name: Name, days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })) },
  { ...closed, $id: 'TokenCreate' },
)

/** By what tokens can be sorted. */
export const TOKEN_SORTS = ['name', 'createdAt'] as const

export const sessionRoutes = {
  sessionCreate: define({
    operation: 'sessionCreate',
    method: 'POST',
    path: '/v1/sessions',
    permission: 'public',
    target: 'none',
    summary: 'Log in with a name and a password',
    body: Login,
    status: 201,
    reply: Session,
  }),
  sessionGet: define({
    operation: 'sessionGet',
    method: 'GET',
    path: '/v1/sessions/current',
    permission: 'session',
    target: 'none',
    summary: 'Who you are and what you may do',
    status: 200,
    reply: Session,
  }),
  sessionDelete: define({
    operation: 'sessionDelete',
    method: 'DELETE',
    path: '/v1/sessions/current',
    permission: 'session',
    target: 'none',
    summary: 'Log out',
    status: 204,
  }),
  tokenList: define({
    operation: 'tokenList',
    method: 'GET',
    path: '/v1/tokens',
    permission: 'token.manage',
    target: 'token',
    summary: 'Your tokens, without their secrets, a page at a time',
    query: listQuery(TOKEN_SORTS, { name: Filter('names, whole; upper and lower case are one') }),
    status: 200,
    reply: pageOf(Token),
  }),
  tokenCreate: define({
    operation: 'tokenCreate',
    method: 'POST',
    path: '/v1/tokens',
    permission: 'token.manage',
    target: 'token',
    summary: 'Make a token; its secret is shown this once',
    query: ChangeQuery,
    body: TokenCreate,
    status: 201,
    reply: Token,
  }),
  tokenDelete: define({
    operation: 'tokenDelete',
    method: 'DELETE',
    path: '/v1/tokens/:tokenId',
    permission: 'token.manage',
    target: 'token',
    summary: 'Take a token back',
    params: Type.Object({ tokenId: Uuid }, closed),
    query: ChangeQuery,
    status: 204,
  }),
  adminResetPassword: define({
    operation: 'adminResetPassword',
    method: 'POST',
    path: '/v1/admin/password',
    permission: 'admin.local',
    target: 'user',
    summary: 'Make a new password for the administrator (only through the local socket)',
    query: ChangeQuery,
    status: 200,
    reply: Type.Object({ userName: Type.String(), password: Type.String() }),
  }),
} as const
