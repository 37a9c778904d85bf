import type { OpHandlers } from '@viv/agent/sim'
import type { Vm } from '@viv/api'
import { refuse } from '@viv/common'
import { afterEach, describe, expect, test } from 'vitest'
import { Platform } from './platform.ts'

/**
 * The generic test of every workflow: each operation on the host fails in turn, or is begun by an agent that is
 * restarted under it. Afterwards what was wanted holds, or the state before holds, and nothing is left over.
 */
interface Case {
  readonly name: string
  readonly ops: readonly (keyof OpHandlers)[]
  /** Makes what the work needs; answers the call that begins it. */
  readonly prepare: (platform: Platform) => Promise<{ method: string; path: string; body?: object }>
}

const cases: Case[] = [
  {
    name: 'vmCreate',
    ops: ['imageBuild', 'vmDefine', 'volumeCreate'],
    prepare: async (platform) => {
      const body = { name: 'web', imageId: await platform.imageId(), disks: [{ sizeMib: 64 }] }
      return { method: 'POST', path: '/v1/vms?wait=30', body }
    },
  },
  {
    name: 'vmStart',
    ops: ['vmStart'],
    prepare: async (platform) => ({
      method: 'POST',
      path: `/v1/vms/${await platform.vm('web')}/actions/start?wait=30`,
    }),
  },
  {
    name: 'vmStop',
    ops: ['vmStop'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/stop?wait=30`, body: {} }
    },
  },
  {
    name: 'vmPause',
    ops: ['vmPause'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/pause?wait=30` }
    },
  },
  {
    name: 'vmResume',
    ops: ['vmResume'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      await platform.call('POST', `/v1/vms/${vmId}/actions/pause?wait=30`)
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/resume?wait=30` }
    },
  },
  {
    name: 'vmReboot',
    ops: ['vmReboot'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/reboot?wait=30`, body: {} }
    },
  },
  {
    name: 'vmHibernate',
    ops: ['vmHibernate'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/hibernate?wait=30` }
    },
  },
  ...(['vmWake', 'vmDiscard'] as const).map(
    (op): Case => ({
      name: op,
      ops: [op],
      prepare: async (platform) => {
        const vmId = await platform.vm('web', { start: true })
        await platform.call('POST', `/v1/vms/${vmId}/actions/hibernate?wait=30`)
        return { method: 'POST', path: `/v1/vms/${vmId}/actions/${op === 'vmWake' ? 'start' : 'discard'}?wait=30` }
      },
    }),
  ),
  {
    name: 'vmReset',
    ops: ['vmReset'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/reset?wait=30` }
    },
  },
  {
    name: 'vmDelete',
    ops: ['vmUndefine', 'volumeDelete'],
    prepare: async (platform) => ({ method: 'DELETE', path: `/v1/vms/${await platform.vm('web')}?purge=true&wait=30` }),
  },
  {
    name: 'vmSuspend',
    ops: ['vmSuspend'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/suspend?wait=30`, body: {} }
    },
  },
  {
    name: 'vmChangeDisc',
    ops: ['vmChangeDisc'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { cd: {}, start: true })
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/change-disc?wait=30`, body: {} }
    },
  },
  {
    name: 'vmClone',
    ops: ['vmDefine', 'volumeCopy'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web')
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/clone?wait=30`, body: { name: 'web-2' } }
    },
  },
  {
    name: 'vmPurge',
    ops: ['vmUndefine', 'volumeDelete'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web')
      await platform.call('DELETE', `/v1/vms/${vmId}?wait=30`)
      return { method: 'POST', path: `/v1/vms/${vmId}/actions/purge?wait=30` }
    },
  },
  {
    name: 'vmDiskAdd',
    ops: ['volumeCreate', 'vmConfigure'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web')
      return { method: 'POST', path: `/v1/vms/${vmId}/disks?wait=30`, body: { sizeMib: 64, bus: 'scsi' } }
    },
  },
  {
    name: 'vmDiskRemove',
    ops: ['vmConfigure', 'volumeDelete'],
    prepare: async (platform) => {
      const vmId = await platform.vm('web', { disks: [{ sizeMib: 64 }] })
      const { hardware } = (await platform.call('GET', `/v1/vms/${vmId}`)).body as unknown as Vm
      return { method: 'DELETE', path: `/v1/vms/${vmId}/disks/${hardware.disks[1]?.volumeId}?wait=30` }
    },
  },
  {
    name: 'vmNicAdd',
    ops: ['vmConfigure'],
    prepare: async (platform) => ({
      method: 'POST',
      path: `/v1/vms/${await platform.vm('web')}/nics?wait=30`,
      body: {},
    }),
  },
  {
    name: 'vmNicRemove',
    ops: ['vmConfigure'],
    prepare: async (platform) => {
      const forwards = [{ protocol: 'tcp', bind: 'loopback', hostPort: 2222, guestPort: 22 }]
      const vmId = await platform.vm('web', { forwards })
      const { hardware } = (await platform.call('GET', `/v1/vms/${vmId}`)).body as unknown as Vm
      return { method: 'DELETE', path: `/v1/vms/${vmId}/nics/${hardware.nics[0]?.mac}?wait=30` }
    },
  },
  {
    name: 'vmCdAdd',
    ops: ['vmConfigure'],
    prepare: async (platform) => ({ method: 'POST', path: `/v1/vms/${await platform.vm('web')}/cd?wait=30` }),
  },
  {
    name: 'vmCdRemove',
    ops: ['vmConfigure'],
    prepare: async (platform) => ({
      method: 'DELETE',
      path: `/v1/vms/${await platform.vm('web', { cd: {} })}/cd?wait=30`,
    }),
  },
  {
    name: 'imageDelete',
    ops: ['volumeDelete'],
    prepare: async (platform) => {
      const imageId = await platform.imageId()
      await platform.call('POST', `/v1/images/${imageId}/actions/build?wait=30`)
      return { method: 'DELETE', path: `/v1/images/${imageId}?wait=30` }
    },
  },
]

let platform: Platform | undefined
afterEach(() => platform?.[Symbol.asyncDispose]())

/** Everything that can be left over, in comparable form. */
function remains(at: Platform) {
  const { documents } = at.manager!.parts
  const { world } = at.agent!.host
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).sort()
  return {
    vms: documents.vms.list().map(({ id, value }) => [id, value.lifecycle, value.hardware, value.keys]),
    images: documents.images.list().map(({ value }) => value.state),
    keys: [documents.vmNames, documents.vmUids, documents.macs, documents.ports].map((each) => ids(each.list())),
    claims: ids(documents.claims.list()),
    configs: [...world.configs.keys()],
    states: [...world.statuses.values()].map(({ state }) => state),
  }
}

describe.each(cases)('$name', ({ ops, prepare }) => {
  test.each(ops)('when "%s" fails, the state before holds or the work is done; nothing is left over', async (op) => {
    let isArmed = false
    const failOnce = (handlers: OpHandlers): OpHandlers => failing(handlers, op, () => isArmed && !(isArmed = false))
    platform = await Platform.start({ wrapHandlers: failOnce })
    const { method, path, body } = await prepare(platform)
    const before = remains(platform)
    const volumesBefore = platform.agent!.host.world.volumes.size
    isArmed = true
    const answer = await platform.call(method, path, body === undefined ? {} : { body })
    expect(isArmed).toBe(false)
    expect(answer.status).toBe(202)
    if (answer.body['state'] === 'failed') {
      expect(answer.body['error']).toMatchObject({
        code: 'insufficient_storage',
        message: expect.stringContaining('has no room'),
      })
      // The image is built before a VM's own steps, and stays.
      const isBuiltNow = before.images[0] === 'available' && op !== 'imageBuild'
      const built = isBuiltNow ? { images: ['ready'] } : {}
      expect(remains(platform)).toEqual({ ...before, ...built })
      expect(platform.agent!.host.world.volumes.size).toBe(volumesBefore + ('images' in built ? 1 : 0))
    } else {
      // Only a forward step may fail and the task still succeed: it was done again.
      expect(answer.body['state']).toBe('succeeded')
      expect(op).toBe('volumeDelete')
      expect(platform.manager!.parts.documents.claims.list()).toEqual([])
    }
  })

  test.each(ops)('when the agent is restarted in "%s", the work goes on by itself', async (op) => {
    const begun = Promise.withResolvers<void>()
    let isArmed = false
    const hangOnce = (handlers: OpHandlers): OpHandlers =>
      hanging(handlers, op, () => {
        if (!isArmed) return false
        isArmed = false
        begun.resolve()
        return true
      })
    platform = await Platform.start({ wrapHandlers: hangOnce })
    const { method, path, body } = await prepare(platform)
    isArmed = true
    const answering = platform.call(method, path, body === undefined ? {} : { body })
    await begun.promise
    const { world } = platform.agent!.host
    await platform.stopAgent()
    await platform.startAgent()
    Object.assign(platform.agent!.host.world, world)
    const answer = await answering
    expect(answer.body['state']).toBe('succeeded')
    expect(platform.manager!.parts.documents.claims.list()).toEqual([])
  })
})

type AnyHandler = { run: (input: never, context: { signal: AbortSignal }) => Promise<unknown> }

function failing(handlers: OpHandlers, op: keyof OpHandlers, isNow: () => boolean): OpHandlers {
  return wrapped(handlers, op, (handler) => async (input, context) => {
    if (isNow()) throw refuse('datastore_full', { datastore: 'local', neededMib: 1 })
    return handler.run(input, context)
  })
}

function hanging(handlers: OpHandlers, op: keyof OpHandlers, isNow: () => boolean): OpHandlers {
  return wrapped(handlers, op, (handler) => async (input, context) => {
    if (!isNow()) return handler.run(input, context)
    return new Promise((_resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error))
    })
  })
}

function wrapped(
  handlers: OpHandlers,
  op: keyof OpHandlers,
  wrap: (handler: AnyHandler) => AnyHandler['run'],
): OpHandlers {
  const handler = handlers[op] as unknown as AnyHandler
  return { ...handlers, [op]: { ...handler, run: wrap(handler) } }
}
