import type { Session } from '@viv/api'
import { ApiError } from '@viv/client'
import { createStore, useStore } from '../util/store.ts'
import { client, onUnauthenticated } from './wire.ts'

/** Who is logged in: not known yet, nobody, or somebody. */
export type SessionState =
  | { readonly is: 'unknown' }
  | { readonly is: 'out'; readonly hasEnded: boolean }
  | { readonly is: 'in'; readonly session: Session }

const store = createStore<SessionState>({ is: 'unknown' })

export const useSession = (): SessionState => useStore(store)

onUnauthenticated(() => {
  const before = store.get()
  if (before.is !== 'out') store.set({ is: 'out', hasEnded: before.is === 'in' })
})

/** Asks who we are; a manager that does not answer is asked again. */
export async function findSession(retryMs = 1000): Promise<void> {
  for (;;) {
    try {
      store.set({ is: 'in', session: await client.sessionGet() })
      return
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) {
        if (error.status !== 401) store.set({ is: 'out', hasEnded: false })
        return
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

export async function logIn(userName: string, password: string): Promise<void> {
  const session = await client.sessionCreate({ body: { userName, password, keepIn: 'cookie' } })
  store.set({ is: 'in', session })
}

export async function logOut(): Promise<void> {
  await client.sessionDelete().catch((error: unknown) => {
    // Ended already: that is what was wanted.
    if (!(error instanceof ApiError && error.status === 401)) throw error
  })
  store.set({ is: 'out', hasEnded: false })
}
