import { describe, expect, test } from 'vitest'
import { tokenDecode, tokenEncode } from './tokens.ts'

const EPOCH = 'Zk3_a-9'

describe('tokens', () => {
  test.each([0, 1, 42, Number.MAX_SAFE_INTEGER])('revision %i comes back from its token', (revision) => {
    expect(tokenDecode(tokenEncode(EPOCH, revision), EPOCH)).toEqual({ type: 'revision', revision })
  })

  test('a token of another database is told apart from a damaged one', () => {
    expect(tokenDecode(tokenEncode('other', 7), EPOCH)).toEqual({ type: 'other_epoch' })
  })

  test.each(['', '.', EPOCH, `${EPOCH}.`, '.5', `${EPOCH}.-1`, `${EPOCH}.1.5`, `${EPOCH}.01`, `${EPOCH}.1e3`])(
    'refuses %j as malformed',
    (token) => {
      expect(tokenDecode(token, EPOCH)).toEqual({ type: 'malformed' })
    },
  )

  test('refuses a revision that a number cannot hold exactly', () => {
    expect(tokenDecode(`${EPOCH}.9007199254740993`, EPOCH)).toEqual({ type: 'malformed' })
  })
})
