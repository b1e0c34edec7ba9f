/** P10, P11: what the depositor is asked, what still blocks a number and whose turn it is; what a row says of its file. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, mailCode, submitDraft } from './arrange.ts'
import { codeFor } from './codes.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named, say } from './texts.ts'
import { accessionOf, contributorOf, emailOf, nameOf } from './world.ts'

useStage()

const [lead, contributor] = [emailOf('xu'), contributorOf('xu')]
async function xu(options: Parameters<typeof visit>[0] = {}): Promise<Visit> {
  const me = await visit(options)
  onTestFinished(() => me.close())
  await me.signIn('xu')
  return me
}
const setConsent = (file: string, values: string) =>
  product.query(`update consents set ${values} where file_id = $1`, [file])
async function looksRight(me: Visit, name: string): Promise<void> {
  await me.fits(name, [320, 390, 900, 1280])
  await me.lookInBoth(name)
}

describe('P10 a text for the depositor', () => {
  it.each(['zh', 'en'] as const)(
    'says which data set, for which project, until when and who asks; never the code, in %s',
    async (language) => {
      const draft = await draftOf('xu')
      const accession = accessionOf('xu', language === 'zh' ? 6 : 7)
      const file = await addFile('xu', draft, accession, contributor)
      const me = await xu({ language })
      const t = me.texts
      await me.go(draft.backup)
      await me.link(named(t.sendCode, accession, language)).click()
      expect(await me.button(t.copyRequest).count()).toBe(0)
      await me.dialog.getByRole('button', { name: t.sendCode }).click()
      await me.dialog.getByText(t.pleaseNote).waitFor()
      const text = await me.copied(me.button(t.copyRequest))
      const [consent] = await product.query(
        `select p.name as project, to_char(c.expires_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') as until
           from consents c join data_files f on f.id = c.file_id join backups b on b.id = f.backup_id
           join projects p on p.id = b.project_id where f.id = $1`,
        [file],
      )
      const asked = [accession, 'GSA-Human', contributor, nameOf('xu'), '示例研究所']
      for (const part of [...asked, String(consent?.['project']), String(consent?.['until'])])
        expect(text).toContain(part)
      const code = await codeFor(contributor)
      expect(code).toMatch(/^\d{6}$/)
      expect(text).not.toContain(code)
      await me.look('p10-request')
      await me.dialog.getByRole('link', { name: t.ok }).click()
      await me.button(t.copyRequest).waitFor()
      await me.go(`${draft.backup}/files/${file}/code`)
      expect(await me.copied(me.button(t.copyRequest))).toBe(text)
      // A form in a span is no HTML.
      expect(await me.page.locator('span form, p form').count()).toBe(0)
      await me.look('p10-request-page')
    },
    60_000,
  )
})

describe('P11 before everything is done', () => {
  it('says whose turn it is, until when, and hands over what can be done', async () => {
    const draft = await draftOf('xu')
    const [mine, waiting, refused, voided, done] = [6, 7, 8, 9, 1].map((n) => accessionOf('xu', n)) as [
      string,
      string,
      string,
      string,
      string,
    ]
    await addFile('xu', draft, mine, contributor)
    await mailCode('xu', draft, await addFile('xu', draft, waiting, contributor))
    await setConsent(
      await addFile('xu', draft, refused, contributor),
      `status = 'undelivered', trouble = 'no-such-address'`,
    )
    await setConsent(await addFile('xu', draft, voided, contributor), `status = 'voided'`)
    await addFile('xu', draft, done, lead)
    const me = await xu()
    const t = me.texts
    await me.go(`${draft.backup}/submit`)
    const panel = me.page.getByRole('region', { name: '还不能提交：4 个文件未完成' })
    await panel.getByRole('heading', { name: say(t.forMe, { n: 3 }) }).waitFor()
    await panel.getByRole('heading', { name: say(t.forOthers, { n: 1 }) }).waitFor()
    expect(await me.page.getByRole('alert').count()).toBe(0)
    expect(await me.page.title()).not.toContain(t.errorTitle)
    expect(await me.button(t.getNumber).count()).toBe(0)
    const line = (accession: string) => panel.locator('li').filter({ hasText: accession })
    expect(await line(waiting).innerText()).toMatch(/等待数据提交者授权，至 \d{4}-\d\d-\d\d \d\d:\d\d/)
    // Red is for what is mine and wrong.
    for (const [accession, isWrong] of [
      [mine, false],
      [waiting, false],
      [refused, true],
      [voided, true],
    ] as const)
      expect(await line(accession).locator('.danger').count(), accession).toBe(isWrong ? 1 : 0)
    expect(await panel.getByText(done).count()).toBe(0)
    await looksRight(me, 'p11-waiting')
    for (const [accession, action, where] of [
      [mine, t.sendCode, /\/code$/],
      [waiting, t.enterCode, /\/code$/],
      [voided, t.sendAgain, /\/code$/],
      [refused, t.correctAccount, /\/files\/new\?from=/],
    ] as const) {
      await panel.getByRole('link', { name: named(action, accession, 'zh') }).click()
      await me.page.waitForURL(where)
      await me.go(`${draft.backup}/submit`)
    }
  }, 120_000)

  it('gives a lock no date, since nobody promised one, and says whom to call; without script too', async () => {
    const draft = await draftOf('xu')
    const accession = accessionOf('xu', 6)
    const file = await addFile('xu', draft, accession, contributor)
    await mailCode('xu', draft, file)
    await product.query(
      `insert into code_tries (project_id, accession_key, wrong)
         select b.project_id, f.accession_key, 20 from data_files f join backups b on b.id = f.backup_id
         where f.id = $1`,
      [file],
    )
    const me = await xu({ script: false })
    await me.go(`${draft.backup}/submit`)
    const line = me.page.getByRole('region', { name: me.texts.stillBlock }).locator('li')
    expect(await line.innerText()).toContain('010-84097816')
    expect(await line.innerText()).not.toMatch(/20\d\d-\d\d-\d\d/)
    expect(await line.locator('.danger, a').count()).toBe(0)
  }, 60_000)

  it('offers to correct a file that failed its check where there is no other', async () => {
    const draft = await draftOf('xu')
    const file = await addFile('xu', draft, accessionOf('xu', 2), lead)
    await product.query(`update data_files set status = 'mismatch' where id = $1`, [file])
    const me = await xu({ script: false })
    await me.go(`${draft.backup}/submit`)
    const panel = me.page.getByRole('region', { name: me.texts.noFilesToSubmit })
    await panel
      .getByRole('link', { name: named(me.texts.correctAndAdd, accessionOf('xu', 2), 'zh') })
      .waitFor()
    await panel.getByRole('link', { name: me.texts.addFile }).click()
    await me.page.waitForURL(/\/files\/new$/)
  }, 60_000)

  it('says so too when a file changed after the page was read, and takes the focus there', async () => {
    const draft = await draftOf('xu')
    await addFile('xu', draft, accessionOf('xu', 1), lead)
    const me = await xu()
    me.provoked.add(409)
    await me.go(`${draft.backup}/submit`)
    await addFile('xu', draft, accessionOf('xu', 7), contributor)
    await me.field('confirmed').check()
    await me.button(me.texts.getNumber).click()
    await me.focusIsOn(me.page.getByRole('heading', { name: me.texts.stillBlock }))
    expect(await me.button(me.texts.getNumber).count()).toBe(0)
  }, 60_000)
})

describe('P11 the box', () => {
  it('is no error any more once it is ticked', async () => {
    const draft = await draftOf('xu')
    await addFile('xu', draft, accessionOf('xu', 1), lead)
    const me = await xu()
    me.provoked.add(422)
    await me.go(`${draft.backup}/submit`)
    await me.button(me.texts.getNumber).click()
    expect(await me.errorOf('confirmed')).toBe(me.texts.tickTheBox)
    await me.field('confirmed').check()
    await me.page.locator('#confirmed-error').waitFor({ state: 'detached' })
    expect(await me.field('confirmed').getAttribute('aria-invalid')).toBeNull()
    await me.button(me.texts.getNumber).click()
    await me.page.waitForURL(/\/result$/)
  }, 60_000)
})

describe('P6 more actions of a row', () => {
  it('cover no action of another row, wherever they are opened', async () => {
    const draft = await draftOf('xu')
    for (const n of [6, 7, 8]) await addFile('xu', draft, accessionOf('xu', n), contributor)
    const me = await xu()
    await me.go(draft.backup)
    for (const width of [320, 900, 1280]) {
      await me.page.setViewportSize({ width, height: 900 })
      for (const n of [6, 7, 8]) {
        const row = me.row(accessionOf('xu', n))
        await row.locator('summary').click()
        await row.getByRole('link', { name: me.texts.remove }).waitFor()
      }
      expect(await me.page.evaluate<string[]>(covered), `${width} px`).toEqual([])
      for (const n of [6, 7, 8]) await me.row(accessionOf('xu', n)).locator('summary').click()
    }
    await me.row(accessionOf('xu', 6)).locator('summary').click()
    await me.look('p06-more')
  }, 60_000)
})

/** The controls of the table that another element covers; an expression of the page. */
const covered = `[...document.querySelectorAll('.files :is(a, summary)')].filter((control) => {
  control.scrollIntoView({ block: 'center' })
  const { left, top, width, height } = control.getBoundingClientRect()
  const there = document.elementFromPoint(left + width / 2, top + height / 2)
  return width > 0 && !control.contains(there)
}).map((control) => control.getAttribute('aria-label'))`

describe('P6, P11, P13 a row', () => {
  it('says at which repository, and by which account, its data set was deposited', async () => {
    const draft = await draftOf('xu')
    const accession = accessionOf('xu', 3)
    await addFile('xu', draft, accession, lead)
    const me = await xu()
    for (const [path, name] of [
      [draft.backup, 'p06-account'],
      [`${draft.backup}/submit`, 'p11-account'],
    ] as const) {
      await me.go(path)
      await me.row(accession).getByText(`GSA-Human · ${lead}`).waitFor()
      await looksRight(me, name)
    }
    await submitDraft('xu', draft)
    await me.go(draft.backup)
    await me.row(accession).getByText(`GSA-Human · ${lead}`).waitFor()
    await looksRight(me, 'p13-account')
    await me.go(`${draft.backup}?tab=snapshot`)
    await me.row(accession).waitFor()
    expect(await me.row(accession).innerText()).not.toContain(lead)
  }, 120_000)
})
