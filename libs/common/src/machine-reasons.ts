import type { ReasonRow } from './reason-row.ts'

/** Why a machine can't be as it was asked for, or a host can't run it. */
export const MACHINE_REASONS = {
  kvm_unavailable: {
    code: 'unprocessable',
    en: 'Host "{host}" offers no hardware-assisted virtualization (KVM): {problem}. Use the accelerator "any" or "translate".',
    zh: '主机“{host}”不提供硬件辅助虚拟化（KVM）：{problem}。请使用加速器“any”或“translate”。',
  },
  cpus_uneven: {
    code: 'unprocessable',
    en: "{cpus} CPUs can't be shared out to sockets of {cores} core(s) with {threads} thread(s) each. Choose a multiple of {unit}, or other cores and threads.",
    zh: '{cpus} 个 CPU 无法平均分配到每插槽 {cores} 个核、每核 {threads} 个线程。请选择 {unit} 的倍数，或更改核数和线程数。',
  },
  cpu_model_unknown: {
    code: 'unprocessable',
    en: 'Host "{host}" has no CPU model "{model}". Known, among others: {known}; "viv host show {host}" lists all.',
    zh: '主机“{host}”没有 CPU 型号“{model}”。可用的有：{known} 等；“viv host show {host}”列出全部。',
  },
  cpu_needs_kvm: {
    code: 'unprocessable',
    en: 'The CPU model "{model}" is the processor of the host itself, which only a VM with the accelerator "kvm" has. Choose a generation or a named model.',
    zh: 'CPU 型号“{model}”即主机自身的处理器，只有加速器为“kvm”的虚拟机才能使用。请选择代次或具名型号。',
  },
  cpu_features_missing: {
    code: 'unprocessable',
    en: 'Host "{host}" can\'t give the CPU model "{model}" to a VM under {accelerator}: it lacks {missing}. The best that it can give is "{best}".',
    zh: '主机“{host}”在 {accelerator} 下无法提供 CPU 型号“{model}”：缺少 {missing}。可提供的最佳型号为“{best}”。',
  },
  bus_missing: {
    code: 'unprocessable',
    en: 'A machine of the kind {machine} has no {bus} bus for disks. Use "{instead}" on it, or another kind of machine.',
    zh: '{machine} 类型的机器没有用于磁盘的 {bus} 总线。请使用“{instead}”，或选择其他类型的机器。',
  },
  bus_full: {
    code: 'unprocessable',
    en: '{count} disks are to be on the {bus} bus, which has room for {most}. Put some of them on another bus.',
    zh: '有 {count} 个磁盘要接到 {bus} 总线，而该总线最多容纳 {most} 个。请将部分磁盘接到其他总线。',
  },
  cd_drive_missing: {
    code: 'unprocessable',
    en: 'VM "{name}" has no CD drive, and gets one only while it is stopped. Stop it, then "viv vm insert {name} IMAGE" adds the drive with its disc, and "viv vm cd add {name}" an empty one.',
    zh: '虚拟机“{name}”没有 CD 驱动器，只能在停止时添加。请先停止它，然后用“viv vm insert {name} 镜像”添加驱动器并放入光盘，或用“viv vm cd add {name}”添加空驱动器。',
  },
  cd_no_place: {
    code: 'unprocessable',
    en: 'The {bus} bus, which a CD drive needs, is full: all its {most} places have disks. Put a disk on another bus.',
    zh: 'CD 驱动器所需的 {bus} 总线已满：其 {most} 个位置都有磁盘。请将一个磁盘接到其他总线。',
  },
  cd_there: {
    code: 'unprocessable',
    en: 'VM "{name}" has a CD drive already, which is the most that a VM can have. Put a disc into it: "viv vm insert {name} IMAGE".',
    zh: '虚拟机“{name}”已有 CD 驱动器，最多只能有一个。请放入光盘：“viv vm insert {name} 镜像”。',
  },
  cd_unknown: {
    code: 'not_found',
    en: 'VM "{name}" has no CD drive.',
    zh: '虚拟机“{name}”没有 CD 驱动器。',
  },
  queues_need_bridge: {
    code: 'unprocessable',
    en: 'A network card with several queues needs a network of the host\'s own; the user-mode network, which there is now, has one queue. Use "virtio".',
    zh: '多队列网卡需要主机自身的网络；目前的用户模式网络只有一个队列。请使用“virtio”。',
  },
  disks_full: {
    code: 'unprocessable',
    en: 'VM "{name}" has {most} disks, which is the most that a VM can have. Remove one first: "viv vm disk remove {name} DISK".',
    zh: '虚拟机“{name}”已有 {most} 个磁盘，达到上限。请先移除一个：“viv vm disk remove {name} DISK”。',
  },
  nics_full: {
    code: 'unprocessable',
    en: 'VM "{name}" has {most} network cards, which is the most that a VM can have. Remove one first: "viv vm nic remove {name} NIC".',
    zh: '虚拟机“{name}”已有 {most} 块网卡，达到上限。请先移除一块：“viv vm nic remove {name} NIC”。',
  },
  disk_unknown: {
    code: 'not_found',
    en: 'VM "{name}" has no disk with the volume {volume}. "viv vm show {name}" lists those that it has.',
    zh: '虚拟机“{name}”没有卷为 {volume} 的磁盘。“viv vm show {name}”列出现有磁盘。',
  },
  nic_unknown: {
    code: 'not_found',
    en: 'VM "{name}" has no network card with the address {mac}. "viv vm show {name}" lists those that it has.',
    zh: '虚拟机“{name}”没有地址为 {mac} 的网卡。“viv vm show {name}”列出现有网卡。',
  },
  nothing_left_to_boot: {
    code: 'unprocessable',
    en: 'It is the last thing that VM "{name}" can start from. Add another disk first ("viv vm disk add {name} --size 10G"), change what it starts from ("viv vm set {name} --boot-order network"), or delete the VM ("viv vm delete {name}").',
    zh: '这是虚拟机“{name}”唯一可用于启动的设备。请先添加另一个磁盘（“viv vm disk add {name} --size 10G”），更改启动顺序（“viv vm set {name} --boot-order network”），或删除该虚拟机（“viv vm delete {name}”）。',
  },
  secure_boot_needs_uefi: {
    code: 'unprocessable',
    en: 'Secure boot is done by UEFI firmware, and this VM would have a BIOS. Choose the firmware "uefi", or no secure boot.',
    zh: '安全启动由 UEFI 固件执行，而此虚拟机将使用 BIOS。请选择固件“uefi”，或不使用安全启动。',
  },
  secure_boot_needs_q35: {
    code: 'unprocessable',
    en: 'Secure boot needs a machine of the type q35, and this VM has {machine}. Make a new VM with it, or do without secure boot.',
    zh: '安全启动需要 q35 类型的机器，而此虚拟机为 {machine}。请新建 q35 虚拟机，或不使用安全启动。',
  },
  host_lacks_part: {
    code: 'unprocessable',
    en: 'Host "{host}" has no {part}. Install the package "{package}" there ("apt-get install {package}") and restart Vivarium, or do without it.',
    zh: '主机“{host}”没有 {part}。请在该主机上安装软件包“{package}”（“apt-get install {package}”）并重启 Vivarium，或不使用它。',
  },
  firmware_state_gone: {
    code: 'unprocessable',
    en: 'The {what} of VM "{name}" are gone from the datastore, and new ones would be those of another machine. Bring them back, or give them up: switch them off and on again with "viv vm set {name}", with a start between.',
    zh: '虚拟机“{name}”的 {what} 已从数据存储中丢失，新建的将属于另一台机器。请恢复它们；或放弃：用“viv vm set {name}”关闭后启动一次，再重新打开。',
  },
} as const satisfies Record<string, ReasonRow>
