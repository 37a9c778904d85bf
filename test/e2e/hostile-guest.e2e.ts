import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { GuestAgent } from '@viv/qmp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

/** Guests whose agent means harm. Whoever is root in a guest decides what its agent says. */
let viv: Installation
let other: Vm
beforeAll(async () => {
  viv = await Installation.create()
  other = await viv.vmCreate('other', { start: true, memoryMib: 64 })
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const PORT = '/dev/virtio-ports/org.qemu.guest_agent.0'
const MIB = 1024 * 1024
const MOST_AGENT_MEMORY_BYTES = 64 * MIB
/** What anybody waits for an answer while the agent of the host talks to a hostile guest. */
const LONGEST_ANSWER_MS = 2_000

const FLOOD = [`exec cat /dev/zero > ${PORT}`]
/** Made before: one by one, a guest on a busy host makes too few of them for a flood. */
const NEWLINES = [
  "yes '' | head -c 1048576 > /tmp/line-feeds",
  `exec 3>${PORT}`,
  'while cat /tmp/line-feeds >&3; do :; done',
]
const JSON_FLOOD = [`exec yes '{"return": {}, "id": 1}' > ${PORT}`]
/** Answers the synchronization as it should, and takes every request without doing anything. */
const LIAR = [
  `exec 3<>${PORT}`,
  'while read -r line <&3; do',
  String.raw`  set -- $(echo "$line" | sed -n 's/.*guest-sync-delimited","arguments":{"id":\([0-9]*\)},"id":\([0-9]*\)}.*/\1 \2/p')`,
  String.raw`  [ -n "$1" ] && printf '\377{"return": %s, "id": %s}\n' "$1" "$2" >&3`,
  'done',
]
/** Answers half of the synchronization, and is gone. */
const HALF = [`exec 3<>${PORT}`, 'read -r line <&3', String.raw`printf '\377{"return": 12' >&3`]

async function agentMemory(): Promise<number> {
  const status = await readFile(`/proc/${viv.agent.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

/** In place of the guest's own: init starts it again and again. */
async function replaceAgent(vm: Vm, script: readonly string[]): Promise<void> {
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  const say = async (command: string) => {
    serial.type(`${command}; echo do""ne\r`)
    await serial.expect('done')
    await serial.expect('# ')
  }
  // In pieces, each after the one before: a busy guest's serial port loses what it has not read in time.
  const text = Buffer.from(['#!/bin/sh', ...script, ''].join('\n')).toString('base64')
  for (const piece of text.match(/.{1,60}/g) ?? []) await say(`echo ${piece} >> /tmp/script`)
  await say('base64 -d /tmp/script > /lib/micro/guest-agent')
  await say('killall qemu-ga')
}

/** What somebody meets who synchronizes with the guest's agent. */
async function meet(vm: Vm): Promise<string> {
  const path = join(foldersOf(viv.root).vmRun, vm.id, 'io', 'guest-agent')
  try {
    const agent = await GuestAgent.connect(path, { timeoutMs: 2_000, syncTimeoutMs: 2_000 })
    agent.close()
    return 'an agent'
  } catch (error) {
    return (error as Error).message
  }
}

/** The longest that somebody waited who wanted something of another VM meanwhile. */
async function othersMeanwhile(work: Promise<unknown>): Promise<number> {
  let isOver = false
  let longestMs = 0
  const end = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const startedAt = performance.now()
    await viv.follow(await viv.client.vmReset({ params: { vmId: other.id } }))
    longestMs = Math.max(longestMs, performance.now() - startedAt)
  }
  await end
  return longestMs
}

test.each([
  { name: 'floods with zeros', script: FLOOD, timeoutSeconds: 60, met: /answer nothing/ },
  { name: 'floods with line feeds', script: NEWLINES, timeoutSeconds: 60, met: /answer nothing/ },
  { name: 'floods with JSON', script: JSON_FLOOD, timeoutSeconds: 60, met: /answer nothing/ },
  { name: 'answers by half', script: HALF, timeoutSeconds: 60, met: /no answer within/ },
  { name: 'takes the request and does nothing', script: LIAR, timeoutSeconds: 20, met: /an agent/ },
])(
  'a guest whose agent $name is stopped by its power button in time, and disturbs nobody',
  async ({ name, script, timeoutSeconds, met }) => {
    const vm = await viv.vmCreate(name.replaceAll(' ', '-'), { start: true })
    const params = { vmId: vm.id }
    await replaceAgent(vm, script)
    await expect.poll(() => meet(vm), { timeout: 30_000 }).toMatch(met)
    const before = await agentMemory()
    const startedAt = Date.now()
    const stopping = viv.client.vmStop({ params, body: { timeoutSeconds } }).then((task) => viv.follow(task))
    expect(await othersMeanwhile(stopping)).toBeLessThan(LONGEST_ANSWER_MS)
    expect((await stopping).output).toMatchObject({ stop: { by: 'acpi' } })
    expect(Date.now() - startedAt).toBeLessThan(timeoutSeconds * 1000)
    expect((await agentMemory()) - before).toBeLessThan(MOST_AGENT_MEMORY_BYTES)
    expect(await viv.client.vmGet({ params })).toMatchObject({ state: 'stopped', exit: { cause: 'powered_off' } })
    await viv.follow(await viv.client.vmPurge({ params }))
    expect(await audit(viv)).toEqual([])
  },
)
