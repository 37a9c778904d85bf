import { DESCRIPTION_REASONS } from './description-reasons.ts'
import { MACHINE_REASONS } from './machine-reasons.ts'
import { PACKAGE_REASONS } from './package-reasons.ts'
import type { ReasonRow } from './reason-row.ts'

/** Facts are what a template names; they are shown to people, so they never hold a secret or a cause's text. */
export type Facts = Readonly<Record<string, string | number>>

/**
 * Every refusal a person can meet: what is refused, which thing, and the way out. `{fact}` is filled in by
 * `renderReason`; the facts of a reason are exactly the names in its English template.
 */
export const REASONS = {
  malformed_body: {
    code: 'invalid_request',
    en: 'The request body is not valid JSON. Send a JSON object with content-type application/json.',
    zh: '请求体不是有效的 JSON。请发送 content-type 为 application/json 的 JSON 对象。',
  },
  invalid_field: {
    code: 'invalid_request',
    en: '{where} "{field}" {problem}.',
    zh: '{where}“{field}”无效：{problem}。',
  },
  unknown_field: {
    code: 'invalid_request',
    en: '{where} "{field}" is not known here. Known: {known}.',
    zh: '{where}“{field}”未知。可用：{known}。',
  },
  unknown_field_nearest: {
    code: 'invalid_request',
    en: '{where} "{field}" is not known here. Did you mean "{nearest}"?',
    zh: '{where}“{field}”未知。您是否想用“{nearest}”？',
  },
  login_required: {
    code: 'unauthenticated',
    en: 'Log in first: no valid session or token came with this request. Run "viv login".',
    zh: '请先登录：此请求没有有效的会话或令牌。运行“viv login”。',
  },
  wrong_credentials: {
    code: 'unauthenticated',
    en: 'The user name or the password is wrong. As root on the server, "viv admin reset-password" makes a new one.',
    zh: '用户名或密码错误。在服务器上以 root 运行“viv admin reset-password”可生成新密码。',
  },
  too_many_logins: {
    code: 'too_many_requests',
    en: 'Too many failed logins. Try again in {seconds} seconds.',
    zh: '登录失败次数过多。请在 {seconds} 秒后重试。',
  },
  permission_missing: {
    code: 'forbidden',
    en: 'You may not do this: it needs the permission "{permission}".',
    zh: '您没有权限：需要“{permission}”。',
  },
  local_only: {
    code: 'forbidden',
    en: 'This can be done only as root on the server itself, through its local socket.',
    zh: '只能在服务器本机以 root 身份通过本地套接字执行。',
  },
  foreign_origin: {
    code: 'forbidden',
    en: 'The request came from a web page of another site ({origin}) and was refused.',
    zh: '请求来自其他网站的网页（{origin}），已被拒绝。',
  },
  origin_missing: {
    code: 'forbidden',
    en: 'A change by cookie must say which page it comes from (the header Origin). A program sends a token instead.',
    zh: '使用 Cookie 的更改必须说明来源页面（Origin 标头）。程序请改用令牌。',
  },
  not_found: {
    code: 'not_found',
    en: 'There is no {kind} "{id}". List what there is with "viv {kind} list".',
    zh: '没有 {kind}“{id}”。使用“viv {kind} list”查看现有对象。',
  },
  no_such_route: {
    code: 'not_found',
    en: 'There is nothing at {method} {path}. The API is described at /v1/openapi.json.',
    zh: '{method} {path} 不存在。API 说明见 /v1/openapi.json。',
  },
  console_not_built: {
    code: 'not_found',
    en: 'The web console is not built here. Build it with "npm run console:build", then start the manager again.',
    zh: '此处尚未构建 Web 控制台。请运行“npm run console:build”，然后重新启动管理器。',
  },
  name_taken: {
    code: 'already_exists',
    en: 'The name "{name}" is taken by another {kind}. Choose another name.',
    zh: '已有名为“{name}”的 {kind}。请换一个名称。',
  },
  port_taken: {
    code: 'already_exists',
    en: 'Port {port}/{protocol} of the host is already forwarded to VM "{name}". Choose another host port.',
    zh: '主机端口 {port}/{protocol} 已转发给虚拟机“{name}”。请换一个主机端口。',
  },
  name_in_bin: {
    code: 'already_exists',
    en: 'The name "{name}" is kept for VM "{vm}", which is in the recycle bin. Choose another name, or delete that VM for good: "viv vm purge {vm}".',
    zh: '名称“{name}”为回收站中的虚拟机“{vm}”保留。请换一个名称，或彻底删除该虚拟机：“viv vm purge {vm}”。',
  },
  port_in_bin: {
    code: 'already_exists',
    en: 'Port {port}/{protocol} of the host is kept for VM "{vm}", which is in the recycle bin. Choose another host port, or delete that VM for good: "viv vm purge {vm}".',
    zh: '主机端口 {port}/{protocol} 为回收站中的虚拟机“{vm}”保留。请换一个主机端口，或彻底删除该虚拟机：“viv vm purge {vm}”。',
  },
  busy: {
    code: 'busy',
    en: '{kind} "{name}" is busy with task {taskId} ({action}). Wait for it with "viv task wait {taskId}".',
    zh: '{kind}“{name}”正在执行任务 {taskId}（{action}）。可用“viv task wait {taskId}”等待。',
  },
  vm_state: {
    code: 'invalid_state',
    en: 'VM "{name}" is {state}, so it cannot {action}. Allowed now: {allowed}.',
    zh: '虚拟机“{name}”处于 {state} 状态，不能执行 {action}。当前允许：{allowed}。',
  },
  image_not_ready: {
    code: 'invalid_state',
    en: 'Image "{name}" is {state} and cannot be used yet.',
    zh: '镜像“{name}”处于 {state} 状态，暂不可用。',
  },
  image_in_use: {
    code: 'invalid_state',
    en: 'Image "{name}" is the base of VM "{vm}" and cannot be deleted. Delete that VM for good first ("viv vm purge {vm}"), or create it with a full copy.',
    zh: '镜像“{name}”是虚拟机“{vm}”的基础镜像，不能删除。请先彻底删除该虚拟机（“viv vm purge {vm}”），或用完整复制创建。',
  },
  image_in_bin: {
    code: 'invalid_state',
    en: 'Image "{name}" is the base of VM "{vm}", which is in the recycle bin, and cannot be deleted. Delete that VM for good first: "viv vm purge {vm}".',
    zh: '镜像“{name}”是回收站中虚拟机“{vm}”的基础镜像，不能删除。请先彻底删除该虚拟机：“viv vm purge {vm}”。',
  },
  image_kind: {
    code: 'unprocessable',
    en: 'Image "{name}" is a {actual}, but a {wanted} is needed here.',
    zh: '镜像“{name}”是 {actual}，此处需要 {wanted}。',
  },
  image_is_iso: {
    code: 'unprocessable',
    en: 'Image "{name}" is an ISO image, which a VM has in its CD drive and not as a {wanted}: "viv vm create NAME --cd {name} --disk 20G". Where its bytes are to be a disk all the same, add it with "--kind disk --format raw".',
    zh: '镜像“{name}”是 ISO 镜像，应放入虚拟机的 CD 驱动器，不能用作 {wanted}：“viv vm create 名称 --cd {name} --disk 20G”。如果确实要将其内容用作磁盘，请以“--kind disk --format raw”添加。',
  },
  image_in_drive: {
    code: 'invalid_state',
    en: 'Image "{name}" is in the CD drive of VM "{vm}" and cannot be deleted. Eject it first: "viv vm eject {vm}".',
    zh: '镜像“{name}”在虚拟机“{vm}”的 CD 驱动器中，不能删除。请先弹出：“viv vm eject {vm}”。',
  },
  image_elsewhere: {
    code: 'unprocessable',
    en: 'Image "{name}" is on host "{there}", not on host "{host}". Make the VM there, or add the image to this host too.',
    zh: '镜像“{name}”位于主机“{there}”，不在主机“{host}”上。请在该主机上创建虚拟机，或将镜像也添加到此主机。',
  },
  image_format: {
    code: 'unprocessable',
    en: 'The file is not a usable {format} image: {problem}.',
    zh: '该文件不是可用的 {format} 镜像：{problem}。',
  },
  image_size: {
    code: 'unprocessable',
    en: '{received} bytes arrived, but {announced} were announced. Send the whole file again.',
    zh: '收到 {received} 字节，但声明为 {announced} 字节。请重新发送整个文件。',
  },
  upload_interrupted: {
    code: 'unprocessable',
    en: 'The upload of "{name}" was interrupted; nothing of it was kept. Send it again.',
    zh: '“{name}”的上传已中断，未保留其任何内容。请重新上传。',
  },
  disk_too_small: {
    code: 'unprocessable',
    en: 'A disk of {wantedMib} MiB is smaller than its image "{name}" ({imageMib} MiB). Ask for at least that.',
    zh: '{wantedMib} MiB 的磁盘小于镜像“{name}”（{imageMib} MiB）。请至少使用该大小。',
  },
  nothing_to_boot: {
    code: 'unprocessable',
    en: 'The VM would have nothing to boot from. Give it an image, or a kernel.',
    zh: '该虚拟机没有可启动的内容。请指定镜像或内核。',
  },
  no_host: {
    code: 'host_unavailable',
    en: 'No host is known yet. Start the agent with "viv up".',
    zh: '尚无主机。请用“viv up”启动代理。',
  },
  ...DESCRIPTION_REASONS,
  ...MACHINE_REASONS,
  ...PACKAGE_REASONS,
  agent_too_old: {
    code: 'unprocessable',
    en: 'The agent of host "{host}" is of an older version ({version}), which can not do this. Upgrade Vivarium on that host first.',
    zh: '主机“{host}”的代理版本较旧（{version}），不支持此操作。请先升级该主机上的 Vivarium。',
  },
  vm_description_newer: {
    code: 'invalid_state',
    en: 'VM "{name}" is held back: its description on its host ({file}) has format {format}, which a newer version of Vivarium wrote; the one there reads format {known}. Upgrade Vivarium on that host again. Until then nothing of this VM is changed; if it runs, it runs on.',
    zh: '虚拟机“{name}”已被搁置：主机上的描述文件（{file}）为格式 {format}，由较新版本的 Vivarium 写入；该主机上的版本只能读取格式 {known}。请重新升级该主机上的 Vivarium。在此之前不会更改该虚拟机的任何内容；如果它正在运行，将继续运行。',
  },
  vm_description_older: {
    code: 'invalid_state',
    en: 'VM "{name}" is held back: its description on its host ({file}) has format {format}, and the version of Vivarium there reads format {oldest} and newer. Start the versions between there first, one after the other. Until then nothing of this VM is changed; if it runs, it runs on.',
    zh: '虚拟机“{name}”已被搁置：主机上的描述文件（{file}）为格式 {format}，而该主机上的 Vivarium 版本只能读取格式 {oldest} 及更新的格式。请先在该主机上依次启动中间的版本。在此之前不会更改该虚拟机的任何内容；如果它正在运行，将继续运行。',
  },
  vm_description_damaged: {
    code: 'invalid_state',
    en: 'VM "{name}" is held back: its description on its host ({file}) cannot be read by any version of Vivarium. Put the file back from a copy, then restart the agent there. Until then nothing of this VM is changed; if it runs, it runs on.',
    zh: '虚拟机“{name}”已被搁置：主机上的描述文件（{file}）无法被任何版本的 Vivarium 读取。请从副本恢复该文件，然后重启该主机上的代理。在此之前不会更改该虚拟机的任何内容；如果它正在运行，将继续运行。',
  },
  revision_changed: {
    code: 'conflict',
    en: '{kind} "{name}" was changed by someone else meanwhile. Read it again, then repeat your change.',
    zh: '{kind}“{name}”已被他人修改。请重新读取后再修改。',
  },
  if_match_required: {
    code: 'precondition_required',
    en: "Send If-Match with the revision that you read, so that nobody's change is lost.",
    zh: '请在 If-Match 中发送您读取到的版本，以免覆盖他人的修改。',
  },
  idempotency_key_reused: {
    code: 'unprocessable',
    en: 'The Idempotency-Key was used before with another request. Use a new key.',
    zh: '该 Idempotency-Key 已用于另一个请求。请使用新的键。',
  },
  hardware_fixed: {
    code: 'unprocessable',
    en: 'VM "{name}" had other hardware then, which can\'t be changed back. Make a new VM with it instead.',
    zh: '虚拟机“{name}”当时的硬件不同，无法改回。请改为新建虚拟机。',
  },
  object_deleted: {
    code: 'not_found',
    en: '{kind} "{name}" was deleted, and what was on its disks with it. Make a new one with the same settings.',
    zh: '{kind}“{name}”已删除，其磁盘数据也已删除。请用相同设置新建。',
  },
  ticket_invalid: {
    code: 'unauthenticated',
    en: 'The ticket is unknown, used or too old. Ask for a new one: it opens one connection within {seconds} seconds.',
    zh: '票据未知、已使用或已过期。请重新获取：每张票据在 {seconds} 秒内只能打开一次连接。',
  },
  host_unreachable: {
    code: 'host_unavailable',
    en: 'The agent of host "{host}" does not answer. Its VMs run on; the work continues when it is back.',
    zh: '主机“{host}”的代理没有响应。其虚拟机继续运行；代理恢复后将继续执行。',
  },
  guest_did_not_stop: {
    code: 'timeout',
    en: 'The guest of VM "{name}" did not shut down within {seconds} seconds (asked by {asked}). It runs on. Try again, or force it: "viv vm stop {name} --force".',
    zh: '虚拟机“{name}”的客户机在 {seconds} 秒内未关机（通过 {asked} 请求），仍在运行。请重试，或强制停止：“viv vm stop {name} --force”。',
  },
  reboot_needs_agent: {
    code: 'unprocessable',
    en: 'The guest of VM "{name}" runs no guest agent (none answered within {seconds} seconds), and a reboot can be asked for only through it. Install qemu-guest-agent in the guest, or press the reset button: "viv vm reboot {name} --force".',
    zh: '虚拟机“{name}”的客户机没有运行客户机代理（{seconds} 秒内无应答），只能通过代理请求重启。请在客户机中安装 qemu-guest-agent，或按复位按钮：“viv vm reboot {name} --force”。',
  },
  guest_did_not_reboot: {
    code: 'timeout',
    en: 'The guest of VM "{name}" did not reboot within {seconds} seconds. It runs on. Try again, or force it: "viv vm reboot {name} --force".',
    zh: '虚拟机“{name}”的客户机在 {seconds} 秒内未重启，仍在运行。请重试，或强制重启：“viv vm reboot {name} --force”。',
  },
  suspend_needs_agent: {
    code: 'unprocessable',
    en: 'The guest of VM "{name}" runs no guest agent (none answered within {seconds} seconds), and can be asked to sleep only through it. Install qemu-guest-agent in the guest, or pause the VM: "viv vm pause {name}".',
    zh: '虚拟机“{name}”的客户机没有运行客户机代理（{seconds} 秒内无应答），只能通过代理请求睡眠。请在客户机中安装 qemu-guest-agent，或暂停虚拟机：“viv vm pause {name}”。',
  },
  guest_cannot_sleep: {
    code: 'unprocessable',
    en: 'The guest of VM "{name}" cannot sleep: its agent says "{problem}". Pause the VM instead: "viv vm pause {name}".',
    zh: '虚拟机“{name}”的客户机无法睡眠：其代理称“{problem}”。请改为暂停虚拟机：“viv vm pause {name}”。',
  },
  guest_did_not_sleep: {
    code: 'timeout',
    en: 'The guest of VM "{name}" did not fall asleep within {seconds} seconds. It runs on. Try again, or pause the VM: "viv vm pause {name}".',
    zh: '虚拟机“{name}”的客户机在 {seconds} 秒内未进入睡眠，仍在运行。请重试，或暂停虚拟机：“viv vm pause {name}”。',
  },
  disc_locked: {
    code: 'invalid_state',
    en: 'The guest of VM "{name}" keeps its CD drive locked, as it does while a disc is mounted, and did not open it within {seconds} seconds. Unmount the disc in the guest, or force it: "--force".',
    zh: '虚拟机“{name}”的客户机锁定了 CD 驱动器（例如光盘已挂载），{seconds} 秒内未打开。请在客户机中卸载光盘，或强制执行：“--force”。',
  },
  saved_memory_unusable: {
    code: 'unprocessable',
    en: 'VM "{name}" cannot be woken: {problem}. Mend that, or give up what was in its memory: "viv vm discard {name}", then "viv vm start {name}".',
    zh: '无法唤醒虚拟机“{name}”：{problem}。请排除该问题，或放弃其内存内容：“viv vm discard {name}”，然后“viv vm start {name}”。',
  },
  hibernate_failed: {
    code: 'internal',
    en: 'The memory of VM "{name}" could not be saved: {problem}. It is not hibernated; try again.',
    zh: '无法保存虚拟机“{name}”的内存：{problem}。虚拟机未休眠，请重试。',
  },
  qemu_failed: {
    code: 'internal',
    en: 'QEMU did not start VM "{name}". It said: {output}',
    zh: 'QEMU 未能启动虚拟机“{name}”。输出：{output}',
  },
  qemu_silent: {
    code: 'timeout',
    en: 'QEMU of VM "{name}" did not answer within {seconds} seconds.',
    zh: '虚拟机“{name}”的 QEMU 在 {seconds} 秒内没有响应。',
  },
  volume_tool_failed: {
    code: 'internal',
    en: 'The disk of VM "{name}" could not be made: {output}',
    zh: '无法创建虚拟机“{name}”的磁盘：{output}',
  },
  datastore_full: {
    code: 'insufficient_storage',
    en: 'Datastore "{datastore}" has no room: {neededMib} MiB are needed. Free some room or choose a smaller disk.',
    zh: '数据存储“{datastore}”空间不足：需要 {neededMib} MiB。请释放空间或选择更小的磁盘。',
  },
  no_room_to_copy: {
    code: 'insufficient_storage',
    en: 'A copy of VM "{name}" needs up to {neededMib} MiB, and the datastore has {freeMib} MiB left. Free some room: "viv vm list --state recycled" shows what waits to be deleted.',
    zh: '虚拟机“{name}”的副本最多需要 {neededMib} MiB，数据存储仅剩 {freeMib} MiB。请释放空间：“viv vm list --state recycled”列出等待删除的虚拟机。',
  },
  clone_elsewhere: {
    code: 'unprocessable',
    en: 'VM "{name}" is on host "{there}", and is copied only there, not to host "{host}".',
    zh: '虚拟机“{name}”位于主机“{there}”，只能在该主机上复制，不能复制到主机“{host}”。',
  },
  image_build_failed: {
    code: 'internal',
    en: 'The built-in image "{name}" could not be made: {problem}',
    zh: '无法生成内置镜像“{name}”：{problem}',
  },
  step_interrupted: {
    code: 'internal',
    en: 'Step "{step}" was interrupted twice by a restart; what it had done was taken back.',
    zh: '步骤“{step}”两次被重启中断，已撤销其所做更改。',
  },
  task_cancelled: { code: 'invalid_state', en: 'The task was cancelled.', zh: '任务已取消。' },
  task_not_cancellable: {
    code: 'invalid_state',
    en: 'Task {taskId} ({action}) is {state} and cannot be cancelled any more.',
    zh: '任务 {taskId}（{action}）处于 {state} 状态，无法取消。',
  },
  internal: {
    code: 'internal',
    en: 'Something went wrong inside Vivarium. The log has it under request {requestId}.',
    zh: 'Vivarium 内部出错。日志中的请求编号为 {requestId}。',
  },
  agent_refused: {
    code: 'internal',
    en: 'The agent of the host refused step "{step}": {problem}',
    zh: '主机代理拒绝了步骤“{step}”：{problem}',
  },
  method_not_allowed: {
    code: 'method_not_allowed',
    en: '{method} is not possible at {path}.',
    zh: '{path} 不支持 {method}。',
  },
  body_too_large: {
    code: 'payload_too_large',
    en: 'The request body is larger than {limit} bytes.',
    zh: '请求体超过 {limit} 字节。',
  },
  media_type: {
    code: 'unsupported_media_type',
    en: 'The content type "{type}" is not understood here. Use {wanted}.',
    zh: '不支持内容类型“{type}”。请使用 {wanted}。',
  },
} as const satisfies Record<string, ReasonRow>

export type ReasonName = keyof typeof REASONS

type FactNames<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | FactNames<Rest> : never

/** The facts that a template names, and no others. */
export type FactsOfTemplate<T extends string> = { readonly [K in FactNames<T>]: string | number }

export type FactsOf<R extends ReasonName> = FactsOfTemplate<(typeof REASONS)[R]['en']>

export type Language = 'en' | 'zh'

export function renderReason(reason: ReasonName, facts: Facts, language: Language = 'en'): string {
  return fillIn(REASONS[reason][language], facts)
}

/** The template with its facts in place; a fact that is missing leaves its name standing. */
export function fillIn(template: string, facts: Facts): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole))
}
