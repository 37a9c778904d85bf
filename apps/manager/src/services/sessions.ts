import { randomBytes } from 'node:crypto'
import type { AnyListQuery, Page, Session, Token } from '@viv/api'
import { effect, refusal, refuse } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import { hashPassword, makePassword, verifyPassword } from '../auth/passwords.ts'
import type { GrantDoc } from '../domain/access.ts'
import { tokenHistory } from '../domain/history.ts'
import { nameKey } from '../domain/sorted-entries.ts'
import { withoutUndefined } from '../domain/vm.ts'
import type { Documents } from '../store/documents.ts'
import type { Store } from '../store/store.ts'
import { deedOfRequest } from './beginnings.ts'
import { newId, sha256 } from './ids.ts'
import { ListView } from './list-view.ts'
import { LoginLimit } from './login-limit.ts'
import { type Planned, present } from './planned.ts'
import type { ChangeRequest } from './requests.ts'

const ADMINISTRATOR = 'admin'
const SESSION_HOURS = 12
const SECRET_BYTES = 32
const HOUR_MS = 3_600_000
/** Well below a transaction's keys. */
const WRITES_A_TRANSACTION = 90

/** Logins, sessions and tokens. Only hashes of secrets are stored. */
export class SessionService {
  readonly #store: Store
  readonly #documents: Documents
  readonly #limit = new LoginLimit()
  readonly #tokens: ListView<Token>

  constructor(store: Store, documents: Documents) {
    this.#store = store
    this.#documents = documents
    this.#tokens = tokenList(store, documents)
  }

  /** Makes the first administrator; undefined where somebody has been told the password already. */
  async ensureAdministrator(): Promise<string | undefined> {
    return this.#documents.users.find(ADMINISTRATOR)?.value.isTold === true ? undefined : this.#newPassword(false)
  }

  /** The first password was shown. */
  async passwordTold(): Promise<void> {
    const user = this.#documents.users.get(ADMINISTRATOR).value
    await this.#commit([this.#documents.users.write(ADMINISTRATOR, { ...user, isTold: true })])
  }

