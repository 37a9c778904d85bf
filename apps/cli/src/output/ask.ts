import { createInterface } from 'node:readline/promises'
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
  stdin.setEncoding('utf8')
  try {
    return await typedLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

export async function typedLine(keys: AsyncIterable<string>): Promise<string> {
  let typed = ''
  for await (const chunk of keys) {
    for (const key of chunk) {
      if (ENTER.test(key)) return typed
      if (key === INTERRUPT || (key === END && typed === '')) throw interrupted()
      if (ERASERS.includes(key)) typed = [...typed].slice(0, -1).join('')
      else if (key === LINE_ERASER) typed = ''
      else typed += key
    }
  }
  return typed
}

/** All of stdin, without the newline that `echo` adds. */
export async function readSecretFromStdin(): Promise<string> {
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin as AsyncIterable<string>) text += chunk
  return text.replace(/\r?\n$/, '')
}
