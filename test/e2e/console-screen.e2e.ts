import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
let browser: Browser
beforeAll(async () => {
  browser = await Browser.launch()
  viv = await Installation.create()
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await viv?.[Symbol.asyncDispose]()
})

/** Waits until these words stand on the guest's screen, as its kernel keeps it. */
async function reads(serial: Serial, words: string): Promise<void> {
  serial.type(`until grep -q "${words}" /dev/vcs1; do sleep 0.1; done; echo on-the-scr""een\r`)
  await serial.expect('on-the-screen')
}

/** Signs that need Shift, by the key that they stand on. */
const SHIFTED: Readonly<Record<string, string>> = {
  '>': 'Period',
  $: 'Digit4',
  '(': 'Digit9',
  ')': 'Digit0',
  '*': 'Digit8',
  S: 'KeyS',
}

/** Key by key, Shift pressed where a hand presses it: a guest sees keys, not signs. */
async function typeByHand(page: Page, text: string): Promise<void> {
  for (const sign of text) {
    const key = SHIFTED[sign]
    if (key === undefined) await page.keyboard.type(sign, { delay: 40 })
    else await page.keyboard.press(`Shift+${key}`, { delay: 40 })
  }
}

test("what is typed on the guest's screen is done in the guest, and its serial line says so", async () => {
  const vm = await viv.vmCreate('web', { start: true })
  using serial = await Serial.open(viv.root, vm.id)
  await serial.expect('micro login:')
  await serial.logIn()
  const page = await browser.logIn(viv)
  await page.goto(`/vms/${vm.id}/screen`)
  const screen = page.getByRole('application', { name: 'Screen of web' })
  await page.getByRole('button', { name: 'Send Ctrl+Alt+Del', disabled: false }).waitFor()
  await screen.locator('canvas').click()
  const type = (text: string): Promise<void> => typeByHand(page, text)
  await type('root\n')
  await reads(serial, 'assword:')
  await type('micro\n')
  await reads(serial, '# ')
  await type('echo from-the-screen-$((6*7)) > /dev/ttyS0\n')
  await serial.expect('from-the-screen-42')
  expect(browser.complaints).toEqual([])
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await page.getByText('There is a screen while the machine runs.').waitFor()
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})
