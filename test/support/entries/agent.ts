import { readConfig, startAgent } from '../../../apps/agent/src/index.ts'
import { NEWER_VM_JSON } from '../newer-version.ts'
import { dieAt } from './crash-point.ts'

/** The agent, with places to die inside every operation: before it acts, and after, before anybody is told. */
type Handlers = Parameters<NonNullable<NonNullable<Parameters<typeof startAgent>[2]>['wrapHandlers']>>[0]
type Handler = { run: (...args: unknown[]) => Promise<unknown>; undo?: (...args: unknown[]) => Promise<unknown> }

function wrap(kind: string, { run, undo }: Handler): Handler {
  const around =
    (name: string, work: Handler['run']) =>
    async (...args: unknown[]) => {
      dieAt(`${kind}.before-${name}`)
      const result = await work(...args)
      dieAt(`${kind}.after-${name}`)
      return result
    }
  return { run: around('run', run), ...(undo === undefined ? {} : { undo: around('undo', undo) }) }
}

const log = (message: string, facts: object = {}) =>
  void process.stderr.write(`agent: ${message} ${JSON.stringify(facts)}\n`)
const agent = await startAgent(readConfig(process.argv.slice(2), 'test'), log, {
  ...(process.env['VIV_BOOT_ID'] === undefined ? {} : { bootId: process.env['VIV_BOOT_ID'] }),
  ...(process.env['VIV_NEWER_VERSION'] === undefined ? {} : { vmFormat: NEWER_VM_JSON }),
  onAutostart: (moment) => dieAt(`autostart.${moment}`),
  wrapHandlers: (handlers) =>
    Object.fromEntries(
      Object.entries(handlers).map(([kind, handler]) => [kind, wrap(kind, handler as Handler)]),
    ) as unknown as Handlers,
})
process.send?.({ type: 'ready' })
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => void agent[Symbol.asyncDispose]().then(() => process.exit(0)))
