import { OP_INPUTS } from '@viv/agent-api'
import { isVmUidIndex, UIDS_EACH } from '@viv/common'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const configs = (count: number) =>
  Array.from({ length: count }, (_, n) => readConfig(n === 0 ? [] : ['--root', `/srv/${n}`], 'test'))

test("the machine's own installation keeps the numbers that its files on disk have", () => {
  expect(configs(1)[0]).toMatchObject({ uidBase: 2_000_000_000, imagesGid: 2_000_065_536, toolUid: 2_000_065_537 })
})

test('ranges of installations never overlap in part, and stay below 2^31', () => {
  const bases = new Set(configs(3_000).map(({ uidBase }) => uidBase))
  const sorted = [...bases].sort((a, b) => a - b)
  for (const [n, base] of sorted.entries()) {
    expect(base + UIDS_EACH).toBeLessThanOrEqual(sorted[n + 1] ?? 2 ** 31)
  }
  expect(sorted.length).toBeGreaterThan(900)
})

test("no VM's uid is the group of the images or the tools' user, and there is room for 100 000", () => {
  const [config] = configs(1)
  const indexes = Array.from({ length: UIDS_EACH + 2 }, (_, n) => n - 1).filter(isVmUidIndex)
  expect(indexes.length).toBeGreaterThan(100_000)
  const uids = new Set(indexes.map((index) => config!.uidBase + index))
  expect(uids.has(config!.imagesGid) || uids.has(config!.toolUid)).toBe(false)
})

test('the contract takes exactly these indexes', () => {
  const { uidIndex } = OP_INPUTS.vmDefine.properties.config.properties
  for (const index of [-1, 0, 65_535, 65_536, 65_537, 65_538, UIDS_EACH - 1, UIDS_EACH, 1.5]) {
    expect(Value.Check(uidIndex, index), String(index)).toBe(isVmUidIndex(index) && Number.isInteger(index))
  }
})
