import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RunFolder } from '../apps/agent/src/qemu/run-folder.ts'
import { domainXml } from './support/domain-xml.ts'
import { Libvirtd } from './support/libvirtd.ts'
import { Product } from './support/product.ts'
import { median, type Outcome, printSeries } from './support/samples.ts'
import { timedStart } from './vm-start.ts'

const ROUNDS = 15
const LIMIT = 0.25
const DOMAIN = 'viv-bench'

/** A start through the API against `virsh create` of the same machine; how long virsh itself takes stands beside. */
export async function vmStartLibvirt(): Promise<Outcome> {
  await using product = await Product.start()
  await using libvirtd = await Libvirtd.start(product.root)
  const vmId = await product.vmCreate('bench')
  await timedStart(product, product.client, vmId)
  const launched = await new RunFolder(product.folders.vmRun, vmId).launched()
  if (launched === undefined) throw new Error(`VM ${vmId} was never started`)
  const xml = join(libvirtd.root, 'domain.xml')
  await writeFile(xml, domainXml(launched, DOMAIN))
  await timedCreate(libvirtd, xml)
  const series = {
    'API, local socket': [] as number[],
    'virsh create': [] as number[],
    'virsh version': [] as number[],
  }
  for (let round = 0; round < ROUNDS; round++) {
    series['API, local socket'].push(await timedStart(product, product.client, vmId))
    series['virsh create'].push(await timedCreate(libvirtd, xml))
    series['virsh version'].push(await timed(() => libvirtd.virsh('version')))
  }
  printSeries(series, 'ms')
  const ratio = median(series['API, local socket']) / median(series['virsh create'])
  return { ratio, limit: LIMIT, isMet: ratio <= LIMIT }
}

async function timedCreate(libvirtd: Libvirtd, xml: string): Promise<number> {
  const tookMs = await timed(() => libvirtd.virsh('create', xml))
  const state = (await libvirtd.virsh('domstate', DOMAIN)).trim()
  if (state !== 'running') throw new Error(`libvirt says that its domain is ${state}`)
  await libvirtd.virsh('destroy', DOMAIN)
  return tookMs
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return performance.now() - begunMs
}
