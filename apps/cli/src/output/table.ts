import { displayWidth, padTo, printable } from './width.ts'

const GAP = '  '

/** Columns as wide as their widest cell; the last one is not padded, so that no line ends in blanks. */
export function renderTable(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [heads, ...rows.map((row) => row.map(oneLine))]
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => displayWidth(line[column] ?? ''))))
  return lines.map((line) =>
    line
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

/** One `name: value` a line; a value of several lines goes on below itself. */
export function renderFields(fields: readonly (readonly [string, string | undefined])[]): string[] {
  const shown = fields.filter((field): field is [string, string] => field[1] !== undefined && field[1] !== '')
  const width = Math.max(0, ...shown.map(([name]) => displayWidth(name))) + GAP.length
  return shown.flatMap(([name, value]) => {
    const [first = '', ...more] = printable(value).split('\n')
    return [`${padTo(name, width)}${first}`, ...more.map((line) => `${' '.repeat(width)}${line}`)]
  })
}

const oneLine = (cell: string): string => printable(cell.replace(/\s*\n\s*/g, ' '))
