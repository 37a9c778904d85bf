/** A session or a token, under the SHA-256 of its secret. */
export interface GrantDoc {
  readonly tokenId?: string
  readonly name?: string
  readonly userName: string
  readonly createdAt: string
  readonly expiresAt?: string
}
