import { client } from '../api/wire.ts'

/** The address of a WebSocket that is opened once: a ticket is made for it. */
export async function ticketAddress(vmId: string, wanted: 'screen' | 'serial'): Promise<string> {
  const { path } = await client.ticketCreate({ params: { vmId }, body: { for: wanted } })
  return `wss://${location.host}${path}`
}

/** Gives the keyboard back to the page: the machine gets every other key. */
export const isLeaveKey = ({ ctrlKey, altKey, shiftKey, code }: KeyboardEvent): boolean =>
  ctrlKey && altKey && shiftKey && code === 'KeyX'
