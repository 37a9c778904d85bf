import { argon2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const argon2Async = promisify(argon2)

/** argon2id as RFC 9106 recommends it where memory is not plenty: 64 MiB, three passes, four lanes. */
const COST = { parallelism: 4, memory: 64 * 1024, passes: 3, tagLength: 32 } as const
const SALT_BYTES = 16

/** The PHC string of a password: algorithm, cost and salt stand beside the hash. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const tag = await argon2Async('argon2id', { ...COST, message: password, nonce: salt })
  const { memory, passes, parallelism } = COST
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored)
  if (match === null) throw new Error('the stored password is not an argon2id string')
  const [, memory, passes, parallelism, salt = '', tag = ''] = match
  const wanted = Buffer.from(tag, 'base64')
  const actual = await argon2Async('argon2id', {
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: wanted.length,
  })
  return timingSafeEqual(actual, wanted)
}

/** Letters and digits that nobody mistakes for one another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP_LENGTH = 5

/** A password of 99 bits that can be read out and typed: `k7mfp-…`. */
export function makePassword(): string {
  const group = () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return Array.from({ length: GROUPS }, group).join('-')
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
