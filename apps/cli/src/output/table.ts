import { displayWidth, padTo, printable } from './width.ts'

const GAP = '  '

/** Colour is put on last: until then a cell is what others wrote, and is made printable. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string }

/** Columns as wide as their widest cell; the last one is not padded, so that no line ends in blanks. */
export function renderTable(heads: readonly Cell[], rows: readonly (readonly Cell[])[]): string[] {
  const lines = [heads, ...rows]
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => displayWidth(textOf(line[column] ?? '')))))
  return lines.map((line) =>
    line
      .map((cell, column) => painted(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

const textOf = (cell: Cell): string =>
  printable((typeof cell === 'string' ? cell : cell.text).replace(/\s*\n\s*/g, ' '))

function painted(cell: Cell, width: number): string {
  const text = textOf(cell)
  const shown = typeof cell === 'string' ? text : cell.paint(text)
  return shown + padTo(text, width).slice(text.length)
}

/** One `name: value` a line; a value of several lines goes on below itself, and one that is empty is left out. */
export function renderFields(fields: readonly (readonly [string, Cell | undefined])[]): string[] {
  const shown = fields.filter((field): field is [string, Cell] => field[1] !== undefined && field[1] !== '')
  const width = Math.max(0, ...shown.map(([name]) => displayWidth(name))) + GAP.length
  return shown.flatMap(([name, cell]) => {
    const [first = '', ...more] = fieldLines(cell)
    return [`${padTo(name, width)}${first}`, ...more.map((line) => `${' '.repeat(width)}${line}`)]
  })
}

const fieldLines = (cell: Cell): string[] =>
  typeof cell === 'string' ? printable(cell).trimEnd().split('\n') : [cell.paint(printable(cell.text))]
