import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listProcesses } from '../src/qemu/processes.ts'
import { openMemoryStream } from '../src/vm/memory-stream.ts'

const UID = 654_321
const NEVER = new AbortController().signal
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-memory-'))
  await chmod(folder, 0o711)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const ends = () => ({ uid: UID, file: join(folder, 'content'), socket: join(folder, 'socket') })

const helpers = async () =>
  (await listProcesses()).filter(
    ({ argv, parentPid }) => parentPid === process.pid && argv.some((word) => word.endsWith('/memory-helper.ts')),
  )

test('what one sender says is in the file, carried by an unprivileged user who could not open it', async () => {
  const said = randomBytes(3_000_001)
  await writeFile(ends().file, '', { mode: 0o600 })
  await using stream = openMemoryStream({ mode: 'save', ...ends(), signal: NEVER })
  await stream.ready
  const [helper] = await helpers()
  const status = await readFile(`/proc/${helper?.pid}/status`, 'utf8')
  expect(status).toMatch(new RegExp(`^Uid:\\s+${UID}\\s+${UID}\\s+${UID}\\s+${UID}$`, 'm'))
  expect(status).toMatch(new RegExp(`^Gid:\\s+${UID}\\s+${UID}\\s+${UID}\\s+${UID}$`, 'm'))
  expect(status).toMatch(/^Groups:\s*$/m)
  expect(status).toMatch(/^CapEff:\s+0+$/m)
  expect(status).toMatch(/^CapPrm:\s+0+$/m)
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
  connect(ends().socket).end(said)
  expect(await stream.done).toBe(said.length)
  expect((await readFile(ends().file)).equals(said)).toBe(true)
})

test('the file comes out of the socket again', async () => {
  const said = randomBytes(3_000_001)
  await writeFile(ends().file, said, { mode: 0o600 })
  const server = createServer()
  try {
    const heard = new Promise<Buffer>((resolve) => server.once('connection', (socket) => resolve(buffer(socket))))
    await new Promise<void>((resolve) => server.listen(ends().socket, resolve))
    await chown(ends().socket, UID, UID)
    await using stream = openMemoryStream({ mode: 'load', ...ends(), signal: NEVER })
    expect(await stream.done).toBe(said.length)
    expect((await heard).equals(said)).toBe(true)
  } finally {
    server.close()
  }
})

test('a helper that is not wanted any more is gone, and one that fails says why', async () => {
  const ending = new AbortController()
  await writeFile(ends().file, '')
  {
    await using stream = openMemoryStream({ mode: 'save', ...ends(), signal: ending.signal })
    await stream.ready
    ending.abort(new Error('not any more'))
    await expect(stream.done).rejects.toThrow('not any more')
  }
  expect(await helpers()).toEqual([])
  await using failing = openMemoryStream({ mode: 'load', ...ends(), file: join(folder, 'none'), signal: NEVER })
  await expect(failing.done).rejects.toMatchObject({ code: 'ENOENT' })
})
