/** When a page has shown its main content (LCP) on a slow phone: slow 4G, a quarter of this machine's processor, nothing cached. */
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../browser/chromium.ts'
import type { Bench } from '../bench.ts'
import type { Visitor } from '../client.ts'
import { openDraft } from '../life.ts'
import { Recorder, table } from '../measures.ts'
import { people } from '../world.ts'

/** What Lighthouse calls slow 4G, without its simulation. */
const slow4g = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
}
const slowdown = 4
const times = 5
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

export type Painted = { lcpMs: number; all: number[] }

export async function measurePaint(bench: Bench): Promise<Record<string, Painted>> {
  const { numbers, persons, product, say } = bench
  const n = numbers.take(0)
  const person = persons[n % people]!
  const { path, filePath } = await openDraft(person, n, new Recorder())
  const pages: Record<string, string> = {
    '/projects': '/projects',
    '/projects/{id}': `/projects/${person.projectId}`,
    '/backups/{id}, draft': path,
    '…/files/new': `${path}/files/new`,
    '…/files/{id}/code': `${filePath}/code`,
    '…/submit': `${path}/submit`,
  }
  const painted: Record<string, Painted> = {}
  const browser = await launchChromium()
  try {
    painted['/, signed out'] = await paint(browser, `${product.url}/`)
    for (const [name, at] of Object.entries(pages))
      painted[name] = await paint(browser, `${product.url}${at}`, person.visitor)
  } finally {
    await browser.close()
  }
  say(
    table(
      ['largest contentful paint, ms', 'median', 'least', 'most'],
      Object.entries(painted).map(([name, { lcpMs, all }]) => [
        name,
        lcpMs,
        Math.min(...all),
        Math.max(...all),
      ]),
    ),
  )
  return painted
}

async function paint(browser: Browser, url: string, visitor?: Visitor): Promise<Painted> {
  const all: number[] = []
  for (let i = 0; i < times; i++) all.push(await paintOnce(browser, url, visitor))
  return { lcpMs: all.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? NaN, all }
}

async function paintOnce(browser: Browser, url: string, visitor: Visitor | undefined): Promise<number> {
  const context = await browser.newContext(phone)
  try {
    if (visitor) await context.setExtraHTTPHeaders({ cookie: visitor.cookie })
    const page = await context.newPage()
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    await devtools.send('Network.emulateNetworkConditions', slow4g)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    const response = await page.goto(url, { waitUntil: 'networkidle' })
    if (response?.url() !== url) throw new Error(`${url} led to ${response?.url()}`)
    return await page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? NaN)).observe({
            type: 'largest-contentful-paint' as never, // a browser's type, not Node's
            buffered: true,
          }),
        ),
    )
  } finally {
    await context.close()
  }
}
