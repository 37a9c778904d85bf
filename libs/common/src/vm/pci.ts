/**
 * Where devices sit on the root PCI bus (pcie.0 on q35, pci.0 on pc). Fixed ranges, so that adding a disk
 * never moves a NIC: a guest names its interfaces after these places.
 *
 *   0 host bridge (and 1 its ISA bridge on pc)   2 VGA   3 virtio-serial   4 random generator   5 balloon
 *   6 pvpanic   7 USB   8–15 disks   16–23 NICs   24 SCSI   25 watchdog
 *   31 q35's own
 */
export const PCI_SLOTS = { vga: 2, serial: 3, random: 4, balloon: 5, panic: 6, usb: 7, scsi: 24, watchdog: 25 } as const

const FIRST_DISK = 8
const FIRST_NIC = 16

export const diskPciSlot = (slot: number): number => FIRST_DISK + slot - 1
export const nicPciSlot = (slot: number): number => FIRST_NIC + slot - 1
