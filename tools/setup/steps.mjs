import { fileURLToPath } from 'node:url'
import { aptPlan } from './debian.mjs'
import { planText } from './plan.mjs'
import { runAsRoot } from './privilege.mjs'
import { Refusal } from './refusal.mjs'

const ROOT_PART = fileURLToPath(new URL('./root-part.mjs', import.meta.url))

/** Adds packages and the system user. Where apt had no lists, it gets them first, and the sizes are told then. */
export async function addAsRoot(apt, { record, user, areServicesDenied = false }) {
  let known = apt
  if (!apt.areKnown) {
    await rootPart({ update: true })
    known = aptPlan(apt.names)
    if (!known.areKnown) throw new Refusal(`apt's sources lack Debian's main: they have no ${apt.names.join(', ')}.`)
    console.log(`\n${planText({ apt: known, npm: [], folders: [] })}`)
  }
  if (known.names.length === 0 && user === undefined) return
  const added = known.added.map(({ name }) => name)
  await rootPart({ packages: known.names, added, areServicesDenied, record, user })
}

async function rootPart(work) {
  const code = await runAsRoot(process.execPath, [ROOT_PART, JSON.stringify(work)])
  // Its own words stand above.
  if (code !== 0) throw new Refusal('Nothing runs yet; start again when that is mended.')
}
