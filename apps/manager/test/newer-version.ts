import { join } from 'node:path'
import { foldersOf, type JsonObject } from '@viv/common'
import type { ManagerConfig } from '../src/config.ts'
import type { VmDoc } from '../src/domain/vm.ts'
import type { DocumentFormats } from '../src/store/documents.ts'

/** A version of the product that writes VMs otherwise than this one: format 2 has a title where format 1 has a name. */
export const NEWER: DocumentFormats = {
  vm: {
    newest: 2,
    encodings: {
      2: {
        read: ({ title, ...rest }: JsonObject) => ({ ...rest, name: title }) as unknown as VmDoc,
        write: ({ name, ...rest }: VmDoc) => ({ ...rest, title: name }) as unknown as JsonObject,
      },
    },
  },
}

/** One after the other of these two, and another kind beside. */
export const MUCH_NEWER: DocumentFormats = { vm: { newest: 3, encodings: { 2: NEWER.vm!.encodings![2]! } } }

export const FLEET = { hosts: 1, vms: 200 }

/** Of a manager that nobody's agent answers. */
export const configOf = (folder: string, version: string): ManagerConfig => ({
  folders: foldersOf(folder),
  host: '127.0.0.1',
  port: 0,
  agentSocket: join(folder, 'nobody.sock'),
  simulate: FLEET,
  version,
})
