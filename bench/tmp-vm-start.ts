import type { Client } from '@viv/client'
import { LaunchPeer } from './support/launch-peer.ts'
import { Product } from './support/product.ts'
import { median, type Outcome, printSeries } from './support/samples.ts'
import { syncsDuring } from './support/syncs.ts'

const ROUNDS = 1
const LIMIT = 1.4
const SYNC_LIMIT = 4

/** A start through the API, until it says that the VM runs, against the identical command line through the same launcher. */
export async function vmStart(): Promise<Outcome> {
  await using product = await Product.start()
  const vmId = await product.vmCreate('bench')
  const tls = await product.overTls()
  await timedStart(product, product.client, vmId)
  await using peer = await LaunchPeer.of(product, vmId)
  await peer.start()
  await timedStart(product, tls, vmId)
  const series = { 'API, local socket': [] as number[], 'API, TLS': [] as number[], 'launcher alone': [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    series['API, local socket'].push(await timedStart(product, product.client, vmId))
    series['launcher alone'].push(await peer.start())
    series['API, TLS'].push(await timedStart(product, tls, vmId))
  }
  const syncs = await syncsDuring(product, () => start(product, product.client, vmId))
  printSeries(series, 'ms')
  console.log(`syncs on the path: ${syncs.length}, at most ${SYNC_LIMIT}`)
  for (const sync of syncs) console.log(`  ${sync}`)
  const ratio = median(series['API, local socket']) / median(series['launcher alone'])
  return { ratio, limit: LIMIT, isMet: ratio <= LIMIT && syncs.length > 0 && syncs.length <= SYNC_LIMIT }
}

/** From the POST until the API says that the VM runs; then stops it. */
export async function timedStart(product: Product, client: Client, vmId: string): Promise<number> {
  const begunMs = performance.now()
  await start(product, client, vmId)
  const tookMs = performance.now() - begunMs
  await product.vmForceStop(vmId)
  return tookMs
}

async function start(product: Product, client: Client, vmId: string): Promise<void> {
  await product.succeeded(await client.vmStart({ params: { vmId }, query: { wait: '30' } }))
}
