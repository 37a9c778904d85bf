import type { ReactNode } from 'react'

export type Tone = 'good' | 'busy' | 'bad' | 'still'

/** A state: a sign whose shape and colour say the same as its word. */
export function Mark({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className="mark" data-tone={tone}>
      <span className="mark-sign" aria-hidden="true" />
      {children}
    </span>
  )
}
