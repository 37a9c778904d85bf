/** Lines that go and lines that come, in their order, by the longest row of lines that stay. */
export function lineDiff(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const stay = longestRows(old, now)
  const lines: string[] = []
  let [from, to] = [0, 0]
  while (from < old.length || to < now.length) {
    if (from < old.length && to < now.length && old[from] === now[to]) {
      from++
      to++
    } else if (to >= now.length || (from < old.length && at(stay, from + 1, to) >= at(stay, from, to + 1))) {
      lines.push(`-${old[from++] ?? ''}`)
    } else lines.push(`+${now[to++] ?? ''}`)
  }
  return lines
}

/** How many lines stay of those from each place on. */
function longestRows(old: readonly string[], now: readonly string[]): number[][] {
  const rows = Array.from({ length: old.length + 1 }, () => Array<number>(now.length + 1).fill(0))
  for (let from = old.length - 1; from >= 0; from--) {
    for (let to = now.length - 1; to >= 0; to--) {
      const row = rows[from] as number[]
      row[to] =
        old[from] === now[to]
          ? at(rows, from + 1, to + 1) + 1
          : Math.max(at(rows, from + 1, to), at(rows, from, to + 1))
    }
  }
  return rows
}

const at = (rows: readonly (readonly number[])[], from: number, to: number): number => rows[from]?.[to] ?? 0
