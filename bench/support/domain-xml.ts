import type { Launched } from '../../apps/agent/src/qemu/run-folder.ts'

interface BlockNode {
  readonly driver: string
  readonly file: { readonly filename: string }
  readonly backing?: BlockNode | null
}

/** The same machine in libvirt's words: what our command line has, from that command line. */
export function domainXml({ argv, accelerator }: Launched, name: string): string {
  const after = (option: string): string => argv[argv.indexOf(option) + 1] ?? ''
  const all = (option: string): string[] => argv.flatMap((word, at) => (word === option ? [argv[at + 1] ?? ''] : []))
  const cpus = /cpus=(\d+)/.exec(after('-smp'))?.[1]
  const cards = all('-device').flatMap((device) => /^virtio-net-pci,.*mac=([^,]+)/.exec(device)?.[1] ?? [])
  return `<domain type='${accelerator === 'kvm' ? 'kvm' : 'qemu'}'>
  <name>${name}</name>
  <memory unit='MiB'>${parseInt(after('-m'))}</memory>
  <vcpu>${cpus}</vcpu>
  <os><type arch='x86_64' machine='${after('-machine')}'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  ${cpu(after('-cpu'), accelerator)}
  <clock offset='utc'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${all('-blockdev').map(disk).join('\n    ')}
    ${cards.map((mac) => `<interface type='user'><mac address='${mac}'/><model type='virtio'/></interface>`).join('\n    ')}
    <serial type='pty'><target port='0'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <video><model type='vga'/></video>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <memballoon model='virtio'/>
    <panic model='isa'/>
    <controller type='usb' model='none'/>
  </devices>
</domain>
`
}

function cpu(model: string, accelerator: Launched['accelerator']): string {
  if (accelerator === 'kvm') return `<cpu mode='host-passthrough'/>`
  if (model === 'max') return `<cpu mode='maximum'/>`
  return `<cpu mode='custom' match='exact' check='none'><model fallback='allow'>${model}</model></cpu>`
}

function disk(blockdev: string, index: number): string {
  const { driver, file, backing } = JSON.parse(blockdev) as BlockNode
  const letter = String.fromCharCode('a'.charCodeAt(0) + index)
  const head = `<disk type='file' device='disk'><driver name='qemu' type='${driver}' discard='unmap'/>`
  return `${head}<source file='${file.filename}'/>${below(backing)}<target dev='vd${letter}' bus='virtio'/></disk>`
}

/** The chain as we say it; an empty element says that there is nothing below. */
function below(node: BlockNode | null | undefined): string {
  if (node === null || node === undefined) return '<backingStore/>'
  const { driver, file, backing } = node
  return `<backingStore type='file'><format type='${driver}'/><source file='${file.filename}'/>${below(backing)}</backingStore>`
}
