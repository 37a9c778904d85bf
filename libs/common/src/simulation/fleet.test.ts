import * as fc from 'fast-check'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { Uuid } from '../vm/hardware.ts'
import { isVmUidIndex } from '../vm/uids.ts'
import { FLEET_LIMITS, fleetHost, fleetVm, fleetVmsOf, type FleetSize } from './fleet.ts'

const LARGEST: FleetSize = FLEET_LIMITS

test('no two machines of the largest platform share an id, name, MAC, uid or volume', () => {
  const ids = new Set<string>()
  const [names, macs, uids] = [new Set<string>(), new Set<string>(), new Set<number>()]
  for (let index = 0; index < LARGEST.vms; index++) {
    const vm = fleetVm(LARGEST, index)
    ids.add(vm.vmId).add(vm.volumeId)
    names.add(vm.name)
    macs.add(vm.mac)
    uids.add(vm.uidIndex)
  }
  for (let index = 0; index < LARGEST.hosts; index++) ids.add(fleetHost(index).hostId)
  expect(ids.size).toBe(2 * LARGEST.vms + LARGEST.hosts)
  expect([names.size, macs.size, uids.size]).toEqual([LARGEST.vms, LARGEST.vms, LARGEST.vms])
  expect([...uids].every(isVmUidIndex)).toBe(true)
})

test('every VM fits the contract, and has been started after it was made', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LARGEST.vms - 1 }), fc.integer({ min: 1, max: 2_000 }), (index, hosts) => {
      const vm = fleetVm({ hosts, vms: LARGEST.vms }, index)
      expect(Value.Check(Uuid, vm.vmId) && Value.Check(Uuid, vm.volumeId)).toBe(true)
      expect(vm.mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/)
      expect(vm.name).toMatch(/^[a-z]+-\d{5,6}$/)
      expect(vm.hostIndex).toBeLessThan(hosts)
      expect(vm.startedAt >= vm.createdAt && vm.startedAt <= '2026-01-01').toBe(true)
      // Whoever asks again is told the same.
      expect(fleetVm({ hosts, vms: 1 }, index)).toEqual(vm)
    }),
  )
})

test('every VM is on one host, as both sides see it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 300 }), (hosts, vms) => {
      const seen = Array.from({ length: hosts }, (_, host) => [...fleetVmsOf({ hosts, vms }, host)])
      for (const [host, indexes] of seen.entries()) {
        for (const index of indexes) expect(fleetVm({ hosts, vms }, index).hostIndex).toBe(host)
      }
      expect(seen.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: vms }, (_, index) => index))
    }),
  )
})

test('machines differ, and most of them run', () => {
  const vms = Array.from({ length: 10_000 }, (_, index) => fleetVm(LARGEST, index))
  const count = (state: string) => vms.filter((vm) => vm.state === state).length
  expect(count('running')).toBeGreaterThan(7_500)
  for (const state of ['stopped', 'paused', 'crashed']) expect(count(state)).toBeGreaterThan(50)
  expect(new Set(vms.map(({ name }) => name.split('-')[0])).size).toBeGreaterThan(10)
  expect(new Set(vms.map(({ cpus, memoryMib }) => `${cpus}/${memoryMib}`)).size).toBeGreaterThan(15)
  expect(new Set(Array.from({ length: 100 }, (_, index) => fleetHost(index).memoryMib)).size).toBeGreaterThan(5)
})
