import { expect, test } from 'vitest'
import { changesBetween } from './history.ts'

test('names each leaf that differs, in objects and lists', () => {
  const before = { name: 'web', hardware: { cpus: 1, disks: [{ slot: 1 }] } }
  const after = { name: 'www', hardware: { cpus: 1, disks: [{ slot: 1 }, { slot: 2 }] } }
  expect(changesBetween(before, after)).toEqual([
    { path: 'name', before: 'web', after: 'www' },
    { path: 'hardware.disks.1', after: { slot: 2 } },
  ])
})

test('of what is new there is no before, of what is gone no after', () => {
  expect(changesBetween(undefined, { a: 1 })).toEqual([{ path: '', after: { a: 1 } }])
  expect(changesBetween({ a: 1 }, undefined)).toEqual([{ path: '', before: { a: 1 } }])
  expect(changesBetween({ a: 1 }, {})).toEqual([{ path: 'a', before: 1 }])
})

test('what is equal is no change', () => {
  expect(changesBetween({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([])
})
