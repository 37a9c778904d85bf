import { type DaemonEntries, type UpOptions, up } from './up.ts'

/** `viv up` with other daemons, as a process of its own: OPTIONS ENTRIES, both JSON. */
const [options, entries] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown)
await up(options as UpOptions, entries as DaemonEntries).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
