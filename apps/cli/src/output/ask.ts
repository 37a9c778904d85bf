import { createInterface } from 'node:readline/promises'
import type { Readable } from 'node:stream'
import { CliError, usageError } from './errors.ts'

const ENTER = /[\r\n]/
const INTERRUPT = '\x03'
const END = '\x04'
const ERASERS = ['\x7f', '\b']
const LINE_ERASER = '\x15'

const interrupted = (): CliError => new CliError('interrupted', 'Interrupted; nothing was changed.')

/** A yes, typed by a person; anything else is a no. */
export async function askYes(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const gone = Promise.withResolvers<never>()
  terminal.once('SIGINT', () => gone.reject(interrupted()))
  terminal.once('close', () => gone.reject(interrupted()))
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), gone.promise])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    gone.promise.catch(() => undefined)
    terminal.close()
  }
}

export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Typed without being shown. */
export async function askPassword(question: string): Promise<string> {
  if (!canAsk()) throw usageError('There is nobody to ask for the password: send it with --password-stdin.')
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  try {
    return await typedLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stderr.write('\n')
  }
}

/** Keys up to Enter. By events, since a stdin that was paused a moment ago gives an iterator nothing. */
export async function typedLine(keys: Readable): Promise<string> {
  const line = Promise.withResolvers<string>()
  let typed = ''
  const take = (key: string): void => {
    if (ENTER.test(key)) line.resolve(typed)
    else if (key === INTERRUPT || (key === END && typed === '')) line.reject(interrupted())
    else if (ERASERS.includes(key)) typed = [...typed].slice(0, -1).join('')
    else if (key === LINE_ERASER) typed = ''
    else typed += key
  }
  const takeAll = (chunk: string): void => [...chunk].forEach(take)
  const end = (): void => line.resolve(typed)
  keys.setEncoding('utf8').on('data', takeAll).once('end', end)
  keys.resume()
  try {
    return await line.promise
  } finally {
    keys.removeListener('data', takeAll).removeListener('end', end).pause()
  }
}

/** All of stdin, without the newline that `echo` adds. */
export async function readSecretFromStdin(): Promise<string> {
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin as AsyncIterable<string>) text += chunk
  return text.replace(/\r?\n$/, '')
}
