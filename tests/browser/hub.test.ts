/** The pages that say whose turn it is: P2, P4 and P6. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, mailCode, type Draft } from './arrange.ts'
import { codeFor } from './codes.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named, type Language } from './texts.ts'
import { accessionOf, contributorOf, emailOf, type Login } from './world.ts'

const words = {
  zh: {
    mine: /^2 项待我处理 · 1 项等待数据提交者$/,
    send: (n: number) => `发送 ${n} 个验证码`,
    sent: '2 个验证码已发送，请联系数据提交者索取',
    others: '等待他人（1 项）',
    nothing: '目前没有需要您处理的事项',
    all: '全部进展',
    fewer: '收起',
    allDrafts: (n: number) => `查看全部 ${n} 个`,
    expired: '验证码已超过 48 小时，不能再使用。',
    voided: '验证码连续输错 5 次，已作废。',
  },
  en: {
    mine: /^2 waiting .* · 1 waiting .*$/,
    send: (n: number) => (n === 1 ? 'Send 1 code' : `Send ${n} codes`),
    sent: '2 codes sent. Ask the depositors for them',
    others: 'Waiting for others (1)',
    nothing: 'There is nothing for you to do at the moment',
    all: 'All of the timeline',
    fewer: 'Fewer',
    allDrafts: (n: number) => `Show all ${n}`,
    expired: 'The code is older than 48 hours and no longer works.',
    voided: 'The code was entered wrongly 5 times and no longer works.',
  },
} satisfies Record<Language, object>

async function someone(login: Login, options: Parameters<typeof visit>[0] = {}): Promise<Visit> {
  const me = await visit(options)
  onTestFinished(() => me.close())
  await me.signIn(login)
  return me
}
const topOf = async (me: Visit, selector: string): Promise<number> =>
  (await me.page.locator(selector).first().boundingBox())?.y ?? Infinity
const setConsent = (file: string, values: string) =>
  product.query(`update consents set ${values} where file_id = $1`, [file])

/** Two files without a code, and one whose depositor has a code. */
async function mixed(login: Login): Promise<Draft & { files: string[] }> {
  const draft = await draftOf(login)
  const files: string[] = []
  for (const n of [6, 7, 8])
    files.push(await addFile(login, draft, accessionOf(login, n), contributorOf(login)))
  await mailCode(login, draft, files[2] ?? '')
  return { ...draft, files }
}

useStage()

describe('P6 an empty backup', () => {
  it.each([
    { language: 'zh', width: 1280 },
    { language: 'en', width: 390 },
  ] as const)(
    'shows the next step as a button in the first screen, $language at $width px',
    async (options) => {
      const draft = await draftOf('you')
      const me = await someone('you', options)
      await me.go(draft.backup)
      const add = me.page.locator('main').getByRole('link', { name: me.texts.addFile, exact: true })
      expect(await add.count()).toBe(1)
      expect(await add.getAttribute('class')).toContain('primary')
      expect((await add.boundingBox())?.y).toBeLessThan(700)
      const submit = me.page.locator('main').getByRole('link', { name: me.texts.submit, exact: true })
      expect(await submit.getAttribute('class')).not.toContain('primary')
      await me.look('p06-empty')
      await add.click()
      await me.page.waitForURL(/\/files\/new$/)
      await me.focusIsOn(me.page.locator('h1'))
    },
  )
})

describe('P2, P6 whose turn it is', () => {
  it.each(['zh', 'en'] as const)(
    'counts the waits, and sends all codes with one button, in %s',
    async (language) => {
      const draft = await mixed('shen')
      const me = await someone('shen', { language })
      const t = words[language]
      await me.go('/projects?drafts=all')
      const row = me.page.locator('.resume li').filter({ hasText: draft.name })
      expect(await row.locator('span').first().innerText()).toMatch(t.mine)
      await me.look(`p02-turn`)
      await row.getByRole('link', { name: named(t.send(2), draft.name, language) }).click()
      await me.page.waitForURL(`**${draft.backup}`)
      await me.page.locator('.page-title').getByText(t.mine).waitFor()
      await me.page.getByText(t.others).click()
      await me.page.locator('details li').getByText(accessionOf('shen', 8)).waitFor()
      await me.look('p06-turn')
      await me.button(t.send(2)).click()
      await me.sees(t.sent)
      await me.page.getByText(t.nothing).waitFor()
      expect(
        await product.query(`select 1 from consents where file_id = any($1) and status = 'sent'`, [
          draft.files,
        ]),
      ).toHaveLength(3)
      expect(await codeFor(contributorOf('shen'))).toMatch(/^\d{6}$/)
    },
    90_000,
  )

  it('sends them without script too', async () => {
    const draft = await draftOf('shen')
    const file = await addFile('shen', draft, accessionOf('shen', 9), contributorOf('shen'))
    const me = await someone('shen', { script: false })
    await me.go(draft.backup)
    await me.button(words.zh.send(1)).click()
    await me.sees(words.zh.nothing)
    expect(await product.query('select status from consents where file_id = $1', [file])).toEqual([
      { status: 'sent' },
    ])
  })

  it('shows three backups, the nearest deadline first, and all on request', async () => {
    const late = await draftOf('you', '示例备份 有期限')
    const file = await addFile('you', late, accessionOf('you', 6), contributorOf('you'))
    await mailCode('you', late, file)
    for (const n of [1, 2, 3]) await draftOf('you', `示例备份 其他 ${n} ${randomUUID().slice(0, 4)}`)
    const me = await someone('you', { script: false })
    await me.go('/projects')
    const rows = me.page.locator('.resume li')
    expect(await rows.count()).toBe(3)
    expect(await rows.first().innerText()).toContain(late.name)
    await me.page.locator('.resume > section > a').click()
    await expect.poll(() => rows.count()).toBeGreaterThan(3)
    expect(await me.page.locator('.resume > section > a').count()).toBe(0)
  })

  it('says of a code that ended why, and what now', async () => {
    const draft = await mixed('shen')
    await setConsent(draft.files[2] ?? '', `expires_at = now() - interval '1 min'`)
    const me = await someone('shen')
    await me.go(draft.backup)
    await me.sees(words.zh.expired)
    await setConsent(draft.files[2] ?? '', `status = 'voided', expires_at = null`)
    await me.go(draft.backup)
    await me.sees(words.zh.voided)
  })
})

