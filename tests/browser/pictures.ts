/**
 * Pictures of every page in its main states, and what differs between two sets of them.
 *
 *   node tests/browser/pictures.ts take <folder> [part of a name, e.g. hub or -en]
 *   node tests/browser/pictures.ts compare <before> <after>
 *   node tests/browser/pictures.ts guide        what the guide (P24) shows, `npm run shots`
 *
 * For changes that must not be seen: take a set before the change and one after it, then compare. What differs
 * from run to run (times, numbers, references) is written over before each picture. The states that take an
 * outage or two days to come about are written into their rows.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startProduct, type Json, type Product } from '../support/product.ts'
import { launchChromium } from './chromium.ts'
import { textsOf, type Language } from './texts.ts'
import { accessionOf, contributorOf, emailOf, writeWorld, type Login } from './world.ts'

const WIDTHS = [1280, 900, 390, 320]
const HEIGHT = 900
const LANGUAGES: readonly Language[] = ['zh', 'en']

type State = {
  name: string
  login?: Login
  path: string
  /** Brings the page from what it is when it opens to what the picture shows. */
  act?: (page: Page, texts: ReturnType<typeof textsOf>) => Promise<unknown>
  width?: number
  script?: boolean
  flash?: Json
  media?: 'print'
}

/** Writes over what differs from run to run; stays at work for what the page writes later. An expression of the page. */
const writeOver = `(() => {
  const rules = [
    [/\\d{4}-\\d{2}-\\d{2}/g, '2026-01-01'],
    [/\\d{2}:\\d{2}:\\d{2}/g, '00:00:00'],
    [/\\d{2}:\\d{2}/g, '00:00'],
    [/BF\\d{13}/g, 'BF2026010100001'],
    [/\\d+ 小时 \\d+ 分/g, '47 小时 59 分'],
    [/\\d+ h \\d+ min/g, '47 h 59 min'],
    [/[0-9a-f]{64}/g, '0'.repeat(64)],
    [/(参考号|Reference|reference)([:： ]*)[A-Z0-9]{4,}(-[A-Z0-9]+)*/g, '$1$2A000-0000'],
  ]
  const write = (node) => {
    const text = rules.reduce((data, [pattern, by]) => data.replace(pattern, by), node.data)
    if (text !== node.data) node.data = text
  }
  const all = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) write(walker.currentNode)
  }
  all(document.body)
  if (window.isWrittenOver) return
  window.isWrittenOver = true
  new MutationObserver(() => all(document.body)).observe(document.body, {
    subtree: true, childList: true, characterData: true,
  })
})()`

async function take(folder: string, part: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await withStudio(folder, async (studio) => {
    for (const state of await statesOf(studio.product))
      for (const language of LANGUAGES)
        if (`${state.name}-${language}`.includes(part)) await shoot(studio, state, language)
  })
  console.log(`${readdirSync(folder).length} pictures in ${folder}`)
}

/** Which state the guide shows in which section. */
const guide: Record<string, string> = {
  'sign-in': 'landing',
  view: 'projects',
  project: 'new-project-review',
  backup: 'new-backup',
  files: 'new-file-chosen',
  code: 'hub-code-sent',
  submit: 'result',
}
const guideFolder = join(import.meta.dirname, '../../web/src/routes/(public)/guide/pictures')
const guideSize = { width: 1024, height: 720 }

async function takeGuide(): Promise<void> {
  await withStudio(guideFolder, async (studio) => {
    const states = await statesOf(studio.product)
    for (const [section, name] of Object.entries(guide)) {
      const state = states.find((one) => one.name === name)
      if (!state) throw new Error(`There is no state ${name}`)
      for (const language of LANGUAGES) {
        mkdirSync(join(guideFolder, language), { recursive: true })
        await pose(studio, state, language, async (page) => {
          await page.setViewportSize(guideSize)
          await page.evaluate(writeOver)
          const devtools = await page.context().newCDPSession(page)
          const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 80 })
          writeFileSync(join(guideFolder, language, `${section}.webp`), Buffer.from(data, 'base64'))
        })
      }
    }
  })
}

