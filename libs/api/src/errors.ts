import { type Static, Type } from 'typebox'

export const Blocker = Type.Object({
  reason: Type.String(),
  facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
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
