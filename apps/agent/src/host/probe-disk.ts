/**
 * The guest that proves an accelerator: a boot sector that does what an operating system does first, counts for a
 * while, and says the count through QEMU's debug-exit port, which ends QEMU with the code `count << 1 | 1`.
 *
 *   firmware loads sector 0 at 0x7c00 ─▶ page tables ─▶ 64-bit mode ─▶ interrupt return ─▶ count ─▶ out 0xf4
 *
 * A first instruction proves little: a KVM that has no processor beneath it still steps through such a sector,
 * one instruction at a time, and no system boots on it. Only a processor counts this far within the deadline.
 */
export const DEBUG_EXIT_PORT = 0xf4
/** The count's last byte is 42. */
export const PROBE_EXIT_CODE = 85

/** Tables for one page of 2 MiB, which holds everything: at 0x1000, 0x2000 and 0x3000. */
const PAGE_TABLES = [
  ...[0xbf, 0x00, 0x10], //                         mov di, 0x1000
  ...[0xb9, 0x00, 0x18], //                         mov cx, 0x1800
  ...[0xf3, 0xab], //                               rep stosw
  ...[0xc7, 0x06, 0x00, 0x10, 0x03, 0x20], //       mov word [0x1000], 0x2003
  ...[0xc7, 0x06, 0x00, 0x20, 0x03, 0x30], //       mov word [0x2000], 0x3003
  ...[0xc7, 0x06, 0x00, 0x30, 0x83, 0x00], //       mov word [0x3000], 0x0083
]

const TO_64_BIT = [
  ...[0x66, 0xb8, 0x20, 0x00, 0x00, 0x00], //       mov eax, CR4.PAE
  ...[0x0f, 0x22, 0xe0], //                         mov cr4, eax
  ...[0x66, 0xb8, 0x00, 0x10, 0x00, 0x00], //       mov eax, 0x1000
  ...[0x0f, 0x22, 0xd8], //                         mov cr3, eax
  ...[0x66, 0xb9, 0x80, 0x00, 0x00, 0xc0], //       mov ecx, EFER
  ...[0x0f, 0x32], //                               rdmsr
  ...[0x0d, 0x00, 0x01], //                         or ax, EFER.LME
  ...[0x0f, 0x30], //                               wrmsr
  ...[0x0f, 0x01, 0x16, 0x98, 0x7c], //             lgdt [0x7c98]
  ...[0x0f, 0x20, 0xc0], //                         mov eax, cr0
  ...[0x66, 0x0d, 0x01, 0x00, 0x00, 0x80], //       or eax, CR0.PG | CR0.PE
  ...[0x0f, 0x22, 0xc0], //                         mov cr0, eax
  ...[0xea, 0x5c, 0x7c, 0x08, 0x00], //             jmp 8:0x7c5c
]

const COUNT = [
  ...[0x48, 0x89, 0xe0], //                   7c5c: mov rax, rsp
  ...[0x6a, 0x00], //                               push 0
  ...[0x50], //                                     push rax
  ...[0x9c], //                                     pushfq
  ...[0x6a, 0x08], //                               push 8
  ...[0x68, 0x6c, 0x7c, 0x00, 0x00], //             push 0x7c6c
  ...[0x48, 0xcf], //                               iretq
  ...[0xb9, 0x2a, 0x00, 0x00, 0x08], //       7c6c: mov ecx, 0x0800002a
  ...[0x31, 0xc0], //                               xor eax, eax
  ...[0xff, 0xc0], //                         7c73: inc eax
  ...[0xff, 0xc9], //                               dec ecx
  ...[0x75, 0xfa], //                               jnz 0x7c73
  ...[0xba, DEBUG_EXIT_PORT, 0x00, 0x00, 0x00], //  mov edx, 0xf4
  ...[0xee], //                                     out dx, al
  ...[0xf4], //                               7c7f: hlt
  ...[0xeb, 0xfd], //                               jmp 0x7c7f
]

const PROGRAM = [
  ...[0xfa], //                               7c00: cli
  ...[0x31, 0xc0], //                               xor ax, ax
  ...[0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0], //       mov ds, ax; mov es, ax; mov ss, ax
  ...[0xbc, 0x00, 0x7c], //                         mov sp, 0x7c00
  ...[0xfc], //                                     cld
  ...PAGE_TABLES,
  ...TO_64_BIT,
  ...COUNT,
]

/** Segments: none, and 64-bit code; then where they are and how long. At 0x7c88, 0x7c90, 0x7c98. */
const SEGMENTS_OFFSET = 0x88
const SEGMENTS = [
  ...[0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
  ...[0x00, 0x00, 0x00, 0x00, 0x00, 0x9a, 0x20, 0x00],
  ...[0x0f, 0x00, 0x88, 0x7c, 0x00, 0x00],
]

const BOOT_MARK_OFFSET = 510
/** The firmware reads by cylinder, head and sector, and a disk below one cylinder (504 KiB) has none. */
const DISK_BYTES = 1024 ** 2

export function probeDisk(): Buffer {
  const disk = Buffer.alloc(DISK_BYTES)
  disk.set(PROGRAM)
  disk.set(SEGMENTS, SEGMENTS_OFFSET)
  disk.set([0x55, 0xaa], BOOT_MARK_OFFSET)
  return disk
}
