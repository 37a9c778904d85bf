import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { refuse } from '@viv/common'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/**
 * The built console, as files. What is served is what was there at the start: no path of a request is ever made
 * into a path of a file (which is why this is not @fastify/static).
 */
export interface Console {
  readonly folder: string
  /** Paths inside the folder, `/` between their parts. */
  readonly files: ReadonlySet<string>
}

const INDEX = 'index.html'
/** Beside a file, the same compressed: made once, when the console is built. */
const COMPRESSED = '.gz'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Only our own files run, and only to us is anything sent. Styles may be inline: antd and the terminal make theirs as
 * they go, and a style alone can send nothing anywhere under this policy (docs/decisions/0016).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** undefined where no console is built. */
export async function openConsole(folder: string | undefined): Promise<Console | undefined> {
  if (folder === undefined) return undefined
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const inside = new Set(files.map((file) => relative(folder, file)))
  return inside.has(INDEX) ? { folder, files: inside } : undefined
}

/** Everything that is not the API: a file of the console, or, to a browser that asks for a page, the console. */
export function addConsole(app: FastifyInstance, built: Console | undefined): void {
  app.get('/*', async (request, reply) => {
    const path = request.url.split('?')[0]?.slice(1) ?? ''
    if (path === 'v1' || path.startsWith('v1/')) return reply.callNotFound()
    const isPage = path === '' || (request.headers.accept ?? '').includes('text/html')
    if (built === undefined) {
      if (isPage) throw refuse('console_not_built', {})
      return reply.callNotFound()
    }
    if (built.files.has(path) && !path.endsWith(COMPRESSED)) return sendFile(request, reply, built, path)
    return isPage ? sendFile(request, reply, built, INDEX) : reply.callNotFound()
  })
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, { folder, files }: Console, path: string) {
  const compressed = `${path}${COMPRESSED}`
  const takesCompressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const isCompressed = takesCompressed && files.has(compressed)
  const bytes = await readFile(join(folder, isCompressed ? compressed : path))
  return reply
    .headers({
      ...HEADERS,
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      // Vite names what lies in assets/ by its content; the page that names those is always asked for.
      'cache-control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
      vary: 'accept-encoding',
      ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
    })
    .send(bytes)
}
