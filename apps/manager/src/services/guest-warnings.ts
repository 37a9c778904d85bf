import { type GuestSystem, guestOf, type VmHardware, type Warning, warning } from '@viv/common'

/** Where a machine goes beyond what its guest's maker says, or has less than the guest needs. */
export function guestWarnings(system: GuestSystem | undefined, hardware: VmHardware): Warning[] {
  if (system === undefined) return []
  const { name: guest, limits } = guestOf(system)
  const { cpus, memoryMib, topology, firmware, tpm, disks, nics } = hardware
  const sockets = topology?.sockets ?? 1
  const { minCpus = 0, minMemoryMib = 0, maxSockets = sockets } = limits
  const isParavirtual = disks.some(({ bus }) => bus === 'virtio' || bus === 'scsi') || nics[0]?.model === 'virtio'
  return [
    ...(cpus < minCpus ? [warning('guest_cpus', { guest, least: minCpus })] : []),
    ...(memoryMib < minMemoryMib ? [warning('guest_memory', { guest, least: minMemoryMib })] : []),
    ...(sockets > maxSockets ? [warning('guest_sockets', { guest, most: maxSockets })] : []),
    ...(limits.needsUefi === true && firmware !== 'uefi' ? [warning('guest_firmware', { guest })] : []),
    ...(limits.needsTpm === true && tpm !== true ? [warning('guest_tpm', { guest })] : []),
    ...(limits.lacksVirtio === true && isParavirtual ? [warning('guest_virtio', { guest })] : []),
  ]
}
