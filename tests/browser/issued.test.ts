/** P12 and P13: what one does with a number, on the screen and on paper. */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, submitDraft, type Draft } from './arrange.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import type { Language } from './texts.ts'
import { accessionOf, emailOf } from './world.ts'

const words = {
  zh: {
    platform: '人类遗传资源信息管理备份平台',
    institution: '示例医院',
    printedAt: /打印时间：\d{4}-\d\d-\d\d \d\d:\d\d（北京时间）/,
    asOf: /内容截至：\d{4}-\d\d-\d\d \d\d:\d\d（北京时间）/,
    amounts: '签发时 200 GB，现为 220 GB',
    report: '前往人遗系统办理事先报告',
    copyBackup: '复制为新备份',
    copyName: (name: string) => `${name}（副本）`,
    copyOf: (name: string) => `已按备份“${name}”填好名称和涉及内容`,
    copySummary: '复制备份号和摘要',
    summary: (day: string) => new RegExp(`^备份号 BF\\d{13}（2 个文件，200 GB，${day} 签发）$`),
  },
  en: {
    platform: 'Human Genetic Resources Information Backup Platform',
    institution: '示例医院',
    printedAt: /Printed at \d{4}-\d\d-\d\d \d\d:\d\d \(Beijing time\)/,
    asOf: /As of \d{4}-\d\d-\d\d \d\d:\d\d \(Beijing time\)/,
    amounts: '200 GB when issued, 220 GB now',
    report: 'Submit the prior report in the HGR System',
    copyBackup: 'Copy as a new backup',
    copyName: (name: string) => `${name} (copy)`,
    copyOf: (name: string) => `Name and content are filled in from the backup “${name}”`,
    copySummary: 'Copy backup number and summary',
    summary: (day: string) => new RegExp(`^Backup number BF\\d{13} \\(2 files, 200 GB, issued ${day}\\)$`),
  },
} satisfies Record<Language, object>
const languages = ['zh', 'en'] as const
const widths = [320, 390, 900, 1280]
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)

async function hai(options: Parameters<typeof visit>[0] = {}): Promise<Visit> {
  const me = await visit(options)
  onTestFinished(() => me.close())
  await me.signIn('hai')
  return me
}
/** A completed backup with two files. */
async function issued(): Promise<{ draft: Draft; file: string }> {
  const draft = await draftOf('hai')
  const file = await addFile('hai', draft, accessionOf('hai', 1), emailOf('hai'))
  await addFile('hai', draft, accessionOf('hai', 2), emailOf('hai'))
  await submitDraft('hai', draft)
  return { draft, file }
}
async function amend({ draft, file }: Awaited<ReturnType<typeof issued>>): Promise<void> {
  const visitor = await product.signIn('hai')
  const reply = await visitor.insist('PATCH', `${draft.backup}/files/${file}`, {
    sampleCount: 60,
    mbPerSample: '2000',
  })
  expect(reply.status).toBe(200)
}

useStage()

describe('P12 after an amendment', () => {
  it.each(languages)(
    'keeps apart what the number was issued for and what is now, in %s',
    async (language) => {
      const t = words[language]
      const backup = await issued()
      const me = await hai({ language })
      await me.go(`${backup.draft.backup}/result`)
      await me.sees('200 GB')
      expect(await me.page.getByText(t.amounts).count()).toBe(0)
      await amend(backup)
      await me.go(`${backup.draft.backup}/result`)
      await me.sees(t.amounts)
      await me.fits('p12-amended', widths)
      await me.look('p12-amended')
    },
    60_000,
  )
})

describe('P13 for the form of the prior report', () => {
  it.each(languages)(
    'gives number, files, size and day in one line, in %s',
    async (language) => {
      const t = words[language]
      const { draft } = await issued()
      const me = await hai({ language })
      await me.go(draft.backup)
      expect(await me.copied(me.button(t.copySummary))).toMatch(t.summary(today()))
      await me.link(new RegExp(`^${t.report}`)).waitFor()
      await me.fits('p13-next', widths)
      await me.look('p13-next')
    },
    60_000,
  )
})

