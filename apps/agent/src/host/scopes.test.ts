import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isSystemdFirst, scopeCommand, vmOfScope } from './scopes.ts'

const VM = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'

test('each start of a VM is a scope of its own, whose name says the VM', () => {
  const units = [1_000, 1_001].map((at) => scopeCommand({ slice: 'vivarium-12345678.slice' }, VM, at))
  expect(units[0]).toEqual([
    'systemd-run',
    '--scope',
    '--quiet',
    '--collect',
    `--unit=vivarium-vm-${VM}-rs.scope`,
    '--slice=vivarium-12345678.slice',
    '--',
  ])
  const ordered = scopeCommand({ slice: 'vivarium-12345678.slice', agentUnit: 'vivarium-agent.service' }, VM, 1)
  expect(ordered.slice(-2)).toEqual(['--property=Before=vivarium-agent.service', '--'])
  expect(units[1]?.[4]).not.toBe(units[0]?.[4])
  expect(vmOfScope(`vivarium-vm-${VM}-rs.scope`)).toBe(VM)
})

test.each(['session-1.scope', `vivarium-vm-${VM}.scope`, `x-vivarium-vm-${VM}-rs.scope`, 'vivarium-vm-x-rs.scope'])(
  '%s is no scope of ours',
  (name) => {
    expect(vmOfScope(name)).toBeUndefined()
  },
)

test('systemd is first where its folder is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viv-systemd-'))
  try {
    expect(await isSystemdFirst(folder)).toBe(true)
    await writeFile(join(folder, 'file'), '')
    expect(await isSystemdFirst(join(folder, 'file'))).toBe(false)
    expect(await isSystemdFirst(join(folder, 'nothing'))).toBe(false)
  } finally {
    await rm(folder, { recursive: true })
  }
})
