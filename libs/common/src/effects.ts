import type { Facts, FactsOfTemplate, Language } from './reasons.ts'
import { fillIn } from './reasons.ts'

interface EffectRow {
  readonly en: string
  readonly zh: string
}

/** What a change does, told before it is done. `{fact}` is filled in as in reasons.ts. */
export const EFFECTS = {
  vm_created: {
    en: 'VM "{name}" is made on host "{host}": {cpus} CPU, {memoryMib} MiB of memory.',
    zh: '在主机“{host}”上创建虚拟机“{name}”：{cpus} 个 CPU，{memoryMib} MiB 内存。',
  },
  image_built: {
    en: 'The built-in image "{name}" is made first, from Debian packages.',
    zh: '首先用 Debian 软件包生成内置镜像“{name}”。',
  },
  disk_overlay: {
    en: 'Its disk is an overlay of image "{image}", which must stay as long as the VM does.',
    zh: '其磁盘是镜像“{image}”的叠加层；虚拟机存在期间必须保留该镜像。',
  },
  disk_copied: { en: 'Its disk is a full copy of image "{image}".', zh: '其磁盘是镜像“{image}”的完整副本。' },
  disk_empty: { en: 'An empty disk of {sizeMib} MiB is made.', zh: '创建一个 {sizeMib} MiB 的空磁盘。' },
  cd_made: { en: 'It has a CD drive, which is empty.', zh: '配有一个空的 CD 驱动器。' },
  cd_made_with: {
    en: 'It has a CD drive with image "{image}" in it, which must stay as long as it is there.',
    zh: '配有 CD 驱动器，其中放有镜像“{image}”；放入期间必须保留该镜像。',
  },
  disc_inserted: {
    en: 'Image "{image}" is put into the CD drive of VM "{name}".',
    zh: '将镜像“{image}”放入虚拟机“{name}”的 CD 驱动器。',
  },
  disc_ejected: {
    en: 'Image "{image}" is taken out of the CD drive of VM "{name}".',
    zh: '从虚拟机“{name}”的 CD 驱动器中取出镜像“{image}”。',
  },
  cd_added: {
    en: 'VM "{name}" gets a CD drive.',
    zh: '为虚拟机“{name}”添加 CD 驱动器。',
  },
  cd_removed: {
    en: 'The CD drive of VM "{name}" ({bus}) is removed.',
    zh: '移除虚拟机“{name}”的 CD 驱动器（{bus}）。',
  },
  firmware_made: {
    en: 'It starts by UEFI, with variables of its own.',
    zh: '通过 UEFI 启动，拥有自己的变量存储。',
  },
  secure_boot_made: {
    en: 'Its firmware starts only what is signed (secure boot).',
    zh: '其固件只启动已签名的内容（安全启动）。',
  },
  tpm_made: {
    en: 'It has a TPM 2.0, whose state lies on the datastore and goes with the VM.',
    zh: '配有 TPM 2.0，其状态存放在数据存储中，随虚拟机一起删除。',
  },
  port_forwarded: {
    en: "Port {hostPort}/{protocol} of the host ({bind}) leads to the guest's port {guestPort}.",
    zh: '主机端口 {hostPort}/{protocol}（{bind}）转发到客户机端口 {guestPort}。',
  },
  vm_started: { en: 'VM "{name}" is started.', zh: '启动虚拟机“{name}”。' },
  vm_shut_down: {
    en: 'The guest of VM "{name}" is asked to shut down, and may take {seconds} seconds.',
    zh: '请求虚拟机“{name}”的客户机关机，最长等待 {seconds} 秒。',
  },
  vm_ended: {
    en: 'The process of VM "{name}" is ended at once: what its guest had not written is lost.',
    zh: '立即结束虚拟机“{name}”的进程：客户机未写入的数据将丢失。',
  },
  task_ended: {
    en: 'Task {taskId} ({action}), which waits, is cancelled first.',
    zh: '首先取消正在等待的任务 {taskId}（{action}）。',
  },
  start_cancelled: {
    en: 'VM "{name}", which waits for its turn to start with its host, is not started.',
    zh: '虚拟机“{name}”正在等待随主机启动，将不再启动。',
  },
  vm_paused: {
    en: 'VM "{name}" stands still until it is resumed; its memory stays in use, and its connections may time out.',
    zh: '虚拟机“{name}”将暂停，直到被恢复；其内存仍被占用，网络连接可能超时。',
  },
  vm_resumed: { en: 'VM "{name}" goes on where it stood still.', zh: '虚拟机“{name}”从暂停处继续运行。' },
  vm_hibernated: {
    en: 'The memory of VM "{name}" is written to the datastore (up to {memoryMib} MiB), and its process ends. A start goes on from there.',
    zh: '将虚拟机“{name}”的内存写入数据存储（最多 {memoryMib} MiB），然后结束其进程。再次启动时从此处继续。',
  },
  vm_woken: {
    en: 'VM "{name}" goes on from where it was hibernated.',
    zh: '虚拟机“{name}”从休眠处继续运行。',
  },
  memory_discarded: {
    en: 'The saved memory of VM "{name}" is deleted: what its guest had not written to its disks is lost.',
    zh: '删除虚拟机“{name}”保存的内存：客户机未写入磁盘的数据将丢失。',
  },
  vm_rebooted: {
    en: 'The guest of VM "{name}" is asked to reboot, through its guest agent, and may take {seconds} seconds.',
    zh: '通过客户机代理请求虚拟机“{name}”的客户机重启，最长等待 {seconds} 秒。',
  },
  vm_suspended: {
    en: 'The guest of VM "{name}" is asked to sleep, through its guest agent, and may take {seconds} seconds. Its memory stays in use until it is resumed.',
    zh: '通过客户机代理请求虚拟机“{name}”的客户机睡眠，最长等待 {seconds} 秒。在恢复之前其内存仍被占用。',
  },
  vm_reset: {
    en: 'VM "{name}" is reset at once: what its guest had not written is lost.',
    zh: '立即复位虚拟机“{name}”：客户机未写入的数据将丢失。',
  },
  field_changed: { en: '{field} changes from "{before}" to "{after}".', zh: '{field} 由“{before}”改为“{after}”。' },
  nothing_changes: { en: 'Nothing changes.', zh: '没有任何变化。' },
  vm_cloned: {
    en: 'VM "{name}" is made like VM "{source}" on host "{host}", with an id and MAC addresses of its own: {cpus} CPU, {memoryMib} MiB of memory.',
    zh: '在主机“{host}”上按虚拟机“{source}”创建虚拟机“{name}”，使用自己的标识和 MAC 地址：{cpus} 个 CPU，{memoryMib} MiB 内存。',
  },
  disks_cloned: {
    en: 'Its {count} disk(s) are copied in full and need no image below them. Until that is done VM "{source}" stays stopped.',
    zh: '完整复制其 {count} 个磁盘，副本不依赖任何镜像。复制完成前虚拟机“{source}”保持停止状态。',
  },
  vm_adopted: {
    en: 'VM "{name}" is made on host "{host}" from {count} file(s) of a package, {sizeMib} MiB: {cpus} CPU, {memoryMib} MiB of memory. It has an id of its own.',
    zh: '在主机“{host}”上由打包的 {count} 个文件（{sizeMib} MiB）创建虚拟机“{name}”：{cpus} 个 CPU，{memoryMib} MiB 内存，使用自己的标识。',
  },
  vm_packed: {
    en: 'VM "{name}" is made ready to be read as a package of {count} file(s) and its description. Until they are read it stays stopped.',
    zh: '虚拟机“{name}”准备打包为 {count} 个文件及其描述。读取完成前保持停止状态。',
  },
  disks_flattened: {
    en: '{count} disk(s) need an image below them: whole copies are made for the package, and deleted on the host when they are read.',
    zh: '{count} 个磁盘依赖下层镜像：为打包制作完整副本，读取后从主机上删除。',
  },
  room_taken: {
    en: 'Up to {neededMib} MiB of the datastore are taken; {freeMib} MiB are free.',
    zh: '最多占用数据存储 {neededMib} MiB；可用 {freeMib} MiB。',
  },
  vm_recycled: {
    en: 'VM "{name}" goes into the recycle bin for {hours} hours, and is deleted with its disks then. Until then it can be restored: its name, addresses and ports stay its own, so another VM gets them only once it is purged ("viv vm purge {name}").',
    zh: '虚拟机“{name}”移入回收站 {hours} 小时，到期后连同其磁盘一起删除。在此之前可以还原：其名称、地址和端口仍为其保留，其他虚拟机须等它被彻底删除后才能使用（“viv vm purge {name}”）。',
  },
  vm_restored: {
    en: 'VM "{name}" leaves the recycle bin, and is as it was before.',
    zh: '虚拟机“{name}”移出回收站，恢复到之前的状态。',
  },
  vm_deleted: { en: 'VM "{name}" is deleted.', zh: '删除虚拟机“{name}”。' },
  upgrade_finished: {
    en: 'Everything is stored as version {version} does it from now on ({kinds}). No older version can be started on this installation again.',
    zh: '从现在起所有内容按版本 {version} 的方式存储（{kinds}）。此安装将不能再启动任何更旧的版本。',
  },
  upgrade_nothing_left: {
    en: 'Nothing: everything is stored as version {version} does it already.',
    zh: '无：所有内容已按版本 {version} 的方式存储。',
  },
  not_taken_back: { en: 'This cannot be taken back.', zh: '此操作无法撤销。' },
  disks_deleted: {
    en: 'Its {count} disk(s) are deleted, and what is on them is lost.',
    zh: '删除其 {count} 个磁盘，其中的数据将丢失。',
  },
  disk_added: {
    en: 'VM "{name}" gets an empty disk of {sizeMib} MiB as disk {slot}, on the {bus} bus. It takes room of the datastore as the guest fills it.',
    zh: '为虚拟机“{name}”添加一个 {sizeMib} MiB 的空磁盘，作为磁盘 {slot}，接在 {bus} 总线上。其占用的数据存储空间随客户机写入而增长。',
  },
  disk_removed: {
    en: 'Disk {slot} of VM "{name}" ({bus}, volume {volume}) is deleted, and what is on it is lost.',
    zh: '删除虚拟机“{name}”的磁盘 {slot}（{bus}，卷 {volume}），其中的数据将丢失。',
  },
  nic_added: {
    en: 'VM "{name}" gets a network card ({model}) as card {slot}, with an address of its own.',
    zh: '为虚拟机“{name}”添加一块网卡（{model}），作为网卡 {slot}，并分配独立地址。',
  },
  nic_removed: {
    en: 'Network card {slot} of VM "{name}" ({model}, {mac}) is removed.',
    zh: '移除虚拟机“{name}”的网卡 {slot}（{model}，{mac}）。',
  },
  forward_ended: {
    en: 'Port {hostPort}/{protocol} of the host leads to it no more, and is free for another VM.',
    zh: '主机端口 {hostPort}/{protocol} 不再转发给它，可供其他虚拟机使用。',
  },
  image_added: { en: 'Image "{name}" ({kind}) is added.', zh: '添加镜像“{name}”（{kind}）。' },
  image_deleted: { en: 'Image "{name}" is deleted.', zh: '删除镜像“{name}”。' },
  image_kept_available: {
    en: 'It is made again from Debian packages when it is used next.',
    zh: '下次使用时将重新用 Debian 软件包生成。',
  },
  task_cancelled: {
    en: 'What task {taskId} ({action}) has done so far is taken back.',
    zh: '撤销任务 {taskId}（{action}）迄今所做的更改。',
  },
  token_made: {
    en: 'A token "{name}" is made that may do all that you may.',
    zh: '创建令牌“{name}”，其权限与您相同。',
  },
  token_withdrawn: {
    en: 'Whoever uses token "{name}" is refused from then on.',
    zh: '此后使用令牌“{name}”的请求将被拒绝。',
  },
  password_changed: {
    en: 'The administrator gets a new password, and every session ends.',
    zh: '管理员将获得新密码，所有会话结束。',
  },
} as const satisfies Record<string, EffectRow>