async function withStudio(folder: string, work: (studio: Studio) => Promise<void>): Promise<void> {
  const world = writeWorld()
  const [product, browser] = await Promise.all([
    startProduct({ env: { WORLD_DIR: world } }),
    launchChromium(),
  ])
  try {
    await work({ product, browser, sessions: new Map<Login, BrowserContext>(), folder })
  } finally {
    await browser.close()
    await product.stop()
    rmSync(world, { recursive: true, force: true })
  }
}

type Studio = { product: Product; browser: Browser; sessions: Map<Login, BrowserContext>; folder: string }

const shoot = (studio: Studio, state: State, language: Language): Promise<void> =>
  pose(studio, state, language, async (page) => {
    for (const width of state.width ? [state.width] : WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT })
      await page.evaluate(writeOver)
      const path = join(studio.folder, `${state.name}-${language}-${width}.png`)
      await page.screenshot({ path, fullPage: true, animations: 'disabled' })
    }
  })

/** Brings a page into this state. */
async function pose(
  studio: Studio,
  state: State,
  language: Language,
  picture: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await contextFor(studio, state)
  const url = studio.product.urls.product
  await context.addCookies([
    { name: 'lang', value: language === 'zh' ? 'zh-CN' : 'en', url },
    ...(state.flash ? [{ name: 'flash', value: encodeURIComponent(JSON.stringify(state.flash)), url }] : []),
  ])
  const page = await context.newPage()
  await page.setViewportSize({ width: state.width ?? 1280, height: HEIGHT })
  try {
    await page.goto(state.path)
    if (state.script !== false) await page.locator('#svelte-announcer').waitFor({ state: 'attached' })
    await state.act?.(page, textsOf(language))
    if (state.media) await page.emulateMedia({ media: state.media })
    await picture(page)
  } catch (error) {
    console.error(`${state.name} (${language}): ${(error as Error).message}`)
    process.exitCode = 1
  } finally {
    await page.close()
    if (state.script === false) await context.close()
  }
}

/** One session a person; without script a context of its own, with the same cookies. */
async function contextFor({ product, browser, sessions }: Studio, state: State): Promise<BrowserContext> {
  const options = { baseURL: product.urls.product, locale: 'zh-CN', reducedMotion: 'reduce' } as const
  if (!state.login) return await browser.newContext(options)
  const known = sessions.get(state.login)
  const context = known ?? (await browser.newContext(options))
  if (!known) {
    context.setDefaultTimeout(15_000)
    sessions.set(state.login, context)
    const page = await context.newPage()
    await page.goto('/auth/login')
    await page.locator('[name=login]').fill(state.login)
    await page.locator('[name=password]').fill('hgrip')
    await page.getByRole('button', { name: '登录' }).first().click()
    await page.waitForURL((url) => url.origin === product.urls.product)
    await page.close()
  }
  if (state.script !== false) return context
  const plain = await browser.newContext({ ...options, javaScriptEnabled: false })
  await plain.addCookies(await context.cookies())
  return plain
}

