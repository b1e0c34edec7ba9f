/** The running product, a browser for each file, and what a person does with a page. */
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { openProduct, startProduct, type OpenProduct, type Product } from '../support/product.ts'
import { launchChromium } from './chromium.ts'
import { textsOf, type Language, type Texts } from './texts.ts'
import { writeWorld, type Login } from './world.ts'

export let product: OpenProduct
let own: Product | undefined
let browser: Browser
let world: string | undefined
const open = new Set<Visit>()

/** Pictures of every page for people to look at; those of failed tests beside them. */
const shots = join(tmpdir(), 'hgrip-shots')
const WIDTHS = [1280, 320]
const HEIGHT = 900
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/**
 * The product that the run shares: its files use people of their own, and break nothing. A file that takes the outside
 * or a process away says `own`.
 */
export function useStage({ own: isOwn = false } = {}): void {
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true })
    ;[product, browser] = await Promise.all([isOwn ? startOwn() : findShared(), launchChromium()])
  }, 400_000)
  afterAll(async () => {
    await browser?.close()
    await own?.stop()
    if (world) rmSync(world, { recursive: true, force: true })
  }, 60_000)
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await shootFailure(task.name)
    // No errors, no warnings, no violation of the content policy, anywhere.
    expect(complaints()).toEqual([])
  })
}

async function startOwn(): Promise<Product> {
  world = writeWorld()
  return (own = await startProduct({ env: { WORLD_DIR: world } }))
}

/** Without a browser: for what a program sees of the pages. */
export async function findShared(): Promise<OpenProduct> {
  const answer = await fetch(inject('sharedProduct'))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return openProduct(text)
}

/** What pages said on their console since the last time, and must not have. */
const complaints = (): string[] => [...open].flatMap((visit) => visit.complaints.splice(0))

async function shootFailure(test: string): Promise<void> {
  let n = 0
  for (const visit of open)
    for (const page of visit.context.pages()) {
      const name = `failed-${test.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80)}-${(n += 1)}.png`
      await page.screenshot({ path: join(shots, name), fullPage: true }).catch(() => undefined)
    }
}

type AxeResults = Awaited<ReturnType<AxeBuilder['analyze']>>
type RunOptions = Parameters<AxeBuilder['options']>[0]
type VisitOptions = { language?: Language; width?: number; script?: boolean }

