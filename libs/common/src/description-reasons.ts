import type { ReasonRow } from './reason-row.ts'

/** Why a vm.json and what lies beside it are no package: told before anything of it is sent. */
export const DESCRIPTION_REASONS = {
  package_absent: {
    code: 'invalid_request',
    en: '{folder} has no vm.json, so it holds no packed VM. Choose the folder that "viv vm pack" wrote.',
    zh: '{folder} 中没有 vm.json，不包含打包的虚拟机。请选择由“viv vm pack”写入的文件夹。',
  },
  package_partial: {
    code: 'invalid_request',
    en: '{folder} is what a pack has written so far: it goes on, or was cut off. Wait for it, or pack the VM again ("viv vm pack NAME FOLDER").',
    zh: '{folder} 是打包过程中已写入的部分：打包仍在进行或已中断。请等待其完成，或重新打包（“viv vm pack NAME FOLDER”）。',
  },
  package_too_large: {
    code: 'invalid_request',
    en: 'vm.json has {bytes} bytes; a description of a VM has at most {limit}. Choose a folder that "viv vm pack" wrote.',
    zh: 'vm.json 有 {bytes} 字节；虚拟机描述最多 {limit} 字节。请选择由“viv vm pack”写入的文件夹。',
  },
  package_not_json: {
    code: 'invalid_request',
    en: 'vm.json is not plain JSON: UTF-8 without a byte order mark, at most {levels} levels deep. Take the file that "viv vm pack" wrote, unchanged.',
    zh: 'vm.json 不是规范的 JSON：须为无 BOM 的 UTF-8，嵌套最多 {levels} 层。请使用“viv vm pack”写入的原文件，不要改动。',
  },
  package_field_repeated: {
    code: 'invalid_request',
    en: 'vm.json says "{field}" twice in one place, so nobody knows which is meant. Take the file that "viv vm pack" wrote, unchanged.',
    zh: 'vm.json 在同一处两次写了“{field}”，无法确定以哪个为准。请使用“viv vm pack”写入的原文件，不要改动。',
  },
  package_foreign: {
    code: 'invalid_request',
    en: 'vm.json does not describe a packed VM. Choose a folder that "viv vm pack" wrote.',
    zh: 'vm.json 描述的不是打包的虚拟机。请选择由“viv vm pack”写入的文件夹。',
  },
  package_version: {
    code: 'invalid_request',
    en: 'vm.json is of version {version}, and version {known} is known here. Take it in with the Vivarium that it was written for.',
    zh: 'vm.json 的版本为 {version}，此处仅支持版本 {known}。请使用与其对应的 Vivarium 版本导入。',
  },
  package_field: {
    code: 'invalid_request',
    en: '"{field}" in vm.json {problem}. Take the file that "viv vm pack" wrote, unchanged.',
    zh: 'vm.json 中的“{field}”无效：{problem}。请使用“viv vm pack”写入的原文件，不要改动。',
  },
  package_field_unknown: {
    code: 'invalid_request',
    en: '"{field}" in vm.json is not known here. Take the file that "viv vm pack" wrote, unchanged.',
    zh: 'vm.json 中的“{field}”未知。请使用“viv vm pack”写入的原文件，不要改动。',
  },
  package_field_missing: {
    code: 'invalid_request',
    en: '"{field}" is missing in vm.json. Take the file that "viv vm pack" wrote, unchanged.',
    zh: 'vm.json 缺少“{field}”。请使用“viv vm pack”写入的原文件，不要改动。',
  },
  package_unfinished: {
    code: 'invalid_request',
    en: 'vm.json does not say which files belong to it, so the package is not whole. Pack the VM again.',
    zh: 'vm.json 未说明包含哪些文件，打包不完整。请重新打包该虚拟机。',
  },
  package_files: {
    code: 'invalid_request',
    en: 'The machine in vm.json needs the files {needed}, each once, and vm.json lists {listed}. Pack the VM again.',
    zh: 'vm.json 中的机器需要文件 {needed}（各一个），而 vm.json 列出的是 {listed}。请重新打包该虚拟机。',
  },
  package_file_missing: {
    code: 'invalid_request',
    en: '{file} is missing beside vm.json. Copy the whole folder again, or pack the VM again.',
    zh: 'vm.json 旁缺少 {file}。请重新复制整个文件夹，或重新打包该虚拟机。',
  },
  package_file_size: {
    code: 'invalid_request',
    en: '{file} has {found} bytes, and vm.json says {wanted}. Copy the whole folder again, or pack the VM again.',
    zh: '{file} 有 {found} 字节，而 vm.json 写明 {wanted} 字节。请重新复制整个文件夹，或重新打包该虚拟机。',
  },
} as const satisfies Record<string, ReasonRow>
