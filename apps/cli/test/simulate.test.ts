import { fleetHost, fleetVm } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SimulatedPlatform } from '../../manager/test/simulated-platform.ts'
import { Viv } from './viv.ts'

const SIZE = { hosts: 2, vms: 20 }
const running = Array.from({ length: SIZE.vms }, (_, index) => fleetVm(SIZE, index)).find(
  ({ state }) => state === 'running',
)!
const { name: host } = fleetHost(running.hostIndex)

let platform: SimulatedPlatform
let viv: Viv

beforeAll(async () => {
  platform = await SimulatedPlatform.start(SIZE)
  viv = new Viv({ VIV_ROOT: platform.folders.root! })
})
afterAll(async () => {
  viv?.[Symbol.dispose]()
  await platform?.[Symbol.asyncDispose]()
})

test('asks for faults, shows them, and ends them', async () => {
  expect(await viv.run(['simulate', 'slow', host, '40'])).toMatchObject({ code: 0 })
  const failed = await viv.run(['simulate', 'fail', host, 'vmStop', '--times', '1'])
  expect(failed).toMatchObject({ code: 0 })
  expect(failed.stdout).toMatch(new RegExp(`^${host} +yes +40 ms +vmStop 1 times$`, 'm'))
  expect(await viv.run(['vm', 'stop', running.name])).toMatchObject({ code: 1 })
  expect(await viv.run(['simulate', 'clear', host])).toMatchObject({ code: 0, stdout: '' })
  expect(await viv.run(['vm', 'stop', running.name])).toMatchObject({ code: 0 })
})

test('makes a host unreachable and lets it come back', async () => {
  expect((await viv.run(['simulate', 'unreachable', host])).stdout).toMatch(new RegExp(`^${host} +no +- +-$`, 'm'))
  await platform.untilReachable(1)
  expect((await viv.run(['host', 'list'])).stdout).toMatch(new RegExp(`^${host} +silent`, 'm'))
  expect(await viv.json(['simulate', 'reachable', host])).toMatchObject({ hosts: 2, vms: 20, faults: [] })
  await platform.untilReachable()
})

test('lets a VM die', async () => {
  await viv.run(['vm', 'start', running.name])
  expect(await viv.run(['simulate', 'vm', running.name, 'die'])).toMatchObject({ code: 0 })
  await expect.poll(async () => (await viv.json(['vm', 'show', running.name]))['state']).toBe('crashed')
})

test.each([
  [['simulate', 'slow', 'sim-9999', '1'], 1, 'There is no host "sim-9999"'],
  [['simulate', 'fail', host, 'vmBegin'], 1, 'is none of vmDefine'],
  [['simulate', 'fail', host, 'vmStart', '--fact', 'name'], 2, '--fact wants name=value'],
  [['simulate', 'vm', running.name, 'explode'], 2, 'can die, power-off, panic'],
  [['simulate', 'slow', host, 'long'], 2, 'is no whole number'],
])('%j is refused with its reason', async (args, code, words) => {
  const said = await viv.run(args)
  expect(said.code).toBe(code)
  expect(said.stderr).toContain(words)
})

test('says how to start a simulated platform where none runs', async () => {
  using elsewhere = new Viv({ VIV_ROOT: '/nonexistent' })
  const said = await elsewhere.run(['simulate', 'show'])
  expect(said).toMatchObject({ code: 3 })
  expect(said.stderr).toContain('viv up --simulate')
})
