import type { StoreCache } from '../store/cache.ts'
import { StoreConflictError } from '../store/store.ts'

/** Two at once: the loser reads again and decides again, this often. */
const CONFLICT_RETRIES = 5

/** Decides anew when somebody else's change came between reading and writing. */
export async function retryConflicts<T>(cache: StoreCache, decide: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await decide()
    } catch (error) {
      if (!(error instanceof StoreConflictError) || tries === CONFLICT_RETRIES) throw error
      if (error.actual !== 'absent') await cache.waitFor(error.actual)
    }
  }
}
