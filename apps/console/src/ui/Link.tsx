import type { MouseEvent, ReactNode } from 'react'
import { navigate } from '../util/router.ts'

export interface LinkProps {
  readonly to: string
  readonly children: ReactNode
  readonly className?: string
  readonly isCurrent?: boolean
}

/** A link inside the console. With a modifier key it is the browser's: a new tab, a new window. */
export function Link({ to, children, className, isCurrent = false }: LinkProps) {
  const onClick = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return (
    <a href={to} onClick={onClick} className={className} aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  )
}