/** What the people of the pictures did before. */
async function statesOf(product: Product): Promise<State[]> {
  const visitor = await product.signIn('ren')
  const send = async (method: string, path: string, body?: Json): Promise<Json> => {
    const reply = await visitor.insist(method, path, body)
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`)
    return reply.body
  }
  const newProject = async (name: string) =>
    String(
      (
        await send('POST', '/projects', {
          name,
          leadName: '示例负责人',
          leadEmail: emailOf('ren'),
          agreed: true,
        })
      )['id'],
    )
  const newBackup = async (project: string, name: string) =>
    String(
      (await send('POST', `/projects/${project}/backups`, { name, contentTypes: ['wgs', 'array'] }))['id'],
    )
  const link = async (backup: string, n: number, email: string) => {
    const body = {
      ...{ dataType: 1, sampleCount: 1200, mbPerSample: '2000.5', depositorEmail: email },
      ...{ accession: accessionOf('ren', n), confirmDuplicate: true },
    }
    return String((await send('POST', `/backups/${backup}/files`, body))['id'])
  }
  const setFile = (id: string, status: string) =>
    product.query('update data_files set status = $2 where id = $1', [id, status])
  const setConsent = (id: string, status: string, more = '') =>
    product.query(`update consents set status = $2 ${more} where file_id = $1`, [id, status])
  const lead = emailOf('ren')
  const contributor = contributorOf('ren')

  const project = await newProject('示例项目 甲 Sample project with a rather long name, 全基因组测序')
  const other = await newProject('示例项目 乙')
  const busy = await newBackup(project, '示例备份 各种状态')
  const files: Record<string, string> = {}
  for (const [name, n, email] of [
    ...([
      ['done', 1, lead],
      ['mismatch', 2, lead],
      ['checking', 4, lead],
    ] as const),
    ...([
      ['unsent', 6, contributor],
      ['sent', 7, contributor],
    ] as const),
    ...([
      ['undelivered', 8, contributor],
      ['locked', 9, contributor],
    ] as const),
  ])
    files[name] = await link(busy, n, email)
  const ready = await newBackup(project, '示例备份 可提交')
  await link(ready, 1, lead)
  const empty = await newBackup(project, '示例备份 空')
  const blocked = await newBackup(project, '示例备份 待授权')
  const waits = await link(blocked, 6, contributor)
  const voidedIn = await newBackup(other, '示例备份 失效')
  const voided = await link(voidedIn, 7, contributor)
  const completed = await newBackup(project, '示例备份 已完成')
  const final = await link(completed, 1, lead)
  await link(completed, 2, lead)
  await send('POST', `/backups/${completed}/submission`)
  const amended = await newBackup(other, '示例备份 有修改')
  const changed = await link(amended, 3, lead)
  await send('POST', `/backups/${amended}/submission`)
  await send('PATCH', `/backups/${amended}/files/${changed}`, {
    ...{ sampleCount: 1300, mbPerSample: '2000.5', note: '示例说明' },
  })
  await send('POST', `/backups/${busy}/files/${files['sent']}/code`)
  await send('POST', `/backups/${blocked}/files/${waits}/code`)
  await product.query(`update consents set sent_at = sent_at - interval '6 min' where file_id = $1`, [waits])
  await setFile(files['mismatch'] ?? '', 'mismatch')
  await product.query('insert into code_tries (project_id, accession_key, wrong) values ($1, $2, 20)', [
    project,
    accessionOf('ren', 9),
  ])
  await setFile(files['checking'] ?? '', 'checking')
  await setConsent(files['undelivered'] ?? '', 'undelivered', `, trouble = 'no-such-address'`)
  await setConsent(voided, 'voided')

  const hub = `/backups/${busy}`
  const codePage = (name: string) => `${hub}/files/${files[name]}/code`
  const ren = { login: 'ren' } as const
  const gui = { login: 'gui' } as const
  type Texts = ReturnType<typeof textsOf>
  const submitForm = async (page: Page) => {
    await page.locator('main form[method=post] button.primary').first().click()
    await page.getByRole('alert').waitFor()
  }
  const fillFile = async (page: Page, values: Record<string, string>) => {
    await page.locator('[name=dataType]').selectOption('1')
    for (const [name, value] of Object.entries(values))
      await page.locator(`main [name=${name}]:not([type=hidden])`).fill(value)
  }
  const openCode = (name: string) => async (page: Page) => {
    await page.locator(`main a[href$="${files[name]}/code"]`).click()
    await page.locator('dialog[open]').waitFor()
  }
  const review = async (page: Page) => {
    for (const [name, value] of [
      ['name', '示例项目 丙'],
      ['leadName', '示例负责人'],
      ['leadEmail', lead],
    ] as const)
      await page.locator(`main [name=${name}]`).fill(value)
    await page.locator('[name=agreed]').check()
    await page.locator('main form[method=post] button.primary').click()
    await page.locator('dialog[open]').waitFor()
  }
  const reset = async (page: Page) => {
    await page.locator('main [name=name]').fill('x')
    await page.locator('button[type=reset]').click()
    await page.locator('dialog[open]').waitFor()
  }
  const menu = async (page: Page) => {
    await page.locator('.menu-btn').click()
    await page.locator('nav.menu a').first().waitFor()
  }
  const account = (page: Page) => page.locator('.account-btn').click()
  const flash = { id: 1, code: 'fileDone', params: { accession: accessionOf('ren', 1) }, row: files['done'] }

  return [
    { name: 'landing', path: '/' },
    { name: 'landing-signed-out', path: '/?signin=signedout' },
    { name: 'landing-plain', path: '/', script: false },
    { name: 'guide', path: '/guide' },
    { name: 'sign-in-first', path: '/projects' },
    { name: 'guide-manager', login: 'chou', path: '/guide' },
    { name: 'not-authorised-projects', login: 'zi', path: '/projects' },
    { name: 'not-authorised-new', login: 'zi', path: '/projects/new' },
    { name: 'not-found', ...ren, path: `/backups/${randomUUID()}` },
    { name: 'projects-empty', ...gui, path: '/projects' },
    { name: 'account-menu', ...gui, path: '/projects', act: account },
    { name: 'main-menu', ...gui, path: '/projects', width: 390, act: menu },
    { name: 'new-project', ...gui, path: '/projects/new' },
    { name: 'new-project-errors', ...gui, path: '/projects/new', act: submitForm },
    { name: 'new-project-review', ...gui, path: '/projects/new', act: review },
    { name: 'new-project-reset', ...gui, path: '/projects/new', act: reset },
    { name: 'projects', ...ren, path: '/projects' },
    { name: 'projects-paged', ...ren, path: '/projects?size=1' },
    { name: 'projects-no-match', ...ren, path: '/projects?q=zzzz' },
    { name: 'project', ...ren, path: `/projects/${project}` },
    {
      name: 'project-more',
      ...ren,
      path: `/projects/${project}`,
      act: (page) => page.locator('main summary').first().click(),
    },
    { name: 'project-discard', ...ren, path: `/projects/${project}?discard=${empty}` },
    { name: 'new-backup', ...ren, path: `/projects/${project}/backups/new` },
    { name: 'new-backup-errors', ...ren, path: `/projects/${project}/backups/new`, act: submitForm },
    { name: 'edit-backup', ...ren, path: `${hub}/edit` },
    { name: 'hub', ...ren, path: hub },
    { name: 'hub-toast', ...ren, path: hub, flash },
    { name: 'hub-more', ...ren, path: hub, act: (page) => page.locator('.files summary').first().click() },
    { name: 'hub-remove', ...ren, path: `${hub}?remove=${files['done']}` },
    { name: 'hub-plain-remove', ...ren, path: `${hub}?remove=${files['done']}`, script: false },
    { name: 'hub-code-unsent', ...ren, path: hub, act: openCode('unsent') },
    { name: 'hub-code-sent', ...ren, path: hub, act: openCode('sent') },
    { name: 'hub-code-undelivered', ...ren, path: hub, act: openCode('undelivered') },
    { name: 'hub-empty', ...ren, path: `/backups/${empty}` },
    { name: 'hub-ready', ...ren, path: `/backups/${ready}` },
    { name: 'hub-waiting', ...ren, path: `/backups/${blocked}` },
    { name: 'new-file', ...ren, path: `/backups/${empty}/files/new` },
    {
      name: 'new-file-chosen',
      ...ren,
      path: `/backups/${empty}/files/new`,
      act: (page) =>
        fillFile(page, {
          sampleCount: '50',
          mbPerSample: '2000',
          depositorEmail: contributor,
          accession: 'HRA0',
        }),
    },
    { name: 'new-file-errors', ...ren, path: `/backups/${empty}/files/new`, act: submitForm },
    {
      name: 'new-file-near-miss',
      ...ren,
      path: `/backups/${empty}/files/new`,
      act: async (page) => {
        await fillFile(page, {
          depositorEmail: lead,
          accession: accessionOf('ren', 1).replace('HRA0', 'HRAO'),
        })
        await page.locator('[name=sampleCount]').focus()
        await page.locator('#accession-error').waitFor()
      },
    },
    {
      name: 'new-file-elsewhere',
      ...ren,
      path: `/backups/${empty}/files/new`,
      act: async (page) => {
        await fillFile(page, {
          sampleCount: '50',
          mbPerSample: '2000',
          depositorEmail: lead,
          accession: accessionOf('ren', 1),
        })
        await page.locator('main form[method=post] button.primary').first().click()
        await page.locator('dialog[open]').waitFor()
      },
    },
    { name: 'new-file-correct', ...ren, path: `${hub}/files/new?from=${files['mismatch']}` },
    { name: 'edit-file', ...ren, path: `${hub}/files/${files['done']}/edit` },
    {
      name: 'edit-file-changed',
      ...ren,
      path: `${hub}/files/${files['done']}/edit`,
      act: (page) => page.locator('[name=sampleCount]').fill('60'),
    },
    { name: 'edit-file-locked', ...ren, path: `/backups/${completed}/files/${final}/edit` },
    { name: 'code-unsent', ...ren, path: codePage('unsent') },
    { name: 'code-sent', ...ren, path: codePage('sent') },
    { name: 'code-sent-plain', ...ren, path: codePage('sent'), script: false },
    {
      name: 'code-ask',
      ...ren,
      path: `/backups/${blocked}/files/${waits}/code`,
      act: (page, t: Texts) => page.getByRole('button', { name: t.sendAgain }).click(),
    },
    {
      name: 'code-error',
      ...ren,
      path: `/backups/${blocked}/files/${waits}/code`,
      act: async (page) => {
        await page.locator('[name=code]').fill('12')
        await page.locator('.code-actions .primary').click()
        await page.locator('main .error').first().waitFor()
        await page.locator('.code-actions .primary:not([aria-disabled])').waitFor()
      },
    },
    { name: 'code-locked', ...ren, path: codePage('locked') },
    { name: 'code-undelivered', ...ren, path: codePage('undelivered') },
    { name: 'code-voided', ...ren, path: `/backups/${voidedIn}/files/${voided}/code` },
    { name: 'submit-empty', ...ren, path: `/backups/${empty}/submit` },
    { name: 'submit-blocked', ...ren, path: `${hub}/submit` },
    { name: 'submit-ready', ...ren, path: `/backups/${ready}/submit` },
    {
      name: 'submit-unticked',
      ...ren,
      path: `/backups/${ready}/submit`,
      act: async (page) => {
        await page.locator('main form[method=post] button.primary').click()
        await page.locator('#confirmed-error').waitFor()
      },
    },
    { name: 'result', ...ren, path: `/backups/${completed}/result` },
    { name: 'completed', ...ren, path: `/backups/${completed}` },
    { name: 'completed-print', ...ren, path: `/backups/${completed}`, media: 'print' },
    { name: 'completed-snapshot', ...ren, path: `/backups/${completed}?tab=snapshot` },
    { name: 'completed-no-amendments', ...ren, path: `/backups/${completed}?tab=amendments` },
    { name: 'completed-amendments', ...ren, path: `/backups/${amended}?tab=amendments` },
  ]
}

type Difference = { pixels: number; size: string }
/** In the browser, which reads PNG: pixels of which a channel differs by more than 8 of 255. */
const differ = `async ([before, after]) => {
  const read = async (data) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob())
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return context.getImageData(0, 0, image.width, image.height)
  }
  const [a, b] = [await read(before), await read(after)]
  const size = a.width + '×' + a.height + (a.height === b.height && a.width === b.width ? '' : ' → ' + b.width + '×' + b.height)
  let pixels = Math.abs(a.width * a.height - b.width * b.height)
  for (let i = 0; i < Math.min(a.data.length, b.data.length); i += 4)
    if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > 8)) pixels++
  return { pixels, size }
}`

async function compare(before: string, after: string): Promise<void> {
  const browser = await launchChromium()
  const page = await browser.newPage()
  const names = readdirSync(before).filter((name) => name.endsWith('.png'))
  const there = new Set(readdirSync(after))
  let different = 0
  for (const name of names) {
    if (!there.has(name)) console.log(`${name}: not taken`)
    else {
      const [a, b] = [readFileSync(join(before, name)), readFileSync(join(after, name))]
      if (a.equals(b)) continue
      const argument = JSON.stringify([a.toString('base64'), b.toString('base64')])
      const { pixels, size } = await page.evaluate<Difference>(`(${differ})(${argument})`)
      if (pixels === 0) continue
      console.log(`${name}: ${pixels} pixels differ (${size})`)
    }
    different += 1
  }
  await browser.close()
  console.log(`${names.length} pictures, ${different} differ`)
  if (different > 0) process.exitCode = 1
}

const [command, first = '', second = ''] = process.argv.slice(2)
if (command === 'take' && first) await take(first, second)
else if (command === 'guide') await takeGuide()
else if (command === 'compare' && second) await compare(first, second)
else throw new Error('take <folder> [part of a name] | compare <before> <after> | guide')
