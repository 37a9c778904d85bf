import type { JsonObject } from './json.ts'

/** How one version of the product writes something down; `T` is what the program works with. */
export interface Encoding<T> {
  read(written: JsonObject): T
  write(value: T): JsonObject
}

/**
 * How something is written down: in the newest way or in the one before, so that two versions of the product that follow
 * each other can share it (docs/decisions/0031).
 */
export interface Format<T> {
  /** The newest way; from 1. */
  readonly newest: number
  /** How each of the two differs from what the program works with; one that is left out does not. */
  readonly encodings?: Readonly<Record<number, Encoding<T>>>
}

export const isReadable = ({ newest }: Pick<Format<object>, 'newest'>, version: number): boolean =>
  version === newest || (version === newest - 1 && version > 0)

export const readAs = <T>({ encodings }: Format<T>, version: number, written: JsonObject): T =>
  encodings?.[version]?.read(written) ?? (written as T)

export const writeAs = <T extends object>({ encodings }: Format<T>, version: number, value: T): JsonObject =>
  encodings?.[version]?.write(value) ?? (value as JsonObject)

/** What a thing that was never given another way is written as. */
export const FIRST_FORMAT = { newest: 1 } as const

/** Versions of formats by what is written so. */
export type Versions = Readonly<Record<string, number>>

/** What hosts write down for themselves, and the newest way of this version of the product to do it. */
export const HOST_FORMATS: Versions = { 'vm.json': FIRST_FORMAT.newest }

/** One kind of what is written down: in which way it is, and the newest way that is known where it is written. */
export interface KindFormat {
  readonly kind: string
  readonly written: number
  readonly newest: number
}