describe('P13 the next batch', () => {
  it.each(languages)(
    'begins with name and content of this one; its files stay here, in %s',
    async (language) => {
      const t = words[language]
      const { draft } = await issued()
      const me = await hai({ language })
      await me.go(draft.backup)
      await me.link(t.copyBackup).click()
      await me.page.waitForURL(/\/backups\/new\?from=/)
      await me.sees(t.copyOf(draft.name))
      expect(await me.field('name').inputValue()).toBe(t.copyName(draft.name))
      expect(await me.page.getByLabel(me.texts.wgs, { exact: true }).isChecked()).toBe(true)
      expect(await me.page.getByLabel(me.texts.array, { exact: true }).isChecked()).toBe(false)
      await me.fits('p05-copy', widths)
      await me.look('p05-copy')
      await me.field('name').fill('')
      await me.page.getByLabel(me.texts.array, { exact: true }).check()
      me.provoked.add(422)
      await me.button(me.texts.submit).click()
      await me.page.locator('#name-error').waitFor()
      expect(await me.page.getByLabel(me.texts.array, { exact: true }).isChecked()).toBe(true)
      await me.field('name').fill(`${draft.name} 二`)
      await me.button(me.texts.submit).click()
      await me.page.waitForURL(/\/backups\/[0-9a-f-]{36}$/)
      await me.sees(me.texts.noFilesYet)
      const [row] = await product.query(
        `select b.name, b.content_types, count(f.id)::int as files, b.project_id from backups b
         left join data_files f on f.backup_id = b.id where b.id = $1 group by b.id`,
        [me.page.url().split('/').at(-1)],
      )
      expect(row).toEqual({
        name: `${draft.name} 二`,
        content_types: ['wgs', 'array'],
        files: 0,
        project_id: draft.project.split('/').at(-1),
      })
    },
    60_000,
  )

  it('fits its name into 100 letters, and needs no script', async () => {
    const name = '示'.repeat(100)
    const draft = await draftOf('hai', name)
    await addFile('hai', draft, accessionOf('hai', 1), emailOf('hai'))
    await submitDraft('hai', draft)
    const me = await hai({ script: false })
    await me.go(draft.backup)
    await me.link(words.zh.copyBackup).click()
    expect(await me.field('name').inputValue()).toBe(`${'示'.repeat(96)}（副本）`)
    await me.button(me.texts.submit).click()
    await me.sees(me.texts.noFilesYet)
  }, 60_000)

  it('begins with no draft, no backup of another project and none of another person', async () => {
    const { draft } = await issued()
    const other = await draftOf('hai')
    const foreign = await draftOf('xu')
    const me = await hai()
    me.provoked.add(404)
    for (const from of [other, foreign, { backup: '/backups/x' }]) {
      const id = from.backup.split('/').at(-1) ?? ''
      await me.go(`${other.project}/backups/new?from=${id}`)
      await me.sees(me.texts.notFound)
    }
    await me.go(`${other.project}/backups/new?from=${draft.backup.split('/').at(-1)}`)
    await me.sees(me.texts.notFound)
  }, 60_000)
})

describe('P12, P13 on paper', () => {
  it.each(languages)(
    'say whose page it is, where and of when, and show nothing to click, in %s',
    async (language) => {
      const t = words[language]
      const { draft } = await issued()
      const me = await hai({ language })
      for (const path of [draft.backup, `${draft.backup}?tab=snapshot`, `${draft.backup}/result`]) {
        await me.go(path)
        await me.page.emulateMedia({ media: 'print' })
        const head = me.page.locator('main header')
        expect(await head.innerText()).toContain(t.platform)
        expect(await head.innerText()).toContain(product.urls.product + path)
        expect(await head.innerText()).toMatch(t.asOf)
        // A browser says so when it prints.
        await me.page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
        await expect.poll(() => head.innerText()).toMatch(t.printedAt)
        const paper = await me.page.locator('body').innerText()
        for (const part of ['示例负责人', t.institution, draft.name]) expect(paper, path).toContain(part)
        const clickable = me.page.locator('button, .btn, .act, nav, .crumbs, .tabs, footer, summary')
        expect(await clickable.filter({ visible: true }).allInnerTexts(), path).toEqual([])
        for (const colour of await me.page.evaluate<string[]>(backgrounds))
          expect(colour).toBe('rgb(255, 255, 255)')
        const name = `paper-${path.split(/[/?]/).at(-1)?.slice(0, 12)}-${language}`
        writeFileSync(join(tmpdir(), 'hgrip-shots', `${name}.pdf`), await me.page.pdf({ format: 'A4' }))
        await me.page.emulateMedia({ media: 'screen' })
        await head.waitFor({ state: 'hidden' })
      }
    },
    90_000,
  )

  it('say of when they are without script too', async () => {
    const { draft } = await issued()
    const me = await hai({ script: false })
    await me.go(`${draft.backup}/result`)
    await me.page.emulateMedia({ media: 'print' })
    expect(await me.page.locator('main header').innerText()).toMatch(words.zh.asOf)
  })
})

/** What lies behind the page; an expression of the page. */
const backgrounds = `[document.body].map((element) => getComputedStyle(element).backgroundColor)`
