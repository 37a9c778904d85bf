import { Readable } from 'node:stream'
import { ApiError, UnreachableError } from '@viv/client'
import { expect, test } from 'vitest'
import { typedLine } from './ask.ts'
import { CliError } from './errors.ts'
import { failureOf } from './failure.ts'
import { fixCommand } from './fixes.ts'
import { ProgressLine } from './progress.ts'
import { renderFields, renderTable } from './table.ts'
import { Terminal } from './terminal.ts'
import { formatBytes, formatDuration } from './units.ts'
import { cutTo, displayWidth } from './width.ts'

test('columns stand below each other also where names are Chinese', () => {
  const lines = renderTable(
    ['NAME', 'STATE'],
    [
      ['网站', 'running'],
      ['web', 'stopped'],
    ],
  )
  expect(lines).toEqual(['NAME  STATE', '网站  running', 'web   stopped'])
  expect(lines.map((line) => displayWidth(line.slice(0, line.search(/STATE|running|stopped/))))).toEqual([6, 6, 6])
})

test('a colour takes no room', () => {
  const red = (text: string) => `\x1b[31m${text}\x1b[39m`
  expect(renderTable(['STATE', 'X'], [[{ text: 'bad', paint: red }, '1']])).toEqual([
    'STATE  X',
    '\x1b[31mbad\x1b[39m    1',
  ])
})

test("what others wrote can't steer the terminal", () => {
  expect(renderTable(['NOTES'], [['a\x1b[2Jb\nc']])).toEqual(['NOTES', 'a�[2Jb c'])
  expect(
    renderFields([
      ['Notes', 'one\ntwo\x07'],
      ['Empty', ''],
    ]),
  ).toEqual(['Notes  one', '       two�'])
})

test.each([
  ['é', 1],
  ['e\u0301', 1],
  ['한글', 4],
  ['ｗ', 2],
  ['🐳', 2],
])('%s is %d columns wide', (text, width) => expect(displayWidth(text)).toBe(width))

test('cuts by columns, not by characters', () => {
  expect(cutTo('网站服务器', 6)).toBe('网站…')
  expect(cutTo('web', 3)).toBe('web')
})

test.each([
  [0, '0 B'],
  [1536, '1.5 KiB'],
  [1024 ** 3, '1 GiB'],
  [20.4 * 1024 ** 3, '20 GiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [0.4, '0s'],
  [65, '1m 5s'],
  [3600, '1h'],
  [90_061, '1d 1h'],
])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

function terminal(format: 'table' | 'json', isTTY: boolean) {
  const said = { out: '', err: '' }
  const stream = (name: keyof typeof said) => ({
    isTTY,
    columns: 60,
    write: (text: string) => void (said[name] += text),
  })
  return { said, terminal: new Terminal(format, false, stream('out'), stream('err')) }
}

test('on a terminal progress is one line that is gone at the end', () => {
  const { said, terminal: shown } = terminal('table', true)
  {
    using progress = new ProgressLine(shown)
    progress.show({ progress: 0.5, title: 'web: Making the disk' })
  }
  expect(said.err).toBe(`\r\x1b[K${'█'.repeat(12)}${'░'.repeat(12)}  50%  web: Making the disk\r\x1b[K`)
  expect(said.err).not.toContain('\n')
})

test('elsewhere each title is a line, once; for programs there is none', () => {
  for (const [format, text] of [
    ['table', 'a\nb\n'],
    ['json', ''],
  ] as const) {
    const { said, terminal: shown } = terminal(format, false)
    using progress = new ProgressLine(shown)
    for (const title of ['a', 'a', 'b']) progress.show({ progress: 0.1, title })
    expect(said).toEqual({ out: '', err: text })
  }
})

const blocker = (reason: string, facts: Record<string, string>, message: string) => ({ reason, facts, message })

test('a refusal is its message, the other blockers, and what mends each', () => {
  const blockers = [
    blocker(
      'vm_state',
      { name: 'web', state: 'running', action: 'delete', allowed: 'stop, forceStop' },
      'VM "web" is running.',
    ),
    blocker('port_taken', {}, 'Port 22 is taken.'),
  ]
  const failure = failureOf(
    new ApiError(409, { code: 'invalid_state', message: 'VM "web" is running.', requestId: 'r', blockers }),
  )
  expect(failure).toMatchObject({ exitCode: 1, details: ['Try: viv vm stop web', 'Port 22 is taken.'] })
  const { said, terminal: shown } = terminal('table', false)
  shown.failure(failure)
  expect(said.err).toBe('error: VM "web" is running.\n  Try: viv vm stop web\n  Port 22 is taken.\n')
})

test.each([
  [new ApiError(401, { code: 'unauthenticated', message: 'Log in.', requestId: 'r' }), 4],
  [new UnreachableError('gone'), 3],
  [new CliError('usage', 'wrong'), 2],
  [new CliError('interrupted', 'left'), 130],
  [Object.assign(new Error('ENOENT: x'), { syscall: 'open' }), 1],
])('%s has its own exit code', (error, exitCode) => {
  expect(failureOf(error)).toMatchObject({ exitCode })
  expect(failureOf(error).message).not.toContain('    at ')
})

test("an API's fix is said as a command", () => {
  const id = '11111111-1111-4111-8111-111111111111'
  const fixed = (fix: { method: string; path: string; body?: unknown }) =>
    fixCommand({ ...blocker('x', {}, ''), fix: { action: 'x', ...fix } })
  expect(fixed({ method: 'POST', path: `/v1/vms/${id}/actions/stop`, body: { mode: 'force' } })).toBe(
    `viv vm stop ${id} --force`,
  )
  expect(fixed({ method: 'DELETE', path: `/v1/images/${id}` })).toBe(`viv image delete ${id}`)
  expect(fixed({ method: 'PATCH', path: `/v1/vms/${id}` })).toBeUndefined()
})

test('a password is typed with corrections, and Ctrl-C ends the asking', async () => {
  const keys = (...chunks: string[]) =>
    Readable.from(
      chunks.map((chunk) => Buffer.from(chunk)),
      { objectMode: false },
    )
  expect(await typedLine(keys('wrong\x15', 'sex\x7fcret', '\rmore'))).toBe('secret')
  await expect(typedLine(keys('abc\x03'))).rejects.toThrow('Interrupted')
})

test('how a packed VM can be taken in all the same is said as an option', () => {
  const path = '/v1/vms/actions/adopt'
  const tip = (reason: string, body: object) =>
    fixCommand({ ...blocker(reason, {}, ''), fix: { action: 'vmAdopt', method: 'POST', path, body } })
  expect(tip('name_taken', { name: 'web-2' })).toBe('the same command with --name web-2')
  expect(tip('kvm_unavailable', { accelerator: 'any' })).toBe('the same command with --accelerator any')
  const model = { accelerator: 'any', cpuModel: 'qemu64' }
  expect(tip('kvm_unavailable', model)).toBe('the same command with --accelerator any --cpu-model qemu64')
  expect(tip('cpu_model_unknown', model)).toBe('the same command with --cpu-model qemu64')
})
