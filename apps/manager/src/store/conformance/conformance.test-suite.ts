import { describe } from 'vitest'
import { documentsConformance, keysConformance, lifeConformance } from './documents.test-suite.ts'
import type { OpenHarness } from './harness.test-suite.ts'
import { leaseExpiryConformance, leaseRulesConformance, leasesConformance } from './leases.test-suite.ts'
import {
  conflictsConformance,
  expectationsConformance,
  limitsConformance,
  transactionsConformance,
} from './transactions.test-suite.ts'
import { watchConformance, watchEndConformance, watchOrderConformance } from './watch.test-suite.ts'

/** What every implementation of the store must do, all of it, unchanged. */
export function storeConformance(name: string, open: OpenHarness): void {
  describe(`${name} as a store`, () => {
    describe('documents', () => documentsConformance(open))
    describe('keys', () => keysConformance(open))
    describe('transactions', () => transactionsConformance(open))
    describe('expectations', () => expectationsConformance(open))
    describe('conflicts', () => conflictsConformance(open))
    describe('limits', () => limitsConformance(open))
    describe('watch', () => watchConformance(open))
    describe('the order of a watch', () => watchOrderConformance(open))
    describe('the end of a watch', () => watchEndConformance(open))
    describe('leases', () => leasesConformance(open))
    describe('rules of leases', () => leaseRulesConformance(open))
    describe('the end of a lease', () => leaseExpiryConformance(open))
    describe('opening and closing', () => lifeConformance(open))
  })
}
