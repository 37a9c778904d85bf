import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import type { Vm } from '@viv/api'
import { AGENT_PATHS, SCREEN_PROTOCOL, SERIAL_PROTOCOL } from '@viv/agent-api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AgentHttp } from '../../apps/manager/src/agents/agent-http.ts'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'
import { Rfb } from '../support/rfb.ts'
import { Serial } from '../support/serial.ts'

/** The screen as the manager gets it: through the agent's socket. */
let viv: Installation
let agent: AgentHttp
beforeAll(async () => {
  viv = await Installation.create()
  agent = new AgentHttp(foldersOf(viv.root).agentSocket)
})
afterAll(async () => {
  agent?.[Symbol.dispose]()
  await viv?.[Symbol.asyncDispose]()
})

const open = (vm: Vm, protocol = SCREEN_PROTOCOL): Promise<Duplex | undefined> =>
  agent.upgrade(AGENT_PATHS.screen.replace(':vmId', vm.id), protocol)

async function look(vm: Vm): Promise<Rfb> {
  const screen = await open(vm)
  if (screen === undefined) throw new Error('the agent shows no screen')
  return new Rfb(screen)
}

const forceStop = async (vm: Vm) =>
  viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))

test('two viewers at once each see the whole screen, and both end when the VM stops', async () => {
  const vm = await viv.vmCreate('seen', { start: true })
  using first = await look(vm)
  using second = await look(vm)
  // Each asks to have it alone, and sends nobody away.
  for (const viewer of [first, second]) {
    const { name, sizeBytes } = await viewer.begin({ isShared: false })
    expect(name).toContain('seen')
    expect(sizeBytes).toBeGreaterThan(0)
    expect((await viewer.picture()).length).toBeGreaterThan(sizeBytes / 2)
  }
  expect((await first.picture()).length).toBeGreaterThan(0)
  // Text of the boot is there sooner or later, and a viewer that leaves takes nothing from the other.
  first[Symbol.dispose]()
  await until('something is shown', async () => new Set(await second.picture()).size > 1)
  using third = await look(vm)
  await third.begin({ isShared: true })
  await forceStop(vm)
  await Promise.all([second.ended, third.ended])
  expect(await open(vm)).toBeUndefined()
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})

test('what is typed at the screen reaches the guest', async () => {
  const vm = await viv.vmCreate('typed', { start: true })
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  // A terminal of the guest that nobody else reads, opened before anything is typed and then shown.
  serial.type('exec 4</dev/tty2; chvt 2; echo re""ady; read word <&4; echo "read-$word"\r')
  await serial.expect('ready')
  using viewer = await look(vm)
  await viewer.begin({ isShared: true })
  viewer.type('seven\n')
  await serial.expect('read-seven')
  await forceStop(vm)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})

test('a viewer that does not read holds up neither the guest nor the agent', async () => {
  const vm = await viv.vmCreate('stuck', { start: true })
  using stuck = await look(vm)
  await stuck.begin({ isShared: true })
  stuck.pause()
  const memory = async () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${viv.agent.pid}/status`, 'utf8'))?.[1]) * 1024
  const before = await memory()
  for (let request = 0; request < 500; request++) stuck.ask()
  using reader = await look(vm)
  await reader.begin({ isShared: true })
  for (let round = 0; round < 20; round++) await reader.picture()
  expect((await memory()) - before).toBeLessThan(32 * 1024 * 1024)
  await viv.follow(await viv.client.vmReset({ params: { vmId: vm.id } }))
  await forceStop(vm)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})

test('viewers leave no connection behind, and an agent that stops does not wait for them', async () => {
  const vm = await viv.vmCreate('watched', { start: true })
  const sockets = async () => (await readdir(`/proc/${viv.agent.pid}/fd`)).length
  const before = await sockets()
  for (let round = 0; round < 5; round++) {
    using viewer = await look(vm)
    await viewer.begin({ isShared: true })
  }
  await expect.poll(sockets).toBeLessThanOrEqual(before)
  using viewer = await look(vm)
  await viewer.begin({ isShared: true })
  const line = await agent.upgrade(AGENT_PATHS.serial.replace(':vmId', vm.id), SERIAL_PROTOCOL)
  const gone = once(viv.agent, 'exit')
  viv.agent.kill('SIGTERM')
  await viewer.ended
  await gone
  line?.destroy()
  await viv.startAgent()
  await viv.hostKnown()
  using again = await look(vm)
  expect((await again.begin({ isShared: true })).name).toContain('watched')
  await forceStop(vm)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})

test('a screen is given to nobody who asks for another protocol, and none to a VM that is not there', async () => {
  const vm = await viv.vmCreate('asked', { start: true })
  expect(await open(vm, SERIAL_PROTOCOL)).toBeUndefined()
  expect(await open({ ...vm, id: '00000000-0000-4000-8000-000000000000' })).toBeUndefined()
  await forceStop(vm)
  expect(await open(vm)).toBeUndefined()
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})

test('QEMU listens for the screen on no address, whatever it is asked', async () => {
  const vm = await viv.vmCreate('quiet', { start: true })
  const inodes = new Set(
    (await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/${vm.pid}/net/${table}`, 'utf8'))))
      .flatMap((text) => text.split('\n').slice(1))
      .map((row) => row.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENING)
      .map((fields) => fields[9]),
  )
  expect(await socketsOf(vm)).not.toEqual([])
  expect((await socketsOf(vm)).filter((inode) => inodes.has(inode))).toEqual([])
  await forceStop(vm)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})

const LISTENING = '0A'

async function socketsOf({ pid }: Vm): Promise<string[]> {
  const fds = await readdir(`/proc/${pid}/fd`)
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
}
