import { type ReactNode, useEffect } from 'react'

export interface PageProps {
  readonly title: string
  /** In the browser's title after the page's own. */
  readonly appName: string
  readonly above?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: its one heading, what can be done with all of it, and the rest. */
export function Page({ title, appName, above, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} – ${appName}`
  }, [title, appName])
  return (
    <div className="page">
      {above}
      <div className="page-head">
        <h1>{title}</h1>
        <div className="page-actions">{actions}</div>
      </div>
      {children}
    </div>
  )
}
