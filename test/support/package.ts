import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PackedHardware, partsOf, type VmPackage } from '@viv/api'
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

/** The least machine that can be packed. */
const HARDWARE: PackedHardware = {
  accelerator: 'any',
  machineType: 'pc-q35-7.2',
  cpuModel: 'qemu64',
  cpus: 1,
  memoryMib: 64,
  disks: [{ slot: 1, bus: 'virtio', pciSlot: 8 }],
  nics: [{ slot: 1, model: 'virtio', mac: '52:54:00:ab:cd:ef', pciSlot: 16 }],
}

/** The description of such a package, as `viv vm pack` writes it. */
export function describePackage(
  name: string,
  parts: ReadonlyMap<string, Buffer>,
  hardware: Partial<PackedHardware> = {},
): VmPackage {
  const files = [...parts].map(([part, content]) => ({
    name: part,
    sizeBytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }))
  const common = { format: 'vivarium-vm', version: 1 } as const
  return { ...common, notes: 'carried', tags: ['shop'], name, hardware: { ...HARDWARE, ...hardware }, files }
}

/** Sends one file of a package; answers the refusal's code, or nothing. */
export async function sendPart(root: string, vmId: string, part: string, content: Buffer): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = request(
    {
      socketPath: foldersOf(root).apiSocket,
      agent: false,
      method: 'PUT',
      path: `/v1/vms/${vmId}/package/${part}`,
      headers: { 'content-type': 'application/octet-stream', 'content-length': content.length },
    },
    resolve,
  ).on('error', reject)
  sent.end(content)
  const response = await promise
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  if (response.statusCode === 204) return undefined
  return (JSON.parse(Buffer.concat(chunks).toString()) as { blockers: { reason: string }[] }).blockers[0]?.reason
}

const MACHINE = { firmware: 'uefi', tpm: true } as const
const QEMU_IMG = 'qemu-img'
let made: Map<string, Buffer> | undefined

/** The files of a real machine: an empty disk, the firmware's own variables, a TPM that has never run. */
function machineParts(): Map<string, Buffer> {
  if (made !== undefined) return made
  const folder = mkdtempSync(join(tmpdir(), 'viv-package-'))
  try {
    const disk = join(folder, 'disk.qcow2')
    execFileSync(QEMU_IMG, ['create', '-q', '-f', 'qcow2', disk, '8M'])
    made = new Map([
      ['disk-1.qcow2', readFileSync(disk)],
      ['uefi-variables.fd', readFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd')],
      ['tpm-state', Buffer.alloc(0)],
    ])
    return made
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const adoptedMachine = (name: string): VmPackage => describePackage(name, machineParts(), MACHINE)

/** Sends all that is waited for; what has come before is refused, and that is well. */
export async function sendMachine(root: string, vmId: string): Promise<void> {
  for (const [part, content] of machineParts()) await sendPart(root, vmId, part, content)
}