/** A browser of one's own: cookies, language, width. */
export async function visit({ language = 'zh', width = 1280, script = true }: VisitOptions = {}) {
  const context = await browser.newContext({
    baseURL: product.urls.product,
    locale: 'zh-CN',
    viewport: { width, height: HEIGHT },
    javaScriptEnabled: script,
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(30_000)
  const visit = new Visit(context, await context.newPage(), { language, width, script })
  open.add(visit)
  return visit
}

export class Visit {
  readonly context: BrowserContext
  page: Page
  /** Each line that a test did not expect. */
  readonly complaints: string[] = []
  /** Statuses of answers that the test provokes; Chromium writes a line for each. */
  readonly provoked = new Set<number>()
  private readonly options: Required<VisitOptions>
  /** What the page is in at the moment. */
  private tongue: Language = 'zh'

  constructor(context: BrowserContext, page: Page, options: Required<VisitOptions>) {
    this.context = context
    this.page = page
    this.options = options
    context.on('page', (opened) => this.listen(opened))
    this.listen(page)
  }

  get language(): Language {
    return this.options.language
  }
  get texts(): Texts {
    return textsOf(this.language)
  }

  private listen(page: Page): void {
    page.on('pageerror', (error) => isOurs(page) && this.complaints.push(`${page.url()}: ${error.message}`))
    page.on('console', (message) => {
      if (!isOurs(page)) return
      const text = message.text()
      const status = /^Failed to load resource: the server responded with a status of (\d+)/.exec(text)?.[1]
      if (status && this.provoked.has(Number(status))) return
      if (['error', 'warning'].includes(message.type())) this.complaints.push(`${page.url()}: ${text}`)
    })
  }

  /** Opens an address and waits until the page's script runs (Kit's announcer is mounted by it). */
  async go(path: string): Promise<void> {
    await this.page.goto(path)
    await this.ready()
  }
  async ready(): Promise<void> {
    if (this.options.script) await this.page.locator('#svelte-announcer').waitFor({ state: 'attached' })
  }

  async signIn(login: Login): Promise<void> {
    await this.go('/')
    await this.page.getByRole('link', { name: textsOf('zh').signIn }).click()
    await this.identify(login)
    if (this.language === 'en') await this.switchLanguage()
  }
  /** The identity provider's page, which is not ours. */
  async identify(login: Login): Promise<void> {
    await this.page.locator('[name=login]').fill(login)
    await this.page.locator('[name=password]').fill('hgrip')
    await this.page.getByRole('button', { name: '登录' }).first().click()
    await this.page.waitForURL((url) => url.origin === product.urls.product)
    await this.ready()
  }
  async switchLanguage(): Promise<void> {
    this.tongue = this.tongue === 'zh' ? 'en' : 'zh'
    await this.page.locator('form[action="/language"] button').click()
    await this.page.locator(`html[lang^="${this.tongue}"]`).waitFor({ state: 'attached' })
    await this.ready()
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor()
  }
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }
  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, exact: true })
  }
  field(name: string): Locator {
    return this.page.locator(`main [name="${name}"]:not([type=hidden])`)
  }
  /** The open dialog. */
  get dialog(): Locator {
    return this.page.locator('dialog[open]')
  }
  async focusIsOn(locator: Locator): Promise<void> {
    await locator.and(this.page.locator(':focus')).waitFor()
  }
  /** What stands at a field as its error. */
  async errorOf(name: string): Promise<string> {
    return (await this.page.locator(`#${name}-error`).innerText()).trim()
  }
  /** An answer of the open dialog, button or link. */
  inDialog(name: string): Locator {
    return this.dialog.locator('button, a').filter({ hasText: name })
  }
  /** What a button puts into the clipboard. */
  async copied(button: Locator): Promise<string> {
    await this.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await button.click()
    await this.page
      .getByRole('button', { name: this.texts.copied })
      .or(button.getByText(this.texts.copied))
      .waitFor()
    return await this.page.evaluate<string>('navigator.clipboard.readText()')
  }
  /** The row that holds a text: of a table, or a file with its reason. */
  row(text: string): Locator {
    return this.page.locator('main tbody tr').filter({ hasText: text }).first()
  }

  /** Nothing to find for axe, nothing beyond the edge; at both widths, with a picture each. */
  async look(name: string): Promise<void> {
    for (const width of WIDTHS) {
      await this.page.setViewportSize({ width, height: HEIGHT })
      const path = join(shots, `${name}-${this.tongue}-${width}.png`)
      await this.page.screenshot({ path, fullPage: true })
      expect(await this.page.evaluate<string[]>(beyondTheEdge), `${name} at ${width} px`).toEqual([])
      if (this.options.script) expect(await this.violations(), `${name} at ${width} px`).toEqual([])
    }
    await this.page.setViewportSize({ width: this.options.width, height: HEIGHT })
  }
  /** Nothing beyond the edge, at both widths or at others. */
  async fits(name: string, widths: readonly number[] = WIDTHS): Promise<void> {
    for (const width of widths) {
      await this.page.setViewportSize({ width, height: HEIGHT })
      expect(await this.page.evaluate<string[]>(beyondTheEdge), `${name} at ${width} px`).toEqual([])
    }
    await this.page.setViewportSize({ width: this.options.width, height: HEIGHT })
  }
  /** The same page in the other language too; a dialog would be gone. */
  async lookInBoth(name: string): Promise<void> {
    await this.look(name)
    await this.switchLanguage()
    await this.look(name)
    await this.switchLanguage()
  }
  /** What axe finds. It stays in the page, so that only the first look at a document pays for bringing it. */
  private async violations(): Promise<string[]> {
    const options: RunOptions = { runOnly: RULES, resultTypes: ['violations'] }
    const isThere = await this.page.evaluate<boolean>(`'axe' in window`)
    const { violations } = isThere
      ? await this.page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
      : await new AxeBuilder({ page: this.page }).options(options).setLegacyMode().analyze()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
    )
  }

  async close(): Promise<void> {
    open.delete(this)
    await this.context.close()
  }
}

/** Not the identity provider's. */
const isOurs = (page: Page): boolean => page.url().startsWith(product.urls.product)

/** The elements that make the page scroll sideways or that are cut off; an expression of the page, where there is a DOM. */
const beyondTheEdge = `(() => {
  const told = (element) => element.tagName + ' ' + element.className + ' ' + element.textContent.trim().slice(0, 30)
  const all = [...document.querySelectorAll('body *')]
  const edge = document.documentElement.clientWidth
  const isCut = (element) =>
    element.clientWidth > 1 && element.tagName !== 'INPUT' && element.scrollWidth > element.clientWidth + 1 &&
    ['hidden', 'clip'].includes(getComputedStyle(element).overflowX)
  const cut = all.filter(isCut).map((element) => 'cut: ' + told(element))
  if (document.documentElement.scrollWidth <= edge) return cut
  return cut.concat(all.filter((element) => element.getBoundingClientRect().right > edge + 1).map(told))
})()`
