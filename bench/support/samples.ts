/** How a measurement came out: `ratio` is held to `limit`; it may have to hold to more than that. */
export interface Outcome {
  readonly ratio: number
  readonly limit: number
  readonly isMet: boolean
}

export type Series = Readonly<Record<string, readonly number[]>>

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  if (low === undefined || high === undefined) throw new Error('there is no sample')
  return (low + high) / 2
}

/** The least sample that so many hundredths of all do not exceed. */
export function percentile(samples: readonly number[], hundredths: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.ceil((sorted.length * hundredths) / 100) - 1]
  if (value === undefined) throw new Error('there is no sample')
  return value
}

/** Every raw sample in the order it was taken, then a line of figures for each series. */
export function printSeries(series: Series, unit: string): void {
  for (const [name, samples] of Object.entries(series)) {
    console.log(`raw ${name} (${unit}): ${samples.map((sample) => sample.toFixed(1)).join(' ')}`)
  }
  const rows = Object.entries(series).map(([name, samples]) => {
    const figures = [Math.min(...samples), median(samples), percentile(samples, 99), Math.max(...samples)].map(
      (value) => value.toFixed(1),
    )
    return [name, String(samples.length), ...figures]
  })
  printTable([`series (${unit})`, 'samples', 'least', 'median', 'p99', 'most'], rows)
}

/** The first column is words, the others are figures. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    console.log(`  ${cells.join('  ')}`)
  }
}
