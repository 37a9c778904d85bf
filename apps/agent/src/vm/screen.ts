import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * A connection to a VM's screen: QEMU serves several at once, and waits for none that is slow. Undefined where no
 * QEMU listens. Its bytes are passed on unread: they are the guest's word.
 */
export async function openScreen(path: string): Promise<Duplex | undefined> {
  const socket = createConnection({ path })
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    // No socket, or one that a QEMU left behind.
    socket.destroy()
    return undefined
  }
}
