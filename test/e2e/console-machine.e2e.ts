import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Browser, checkAccess } from '../support/browser.ts'
import { wordsOf } from '../support/console-words.ts'
import { Installation } from '../support/installation.ts'

/** A machine's virtual hardware in the console: chosen, refused, mended and changed. */
describe.each(['en', 'zh'] as const)('in %s', (language) => {
  const { say, reason, effect, warning, instead } = wordsOf(language)
  let viv: Installation
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await Browser.launch()
    viv = await Installation.create()
    page = await browser.logIn(viv, { language })
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await viv?.[Symbol.asyncDispose]()
  })

  const dialog = (): Locator => page.getByRole('dialog')
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true })

  async function choose(label: string, option: RegExp | string): Promise<void> {
    await page.getByLabel(label, { exact: true }).click()
    await page.getByTitle(option).last().click()
  }

  test('a processor that the host has not and CPUs that cannot be shared out are told, each with its way out', async () => {
    await page.getByRole('link', { name: say('vm.first') }).click()
    await page.getByLabel(say('vm.name'), { exact: true }).fill('web')
    await page.getByLabel(say('vm.cpus')).fill('6')
    await choose(say('vm.image'), /^micro/)
    await button(say('form.vm.hardware')).click()
    await page.getByLabel(say('form.vm.coresPerSocket')).fill('4')
    await choose(say('vm.cpuModel'), 'x86-64-v4')
    await choose(say('vm.pointer'), say('form.vm.pointer.mouse'))
    await choose(say('vm.firmware'), say('vm.firmware.bios'))
    await page.getByLabel(say('form.vm.secureBoot')).check()
    await page.getByLabel(say('form.vm.tpm')).check()
    await choose(say('form.vm.diskBus'), say('form.vm.diskBus.ide'))
    await choose(say('form.vm.nicModel'), say('form.vm.nicModel.e1000e'))
    await choose(say('vm.bootOrder'), say('form.vm.bootOrder.disk,network'))
    await page.getByLabel(say('form.vm.watchdog')).check()
    expect((await checkAccess(page, `machine-create-${language}`)).grave).toEqual([])
    await page.getByLabel(say('form.vm.start')).uncheck()
    await button(say('form.continue')).click()
    await dialog()
      .getByText(reason('cpus_uneven', { cpus: 6, cores: 4, threads: 1, unit: 4 }))
      .waitFor()
    await dialog()
      .getByText(reason('cpu_features_missing', { model: 'x86-64-v4', accelerator: 'TCG', best: 'x86-64-v3' }))
      .waitFor()
    await dialog()
      .getByRole('button', { name: instead('cpus', '8') })
      .click()
    await dialog()
      .getByRole('button', { name: instead('cpuModel', 'x86-64-v3') })
      .click()
    await dialog()
      .getByText(reason('bus_missing', { machine: 'q35', bus: 'ide', instead: 'sata' }))
      .waitFor()
    await dialog()
      .getByRole('button', { name: instead('diskBus', 'sata') })
      .click()
    await dialog().getByText(reason('secure_boot_needs_uefi')).waitFor()
    await dialog()
      .getByRole('button', { name: instead('firmware', 'uefi') })
      .click()
    await dialog().getByText(effect('tpm_made')).waitFor()
    await dialog()
      .getByText(effect('vm_created', { name: 'web', cpus: 8 }))
      .waitFor()
    await dialog()
      .getByRole('button', { name: say('vm.create') })
      .click()
    await page.getByRole('heading', { level: 1, name: 'web' }).waitFor()
    await page.getByRole('main').getByText(say('state.stopped'), { exact: true }).waitFor()
    await page.getByText('2 × 4 × 1').waitFor()
    await page.getByText('x86-64-v3').waitFor()
    await page.getByText(say('form.vm.pointer.mouse')).waitFor()
  })

  test('the machine is changed by an edit', async () => {
    await button(say('vm.edit')).click()
    await dialog()
      .getByRole('button', { name: say('form.vm.hardware') })
      .click()
    await dialog().getByLabel(say('form.vm.coresPerSocket')).fill('')
    await choose(say('vm.pointer'), say('form.vm.pointer.tablet'))
    await dialog().getByLabel(say('form.vm.tpm')).uncheck()
    await dialog().getByLabel(say('form.vm.watchdog')).uncheck()
    await choose(say('vm.display'), say('form.vm.display.virtio'))
    await dialog()
      .getByRole('button', { name: say('form.continue') })
      .click()
    await dialog()
      .getByText(effect('field_changed', { field: 'pointer', before: 'mouse', after: 'tablet' }))
      .waitFor()
    await dialog().getByText(warning('tpm_dropped')).waitFor()
    await dialog()
      .getByRole('button', { name: say('vm.save') })
      .click()
    await page.getByText(say('form.vm.pointer.tablet')).waitFor()
    const [vm] = (await viv.client.vmList()).items
    expect(vm?.hardware).toMatchObject({ pointer: 'tablet', cpus: 8, firmware: 'uefi', secureBoot: true })
    expect(vm?.hardware).toMatchObject({ display: 'virtio', bootOrder: ['disk', 'network'] })
    expect(vm?.hardware).toMatchObject({ disks: [{ bus: 'sata', unit: 0 }], nics: [{ model: 'e1000e' }] })
    expect([vm?.hardware.tpm, vm?.hardware.watchdog]).toEqual([undefined, undefined])
    expect(vm?.hardware.topology).toBeUndefined()
    expect(await audit(viv)).toEqual([])
    expect(browser.complaints).toEqual([])
  })
})
