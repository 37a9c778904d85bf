import { type Static, Type } from 'typebox'

/** What a message names. Who shows it in another language renders it from these. */
export const Facts = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))

export const Blocker = Type.Object({
  reason: Type.String(),
  facts: Facts,
  message: Type.String(),
  fix: Type.Optional(
    Type.Object({
      action: Type.String(),
      method: Type.String(),
      path: Type.String(),
      body: Type.Optional(Type.Unknown()),
      ifMatch: Type.Optional(Type.String()),
    }),
  ),
})

export type Blocker = Static<typeof Blocker>

export const ErrorBody = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    requestId: Type.String(),
    blockers: Type.Optional(Type.Array(Blocker)),
  },
  { $id: 'Error' },
)
export type ErrorBody = Static<typeof ErrorBody>