  /** A new password for the administrator. Every session of the old one ends; tokens have secrets of their own. */
  resetPassword(): Planned<{ userName: string; password: string }> {
    return {
      effects: [effect('password_changed', {})],
      warnings: [],
      blockers: [],
      apply: async () => ({ userName: ADMINISTRATOR, password: await this.#newPassword(true) }),
    }
  }

  async #newPassword(isTold: boolean): Promise<string> {
    const password = makePassword()
    const { users, sessions } = this.#documents
    const user = { passwordHash: await hashPassword(password), changedAt: new Date().toISOString(), isTold }
    // First, so that no session of the old password begins from here on.
    await this.#commit([users.write(ADMINISTRATOR, user)])
    const ended = sessions.list().map(({ id }) => sessions.remove(id))
    for (let from = 0; from < ended.length; from += WRITES_A_TRANSACTION) {
      await this.#commit(ended.slice(from, from + WRITES_A_TRANSACTION))
    }
    return password
  }

  async login(userName: string, password: string, from: string): Promise<Session> {
    this.#limit.check(from)
    // Counted before the wait: a burst of guesses must not pass while the first is being checked.
    this.#limit.failed(from)
    const user = this.#documents.users.find(userName)
    if (user === undefined || !(await verifyPassword(password, user.value.passwordHash)))
      throw refuse('wrong_credentials', {})
    // The password was changed meanwhile: no session of the old one.
    const isStill = this.#documents.users.find(userName)?.value.passwordHash === user.value.passwordHash
    if (!isStill) throw refuse('wrong_credentials', {})
    this.#limit.succeeded(from)
    const secret = makeSecret('vivs')
    const expiresAt = inHours(SESSION_HOURS)
    const grant = { userName, createdAt: new Date().toISOString(), expiresAt }
    await this.#commit([this.#documents.sessions.write(sha256(secret), grant), ...this.#expiredSessions()])
    return { userName, permissions: ['*'], token: secret, expiresAt }
  }

  /** Whose secret this is; undefined where it is nobody's or has expired. */
  authenticate(secret: string): Caller | undefined {
    const grantId = sha256(secret)
    const grant = this.#documents.sessions.find(grantId) ?? this.#documents.tokens.find(grantId)
    if (grant === undefined || isExpired(grant.value)) return undefined
    return {
      userName: grant.value.userName,
      isLocal: false,
      grantId,
      isAdministrator: grant.value.userName === ADMINISTRATOR,
    }
  }

  current(caller: Caller): Session {
    return { userName: caller.userName, permissions: caller.isAdministrator ? ['*'] : [] }
  }

  async logout(caller: Caller): Promise<void> {
    if (caller.grantId !== undefined) await this.#commit([this.#documents.sessions.remove(caller.grantId)])
  }

  tokenList(caller: Caller, query: AnyListQuery): Page<Token> {
    return this.#tokens.page(caller, query)
  }

  tokenCreate(request: ChangeRequest, name: string, days: number | undefined): Planned<Token> {
    const { caller } = request
    return {
      effects: [effect('token_made', { name })],
      warnings: [],
      blockers: [],
      apply: async () => {
        const secret = makeSecret('vivt')
        const grant = withoutUndefined({
          tokenId: newId(),
          name,
          userName: caller.isLocal ? ADMINISTRATOR : caller.userName,
          createdAt: new Date().toISOString(),
          expiresAt: days === undefined ? undefined : inHours(days * 24),
        })
        const history = tokenHistory(grant, deedOfRequest(request))
        const { tokens, outbox } = this.#documents
        await this.#commit([tokens.write(sha256(secret), grant), outbox.write(newId(), history)])
        return { ...tokenView(grant), secret }
      },
    }
  }

  tokenDelete(request: ChangeRequest, tokenId: string): Planned<undefined> {
    const { tokens, outbox } = this.#documents
    const found = tokens.list().find(({ value }) => value.tokenId === tokenId)
    return {
      effects: found === undefined ? [] : [effect('token_withdrawn', { name: found.value.name ?? '' })],
      warnings: [],
      blockers: present(found === undefined ? refusal('not_found', { kind: 'token', id: tokenId }) : undefined),
      apply: async () => {
        if (found === undefined) return undefined
        const history = tokenHistory(found.value, deedOfRequest(request), true)
        await this.#commit([tokens.remove(found.id), outbox.write(newId(), history)])
        return undefined
      },
    }
  }

  /** Expired sessions go with the next login: nobody else needs them gone. */
  #expiredSessions() {
    const { sessions } = this.#documents
    return sessions
      .list()
      .filter(({ value }) => isExpired(value))
      .slice(0, 50)
      .map(({ id }) => sessions.remove(id))
  }

  async #commit(writes: Parameters<Store['transaction']>[0]['writes']): Promise<void> {
    const { revision } = await this.#store.transaction({ writes })
    await this.#documents.users.cache.waitFor(revision)
  }
}

const makeSecret = (prefix: string): string => `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString()
const isExpired = (grant: GrantDoc): boolean =>
  grant.expiresAt !== undefined && Date.parse(grant.expiresAt) <= Date.now()

function tokenView({ tokenId, name, createdAt, expiresAt }: GrantDoc): Token {
  return withoutUndefined({ id: tokenId ?? '', name: name ?? '', createdAt, expiresAt })
}

function tokenList(store: Store, documents: Documents): ListView<Token> {
  return new ListView<Token>(
    { store, documents },
    {
      kind: 'token',
      usualSort: 'name',
      shape: {
        sorts: { name: ({ name }) => nameKey(name), createdAt: ({ createdAt }) => createdAt },
        facets: { name: ({ name }) => name.toLowerCase() },
        text: ({ name }) => name,
      },
      ids: () => documents.tokens.ids(),
      view: (id) => {
        const found = documents.tokens.find(id)
        return found === undefined ? undefined : tokenView(found.value)
      },
      affected: ({ kind, id }) => (kind === 'token' ? [id] : []),
    },
  )
}
