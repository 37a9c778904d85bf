import { statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Compiled code is kept in the home folder: the second start takes a third of the first one's time. */
function keepCompiledCode(): void {
  const home = homedir()
  // Under sudo the home folder may be another's, who must not prepare code for root.
  const isOwn = statSync(home, { throwIfNoEntry: false })?.uid === process.getuid?.()
  if (isOwn) enableCompileCache(join(home, '.cache', 'vivarium', 'viv'))
}

keepCompiledCode()
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv.slice(2))
