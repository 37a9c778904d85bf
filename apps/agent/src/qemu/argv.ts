import { PCI_SLOTS, type VmHardware } from '@viv/common'
import { cdArguments } from './cd-argv.ts'
import { cpuArguments } from './cpu-argv.ts'
import type { FirmwareFiles } from '../domain/firmware-files.ts'
import { bootIndexes, diskDevice, scsiController } from './disk-argv.ts'
import { firmwareArguments, firmwareOfMachine } from './firmware.ts'

/** A data file and what lies below it, top first. */
export interface DiskChain {
  readonly slot: number
  readonly files: readonly { readonly file: string; readonly format: 'qcow2' | 'raw' }[]
}

export interface ArgvInput {
  readonly vmId: string
  readonly name: string
  readonly hardware: VmHardware
  readonly accelerator: 'kvm' | 'tcg'
  readonly disks: readonly DiskChain[]
  /** File of the disc in its CD drive. */
  readonly discFile?: string
  /** Of UEFI alone. */
  readonly firmware?: FirmwareFiles
  readonly kernel?: { readonly kernel: string; readonly initrd?: string; readonly commandLine: string }
}

/** Sockets of a running VM, relative to its run folder, which is QEMU's working directory. */
export const SOCKETS = {
  qmp: 'io/qmp',
  guestAgent: 'io/guest-agent',
  serial: 'io/serial',
  screen: 'io/screen',
  /** The TPM's helper listens there. */
  tpm: 'io/tpm',
  /** There only while memory is saved or loaded. */
  memory: 'io/memory',
} as const

export const QEMU = 'qemu-system-x86_64'
/** Spawning, raising rights and scheduling are refused by seccomp; the uid was taken before. */
export const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'
const GUEST_AGENT_DEVICE = 'guest-agent'

/**
 * QEMU's command line, from the pinned hardware alone: the same input gives the same words, so that a VM is the
 * same machine at every start.
 *
 * `-no-shutdown`: a guest that powered off while nobody watched stays visible as "shutdown" instead of looking
 * like a QEMU that vanished. `-nodefaults`: no device that we did not name.
 */
