import { afterAll, beforeAll, expect, test } from 'vitest'
import { NEWER } from '../../manager/test/newer-version.ts'
import { Platform } from '../../manager/test/platform.ts'
import { Viv } from './viv.ts'

let platform: Platform
let viv: Viv
beforeAll(async () => {
  platform = await Platform.start()
  viv = new Viv({ VIV_ROOT: platform.folder })
})
afterAll(async () => {
  viv?.[Symbol.dispose]()
  await platform?.[Symbol.asyncDispose]()
})

test('says that there is nothing to finish, and finishes nothing', async () => {
  expect(await viv.run(['upgrade', 'status'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^Version +test\nUpgrade +finished\nLast finished +test, at .*\nAgents +simulated \(.+\)\n$/,
    ),
  })
  const words = 'everything is stored as version test does it already'
  expect(await viv.run(['upgrade', 'finish', '--plan'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(words),
  })
  expect(await viv.run(['upgrade', 'finish'])).toMatchObject({
    code: 0,
    stdout: `There is nothing to finish: ${words}.\n`,
  })
})

test('an upgrade is told with what it leaves open, and finished once somebody has agreed to it', async () => {
  await platform.vm('web')
  await platform.stopManager()
  platform.version = '0.2.0'
  platform.hooks = { formats: NEWER }
  await platform.startManager()
  const { stdout } = await viv.run(['upgrade', 'status'])
  expect(stdout).toMatch(/^Upgrade +unfinished$/m)
  expect(stdout).toMatch(/^Not stored anew +vm: format 1, then 2$/m)
  expect(stdout).toContain('When you are sure that you stay: viv upgrade finish')
  const plan = await viv.run(['upgrade', 'finish', '--plan'])
  expect(plan.stdout).toContain('No older version can be started on this installation again.')
  expect(await viv.run(['upgrade', 'finish'])).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') })
  expect(await viv.json(['upgrade', 'status'])).toMatchObject({ state: 'unfinished' })
  expect(await viv.run(['upgrade', 'finish', '--yes'])).toMatchObject({
    code: 0,
    stdout: 'The upgrade to version 0.2.0 is finished.\n',
  })
  expect(await viv.json(['upgrade', 'status'])).toMatchObject({ state: 'finished', lastFinished: { version: '0.2.0' } })
})
