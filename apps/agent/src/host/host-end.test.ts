import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownUnit } from './host-end.ts'

test.each([
  ['0::/system.slice/vivarium-agent.service\n', 'vivarium-agent.service'],
  ['5:memory:/x\n1:name=systemd:/system.slice/vivarium-agent-0a1b2c3d.service\n', 'vivarium-agent-0a1b2c3d.service'],
  ['0::/user.slice/user-0.slice/session-3.scope\n', undefined],
  ['0::/system.slice/vivarium-agent.service.d\n', undefined],
  ['5:memory:/vivarium-agent.service\n', undefined],
  ['', undefined],
])('%j is the cgroup of %s', async (text, unit) => {
  const folder = await mkdtemp(join(tmpdir(), 'viv-unit-'))
  try {
    await writeFile(join(folder, 'cgroup'), text)
    expect(await ownUnit(join(folder, 'cgroup'))).toBe(unit)
  } finally {
    await rm(folder, { recursive: true })
  }
})
