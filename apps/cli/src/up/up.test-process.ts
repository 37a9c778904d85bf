import { type DaemonEntries, type UpOptions, up } from './up.ts'

/** `viv up` with other daemons, as a process of its own: OPTIONS ENTRIES, both JSON, and UID, where it is no root. */
const [options, entries, uid] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown)
// Only now that all is loaded: a checkout may lie in a home that is closed to others.
if (uid !== undefined) {
  process.setgroups!([])
  process.setgid!(uid as number)
  process.setuid!(uid as number)
}
await up(options as UpOptions, entries as DaemonEntries).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
