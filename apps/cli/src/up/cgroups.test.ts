import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { removeCgroups } from './cgroups.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-cgroups-'))
  await writeFile(
    join(folder, 'host.json'),
    JSON.stringify({ format: 1, hostId: 'abcdef01-2222-4333-8444-555555555555' }),
  )
})
afterEach(() => rm(folder, { recursive: true }))

it.each(['', 'memory', 'cpu,cpuacct'])(
  'removes what is its own from the hierarchy "%s", and nothing else',
  async (hierarchy) => {
    const mount = join(folder, 'mount')
    for (const name of [
      'vivarium-abcdef01.slice/vm-1',
      'vivarium-abcdef01.slice/vm-2',
      'vivarium-99999999.slice/vm-3',
      'user',
    ]) {
      await mkdir(join(mount, hierarchy, name), { recursive: true })
    }
    expect(await removeCgroups(folder, mount)).toEqual([])
    expect((await readdir(join(mount, hierarchy))).sort()).toEqual(['user', 'vivarium-99999999.slice'])
  },
)

it('does nothing where no agent has ever run', async () => {
  expect(await removeCgroups(join(folder, 'none'), join(folder, 'mount'))).toEqual([])
})
