import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { Installation } from '../support/installation.ts'

/** The main paths in Chinese. */
let viv: Installation
let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await Browser.launch()
  viv = await Installation.create()
  page = await browser.logIn(viv, { language: 'zh', theme: 'dark' })
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await viv?.[Symbol.asyncDispose]()
})

const dialog = () => page.getByRole('dialog')

/** What is no name of somebody's, of a product or of a unit must be Chinese. */
const ENGLISH = /\b(the|is|of|and|will|what|now|running|stopped|start|delete|create|cancel)\b/i

async function readsChinese(): Promise<void> {
  const text = await page.locator('body').innerText()
  expect(ENGLISH.exec(text)?.[0], text).toBeUndefined()
}

test('a VM is made, started, stopped and deleted; plan, task and refusal are in Chinese', async () => {
  await readsChinese()
  await page.getByRole('link', { name: '创建第一台' }).click()
  await page.getByLabel('名称', { exact: true }).fill('网站')
  await page.getByRole('button', { name: '继续' }).click()
  await page.getByText('只能用字母、数字').waitFor()
  await page.getByLabel('名称', { exact: true }).fill('web')
  await page.getByLabel('内存（MiB）').fill('128')
  await page.getByLabel('镜像', { exact: true }).click()
  await page
    .getByTitle(/^micro/)
    .last()
    .click()
  await readsChinese()
  await page.getByRole('button', { name: '继续' }).click()
  await dialog()
    .getByText(/创建虚拟机“web”/)
    .waitFor()
  await dialog()
    .getByText(/以翻译方式运行/)
    .waitFor()
  await dialog().getByRole('button', { name: '创建虚拟机' }).click()
  await page.getByRole('heading', { level: 1, name: 'web' }).waitFor()
  await page.getByRole('main').getByText('运行中', { exact: true }).waitFor()
  await readsChinese()

  await page.getByRole('button', { name: '强制停止' }).click()
  await dialog()
    .getByText(/立即结束虚拟机“web”的进程/)
    .waitFor()
  await dialog().getByRole('button', { name: '强制停止' }).click()
  await page.getByRole('main').getByText('已停止', { exact: true }).waitFor()
  await page.getByRole('tab', { name: '历史' }).click()
  await page.getByRole('listitem').filter({ hasText: '创建虚拟机' }).waitFor()

  await page.getByRole('navigation').getByRole('link', { name: '虚拟机' }).click()
  await page.getByRole('button', { name: '创建虚拟机' }).click()
  await page.getByLabel('名称', { exact: true }).fill('web')
  await page.getByLabel('镜像', { exact: true }).click()
  await page
    .getByTitle(/^micro/)
    .last()
    .click()
  await page.getByRole('button', { name: '继续' }).click()
  await dialog().getByText('已有名为“web”的 虚拟机。请换一个名称。').waitFor()
  await page.keyboard.press('Escape')

  await page.getByRole('navigation').getByRole('link', { name: '虚拟机' }).click()
  await page.getByRole('button', { name: 'web 的更多操作' }).click()
  await page.getByRole('menuitem', { name: '彻底删除' }).click()
  await dialog()
    .getByText(/其中的数据将丢失/)
    .waitFor()
  await dialog().getByRole('button', { name: '彻底删除' }).click()
  await page.getByText('这里还没有内容。').waitFor()
})

test('the language is chosen in the page, and kept', async () => {
  await page.getByLabel('语言').click()
  await page.getByTitle('English').last().click()
  await page.getByRole('heading', { level: 1, name: 'Virtual machines' }).waitFor()
  expect(await page.evaluate('document.documentElement.lang')).toBe('en')
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Virtual machines' }).waitFor()
  expect(browser.complaints).toEqual([])
})
