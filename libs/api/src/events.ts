import { Type } from 'typebox'
import { define } from './route.ts'
import { closed } from './words.ts'

export const eventRoutes = {
  eventStream: define({
    operation: 'eventStream',
    method: 'GET',
    path: '/v1/events',
    permission: 'session',
    target: 'none',
    summary: 'Changes of objects as server-sent events, resumable by their ids',
    query: Type.Object(
      {
        since: Type.Optional(Type.String({ maxLength: 100, description: 'the last id that you have' })),
        kinds: Type.Optional(Type.String({ maxLength: 100, description: 'vm, image, task, host; all if not said' })),
        ids: Type.Optional(
          Type.String({ maxLength: 4000, description: 'ids of the only objects to be told about; all if not said' }),
        ),
      },
      closed,
    ),
    isEventStream: true,
    status: 200,
  }),
} as const
