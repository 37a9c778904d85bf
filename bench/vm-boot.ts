import { execFile } from 'node:child_process'
import { chown } from 'node:fs/promises'
import { promisify } from 'node:util'
import { RunFolder } from '../apps/agent/src/qemu/run-folder.ts'
import { agentAnswers } from './support/guest.ts'
import { LaunchPeer } from './support/launch-peer.ts'
import { Product } from './support/product.ts'
import { median, type Outcome, printSeries } from './support/samples.ts'

const ROUNDS = 10
const LIMIT = 1.1

/** A VM of the built-in image, created and started through the API, against qemu-img and the launcher: until its guest agent answers. */
export async function vmBoot(): Promise<Outcome> {
  await using product = await Product.start()
  const first = await product.vmRunning('first')
  await using peer = await LaunchPeer.of(product, first)
  const disk = diskOf(peer.launched.argv)
  await product.vmForceStop(first)
  const series = { API: [] as number[], 'by hand': [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    series.API.push(await throughApi(product, `vm-${round}`))
    series['by hand'].push(await byHand(peer, disk))
  }
  printSeries(series, 'ms')
  const ratio = median(series.API) / median(series['by hand'])
  return { ratio, limit: LIMIT, isMet: ratio <= LIMIT }
}

async function throughApi(product: Product, name: string): Promise<number> {
  const begunMs = performance.now()
  const vmId = await product.vmRunning(name)
  await agentAnswers(new RunFolder(product.folders.vmRun, vmId))
  const tookMs = performance.now() - begunMs
  await product.vmForceStop(vmId)
  await product.vmPurge(vmId)
  return tookMs
}

async function byHand(peer: LaunchPeer, { file, base }: Disk): Promise<number> {
  const { uid } = peer.launched
  const begunMs = performance.now()
  await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, `${file}.peer`])
  await chown(`${file}.peer`, uid, uid)
  await using machine = await peer.launch((words) => words.map((word) => word.replaceAll(file, `${file}.peer`)))
  await agentAnswers(machine.folder)
  return performance.now() - begunMs
}

interface Disk {
  readonly file: string
  readonly base: string
}

function diskOf(argv: readonly string[]): Disk {
  const word = argv.find((each, at) => argv[at - 1] === '-blockdev' && each.includes('"backing"')) ?? '{}'
  const node = JSON.parse(word) as { file: { filename: string }; backing: { file: { filename: string } } }
  return { file: node.file.filename, base: node.backing.file.filename }
}
