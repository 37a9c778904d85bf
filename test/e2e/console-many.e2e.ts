import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SimulatedProduct } from '../../bench/support/simulated-product.ts'
import { Browser, busyWhile, type Busy } from '../support/browser.ts'

/** A hundred thousand VMs on a thousand simulated hosts, three hundred of which change every second. */
const VMS = 100_000
const HOSTS = 1_000
const CHANGES_PER_SECOND = 300
/** A frame that is later than this is seen as a jerk. */
const FRAME_MS = 50

let browser: Browser
let product: SimulatedProduct
let page: Page
beforeAll(async () => {
  browser = await Browser.launch()
  product = await SimulatedProduct.start({
    hosts: HOSTS,
    vms: VMS,
    changesPerSecond: CHANGES_PER_SECOND,
    syncDelayMs: 0,
  })
  page = await browser.logIn(product)
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await product?.[Symbol.asyncDispose]()
})

const rows = () => page.getByRole('table', { name: 'Virtual machines' }).getByRole('link')
const first = () => rows().first().textContent()

function told(what: string, { tasks, longestOwnMs, longestMs, p99Ms }: Busy): void {
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  console.log(
    `${what}: longest ${ms(longestOwnMs)} of own time (${ms(longestMs)} by the clock, p99 ${ms(p99Ms)}), ${tasks} tasks`,
  )
}

test('the first rows come, with how many there are', async () => {
  await page.getByText('100,000 in all').waitFor()
  await rows().first().waitFor()
  // Far fewer are drawn than there are.
  expect(await rows().count()).toBeLessThan(60)
})

test('scrolling through the list never makes a frame late', async () => {
  const before = await first()
  const busy = await busyWhile(page, async () => {
    const table = page.getByRole('rowgroup', { name: 'Virtual machines' })
    await table.hover()
    // A hundred turns of the wheel, a screen each.
    for (let turn = 0; turn < 100; turn++) await page.mouse.wheel(0, 700)
    await expect.poll(first, { timeout: 30_000 }).not.toBe(before)
  })
  told('scrolling', busy)
  expect(busy.tasks).toBeGreaterThan(100)
  expect(busy.longestOwnMs).toBeLessThanOrEqual(FRAME_MS)
})

test('a jump to the end reads on to there, and no frame is late meanwhile', async () => {
  const table = page.getByRole('rowgroup', { name: 'Virtual machines' })
  const { items } = await product.client.vmList({ query: { sort: '-name', limit: '1' } })
  const last = page.getByRole('link', { name: items[0]!.name, exact: true })
  const startedAt = Date.now()
  const busy = await busyWhile(page, async () => {
    await table.focus()
    await page.keyboard.press('End')
    await last.waitFor()
  })
  told(`to the end in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`, busy)
  expect(busy.longestOwnMs).toBeLessThanOrEqual(FRAME_MS)
})

test('a search and a sort are as quick as with ten', async () => {
  await page.getByLabel('Search by name or id').fill('web-00042')
  await page.getByText('1 in all').waitFor()
  await page.getByRole('link', { name: 'web-00042' }).waitFor()
  await page.getByLabel('Search by name or id').fill('')
  await page.getByText('100,000 in all').waitFor()
  const { items } = await product.client.vmList({ query: { sort: '-memoryMib', limit: '1' } })
  await page.getByRole('columnheader', { name: 'Memory' }).getByRole('button').click()
  await page.getByRole('columnheader', { name: 'Memory' }).getByRole('button').click()
  await page.getByRole('link', { name: items[0]!.name, exact: true }).waitFor()
})

test('what changes is seen to change', async () => {
  await page.goto('/vms?search=web-00042')
  const row = page.getByRole('row').filter({ hasText: 'web-00042' })
  await row.waitFor()
  const { items } = await product.client.vmList({ query: { name: 'web-00042' } })
  const vm = items[0]!
  const isRunning = vm.state === 'running'
  const params = { vmId: vm.id }
  if (isRunning) await product.client.vmStop({ params, body: { mode: 'force' } })
  else await product.client.vmStart({ params })
  await row.getByText(isRunning ? 'stopped' : 'running').waitFor()
  expect(browser.complaints).toEqual([])
})
