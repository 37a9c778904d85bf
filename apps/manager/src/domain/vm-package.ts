import type { PackedHardware, VmPackage } from '@viv/api'
import { partsOf } from '@viv/api'
import { BUS_UNITS, diskPciSlot, nicPciSlot, PCI_SLOTS } from '@viv/common'

/** No firmware of QEMU has more variables, and no TPM of swtpm a larger state. */
const MEMORY_BYTES_MAX = 4 * 1024 * 1024

/**
 * Why a description is none that we could have packed; undefined where it holds together. Its form was looked at
 * before: here is what a schema can't say. Each device must be where we would have put it, since a guest finds its
 * devices by their places, and two at one place keep QEMU from starting.
 */
export function packageProblem({ hardware, files }: VmPackage): string | undefined {
  return placesProblem(hardware) ?? machineProblem(hardware) ?? filesProblem(hardware, files)
}

function placesProblem({ machineType, disks, nics, cd, scsi, usb, watchdog, pointer }: PackedHardware) {
  const drives = cd === undefined ? disks : [...disks, { slot: undefined, ...cd }]
  const units = drives.flatMap((drive) => ('unit' in drive ? [drive] : []))
  const foreign = machineType.includes('q35') ? 'ide' : 'sata'
  const far = units.find(({ bus, unit }) => unit >= BUS_UNITS[bus])
  const lost = units.find(({ bus }) => bus === foreign)
  const moved =
    disks.find((disk) => disk.bus === 'virtio' && disk.pciSlot !== diskPciSlot(disk.slot)) ??
    nics.find((nic) => nic.pciSlot !== nicPciSlot(nic.slot))
  const controllers = [
    [scsi, PCI_SLOTS.scsi],
    [usb, PCI_SLOTS.usb],
    [watchdog, PCI_SLOTS.watchdog],
  ] as const
  return (
    twice(disks.map(({ slot }) => `disk ${slot}`)) ??
    twice(nics.map(({ slot }) => `network card ${slot}`)) ??
    twice(nics.map(({ mac }) => `MAC ${mac}`)) ??
    twice(units.map(({ bus, unit }) => `${bus} unit ${unit}`)) ??
    (far && `${far.bus} has no unit ${far.unit}`) ??
    (lost && `a machine ${machineType} has no bus ${lost.bus}`) ??
    (moved && `the device of slot ${moved.slot} is at another place of the PCI bus`) ??
    (controllers.some(([device, slot]) => device !== undefined && device.pciSlot !== slot)
      ? 'a controller is at another place of the PCI bus'
      : undefined) ??
    (disks.some(({ bus }) => bus === 'scsi') && scsi === undefined ? 'its SCSI disks have no controller' : undefined) ??
    (pointer === 'tablet' && usb === undefined ? 'its tablet has no USB controller' : undefined)
  )
}

function machineProblem({ machineType, cpus, topology, nics }: PackedHardware): string | undefined {
  if (!MACHINE_TYPE.test(machineType)) return `"${machineType}" is no type of machine`
  if (topology !== undefined && topology.sockets * topology.cores * topology.threads !== cpus)
    return `its sockets, cores and threads make no ${cpus} CPUs`
  const group = nics.find(({ mac }) => isOfNoCard(mac))
  return group && `${group.mac} is the MAC of no network card`
}

const MACHINE_TYPE = /^pc-(q35|i440fx)-\d{1,3}\.\d{1,3}$/
/** One of a group, or none at all. */
const isOfNoCard = (mac: string): boolean => (parseInt(mac.slice(0, 2), 16) & 1) === 1 || /^(00:){5}00$/.test(mac)

function filesProblem(hardware: PackedHardware, files: VmPackage['files']): string | undefined {
  if (files === undefined) return 'it names no files'
  const wanted = partsOf(hardware)
  const names = files.map(({ name }) => name)
  const missing = wanted.find((name) => !names.includes(name))
  const more = names.find((name) => !wanted.includes(name))
  const large = files.find(({ name, sizeBytes }) => !name.startsWith('disk-') && sizeBytes > MEMORY_BYTES_MAX)
  const empty = files.find(({ name, sizeBytes }) => name.startsWith('disk-') && sizeBytes === 0)
  return (
    twice(names) ??
    (missing && `it has no file ${missing}`) ??
    (more && `nothing of the machine is in its file ${more}`) ??
    (large && `${large.name} is larger than ${MEMORY_BYTES_MAX} bytes`) ??
    (empty && `${empty.name} is empty`)
  )
}

function twice(names: readonly string[]): string | undefined {
  const again = names.find((name, index) => names.indexOf(name) !== index)
  return again && `${again} is there twice`
}

/** Whether QEMU of a host knows that type: it keeps those of its past. */
export function isTooNew(machineType: string, ofHost: string): boolean {
  const versionOf = (type: string) => (/(\d+)\.(\d+)$/.exec(type) ?? []).slice(1).map(Number)
  const [[major = 0, minor = 0], [hostMajor = 0, hostMinor = 0]] = [versionOf(machineType), versionOf(ofHost)]
  return major > hostMajor || (major === hostMajor && minor > hostMinor)
}
