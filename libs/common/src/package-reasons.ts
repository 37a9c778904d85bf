import type { ReasonRow } from './reason-row.ts'

/** Why a VM can't be packed, or a package not be taken in. */
export const PACKAGE_REASONS = {
  pack_kernel: {
    code: 'unprocessable',
    en: 'VM "{name}" boots from a kernel image, which is no part of it and is not packed. Copy its disks into a VM that boots by itself, and pack that.',
    zh: '虚拟机“{name}”从内核镜像启动，该镜像不属于虚拟机，不会被打包。请把其磁盘复制到能自行启动的虚拟机，再打包后者。',
  },
  not_ready_to_read: {
    code: 'invalid_state',
    en: 'VM "{name}" is not ready to be read as a package. Begin with vmPack ("viv vm pack {name} FOLDER"), and read while its task waits for that.',
    zh: '虚拟机“{name}”尚未准备好作为打包文件读取。请先执行 vmPack（“viv vm pack {name} FOLDER”），并在其任务等待时读取。',
  },
  package_unread: {
    code: 'timeout',
    en: 'Nobody has read the package of VM "{name}" for {seconds} seconds, so it was given up; nothing of it is left on the host. Pack it again.',
    zh: '虚拟机“{name}”的打包文件已有 {seconds} 秒无人读取，打包已放弃；主机上未留下任何内容。请重新打包。',
  },
  disk_unusable: {
    code: 'unprocessable',
    en: 'Disk {slot} of VM "{name}" is none that can be taken in: {problem}. Pack the VM again.',
    zh: '虚拟机“{name}”的磁盘 {slot} 无法接管：{problem}。请重新打包该虚拟机。',
  },
  variables_differ: {
    code: 'unprocessable',
    en: 'The UEFI variables that were sent have {sizeBytes} bytes, and those of the firmware on this host {wantedBytes}: they are of another build and do not fit. Adopt it on a host with the firmware (package ovmf) that it ran with.',
    zh: '发送的 UEFI 变量为 {sizeBytes} 字节，而此主机固件的变量为 {wantedBytes} 字节：二者属于不同的构建，无法匹配。请在装有其原固件（软件包 ovmf）的主机上接管。',
  },
  package_broken: {
    code: 'unprocessable',
    en: 'The description of VM "{name}" is none that Vivarium packs: {problem}. Pack the VM again.',
    zh: '虚拟机“{name}”的描述不是 Vivarium 打包产生的：{problem}。请重新打包该虚拟机。',
  },
  package_part_differs: {
    code: 'unprocessable',
    en: 'File {part} of VM "{name}" is not the one that was packed: {problem}. Copy the folder again, or pack the VM again.',
    zh: '虚拟机“{name}”的文件 {part} 与打包时不同：{problem}。请重新复制该文件夹，或重新打包虚拟机。',
  },
  not_ready_to_send: {
    code: 'invalid_state',
    en: 'VM "{name}" waits for no file {part}. Begin with vmAdopt ("viv vm adopt FOLDER"), and send each file once while its task waits for that.',
    zh: '虚拟机“{name}”没有在等待文件 {part}。请先执行 vmAdopt（“viv vm adopt FOLDER”），并在其任务等待时将每个文件发送一次。',
  },
  package_unsent: {
    code: 'timeout',
    en: 'Nobody has sent the files of VM "{name}" for {seconds} seconds, so it was given up; nothing of it is left on the host. Adopt it again.',
    zh: '虚拟机“{name}”的文件已有 {seconds} 秒无人发送，接管已放弃；主机上未留下任何内容。请重新接管。',
  },
  machine_too_new: {
    code: 'unprocessable',
    en: 'VM "{name}" is a machine "{machine}", and QEMU {version} on host "{host}" knows none so new. Update QEMU there, or adopt it on another host.',
    zh: '虚拟机“{name}”的机器类型为“{machine}”，而主机“{host}”上的 QEMU {version} 不支持这么新的类型。请更新该主机的 QEMU，或在其他主机上接管。',
  },
} as const satisfies Record<string, ReasonRow>
