/**
 * What callers outside hold instead of a revision: `<store epoch>.<revision>`, opaque to them. A token of another
 * epoch comes from a database that is gone; its holder has to start over.
 */
export type TokenReading =
  | { readonly type: 'revision'; readonly revision: number }
  | { readonly type: 'other_epoch' }
  | { readonly type: 'malformed' }

const TOKEN = /^([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,15})$/

export function tokenEncode(epoch: string, revision: number): string {
  return `${epoch}.${revision}`
}

export function tokenDecode(token: string, epoch: string): TokenReading {
  const [, tokenEpoch, digits] = TOKEN.exec(token) ?? []
  const revision = Number(digits)
  if (tokenEpoch === undefined || !Number.isSafeInteger(revision)) return { type: 'malformed' }
  return tokenEpoch === epoch ? { type: 'revision', revision } : { type: 'other_epoch' }
}