describe('P6 the timeline', () => {
  it('pushes the file list nowhere, shows eight lines, and all of them on request', async () => {
    const draft = await draftOf('you')
    for (const n of [1, 2, 3, 4, 5]) await addFile('you', draft, accessionOf('you', n), emailOf('you'))
    for (const n of [6, 7, 8, 9]) {
      const file = await addFile('you', draft, accessionOf('you', n), contributorOf('you'))
      await mailCode('you', draft, file)
    }
    const me = await someone('you')
    await me.go(draft.backup)
    const lines = me.page.locator('.timeline ol li')
    expect(await lines.count()).toBe(8)
    expect(await topOf(me, '.files')).toBeLessThan(720)
    expect(await topOf(me, '.timeline')).toBeLessThan(300)
    await me.look('p06-long')
    await me.link(words.zh.all).click()
    await me.link(words.zh.fewer).waitFor()
    expect(await lines.count()).toBeGreaterThan(16)
    await me.link(words.zh.fewer).click()
    await expect.poll(() => lines.count()).toBe(8)
  }, 90_000)

  it('makes one line of a file’s code and its wrong tries', async () => {
    const draft = await draftOf('you')
    const file = await addFile('you', draft, accessionOf('you', 6), contributorOf('you'))
    await mailCode('you', draft, file)
    const visitor = await product.signIn('you')
    for (const code of ['000000', '000001'])
      await visitor.insist('POST', `${draft.backup}/files/${file}/verification`, { code })
    const me = await someone('you')
    await me.go(draft.backup)
    const lines = await me.page.locator('.timeline ol li').allInnerTexts()
    expect(lines.filter((line) => line.includes('验证码'))).toHaveLength(1 + 1) // the edit of `mailCode` lies between
    expect(lines[0]).toMatch(/输入了错误的验证码（.*），共 2 次/)
  })
})

describe('tables between a phone and a wide window', () => {
  it.each(['zh', 'en'] as const)(
    'nothing is cut or squeezed, in %s',
    async (language) => {
      const draft = await mixed('shen')
      const me = await someone('shen', { language })
      for (const path of ['/projects', draft.project, draft.backup, `${draft.backup}/submit`]) {
        await me.go(path)
        for (const width of [390, 768, 820, 900, 1023, 1024, 1279, 1280, 1440]) {
          await me.page.setViewportSize({ width, height: 900 })
          expect(await me.page.evaluate<string[]>(squeezed), `${path} at ${width} px`).toEqual([])
        }
      }
    },
    120_000,
  )
})

/** Text that stands in less than three letters' width, and what reaches beyond the edge; an expression of the page. */
const squeezed = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => {
  // For screen readers alone: the heads of a table that is shown as cards.
  const isShown = (element) => getComputedStyle(element.closest('thead') ?? element).position !== 'absolute'
  const cells = [...document.querySelectorAll('main :is(td, th)')].filter((cell) => isShown(cell) && cell.getBoundingClientRect().height > 4)
  const narrow = cells.filter((cell) => {
    const box = cell.getBoundingClientRect()
    const style = getComputedStyle(cell)
    const inner = box.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    const text = document.createRange()
    text.selectNodeContents(cell)
    const isBroken = text.getBoundingClientRect().height > 1.5 * parseFloat(style.lineHeight)
    return isBroken && cell.textContent.trim().length > 3 && inner < 40
  })
  const edge = document.documentElement.clientWidth
  const over = [...document.querySelectorAll('main *')].filter((element) => isShown(element) && element.getBoundingClientRect().right > edge + 1)
  return [...narrow, ...over].map((element) => element.tagName + ' ' + element.className + ' ' + element.textContent.trim().slice(0, 30))
})`

describe('R55 the focus', () => {
  it('is on the title after a page change, and on its opener after a question', async () => {
    const draft = await mixed('shen')
    const me = await someone('shen')
    await me.go('/projects?drafts=all')
    await me.page.locator('.resume').getByRole('link', { name: draft.name, exact: true }).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.focusIsOn(me.page.locator('h1'))
    const row = me.row(accessionOf('shen', 6))
    await row.locator('summary').click()
    const remove = row.getByRole('link', { name: me.texts.remove })
    await remove.click()
    await me.focusIsOn(me.inDialog(me.texts.cancel))
    await me.page.keyboard.press('Escape')
    await me.dialog.waitFor({ state: 'detached' })
    await me.focusIsOn(remove)
  })
})

describe('a page that is slow to come', () => {
  it('says so after 300 ms, and until it is there', async () => {
    const draft = await draftOf('you')
    const me = await someone('you')
    await me.go(draft.backup)
    await me.page.route('**/__data.json*', async (route) => {
      await setTimeout(1_500)
      await route.continue()
    })
    await me.page.locator('.crumbs a').first().click()
    const busy = me.page.locator('main[aria-busy=true]')
    await busy.waitFor()
    await me.page.locator('.loading').waitFor()
    await me.page.waitForURL('**/projects')
    await busy.waitFor({ state: 'detached' })
    await me.page.unrouteAll({ behavior: 'wait' })
  })
})
