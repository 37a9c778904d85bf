import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { serializeTransaction } from '../limits.ts'
import { put } from '../conformance/harness.test-suite.ts'
import type { LogLimits } from './change-log.ts'
import { Engine } from './engine.ts'
import { settleWrites } from './group-commit.ts'
import { temporaryFolder } from './harness.test-suite.ts'
import { Leases } from './leases.ts'
import type { Call, WriteRequest } from './protocol.ts'
import { openDatabase } from './schema.ts'

const LOG_LIMITS: LogLimits = { maxTransactions: 1000, maxAgeMs: 60_000 }

interface Fixture {
  readonly database: DatabaseSync
  readonly path: string
  readonly clock: { nowMs: number }
}

async function withDatabase(body: (fixture: Fixture) => void): Promise<void> {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'store.db')
  const database = openDatabase(path)
  try {
    body({ database, path, clock: { nowMs: 1_000_000 } })
  } finally {
    database.close()
  }
}

const write = (id: string, pad = ''): Call<WriteRequest> => ({
  call: 1,
  type: 'transaction',
  transaction: serializeTransaction({ writes: [put('vm', id, { pad })] }),
})

const pragma = (database: DatabaseSync, name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name]

test('commits are synced to the disk', () =>
  withDatabase(({ database }) => {
    expect(pragma(database, 'journal_mode')).toBe('wal')
    expect(pragma(database, 'synchronous')).toBe(2)
  }))

describe('a full disk', () => {
  test('refuses the whole group, changes nothing, and is over as soon as there is room', () =>
    withDatabase(({ database, clock }) => {
      const engine = new Engine(database, LOG_LIMITS, () => clock.nowMs)
      const leases = new Leases(engine, () => clock.nowMs)
      settleWrites(engine, leases, [write('a')])
      const before = engine.revision
      database.exec(`PRAGMA max_page_count = ${Number(pragma(database, 'page_count')) + 4}`)

      const lease = { call: 2, type: 'lease', key: 'host.1', ttlMs: 1000, holder: '{}' } as const
      const refused = settleWrites(engine, leases, [lease, write('b'), write('c', 'x'.repeat(900_000))])
      expect(refused.committed).toEqual([])
      expect(refused.answers).toHaveLength(3)
      for (const answer of refused.answers) expect(answer).toMatchObject({ failure: { type: 'full' } })
      expect(engine.revision).toBe(before)
      expect(engine.get('vm', 'b')).toBeUndefined()
      expect(leases.nextExpiryMs).toBeUndefined()

      database.exec('PRAGMA max_page_count = 100000')
      const settled = settleWrites(engine, leases, [lease, write('c', 'x'.repeat(900_000))])
      expect(settled.answers).toMatchObject([
        { result: { revision: before + 1 } },
        { result: { revision: before + 2 } },
      ])
    }))

  test('does not end a lease whose owner renews it', () =>
    withDatabase(({ database, clock }) => {
      const engine = new Engine(database, LOG_LIMITS, () => clock.nowMs)
      const leases = new Leases(engine, () => clock.nowMs)
      const lease = { call: 1, type: 'lease', key: 'host.1', ttlMs: 1000, holder: '{}' } as const
      settleWrites(engine, leases, [lease])
      database.exec(`PRAGMA max_page_count = ${Number(pragma(database, 'page_count'))}`)
      clock.nowMs += 900
      const renew = { call: 2, type: 'renew', key: 'host.1', revision: engine.revision } as const
      const { answers } = settleWrites(engine, leases, [write('c', 'x'.repeat(900_000)), renew])
      expect(answers).toMatchObject([{ call: 2, result: true }, { failure: { type: 'full' } }])
      clock.nowMs += 900
      settleWrites(engine, leases, [])
      expect(engine.get('lease', 'host.1')).toBeDefined()
    }))
})

describe('the log', () => {
  test('keeps what is young enough and within its count, across reopening', () =>
    withDatabase(({ database, clock }) => {
      const open = () => new Engine(database, { maxTransactions: 20, maxAgeMs: 1000 }, () => clock.nowMs)
      const engine = open()
      const leases = new Leases(engine, () => clock.nowMs)
      for (let n = 1; n <= 100; n++) settleWrites(engine, leases, [write(`v-${n}`)])
      expect(engine.changesAfter(79)).toEqual({ oldestRevision: 80 })
      expect(engine.changesAfter(80)).toMatchObject({ transactions: { length: 20 } })
      expect(open().changesAfter(79)).toEqual({ oldestRevision: 80 })

      clock.nowMs += 2000
      settleWrites(engine, leases, [write('young')])
      expect(engine.changesAfter(99)).toEqual({ oldestRevision: 100 })
      expect(engine.changesAfter(100)).toMatchObject({ transactions: [{ revision: 101 }] })
      expect(open().revision).toBe(101)
    }))

  test('drops a long past in bounded steps and catches up', () =>
    withDatabase(({ database, clock }) => {
      const large = new Engine(database, LOG_LIMITS, () => clock.nowMs)
      const leases = new Leases(large, () => clock.nowMs)
      settleWrites(
        large,
        leases,
        Array.from({ length: 500 }, (_, n) => write(`v-${n}`)),
      )
      const engine = new Engine(database, { maxTransactions: 10, maxAgeMs: 60_000 }, () => clock.nowMs)
      const oldest = (): number => {
        const page = engine.changesAfter(0)
        return 'oldestRevision' in page ? page.oldestRevision : 0
      }
      const steps: number[] = []
      for (let n = 0; n < 12; n++) {
        settleWrites(engine, new Leases(engine, () => clock.nowMs), [write('next')])
        steps.push(oldest())
      }
      expect(steps[0]).toBe(65)
      expect(steps.at(-1)).toBe(512 - 10)
    }))

  test('is read in pages that stay small', () =>
    withDatabase(({ database, clock }) => {
      const engine = new Engine(database, LOG_LIMITS, () => clock.nowMs)
      const leases = new Leases(engine, () => clock.nowMs)
      for (let n = 0; n < 5; n++) settleWrites(engine, leases, [write('v', 'x'.repeat(600_000))])
      expect(engine.changesAfter(0)).toMatchObject({ transactions: [{ revision: 1 }, { revision: 2 }] })
      expect(engine.changesAfter(2)).toMatchObject({ transactions: [{ revision: 3 }, { revision: 4 }] })
      expect(engine.changesAfter(5)).toEqual({ transactions: [] })
    }))
})

test('leases of an earlier owner of the database are over when it is opened again', () =>
  withDatabase(({ database, clock }) => {
    const engine = new Engine(database, LOG_LIMITS, () => clock.nowMs)
    const lease = { call: 1, type: 'lease', key: 'host.1', ttlMs: 60_000, holder: '{}' } as const
    settleWrites(engine, new Leases(engine, () => clock.nowMs), [lease])
    const reopened = new Engine(database, LOG_LIMITS, () => clock.nowMs)
    const ended = reopened.group(() => new Leases(reopened, () => clock.nowMs).endAllOfEarlierOwners())
    expect(ended).toMatchObject([{ changes: '[{"kind":"lease","id":"host.1"}]' }])
    expect(reopened.get('lease', 'host.1')).toBeUndefined()
  }))
