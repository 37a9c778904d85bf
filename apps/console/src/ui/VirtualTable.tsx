import { memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'

export interface Column<T> {
  readonly key: string
  readonly title: string
  /** As a track of a CSS grid. */
  readonly width: string
  readonly render: (row: T) => ReactNode
  /** Said where the column can be sorted by. */
  readonly sort?: string
}

export interface VirtualTableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  /** Rows there are; undefined while nobody knows. */
  readonly total: number | undefined
  readonly row: (index: number) => T | undefined
  readonly keyOf: (row: T) => string
  readonly onView: (first: number, last: number) => void
  /** `name`, or `-name` for the largest first. */
  readonly sort?: string
  readonly onSort?: (sort: string) => void
  readonly empty: ReactNode
}

const ROW_HEIGHT = 44
/** Rows drawn beyond the edge, so that a slow turn of the wheel shows no gap. */
const OVERSCAN = 6

/**
 * A table of any length: only the rows in view are drawn, in a box as tall as all of them. Rows that are not read
 * yet show as grey lines.
 */
export function VirtualTable<T>(props: VirtualTableProps<T>) {
  const { label, columns, total, row, keyOf, onView, sort, onSort, empty } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ first: 0, last: 30 })
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    // Measured when it changes, not with every turn of the wheel: measuring makes the browser lay out.
    let height = element.clientHeight
    const look = (): void => {
      const top = element.scrollTop
      const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN)
      const last = Math.ceil((top + height) / ROW_HEIGHT) + OVERSCAN
      setView((before) => (before.first === first && before.last === last ? before : { first, last }))
    }
    look()
    const resize = new ResizeObserver(() => {
      height = element.clientHeight
      look()
    })
    resize.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      resize.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  const last = Math.min(view.last, (total ?? 0) - 1)
  useEffect(() => onView(view.first, view.last), [onView, view])

  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') }
  const shown: ReactNode[] = []
  for (let index = view.first; index <= last; index++) {
    const item = row(index)
    const key = item === undefined ? `gap-${index}` : keyOf(item)
    shown.push(<Row key={key} index={index} item={item} columns={columns} template={template.gridTemplateColumns} />)
  }
  return (
    <div className="table" role="table" aria-label={label} aria-rowcount={total === undefined ? -1 : total + 1}>
      <div role="rowgroup" className="table-head">
        <div role="row" aria-rowindex={1} style={template}>
          {columns.map((column) => (
            <Heading key={column.key} column={column} sort={sort} onSort={onSort} />
          ))}
        </div>
      </div>
      {/* Scrolled by the arrow keys too: somebody without a mouse must reach every row. */}
      <div className="table-body" ref={box} tabIndex={0} role="rowgroup" aria-label={label}>
        {total === 0 ? (
          <div role="row">
            <div role="cell" className="table-empty">
              {empty}
            </div>
          </div>
        ) : (
          <div role="presentation" style={{ height: (total ?? 0) * ROW_HEIGHT, position: 'relative' }}>
            {shown}
          </div>
        )}
      </div>
    </div>
  )
}

interface HeadingProps<T> {
  readonly column: Column<T>
  readonly sort: string | undefined
  readonly onSort: ((sort: string) => void) | undefined
}

function Heading<T>({ column, sort, onSort }: HeadingProps<T>) {
  const { title, sort: key } = column
  if (key === undefined || onSort === undefined) return <div role="columnheader">{title}</div>
  const order = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none'
  return (
    <div role="columnheader" aria-sort={order}>
      <button type="button" onClick={() => onSort(order === 'ascending' ? `-${key}` : key)}>
        {title}
        <span aria-hidden="true" className="table-order" data-order={order} />
      </button>
    </div>
  )
}

interface RowProps<T> {
  readonly index: number
  readonly item: T | undefined
  readonly columns: readonly Column<T>[]
  readonly template: string
}

const Row = memo(function Row<T>({ index, item, columns, template }: RowProps<T>) {
  return (
    <div
      role="row"
      className="table-row"
      aria-rowindex={index + 2}
      style={{ gridTemplateColumns: template, transform: `translateY(${index * ROW_HEIGHT}px)`, height: ROW_HEIGHT }}
    >
      {columns.map(({ key, render }) => (
        <div role="cell" key={key}>
          {item === undefined ? <span className="table-gap" /> : render(item)}
        </div>
      ))}
    </div>
  )
}) as <T>(props: RowProps<T>) => ReactNode
