import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { look } from './run.mjs'

/** Debian asks this program before a package starts a service; 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d'
const MARK = '# made by the set-up of Vivarium for the time of one apt run'

/** Runs `work` while no package may start a service, and leaves what it brought (`added`) off at the next boot too. */
export async function withServicesDenied(added, work, policy = POLICY) {
  restore(policy)
  if (existsSync(policy)) renameSync(policy, kept(policy))
  try {
    writeFileSync(policy, `#!/bin/sh\n${MARK}\nexit 101\n`, { mode: 0o755 })
    await work()
    disable(added)
  } finally {
    restore(policy)
  }
}

/** Also what an earlier run left that was killed. */
function restore(policy) {
  if (existsSync(policy) && readFileSync(policy, 'utf8').includes(MARK)) rmSync(policy)
  if (existsSync(kept(policy))) renameSync(kept(policy), policy)
}

const kept = (policy) => `${policy}.before-vivarium`

function disable(added) {
  if (!existsSync('/run/systemd/system')) return
  const { stdout } = look('dpkg-query', ['-L', ...added])
  const units = [...stdout.matchAll(/\/lib\/systemd\/system\/([^/\n]+\.(?:service|socket|timer|path))$/gm)]
  const names = units.map((match) => match[1]).filter((name) => !name.includes('@'))
  if (names.length > 0) look('systemctl', ['disable', '--quiet', ...names])
}
