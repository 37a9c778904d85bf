import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

/** The peer of a list: a Fastify route that answers the same rows, which it has as a constant. `constant-rows.ts SOCKET FILE` */
const [socket = '', file = ''] = process.argv.slice(2)
const page = JSON.parse(readFileSync(file, 'utf8')) as object
const app = Fastify()
app.get('/rows', () => page)
await app.listen({ path: socket })
process.send?.({ type: 'ready' })
process.on('disconnect', () => process.exit(0))
