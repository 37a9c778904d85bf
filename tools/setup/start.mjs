/**
 * `npm start`: sets up what is missing, then runs Vivarium in the foreground.
 *
 *   plan (printed) ─► Debian packages, system user   as root     ┐
 *                     npm packages                    as you      ├ only what is missing
 *                     release                         as root     ┘
 *                     viv up                          as root, until it ends
 *
 * Plain JavaScript of Node 18: it runs before our own Node is there.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { CHECKOUT, machineProblems, OWN_NODE, thisMachine } from './machine.mjs'
import { npmInstall } from './npm.mjs'
import { HELP, startOptions } from './options.mjs'
import { planText, startPlan } from './plan.mjs'
import { asRoot, runAsRoot } from './privilege.mjs'
import { Refusal, runMain } from './refusal.mjs'
import { addAsRoot } from './steps.mjs'
import { ended } from './run.mjs'

await runMain(async () => {
  const options = startOptions(process.argv.slice(2))
  if (options.help) {
    console.log(HELP)
    return 0
  }
  const problems = machineProblems(thisMachine())
  if (problems.length > 0) throw new Refusal(problems.join('\n'))
  const plan = await startPlan(options)
  console.log(planText(plan))
  if (plan.problems.length > 0) throw new Refusal(plan.problems.join('\n\n'))
  if (options.plan) return 0
  await setUp(plan, options)
  if (plan.isService || options.service) return await service(plan, options)
  return await up(plan.viv, options)
})

async function setUp(plan, options) {
  await addAsRoot(plan.apt, { record: plan.record, user: plan.user })
  if (plan.npm.length > 0) await npmInstall({ withDev: false })
  const root = options.root === undefined ? [] : ['--root', options.root]
  const node = ['--disable-warning=ExperimentalWarning', join(CHECKOUT, 'tools/release.ts'), ...root]
  const code = await runAsRoot(OWN_NODE, node)
  if (code !== 0) throw new Refusal(`The release could not be written (${code}).`)
}

/** Installed, or installed already: then its daemons are started again with the new release. VMs run on. */
function service({ viv, isService }, options) {
  // One that is there keeps what was chosen for it.
  const given = isService ? [] : ['--listen', options.listen, '--user', options.user]
  return runAsRoot(viv, ['service', 'install', ...given])
}

/**
 * Runs `viv up` to its end. Its standard input is our word that we are here: it closes when we end, in whatever
 * way, and Vivarium stops. (npm killed alone would leave us behind: we watch for that.)
 */
async function up(viv, options) {
  const own = ['root', 'listen', 'user', 'manager-uid', 'manager-gid']
  const simulated = ['simulate', 'vms', 'changes-per-second', 'seed']
  const passed = [...own, ...simulated].filter((name) => options[name] !== undefined)
  const args = ['up', '--until-input-ends', ...passed.flatMap((name) => [`--${name}`, options[name]])]
  const child = spawn(...asRoot(viv, args), { stdio: ['pipe', 'inherit', 'inherit'] })
  const stop = () => child.stdin.end()
  child.stdin.on('error', () => undefined)
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop)
  const parent = process.ppid
  const watch = setInterval(() => process.ppid === parent || stop(), 1000)
  try {
    return await ended(child)
  } finally {
    clearInterval(watch)
  }
}
