import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser as Chromium, type BrowserContext, chromium, type Page } from 'playwright-core'
import { ensureConsole } from '../../apps/console/build.ts'
import type { Installation } from './installation.ts'

/** Nothing that looks for the internet or a graphics card; root runs it without the sandbox that it would set up. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A guest boots in ten seconds by translation, on a machine that has other things to do. */
const WAIT_MS = 40_000

export interface Look {
  readonly language?: 'en' | 'zh'
  readonly theme?: 'light' | 'dark'
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What a page must not have: each told with the first of its elements. */
export interface AxeReport {
  readonly grave: readonly string[]
}

/** VIV_SCREENSHOTS names a folder: then each page that is checked is also kept as a picture. */
const SCREENSHOTS = process.env['VIV_SCREENSHOTS']

/**
 * Debian's Chromium. Launched before the manager: that is when the console is built from these sources, and a manager
 * serves what is there when it starts.
 */
export class Browser implements AsyncDisposable {
  readonly #chromium: Chromium
  readonly #contexts: BrowserContext[] = []
  /** What pages have said on their own console as errors, and what they threw. */
  readonly complaints: string[] = []

  private constructor(chromium: Chromium) {
    this.#chromium = chromium
  }

  static async launch(): Promise<Browser> {
    await ensureConsole()
    return new Browser(await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS }))
  }

  /** A person's own browser: nobody is logged in. The certificate is self-made, as on every new server. */
  async open(url: string, { language = 'en', theme = 'light' }: Look = {}): Promise<Page> {
    const context = await this.#chromium.newContext({
      baseURL: url,
      ignoreHTTPSErrors: true,
      locale: language === 'zh' ? 'zh-CN' : 'en-US',
      colorScheme: theme,
      viewport: { width: 1280, height: 800 },
    })
    this.#contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(WAIT_MS)
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      // A request that fails is told by the page itself, where it matters.
      const isNetwork = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isNetwork) this.complaints.push(message.text())
    })
    return page
  }

  /** Logged in as the administrator. */
  async logIn(viv: Pick<Installation, 'url' | 'client'>, look: Look = {}): Promise<Page> {
    const page = await this.open(viv.url, look)
    const { userName, password } = await viv.client.adminResetPassword()
    await page.goto('/')
    const zh = look.language === 'zh'
    await page.getByLabel(zh ? '用户名' : 'User name').fill(userName)
    await page.getByLabel(zh ? '密码' : 'Password').fill(password)
    await page.getByRole('button', { name: zh ? '登录' : 'Log in' }).click()
    await page.getByRole('heading', { level: 1, name: zh ? '虚拟机' : 'Virtual machines' }).waitFor()
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chromium.close()
  }
}

/** How long the page's own thread was busy at a stretch, in milliseconds: by its own time, and by the clock. */
export interface Busy {
  readonly tasks: number
  readonly longestOwnMs: number
  readonly longestMs: number
  readonly p99Ms: number
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/**
 * What the browser's tracing says of the page's thread while something is done. Its own time does not count that
 * another process had the processor: a frame is late by our doing only where our own work is long.
 */
export async function busyWhile(page: Page, work: () => Promise<void>): Promise<Busy> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page has no browser')
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const isOfPage = ({ pid, tid }: TraceEvent): boolean => threads.some((one) => one.pid === pid && one.tid === tid)
  const tasks = traceEvents.filter((event) => /RunTask/.test(event.name) && event.tdur !== undefined && isOfPage(event))
  const clock = tasks.map(({ dur = 0 }) => dur / 1000).sort((a, b) => a - b)
  return {
    tasks: tasks.length,
    longestOwnMs: Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur / 1000)),
    longestMs: clock.at(-1) ?? 0,
    p99Ms: clock[Math.floor(clock.length * 0.99)] ?? 0,
  }
}

/** What hinders people who can't see, hear or point: serious and critical findings of axe. */
export async function checkAccess(page: Page, name: string): Promise<AxeReport> {
  await page.evaluate(`${axe.source};0`)
  const { violations } = (await page.evaluate('axe.run()')) as { violations: readonly Violation[] }
  if (SCREENSHOTS !== undefined) {
    await mkdir(SCREENSHOTS, { recursive: true })
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return { grave: grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`) }
}
