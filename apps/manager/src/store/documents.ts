import type { GrantDoc } from '../domain/access.ts'
import type { HistoryDoc } from '../domain/history.ts'
import type { HostDoc } from '../domain/host.ts'
import type { ImageDoc } from '../domain/image.ts'
import type { TaskDoc } from '../domain/task.ts'
import type { VmDoc, VmStatusDoc } from '../domain/vm.ts'
import type { StoreCache } from './cache.ts'
import { Collection } from './collection.ts'

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
] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

/** All collections of the manager, each at its current document version. */
export function openDocuments(cache: StoreCache) {
  const open = <T extends object>(kind: DocumentKind) => new Collection<T>(cache, { kind, version: 1 })
  return {
    vms: open<VmDoc>('vm'),
    vmStatuses: open<VmStatusDoc>('vm-status'),
    tasks: open<TaskDoc>('task'),
    images: open<ImageDoc>('image'),
    hosts: open<HostDoc>('host'),
    users: open<UserDoc>('user'),
    sessions: open<GrantDoc>('session'),
    tokens: open<GrantDoc>('token'),
    claims: open<ClaimDoc>('claim'),
    idempotency: open<IdempotencyDoc>('idempotency'),
    vmNames: open<ReservationDoc>('vm-name'),
    imageNames: open<ReservationDoc>('image-name'),
    vmUids: open<ReservationDoc>('vm-uid'),
    macs: open<ReservationDoc>('mac'),
    ports: open<ReservationDoc>('port'),
    /** Changes of configuration on their way to the archive. */
    outbox: open<HistoryDoc>('outbox'),
    simulations: open<SimulationDoc>('simulation'),
  }
}
export type Documents = ReturnType<typeof openDocuments>
