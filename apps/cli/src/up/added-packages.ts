/** Runs a program and returns what it printed; tests put their own in its place. */
export type Run = (program: string, args: readonly string[]) => Promise<string>

export interface RemovalPlan {
  readonly removed: readonly string[]
  /** Added by us, but something that came later needs them. */
  readonly kept: readonly string[]
}

/**
 * Which of the packages that we added can go without taking any other along.
 *
 * apt is asked what else would go; whatever those need stays, and it is asked again until nothing else goes.
 */
export async function removalPlan(added: readonly string[], run: Run): Promise<RemovalPlan> {
  const installed = await installedOf(added, run)
  let removed = installed
  for (;;) {
    const others = removed.length === 0 ? [] : (await wouldGo(removed, run)).filter((name) => !installed.includes(name))
    if (others.length === 0) return { removed, kept: installed.filter((name) => !removed.includes(name)) }
    const needed = await neededBy(others, run)
    const rest = removed.filter((name) => !needed.has(name))
    // Then apt has a reason that we don't see: nothing is removed rather than something of somebody else.
    removed = rest.length < removed.length ? rest : []
  }
}

export async function removePackages(names: readonly string[], run: Run): Promise<void> {
  if (names.length > 0) await run('apt-get', ['purge', '-y', '--no-auto-remove', ...names])
}

async function installedOf(names: readonly string[], run: Run): Promise<string[]> {
  const lines = (await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n'])).split('\n')
  const installed = new Set(lines.flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])))
  return names.filter((name) => installed.has(name.split(':')[0]))
}

async function wouldGo(names: readonly string[], run: Run): Promise<string[]> {
  const text = await run('apt-get', ['purge', '-s', '--no-auto-remove', ...names])
  return [...text.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map((match) => match[1]!)
}

async function neededBy(names: readonly string[], run: Run): Promise<Set<string>> {
  const text = await run('apt-cache', ['depends', '--recurse', '--installed', '--important', ...names])
  return new Set(text.split('\n').filter((line) => /^[a-z0-9]/.test(line)))
}
