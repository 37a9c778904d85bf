import { createClient, readAnswer, UnreachableError, type Wire, type WireAnswer, type WireRequest } from '@viv/client'
import type { Plan } from '@viv/api'

/** Carries requests over fetch; the session is the browser's own cookie, which no script sees. */
const wire: Wire = {
  async send({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    let answer: WireAnswer
    try {
      const response = await fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        ...(body === undefined ? {} : { body }),
      })
      answer = { status: response.status, text: await response.text() }
    } catch (error) {
      throw new UnreachableError('no answer', { cause: error })
    }
    if (answer.status === 401) for (const listener of refusedListeners) listener()
    return answer
  },
}

const refusedListeners = new Set<() => void>()

/** Called where an answer says that nobody is logged in. */
export function onUnauthenticated(listener: () => void): void {
  refusedListeners.add(listener)
}

export const client = createClient(wire)

export type Fix = NonNullable<Plan['blockers'][number]['fix']>

/** What a fix would do. */
export async function planFix(fix: Fix): Promise<Plan> {
  const [path, query = ''] = fix.path.split('?')
  const asked = new URLSearchParams(query)
  asked.set('plan', 'true')
  return (await applyFix({ ...fix, path: `${path}?${asked.toString()}` })) as Plan
}

/** Sends the one call that a fix is. */
export async function applyFix({ method, path, body, ifMatch }: Fix): Promise<unknown> {
  const answer = await wire.send({
    method,
    path,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return readAnswer(answer)
}
