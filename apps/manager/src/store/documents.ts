import { FIRST_FORMAT, type Format } from '@viv/common'
import type { GrantDoc } from '../domain/access.ts'
import type { DocumentKey } from '../domain/vm.ts'
import type { HistoryDoc } from '../domain/history.ts'
import type { HostDoc } from '../domain/host.ts'
import type { ImageDoc } from '../domain/image.ts'
import type { TaskDoc } from '../domain/task.ts'
import type { VmDoc, VmStatusDoc } from '../domain/vm.ts'
import type { StoreCache } from './cache.ts'
import { Collection } from './collection.ts'
import type { Write } from './store.ts'

export interface UserDoc {
  readonly passwordHash: string
  readonly changedAt: string
  /** False until a person has been shown the password: a manager that died before makes a new one. */
  readonly isTold: boolean
}

export interface IdempotencyDoc {
  readonly requestHash: string
  readonly taskId: string
  readonly createdAt: string
}

/** Somebody works on this object: the task's id. One document a claimed object, so that a second claim conflicts. */
export interface ClaimDoc {
  readonly taskId: string
}

/** A name, uid, MAC or port that belongs to one object: unique because documents' ids are. */
export interface ReservationDoc {
  readonly owner: string
}

/** There is one where the platform is simulated: how large it was made, and whether all of it is there. */
export interface SimulationDoc {
  readonly hosts: number
  readonly vms: number
  readonly state: 'seeding' | 'seeded'
}

/** How documents are written since an upgrade was finished. This one kind is always written the same, for every version must read it. */
export interface WrittenDoc {
  /** By kind, its document version; what is not named is written as at first. */
  readonly versions: Readonly<Record<string, number>>
  /** Of the product, that finished. */
  readonly by: string
  readonly at: string
}

export const DOCUMENT_KINDS = [
  'vm',
  'vm-status',
  'task',
  'image',
  'host',
  'user',
  'session',
  'token',
  'claim',
  'idempotency',
  'vm-name',
  'image-name',
  'vm-uid',
  'mac',
  'port',
  'outbox',
  'simulation',
  'written',
] as const
type Kind = Exclude<(typeof DOCUMENT_KINDS)[number], 'written'>

interface DocumentTypes {
  readonly vm: VmDoc
  readonly 'vm-status': VmStatusDoc
  readonly task: TaskDoc
  readonly image: ImageDoc
  readonly host: HostDoc
  readonly user: UserDoc
  readonly session: GrantDoc
  readonly token: GrantDoc
  readonly claim: ClaimDoc
  readonly idempotency: IdempotencyDoc
  readonly 'vm-name': ReservationDoc
  readonly 'image-name': ReservationDoc
  readonly 'vm-uid': ReservationDoc
  readonly mac: ReservationDoc
  readonly port: ReservationDoc
  readonly outbox: HistoryDoc
  readonly simulation: SimulationDoc
}

/** The kinds that are written otherwise than at first. */
export type DocumentFormats = { readonly [K in Kind]?: Format<DocumentTypes[K]> }
/** Of this version of the product: none yet. A kind that gets a second way stands here, with both (docs/decisions/0031). */
export const DOCUMENT_FORMATS: DocumentFormats = {}

export const WRITTEN_ID = 'all'

/** All collections of the manager, each written as the store says, in one of the two ways that this program knows. */
export function openDocuments(cache: StoreCache, formats: DocumentFormats = DOCUMENT_FORMATS) {
  const written = new Collection<WrittenDoc>(cache, { kind: 'written', format: FIRST_FORMAT })
  const open = <K extends Kind>(kind: K) =>
    new Collection<DocumentTypes[K]>(cache, {
      kind,
      format: formats[kind] ?? FIRST_FORMAT,
      written: () => written.find(WRITTEN_ID)?.value.versions[kind] ?? FIRST_FORMAT.newest,
    })
  return {
    written,
    vms: open('vm'),
    vmStatuses: open('vm-status'),
    tasks: open('task'),
    images: open('image'),
    hosts: open('host'),
    users: open('user'),
    sessions: open('session'),
    tokens: open('token'),
    claims: open('claim'),
    idempotency: open('idempotency'),
    vmNames: open('vm-name'),
    imageNames: open('image-name'),
    vmUids: open('vm-uid'),
    macs: open('mac'),
    ports: open('port'),
    /** Changes of configuration on their way to the archive. */
    outbox: open('outbox'),
    simulations: open('simulation'),
  }
}
export type Documents = ReturnType<typeof openDocuments>

/** Makes names, uids, MACs and ports one object's own. */
export function keyWrites(documents: Documents, keys: readonly DocumentKey[], owner: string): Write[] {
  const { vmNames, vmUids, macs, ports } = documents
  return keys.map(({ kind, id }) => {
    const reserved = [vmNames, vmUids, macs, ports].find((collection) => collection.kind === kind)
    if (reserved === undefined) throw new Error(`a ${kind} is nobody's own`)
    return reserved.write(id, { owner })
  })
}
