import type { Page } from '@viv/api'
import { useEffect, useMemo, useRef, useState } from 'react'
import { follow, type LiveKind } from './live.ts'
import { PagedList } from './paged-list.ts'

export interface ListSource<T> {
  /** What is asked for: another key is another list. */
  readonly key: string
  read(query: { readonly limit: string; readonly cursor?: string }): Promise<Page<T>>
  /** The kind whose changes are put in place; none for what the stream does not tell of. */
  readonly kind?: LiveKind
  /** Kinds whose changes are a reason to read again. */
  readonly readAgainWith?: readonly LiveKind[]
  mayMove?(before: T | undefined, after: T): boolean
}

export interface ListView<T> {
  readonly total: number | undefined
  readonly progress: number
  readonly error: unknown
  row(index: number): T | undefined
  want(first: number, last: number): void
  readAgain(): void
}

/** A list as it is now, and stays up to date while it is shown. */
export function useList<T extends { readonly id: string }>(source: ListSource<T>): ListView<T> {
  const newest = useRef(source)
  newest.current = source
  const [version, setVersion] = useState(0)
  const [list, setList] = useState<PagedList<T>>()
  const { key } = source
  useEffect(() => {
    let frame = 0
    const made = new PagedList<T>({
      read: (query) => newest.current.read(query),
      mayMove: (before, after) => newest.current.mayMove?.(before, after) ?? true,
      // However many changes come, the page is drawn once a frame.
      onChange: () => {
        cancelAnimationFrame(frame)
        frame = requestAnimationFrame(() => setVersion((before) => before + 1))
      },
    })
    setList(made)
    const ends = followAll(made, newest.current)
    return () => {
      cancelAnimationFrame(frame)
      for (const end of ends) end()
      made.close()
    }
  }, [key])
  return useMemo(
    () => ({
      total: list?.total,
      progress: list?.progress ?? 0,
      error: list?.error,
      row: (index) => list?.row(index),
      want: (first, last) => list?.want(first, last),
      readAgain: () => list?.readAgain(),
    }),
    // The list is one object that changes inside: its version says when.
    [list, version],
  )
}

function followAll<T extends { readonly id: string }>(
  list: PagedList<T>,
  { kind, readAgainWith = [] }: ListSource<T>,
): (() => void)[] {
  const onStartOver = (): void => list.readAgain()
  const own =
    kind === undefined
      ? []
      : [follow(kind, { onChange: (id, object) => list.apply(id, object as T | null), onStartOver })]
  const others = readAgainWith.map((other) => follow(other, { onChange: () => list.readAgain(), onStartOver }))
  return [...own, ...others]
}

/** A list to choose from: as many as the first pages hold. */
export function rowsOf<T>({
  total = 0,
  row,
}: {
  readonly total: number | undefined
  row(index: number): T | undefined
}): T[] {
  return Array.from({ length: total }, (_, index) => row(index)).filter((item) => item !== undefined)
}
