import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { callSocket } from '../../apps/manager/test/platform.ts'
import { everyActionInEveryState, type Situation } from '../support/action-matrix.ts'
import { audit } from '../support/audit.ts'
import { changeDescription } from '../support/description.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'
import { upload } from '../support/upload.ts'

/**
 * The table of actions on real QEMU. Every refusal always; of what is allowed whatever needs no guest that has
 * booted, and with VIV_ACTIONS=all (`npm run soak`) everything.
 */
const isWhole = process.env['VIV_ACTIONS'] === 'all'
/** These need a guest that answers. */
const NEED_GUEST: readonly string[] = ['stop', 'reboot', 'suspend']
/** These take a guest's boot, or a deadline, to be reached. */
const SLOW: readonly Situation[] = ['crashed, guest panicked', 'unresponsive']

const MIB = 1024 ** 2
const disks = [{ sizeMib: 8 }]
let viv: Installation
let count = 0
beforeAll(async () => {
  viv = await Installation.create()
  const file = join(viv.root, 'blank.raw')
  await writeFile(file, new Uint8Array(MIB))
  const answer = await upload(viv.root, { name: 'blank', format: 'raw' }, file)
  if (answer === 'cut' || answer.status !== 201) throw new Error(`no blank image: ${JSON.stringify(answer)}`)
  blank = { imageId: answer.body.id, memoryMib: 64, disks, cd: {} }
})
afterEach(async () => {
  letGoOn()
  await madeReadable()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const call = (method: string, path: string, options: { body?: object; headers?: Record<string, string> } = {}) =>
  callSocket(foldersOf(viv.root).apiSocket, method, path, options)
const params = (vm: Vm) => ({ params: { vmId: vm.id } })
const pidOf = async (vm: Vm): Promise<number> => (await viv.qemus()).get(vm.id) ?? Number.NaN

/** An image with nothing on it: its VMs stand in their firmware, and hear no request to stop. */
let blank = {}
const newBlank = (more: object = {}): Promise<Vm> => viv.vmCreate(`vm-${++count}`, { ...blank, ...more })
const stopped = (): Promise<Vm> => newBlank()
const running = (): Promise<Vm> => newBlank({ start: true })

async function booted(): Promise<Vm> {
  const vm = await viv.vmCreate(`vm-${++count}`, { disks, cd: {}, start: true })
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  return vm
}

async function panicked(): Promise<Vm> {
  const vm = await booted()
  using serial = await Serial.open(viv.root, vm.id)
  serial.type('echo c > /proc/sysrq-trigger\r')
  await until('it panicked', async () => (await viv.client.vmGet(params(vm))).state === 'crashed')
  return vm
}

/** An agent that stands still: whatever is begun stays where it is. */
let isHeld = false
async function held(begin: () => Promise<unknown>): Promise<void> {
  viv.agent.kill('SIGSTOP')
  isHeld = true
  await begin()
}

function letGoOn(): void {
  if (isHeld) viv.agent.kill('SIGCONT')
  isHeld = false
}

/** An agent that is older than the one that wrote the description. */
let unreadable: string | undefined
async function descriptionAs(vmId: string, change: (text: string) => string): Promise<void> {
  await viv.kill('agent')
  await changeDescription(viv, vmId, change)
  await viv.startAgent()
  await viv.hostKnown()
}

async function madeReadable(): Promise<void> {
  if (unreadable !== undefined) await descriptionAs(unreadable, (text) => text.replace('"format":2', '"format":1'))
  unreadable = undefined
}

const reach: Readonly<Record<Situation, () => Promise<Vm | string>>> = {
  creating: async () => {
    let id = ''
    const body = { name: `vm-${++count}`, ...blank }
    await held(async () => {
      id = (await viv.client.vmCreate({ body })).target.id
    })
    return id
  },
  stopped,
  starting: async () => {
    const vm = await stopped()
    await held(() => viv.client.vmStart(params(vm)))
    return vm
  },
  running,
  paused: async () => {
    const vm = await running()
    await viv.follow(await viv.client.vmPause(params(vm)))
    return vm
  },
  unresponsive: async () => {
    const vm = await running()
    process.kill(await pidOf(vm), 'SIGSTOP')
    return vm
  },
  stopping: async () => {
    const vm = await running()
    await viv.client.vmStop({ ...params(vm), body: { timeoutSeconds: 10 } })
    return vm
  },
  hibernating: async () => {
    const vm = await running()
    await held(() => viv.client.vmHibernate(params(vm)))
    return vm
  },
  hibernated: async () => {
    const vm = await running()
    await viv.follow(await viv.client.vmHibernate(params(vm)))
    return vm
  },
  'crashed, guest panicked': panicked,
  'crashed, QEMU died': async () => {
    const vm = await running()
    process.kill(await pidOf(vm), 'SIGKILL')
    return vm
  },
  unreadable: async () => {
    const vm = await running()
    await descriptionAs(vm.id, (text) => text.replace('"format":1', '"format":2'))
    unreadable = vm.id
    return vm
  },
  recycled: async () => {
    const vm = await stopped()
    await viv.follow(await viv.client.vmDelete(params(vm)))
    return vm
  },
  deleting: async () => {
    const vm = await stopped()
    await held(() => viv.client.vmPurge(params(vm)))
    return vm
  },
}

everyActionInEveryState(
  () => ({
    call,
    reach: async (situation, deed) => {
      const needsGuest = situation === 'running' && NEED_GUEST.includes(deed)
      // It is added to a VM that is stopped alone.
      const early = deed === 'addCd' ? newBlank({ cd: undefined }) : undefined
      const vm = needsGuest ? await booted() : await (early ?? reach[situation]())
      return typeof vm === 'string' ? vm : vm.id
    },
    release: letGoOn,
  }),
  (situation, deed) => isWhole || !(SLOW.includes(situation) || NEED_GUEST.includes(deed)),
)

test('nothing is left over, and every VM can be got rid of', async () => {
  const { items } = await viv.client.vmList({ query: { limit: '200' } })
  const { items: recycled } = await viv.client.vmList({ query: { limit: '200', state: 'recycled' } })
  for (const vm of [...items, ...recycled]) {
    await until('no task has it', async () => (await viv.client.vmGet(params(vm))).taskId === undefined)
    const now = await viv.client.vmGet(params(vm))
    if (now.pid !== undefined) await viv.follow(await viv.client.vmStop({ ...params(vm), body: { mode: 'force' } }))
    await viv.follow(await viv.client.vmPurge(params(vm)))
  }
  expect(await audit(viv)).toEqual([])
})
