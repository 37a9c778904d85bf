import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { Installation } from '../support/installation.ts'

/** The console when the line or the manager goes: it says so, comes back by itself, and has missed nothing. */
let viv: Installation
let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await Browser.launch()
  viv = await Installation.create()
  viv.keepsPort = true
  page = await browser.logIn(viv)
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await viv?.[Symbol.asyncDispose]()
})

const isLive = () => page.getByRole('status').filter({ hasText: 'Live' }).waitFor()
const isLost = () => page.getByRole('alert').filter({ hasText: 'The manager does not answer.' }).waitFor()
const row = (name: string) => page.getByRole('row').filter({ hasText: name })

test('a line that is cut: what happened meanwhile is there when it is back', async () => {
  await viv.vmCreate('before')
  await row('before').waitFor()
  await isLive()
  await page.context().setOffline(true)
  await isLost()
  await viv.vmCreate('meanwhile')
  const { items } = await viv.client.vmList({ query: { search: 'before' } })
  await viv.follow(await viv.client.vmPurge({ params: { vmId: items[0]!.id } }))
  expect(await row('meanwhile').count()).toBe(0)
  await page.context().setOffline(false)
  await isLive()
  await row('meanwhile').waitFor()
  await expect.poll(() => row('before').count()).toBe(0)
})

test('it goes on after the last id it has: nothing that it knows is read again', async () => {
  const asked: string[] = []
  page.on('request', (request) =>
    asked.push(`${new URL(request.url()).pathname} ${request.headers()['last-event-id'] ?? ''}`),
  )
  await page.context().setOffline(true)
  await page.getByRole('status').filter({ hasText: 'Reconnecting' }).waitFor()
  await page.context().setOffline(false)
  await isLive()
  const streams = asked.filter((one) => one.startsWith('/v1/events'))
  expect(streams.length).toBeGreaterThan(0)
  for (const stream of streams) expect(stream).toMatch(/^\/v1\/events .+\.\d+$/)
  page.removeAllListeners('request')
})

test('an id that the manager does not know any more: everything is read again', async () => {
  // As after the store was replaced: the id is of another one, and the manager itself says to start over.
  await page.route('**/v1/events', async (route) => {
    const headers = await route.request().allHeaders()
    const id = headers['last-event-id'] ?? ''
    const foreign = id.replace(/^./, (first) => (first === 'a' ? 'b' : 'a'))
    await route.continue({ headers: { ...headers, 'last-event-id': foreign } })
  })
  await page.context().setOffline(true)
  await page.getByRole('status').filter({ hasText: 'Reconnecting' }).waitFor()
  await viv.vmCreate('unheard-of')
  const listed = page.waitForRequest((request) => new URL(request.url()).pathname === '/v1/vms')
  await page.context().setOffline(false)
  await listed
  await row('unheard-of').waitFor()
  await page.unroute('**/v1/events')
})

test('a manager that is killed and started again: the page says so, and catches up', async () => {
  await isLive()
  await viv.kill('manager')
  await isLost()
  await row('meanwhile').waitFor()
  await viv.startManager()
  await viv.hostKnown()
  await isLive()
  await viv.vmCreate('after')
  await row('after').waitFor()
})

test('the manager ends again: the page comes back again, and is whole when it is opened anew', async () => {
  await viv.kill('manager')
  await isLost()
  await viv.startManager()
  await viv.hostKnown()
  await isLive()
  await page.reload()
  await row('after').waitFor()
})

test('a host that is silent: its VMs are shown as last known', async () => {
  const vm = await viv.vmCreate('kept', { start: true })
  await page.goto(`/vms/${vm.id}`)
  await page.getByRole('main').getByText('running', { exact: true }).waitFor()
  await viv.kill('agent')
  await page.getByText('The agent of its host does not answer.').waitFor()
  await page.getByText(/running \(last known/).waitFor()
  await viv.startAgent()
  await viv.hostKnown()
  await expect.poll(() => page.getByText(/last known/).count()).toBe(0)
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await page.getByRole('main').getByText('stopped', { exact: true }).waitFor()
})

test('a manager of a newer version: the hosts say that its upgrade is not finished, until somebody finishes it', async () => {
  await viv.kill('manager')
  viv.isNewerVersion = true
  await viv.startManager()
  await viv.hostKnown()
  await page.goto('/hosts')
  await page.getByText('The upgrade to version newer is not finished').waitFor()
  await page.getByRole('button', { name: 'Finish', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('No older version can be started on this installation again.').waitFor()
  await dialog.getByRole('button', { name: 'Finish', exact: true }).click()
  await page.getByText(/The upgrade to version newer is/).waitFor({ state: 'detached' })
  expect(await viv.client.upgradeGet()).toMatchObject({ state: 'finished', left: 0 })
  await page.goto('/vms')
  await row('after').waitFor()
})

test('a session that ends while the page is open: the login, and back to where one was', async () => {
  await page.goto('/tasks')
  await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor()
  const { userName, password } = await viv.client.adminResetPassword()
  await page.getByRole('link', { name: 'Hosts' }).click()
  await page.getByText('Your session has ended. Log in again.').waitFor()
  await page.getByLabel('User name').fill(userName)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Hosts' }).waitFor()
  await isLive()
  expect(browser.complaints.filter((words) => !/network|fetch|ERR_/i.test(words))).toEqual([])
})
