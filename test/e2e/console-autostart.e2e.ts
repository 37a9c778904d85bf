import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { wordsOf } from '../support/console-words.ts'
import { hostReboots } from '../support/host-reboot.ts'
import { Installation } from '../support/installation.ts'

/** Which VMs start with their host, as a person sets and sees it in the browser. */
describe.each(['en', 'zh'] as const)('in %s', (language) => {
  const { say, effect, reason } = wordsOf(language)
  let viv: Installation
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await Browser.launch()
    viv = await Installation.create()
    viv.keepsPort = true
    page = await browser.logIn(viv, { language })
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await viv?.[Symbol.asyncDispose]()
  })
  const dialog = () => page.getByRole('dialog')
  const button = (name: string) => page.getByRole('button', { name, exact: true })

  test('it is set in the form, told in the plan and shown; one that waits can be kept from it', async () => {
    const { id: vmId } = await viv.vmCreate('web', { memoryMib: 64 })
    const first = await viv.vmCreate('first', {
      memoryMib: 64,
      autostart: { enabled: true, order: 1, delaySeconds: 600 },
    })
    await page.goto(`/vms/${vmId}`)
    await button(say('vm.edit')).click()
    expect(await dialog().getByLabel(say('form.vm.autostartOrder')).isVisible()).toBe(false)
    const isOn = dialog().getByRole('switch', { name: say('vm.autostart') })
    expect(await isOn.isChecked()).toBe(false)
    await isOn.click()
    await dialog().getByLabel(say('form.vm.autostartOrder')).fill('1000')
    await button(say('form.continue')).click()
    await dialog()
      .getByText(say('form.tooLarge', { most: 999 }))
      .waitFor()
    await dialog().getByLabel(say('form.vm.autostartOrder')).fill('7')
    await dialog().getByLabel(say('form.vm.autostartDelay')).fill('30')
    await button(say('form.continue')).click()
    await dialog()
      .getByText(effect('field_changed', { field: 'autostart.order', before: '500', after: '7' }))
      .waitFor()
    await dialog()
      .getByRole('button', { name: say('vm.save') })
      .click()
    await page.getByText(say('vm.autostart.on', { order: 7, seconds: 30 }), { exact: true }).waitFor()

    await hostReboots(viv)
    await viv.startManager()
    await viv.startAgent()
    await page.getByText(say('vm.autostart.waits')).waitFor()
    await page.getByRole('main').getByText(say('state.starting'), { exact: true }).waitFor()
    await button(say('action.forceStop')).click()
    await dialog()
      .getByText(effect('start_cancelled', { name: 'web' }))
      .waitFor()
    await dialog()
      .getByRole('button', { name: say('action.forceStop') })
      .click()
    await page.getByRole('main').getByText(say('state.stopped'), { exact: true }).waitFor()
    expect(await page.getByText(say('vm.autostart.waits')).count()).toBe(0)
    expect((await viv.client.vmGet({ params: { vmId: first.id } })).state).toBe('running')
  })

  test('why one could not be started is said where it is looked for', async () => {
    const { id: vmId } = await viv.vmCreate('broken', { memoryMib: 64, start: true })
    const params = { vmId }
    await viv.follow(await viv.client.vmHibernate({ params }))
    const { revision } = await viv.client.vmGet({ params })
    const body = { memoryMib: 128, autostart: { enabled: true, order: 0 } }
    await viv.client.vmUpdate({ params, ifMatch: revision, body })
    await hostReboots(viv)
    await viv.startManager()
    await viv.startAgent()
    await page.goto(`/vms/${vmId}`)
    await page
      .getByRole('alert')
      .filter({ hasText: reason('saved_memory_unusable') })
      .waitFor()
  })
})
