import { ApiError } from '@viv/client'
import { useEffect, useState } from 'react'
import { follow, type LiveKind, type LiveObjects } from './live.ts'

export interface ObjectView<T> {
  readonly value: T | undefined
  readonly isGone: boolean
  readonly error: unknown
}

const RETRY_MS = 1_000

/** One object as it is now, and stays up to date while it is shown. */
export function useObject<K extends LiveKind>(
  kind: K,
  id: string,
  read: (id: string) => Promise<LiveObjects[K]>,
): ObjectView<LiveObjects[K]> {
  const [view, setView] = useState<ObjectView<LiveObjects[K]>>({ value: undefined, isGone: false, error: undefined })
  useEffect(() => {
    let isOver = false
    let told = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async (): Promise<void> => {
      const before = told
      try {
        const value = await read(id)
        // What was told meanwhile is newer.
        if (!isOver && told === before) setView({ value, isGone: false, error: undefined })
      } catch (error) {
        if (isOver) return
        const isGone = error instanceof ApiError && error.status === 404
        setView((last) => ({ ...last, isGone, error: isGone ? undefined : error }))
        if (!isGone) timer = setTimeout(() => void load(), RETRY_MS)
      }
    }
    setView({ value: undefined, isGone: false, error: undefined })
    void load()
    const end = follow(kind, {
      onChange: (changed, object) => {
        if (changed !== id) return
        told++
        setView((last) =>
          object === null ? { ...last, isGone: true } : { value: object, isGone: false, error: undefined },
        )
      },
      onStartOver: () => void load(),
    })
    return () => {
      isOver = true
      clearTimeout(timer)
      end()
    }
  }, [kind, id])
  return view
}