export type EffectName = keyof typeof EFFECTS

/** What does not keep a change from being done, but should be known before. */
export const WARNINGS = {
  runs_by_translation: {
    en: 'Host "{host}" offers no KVM ({problem}), so the VM runs by translation: many times slower, and not a security boundary.',
    zh: '主机“{host}”不提供 KVM（{problem}），虚拟机将以翻译方式运行：速度慢很多，且不构成安全边界。',
  },
  host_silent: {
    en: 'Host "{host}" does not answer now: the task waits until it is back.',
    zh: '主机“{host}”目前没有响应：任务将等待其恢复。',
  },
  autostart_told_later: {
    en: 'Host "{host}" does not answer now: until it is back and has heard of this, it starts its VMs, and answers their crashes, as before.',
    zh: '主机“{host}”目前没有响应：在其恢复并获知此更改之前，仍按原设置启动虚拟机并处理其崩溃。',
  },
  variables_dropped: {
    en: 'With its next start the variables of its UEFI (boot entries, keys) are deleted.',
    zh: '下次启动时将删除其 UEFI 变量（启动项、密钥）。',
  },
  tpm_dropped: {
    en: 'With its next start the state of its TPM is deleted: what was sealed by it, such as the key of an encrypted disk, can never be opened again.',
    zh: '下次启动时将删除其 TPM 状态：由其密封的内容（如加密磁盘的密钥）将永远无法解开。',
  },
  other_firmware: {
    en: 'A system starts only by the firmware that it was installed with, as a rule.',
    zh: '系统通常只能通过安装时所用的固件启动。',
  },
  disc_forced: {
    en: 'The disc is taken out even where the guest has locked it: programs that read from it fail.',
    zh: '即使客户机已锁定光盘也会取出：正在读取它的程序将出错。',
  },
  network_boot: {
    en: 'There is nothing to start from on the user-mode network: the firmware waits there in vain before it goes on.',
    zh: '用户模式网络上没有可供启动的内容：固件会在那里徒劳等待后再继续。',
  },
  guest_cpus: { en: '{guest} needs at least {least} CPUs.', zh: '{guest} 至少需要 {least} 个 CPU。' },
  guest_memory: {
    en: '{guest} needs at least {least} MiB of memory.',
    zh: '{guest} 至少需要 {least} MiB 内存。',
  },
  guest_sockets: {
    en: '{guest} uses {most} sockets at most: choose more cores per socket.',
    zh: '{guest} 最多使用 {most} 个插槽：请增加每插槽核数。',
  },
  guest_firmware: { en: '{guest} wants UEFI.', zh: '{guest} 需要 UEFI。' },
  guest_tpm: { en: '{guest} wants a TPM 2.0.', zh: '{guest} 需要 TPM 2.0。' },
  guest_virtio: {
    en: '{guest} has no driver for paravirtual disks and network cards: it needs one (virtio-win) while it is installed.',
    zh: '{guest} 没有半虚拟化磁盘和网卡的驱动：安装时需要提供（virtio-win）。',
  },
  firmware_memory: {
    en: 'With this firmware a VM needs {memoryMib} MiB of memory: with less its system may not be loaded, or the firmware starts over and over.',
    zh: '使用此固件的虚拟机需要 {memoryMib} MiB 内存：内存不足时系统可能无法加载，或固件反复重启。',
  },
  kernel_unverified: {
    en: 'Secure boot does not look at a kernel that is given from outside.',
    zh: '安全启动不会校验从外部指定的内核。',
  },
  tpm_cloned: {
    en: 'The copy has the TPM of VM "{name}" with the same keys: what is sealed by one can be opened by the other.',
    zh: '副本的 TPM 与虚拟机“{name}”的密钥相同：由其中一个密封的内容，另一个也能解开。',
  },
  boot_disk_removed: {
    en: 'Disk {slot} is the first that VM "{name}" starts from. Without it the VM starts from disk {next}, if there is a system on that.',
    zh: '磁盘 {slot} 是虚拟机“{name}”首选的启动磁盘。移除后将从磁盘 {next} 启动（前提是其中有系统）。',
  },
  package_tpm: {
    en: 'The package holds the state of the TPM of VM "{name}", and so the keys that its disks may be locked by: whoever has the folder has them.',
    zh: '打包文件包含虚拟机“{name}”的 TPM 状态，即可能用于锁定其磁盘的密钥：拥有该文件夹者即拥有这些密钥。',
  },
  mac_renewed: {
    en: 'A VM here has the MAC {mac} already: the network card of VM "{name}" gets another, and its guest may take it for a new card.',
    zh: '此处已有虚拟机使用 MAC {mac}：虚拟机“{name}”的网卡将使用新的 MAC，其客户机可能将其视为新网卡。',
  },
  tpm_adopted: {
    en: 'VM "{name}" gets the TPM that was packed, with its keys: it and the VM that was packed must not go on side by side.',
    zh: '虚拟机“{name}”将获得打包的 TPM 及其密钥：它与被打包的虚拟机不应同时使用。',
  },
  package_disc: {
    en: 'The disc in the drive of VM "{name}" is no part of the package: its drive is carried empty.',
    zh: '虚拟机“{name}”光驱中的光盘不包含在打包文件中：光驱将以空盘状态携带。',
  },
  package_forward: {
    en: 'Port {port}/{protocol} of this host, which leads to VM "{name}", is no part of the package.',
    zh: '本主机转发给虚拟机“{name}”的端口 {port}/{protocol} 不包含在打包文件中。',
  },
  forward_not_copied: {
    en: 'Port {port}/{protocol} of the host leads to VM "{name}" and is not copied. Give the new VM a port of its own where it needs one.',
    zh: '主机端口 {port}/{protocol} 转发给虚拟机“{name}”，不会复制。如有需要，请为新虚拟机指定其他端口。',
  },
  forward_open: {
    en: 'Port {port} is open to everybody who can reach the host.',
    zh: '端口 {port} 对所有能访问该主机的人开放。',
  },
} as const satisfies Record<string, EffectRow>

export type WarningName = keyof typeof WARNINGS

export interface Effect {
  readonly effect: EffectName
  readonly facts: Facts
  /** Whether it holds at once, or only when the machine is started again. */
  readonly when: 'now' | 'after_restart'
}

export function effect<E extends EffectName>(
  name: E,
  facts: FactsOfTemplate<(typeof EFFECTS)[E]['en']>,
  when: Effect['when'] = 'now',
): Effect {
  return { effect: name, facts, when }
}

export interface Warning {
  readonly warning: WarningName
  readonly facts: Facts
}

export function warning<W extends WarningName>(name: W, facts: FactsOfTemplate<(typeof WARNINGS)[W]['en']>): Warning {
  return { warning: name, facts }
}

export const renderEffect = (name: EffectName, facts: Facts, language: Language = 'en'): string =>
  fillIn(EFFECTS[name][language], facts)

export const renderWarning = (name: WarningName, facts: Facts, language: Language = 'en'): string =>
  fillIn(WARNINGS[name][language], facts)