export function qemuArgv(input: ArgvInput): string[] {
  const { vmId, name, hardware, accelerator, kernel } = input
  return [
    QEMU,
    ...['-name', `guest=${name},debug-threads=on`, '-uuid', vmId],
    ...['-machine', `${hardware.machineType}${firmwareOfMachine(hardware)}`, '-accel', accelerator],
    ...cpuArguments(hardware),
    ...['-m', `${hardware.memoryMib}M`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-shutdown', '-action', 'panic=pause,watchdog=pause'],
    ...['-sandbox', SANDBOX, '-rtc', realTimeClock(hardware), '-boot', 'strict=on'],
    ...control(),
    ...fixedDevices(hardware),
    ...usbDevices(hardware),
    ...scsiController(hardware, (slot) => place(hardware, slot)),
    ...watchdogDevice(hardware),
    ...firmwareArguments(hardware, input.firmware),
    ...tpmDevice(hardware),
    ...input.disks.flatMap((chain) => disk(chain, hardware)),
    ...cdArguments(hardware.cd, input.discFile, bootIndexes(hardware).cd),
    ...hardware.nics.flatMap((nic) => networkCard(nic, hardware)),
    ...(kernel === undefined ? [] : kernelArguments(kernel)),
  ]
}

/** One that follows the host goes on while the guest stands still; of a free one time stands still too. */
const realTimeClock = ({ clock }: VmHardware): string => (clock === 'free' ? 'base=utc,clock=vm' : 'base=utc')

function control(): string[] {
  const socket = (id: string, path: string) => `socket,id=${id},path=${path},server=on,wait=off`
  return [
    ...['-chardev', socket('qmp', SOCKETS.qmp), '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', socket('serial', SOCKETS.serial), '-device', 'isa-serial,chardev=serial,id=serial0'],
    ...['-chardev', socket('guest-agent', SOCKETS.guestAgent)],
    ...screen(),
  ]
}

/**
 * VNC on a socket, and never with `websocket=on`: beside a unix socket that listens on every address, without a
 * password. `share=ignore`: who asks to have the screen alone gets it beside the others, where `force-shared`
 * would send them away and the default would send the others away.
 */
function screen(): string[] {
  return ['-vnc', `unix:${SOCKETS.screen},share=ignore`]
}

function fixedDevices(hardware: VmHardware): string[] {
  const at = (slot: number) => place(hardware, slot)
  return [
    ...(hardware.display === 'none' ? [] : ['-device', `${DISPLAYS[hardware.display ?? 'std']},${at(PCI_SLOTS.vga)}`]),
    ...['-device', `virtio-serial-pci,id=ports,${at(PCI_SLOTS.serial)}`],
    // The id is what makes QEMU say when the guest's agent opens its port.
    ...[
      '-device',
      `virtserialport,bus=ports.0,chardev=guest-agent,name=org.qemu.guest_agent.0,id=${GUEST_AGENT_DEVICE}`,
    ],
    ...(hardware.random === false ? [] : randomGenerator(at(PCI_SLOTS.random))),
    ...['-device', `virtio-balloon-pci,id=balloon,${at(PCI_SLOTS.balloon)}`],
    ...['-device', `pvpanic-pci,id=panic,${at(PCI_SLOTS.panic)}`],
  ]
}

const DISPLAYS = { std: 'VGA,id=vga', virtio: 'virtio-vga,id=vga' } as const

const randomGenerator = (at: string): string[] => [
  ...['-object', 'rng-random,id=entropy,filename=/dev/urandom'],
  ...['-device', `virtio-rng-pci,rng=entropy,id=rng,${at}`],
]

const watchdogDevice = (hardware: VmHardware): string[] => {
  const { watchdog } = hardware
  return watchdog === undefined ? [] : ['-device', `${watchdog.model},id=watchdog,${place(hardware, watchdog.pciSlot)}`]
}

function usbDevices(hardware: VmHardware): string[] {
  const { usb, pointer } = hardware
  if (usb === undefined) return []
  return [
    ...['-device', `qemu-xhci,id=usb,${place(hardware, usb.pciSlot)}`],
    ...(pointer === 'tablet' ? ['-device', 'usb-tablet,id=tablet,bus=usb.0,port=1'] : []),
  ]
}

/** Its state is a helper's, which the launcher starts (launch.sh); it is wired to the machine at an address of its own. */
function tpmDevice({ tpm }: VmHardware): string[] {
  if (tpm !== true) return []
  return [
    ...['-chardev', `socket,id=tpm,path=${SOCKETS.tpm}`, '-tpmdev', 'emulator,id=tpm0,chardev=tpm'],
    ...['-device', 'tpm-crb,tpmdev=tpm0'],
  ]
}

/** On the root bus: `pcie.0` of q35, `pci.0` of the older machine. */
function place({ machineType }: VmHardware, slot: number): string {
  return `bus=${machineType.includes('q35') ? 'pcie' : 'pci'}.0,addr=0x${slot.toString(16)}`
}

/**
 * One `-blockdev` a disk, its whole chain inside: what is below is opened as we say it, never as a file's own
 * header says it.
 */
function disk({ slot, files }: DiskChain, hardware: VmHardware): string[] {
  const device = hardware.disks.find((candidate) => candidate.slot === slot)
  if (device === undefined) throw new Error(`there is no disk in slot ${slot}`)
  const node = `disk${slot}`
  return [
    ...['-blockdev', JSON.stringify(blockNode(node, files, 0))],
    ...['-device', diskDevice(device, node, hardware, (at) => place(hardware, at))],
  ]
}

function blockNode(name: string, files: DiskChain['files'], depth: number): object {
  const [top, ...below] = files
  if (top === undefined) throw new Error(`disk ${name} has no file`)
  const nodeName = depth === 0 ? name : `${name}-base${depth}`
  const isReadOnly = depth > 0
  return {
    'node-name': nodeName,
    driver: top.format,
    'read-only': isReadOnly,
    discard: 'unmap',
    file: {
      driver: 'file',
      'node-name': `${nodeName}-file`,
      filename: top.file,
      'read-only': isReadOnly,
      discard: 'unmap',
    },
    // Null, not absent: an absent one would let the header choose.
    ...(below.length > 0
      ? { backing: blockNode(name, below, depth + 1) }
      : top.format === 'qcow2'
        ? { backing: null }
        : {}),
  }
}

function networkCard(nic: VmHardware['nics'][number], hardware: VmHardware): string[] {
  const id = `nic${nic.slot}`
  const nicDevice = nic.model === 'virtio' ? 'virtio-net-pci' : nic.model
  const bootIndex = bootIndexes(hardware).nics.get(nic.slot)
  const boot = bootIndex === undefined ? '' : `,bootindex=${bootIndex}`
  const forwards = nic.forwards.map(({ protocol, bind, hostPort, guestPort }) => {
    const address = bind === 'loopback' ? '127.0.0.1' : '0.0.0.0'
    return `,hostfwd=${protocol}:${address}:${hostPort}-:${guestPort}`
  })
  return [
    ...['-netdev', `user,id=${id}${forwards.join('')}`],
    ...['-device', `${nicDevice},id=${id},netdev=${id},mac=${nic.mac},${place(hardware, nic.pciSlot)}${boot}`],
  ]
}

function kernelArguments({ kernel, initrd, commandLine }: NonNullable<ArgvInput['kernel']>): string[] {
  return ['-kernel', kernel, ...(initrd === undefined ? [] : ['-initrd', initrd]), '-append', commandLine]
}
