/**
 * A browser's session: a cookie that no script can read, that goes over TLS alone, to this very host and path, and
 * with no request that another site's page makes. https://www.rfc-editor.org/rfc/rfc6265#section-4.1
 */
const NAME = '__Host-viv'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

export function sessionCookie(secret: string, expiresAt: string | undefined): string {
  const expires = expiresAt === undefined ? '' : `; Expires=${new Date(expiresAt).toUTCString()}`
  return `${NAME}=${secret}; ${ATTRIBUTES}${expires}`
}

export const NO_SESSION_COOKIE = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`

/** The secret that a request's cookies hold. */
export function secretOf(cookies: string | undefined): string | undefined {
  const pair = cookies?.split(/; */).find((one) => one.startsWith(`${NAME}=`))
  const secret = pair?.slice(NAME.length + 1)
  return secret === '' ? undefined : secret
}
