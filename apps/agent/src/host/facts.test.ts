import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryMibIn, newestQ35In, qemuVersionIn } from './facts.ts'
import { hostIdentity, readBootId } from './identity.ts'

const HELP = `Supported machines are:
microvm              microvm (i386)
pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)
pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)
q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)
pc-q35-7.2           Standard PC (Q35 + ICH9, 2009)
pc-q35-2.4           Standard PC (Q35 + ICH9, 2009) (deprecated)
`

test('q35 is the machine that it is an alias of', () => {
  expect(newestQ35In(HELP)).toBe('pc-q35-7.2')
})

test("q35 is the newest of QEMU's own where a distribution made it an alias of another", () => {
  const help = `q35                  Ubuntu 24.04 PC (alias of pc-q35-noble)
pc-q35-noble         Ubuntu 24.04 PC
pc-q35-9.2           Standard PC
pc-q35-10.0          Standard PC
pc-q35-11.0          Standard PC (deprecated)
`
  expect(newestQ35In(help)).toBe('pc-q35-10.0')
})

test('a QEMU with none of these machines is refused', () => {
  expect(() => newestQ35In('q35  RHEL (alias of pc-q35-rhel9.4.0)\npc-q35-rhel9.4.0  RHEL\n')).toThrow(
    'pc-q35-<version>',
  )
})

test("QEMU's version is told with its build", () => {
  const said = 'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright (c) 2003-2022 Fabrice Bellard\n'
  expect(qemuVersionIn(said)).toBe('7.2.22 (Debian 1:7.2+dfsg-7)')
  expect(() => qemuVersionIn('bash: not found')).toThrow('does not say its version')
})

test('memory is counted in whole MiB', () => {
  expect(memoryMibIn('MemTotal:       24684084 kB\nMemFree:  1 kB\n')).toBe(24105)
})

test('the identity is made once, and a file of a later version is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viv-host-'))
  try {
    const hostId = await hostIdentity(join(folder, 'agent'))
    expect(hostId).toMatch(/^[0-9a-f-]{36}$/)
    expect(await hostIdentity(join(folder, 'agent'))).toBe(hostId)
    const path = join(folder, 'agent', 'host.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"format":1', '"format":2'))
    await expect(hostIdentity(join(folder, 'agent'))).rejects.toThrow('format 2')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the boot id stays while the kernel runs', async () => {
  expect(await readBootId()).toMatch(/^[0-9a-f-]{36}$/)
  expect(await readBootId()).toBe(await readBootId())
})
