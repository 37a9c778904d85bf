import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A host that joins is seen soon after; reading a folder of a thousand names costs less than a millisecond. */
const LOOK_MS = 2_000

/** A path that ends so is one agent's socket, any other a folder of them. */
const SOCKET = '.sock'

/** Tells every agent's socket once: the one that `path` is, or those in the folder that it is, also later ones. */
export async function findSockets(
  path: string,
  onSocket: (socketPath: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (path.endsWith(SOCKET)) return onSocket(path)
  const known = new Set<string>()
  while (!signal.aborted) {
    // A folder that is not there yet has no agents yet.
    for (const name of await readdir(path).catch(() => [])) {
      if (signal.aborted || known.has(name) || !name.endsWith(SOCKET)) continue
      known.add(name)
      onSocket(join(path, name))
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
