import { appendFileSync, existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { argv, getuid } from 'node:process'

/**
 * Stands in for a daemon: ready at once, and it tells its life to ROOT/events. Copied as agent.ts and manager.ts: its
 * name is its role; a file ROOT/<name>.broken makes it end before it is ready.
 */
const name = basename(argv[1]!, '.ts')
const root = argv[argv.indexOf('--root') + 1] ?? dirname(argv[1]!)
const tell = (event: string): void => appendFileSync(`${root}/events`, `${name} ${event}\n`)

if (existsSync(`${root}/${name}.broken`)) {
  console.error(`the ${name} finds its heart broken`)
  process.exit(3)
}
tell(`${process.pid} runs as ${getuid!()} with ${argv.slice(2).join(' ')}`)
const end = (why: string) => (): void => {
  tell(why)
  process.exit(0)
}
process.on('SIGTERM', end('was stopped'))
process.on('disconnect', end('lost its starter'))
process.on('SIGINT', () => tell('was interrupted'))
console.error(`the ${name} is about to be ready`)
process.send!({ type: 'ready', url: 'https://127.0.0.1:8443', fingerprint: 'AB:CD', firstPassword: 'once-and-no-more' })
