import { expect, test } from 'vitest'
import { hashPassword, makePassword, verifyPassword } from './passwords.ts'

test('a password is known again, and another is not', async () => {
  const stored = await hashPassword('correct horse')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=4\$/)
  expect(await verifyPassword('correct horse', stored)).toBe(true)
  expect(await verifyPassword('correct horsf', stored)).toBe(false)
})

test('the same password is stored differently each time', async () => {
  expect(await hashPassword('x')).not.toBe(await hashPassword('x'))
})

test('made passwords are long, readable and never the same', () => {
  const made = new Set(Array.from({ length: 200 }, makePassword))
  expect(made.size).toBe(200)
  for (const password of made) expect(password).toMatch(/^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$/)
})

test('what is no argon2id string is a fault, not a wrong password', async () => {
  await expect(verifyPassword('x', 'plain')).rejects.toThrow('not an argon2id string')
})
