import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptPlan, missingPackages, packagesOf } from './debian.mjs'
import { CHECKOUT, machineProblems, OWN_NODE, thisMachine } from './machine.mjs'
import { npmInstall, npmPlan, npmProblem } from './npm.mjs'
import { planText } from './plan.mjs'
import { privilegeProblem, ROOT_PATH, runAsRoot } from './privilege.mjs'
import { Refusal } from './refusal.mjs'
import { addAsRoot } from './steps.mjs'

/**
 * Installs what is missing of some package lists, with all npm packages, then runs a script of the checkout on our own
 * Node, as root: real machines need it. Of a running Vivarium it touches nothing: no service is started, and what
 * runs here has folders and ports of its own.
 */
export async function runOnOwnNode({ lists, npmCommand, script }) {
  const npm = npmPlan({ withDev: true })
  const problems = [...machineProblems(thisMachine()), privilegeProblem(npmCommand), npmProblem(npm)]
  const told = problems.filter((problem) => problem !== undefined)
  if (told.length > 0) throw new Refusal(told.join('\n\n'))
  const apt = aptPlan(missingPackages(Object.keys(packagesOf(...lists))))
  if (apt.names.length + npm.length > 0) console.log(planText({ apt, npm, folders: [] }))
  await addAsRoot(apt, { areServicesDenied: true })
  if (npm.length > 0) await npmInstall({ withDev: true })
  const path = [join(CHECKOUT, 'node_modules/.bin'), ROOT_PATH].join(delimiter)
  const run = [`PATH=${path}`, OWN_NODE, join(CHECKOUT, script), ...process.argv.slice(2)]
  try {
    return await runAsRoot('env', ['-C', CHECKOUT, ...run])
  } finally {
    await giveBack()
  }
}

/** What root wrote into the checkout of another user is that user's again. */
async function giveBack() {
  const { uid, gid } = statSync(CHECKOUT)
  if (uid !== 0) await runAsRoot('chown', ['-R', '-h', '--from=0', `${uid}:${gid}`, CHECKOUT])
}
