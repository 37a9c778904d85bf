import { expect, test } from 'vitest'
import { cdArguments } from '../qemu/cd-argv.ts'
import { machineHash, machineProblem } from './hibernation.ts'

const argv = ['qemu-system-x86_64', '-name', 'guest=web', '-machine', 'pc-q35-7.2', '-m', '64M']
const saved = { accelerator: 'tcg', qemuVersion: '7.2.22 (Debian 1:7.2)', machineHash: machineHash(argv) } as const
const now = { accelerator: 'tcg', qemuVersion: saved.qemuVersion, argv }

test('the same machine takes its memory, also under another name and when it waits for it', () => {
  expect(machineProblem(saved, now)).toBeUndefined()
  expect(machineProblem(saved, { ...now, argv: argv.with(2, 'guest=www') })).toBeUndefined()
  expect(machineProblem(saved, { ...now, argv: [...argv, '-incoming', 'defer'] })).toBeUndefined()
})

test.each(['7.2.22', '7.2.23', '7.10.0', '8.0', '8.0 (Debian 1:9)', '10.0.2 (Debian 1:10)'])(
  'QEMU %s takes it',
  (qemuVersion) => {
    expect(machineProblem(saved, { ...now, qemuVersion })).toBeUndefined()
  },
)

test.each(['7.2.21', '7.1.90', '6.9', '7.2'])('QEMU %s is older and does not', (qemuVersion) => {
  expect(machineProblem(saved, { ...now, qemuVersion })).toContain('older')
})

test('another accelerator or other hardware does not', () => {
  expect(machineProblem(saved, { ...now, accelerator: 'kvm' })).toContain('would run under kvm')
  expect(machineProblem(saved, { ...now, argv: argv.with(-1, '128M') })).toContain('virtual hardware')
})

test('a disc is no part of the machine: its memory goes into the drive with another one, or with none', () => {
  const words = (volumeId?: string) => {
    const disc = volumeId === undefined ? {} : { disc: { imageId: volumeId, volumeId } }
    return [...argv, ...cdArguments({ bus: 'ide', unit: 3, ...disc }, '/v/content', 100)]
  }
  const [one, other] = ['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb']
  expect(machineHash(words(one))).toBe(machineHash(words(other)))
  expect(machineHash(words(one))).toBe(machineHash(words()))
  expect(machineHash(words())).not.toBe(machineHash(argv))
})
