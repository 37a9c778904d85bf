import { get, type IncomingMessage } from 'node:http'
import { partsOf, type VmPackage } from '@viv/api'
import { foldersOf } from '@viv/common'

/** One answer of the API as its bytes; throws where it is a refusal or breaks off. */
async function readBytes(root: string, path: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  get({ socketPath: foldersOf(root).apiSocket, agent: false, path }, resolve).on('error', reject)
  const response = await promise
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}: ${bytes.toString()}`)
  return bytes
}

/** Reads a package that waits for that, as `viv vm pack` does. */
export async function readPackage(root: string, vmId: string): Promise<Map<string, Buffer>> {
  const description = JSON.parse((await readBytes(root, `/v1/vms/${vmId}/package`)).toString()) as VmPackage
  const parts = new Map<string, Buffer>()
  for (const part of partsOf(description.hardware)) {
    parts.set(part, await readBytes(root, `/v1/vms/${vmId}/package/${part}`))
  }
  return parts
}
