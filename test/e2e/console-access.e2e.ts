import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, Response } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Vm } from '@viv/api'
import { Browser, checkAccess } from '../support/browser.ts'
import { Installation } from '../support/installation.ts'

/** What the console weighs, and whether everybody can use it: every page in both themes. */
let viv: Installation
let browser: Browser
let vm: Vm
beforeAll(async () => {
  browser = await Browser.launch()
  viv = await Installation.create()
  vm = await viv.vmCreate('web', { start: true })
  await viv.vmCreate('db')
  await viv.client.tokenCreate({ body: { name: 'ci' } })
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await viv?.[Symbol.asyncDispose]()
})

/** Of compressed script, up to a list that can be used. */
const FIRST_LOAD_BYTES = 350 * 1024

test('the first load is small: screen and terminal come when somebody looks', async () => {
  const scripts: Response[] = []
  const page = await browser.open(viv.url)
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response)
  })
  const { userName, password } = await viv.client.adminResetPassword()
  await page.goto('/')
  await page.getByLabel('User name').fill(userName)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('link', { name: 'web' }).waitFor()
  const sizes = await Promise.all(scripts.map(async (response) => (await response.request().sizes()).responseBodySize))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const assets = join(import.meta.dirname, '../../apps/console/dist/assets')
  const compressed = (await readdir(assets)).filter((name) => name.endsWith('.js.gz'))
  const all = (await Promise.all(compressed.map(async (name) => (await stat(join(assets, name))).size))).reduce(
    (a, b) => a + b,
  )
  console.log(
    `first load: ${Math.round(total / 1024)} KiB of script in ${sizes.length} files, of ${Math.round(all / 1024)} KiB in all`,
  )
  expect(sizes.length).toBeGreaterThan(1)
  expect(total).toBeLessThanOrEqual(FIRST_LOAD_BYTES)
  expect(total).toBeGreaterThan(50 * 1024)
  const names = scripts.map((response) => response.url())
  expect(names.filter((name) => /Screen|SerialLine|rfb/.test(name))).toEqual([])
  await page.context().close()
})

const PAGES: readonly (readonly [name: string, path: () => string, open?: (page: Page) => Promise<void>])[] = [
  ['vms', () => '/vms', (page) => page.getByRole('link', { name: 'web' }).waitFor()],
  ['vm-create', () => '/vms/new', (page) => page.getByLabel('Name', { exact: true }).waitFor()],
  ['vm', () => `/vms/${vm.id}`, (page) => page.getByText(vm.id).waitFor()],
  [
    'vm-screen',
    () => `/vms/${vm.id}/screen`,
    (page) => page.getByRole('button', { name: 'Send Ctrl+Alt+Del', disabled: false }).waitFor(),
  ],
  ['vm-serial', () => `/vms/${vm.id}/serial`, (page) => page.getByText('login:').first().waitFor()],
  ['vm-tasks', () => `/vms/${vm.id}/tasks`, (page) => page.getByText('Start VM').waitFor()],
  ['vm-history', () => `/vms/${vm.id}/history`, (page) => page.getByText('Create VM').waitFor()],
  ['images', () => '/images', (page) => page.getByText('micro').first().waitFor()],
  ['hosts', () => '/hosts', (page) => page.getByText('answers').waitFor()],
  ['tasks', () => '/tasks', (page) => page.getByText('Start VM').first().waitFor()],
  ['history', () => '/history', (page) => page.getByText('Create VM').first().waitFor()],
  ['tokens', () => '/tokens', (page) => page.getByText('ci').first().waitFor()],
  [
    'plan',
    () => `/vms/${vm.id}`,
    async (page) => {
      await page.getByRole('button', { name: 'Force stop' }).click()
      await page.getByText('is ended at once').waitFor()
    },
  ],
  [
    'menu',
    () => '/vms',
    async (page) => {
      await page.getByRole('button', { name: 'More actions for web' }).click()
      await page.getByRole('menuitem', { name: 'Reset' }).waitFor()
    },
  ],
  [
    'upload',
    () => '/images',
    async (page) => {
      await page.getByRole('button', { name: 'Upload an image' }).click()
      await page.getByLabel('File on your computer').waitFor()
    },
  ],
]

test.each(['light', 'dark'] as const)('nothing grave is in anybody’s way on any page, %s', async (theme) => {
  const stranger = await browser.open(viv.url, { theme })
  await stranger.goto('/')
  await stranger.getByLabel('Password').waitFor()
  expect(await checkAccess(stranger, `login-${theme}`)).toEqual({ grave: [] })
  await stranger.context().close()
  const page = await browser.logIn(viv, { theme })
  for (const [name, path, open] of PAGES) {
    await page.goto(path())
    await open?.(page)
    expect(await checkAccess(page, `${name}-${theme}`), name).toEqual({ grave: [] })
  }
  await page.context().close()
})

test('the policy of the page lets everything of ours through', () => expect(browser.complaints).toEqual([]))
