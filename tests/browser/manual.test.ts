/** The operation manual, walked from sign-in to sign-out as a person would; every state is looked at on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeFor, wrongCodeFor } from './codes.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named, say, type Language } from './texts.ts'
import { accessionOf, contributorOf, emailOf, nameOf, type Login } from './world.ts'

const walks = [
  { language: 'zh', login: 'geng', spoken: 'Chinese' },
  { language: 'en', login: 'xin', spoken: 'English' },
] as const

useStage()

describe.each(walks)('the manual in $spoken', ({ language, login }) => walk(language, login))

function walk(language: Language, login: Login): void {
  const own = accessionOf(login, 1)
  const others = accessionOf(login, 6)
  const lead = emailOf(login)
  const depositor = contributorOf(login)
  const project = `示例项目 A${login}`
  const backup = `示例备份 ${login}`
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  let me: Visit
  let t: Visit['texts']
  let hub = ''
  let number = ''

  beforeAll(async () => {
    me = await visit({ language })
    t = me.texts
  })
  afterAll(() => me.close())

  async function fillFile(values: { type?: string; email?: string; accession?: string }): Promise<void> {
    if (values.type !== undefined) await me.field('dataType').selectOption({ label: values.type })
    await me.field('sampleCount').fill('５０')
    await me.field('mbPerSample').fill('2,000')
    if (values.email !== undefined) await me.field('depositorEmail').fill(values.email)
    if (values.accession !== undefined) await me.field('accession').fill(values.accession)
  }
  const atProject = /\/projects\/[0-9a-f-]{36}$/
  const atHub = /\/backups\/[0-9a-f-]{36}(#files)?$/

  it('R1 signs in with the account of the report system', async () => {
    await me.go('/')
    if (language === 'en') await me.switchLanguage()
    await me.look('p01-sign-in')
    await me.link(t.signIn).click()
    await me.identify(login)
    await me.page.waitForURL('**/projects')
    await me.sees(t.projectsEmpty)
    expect(await me.page.locator('html').getAttribute('lang')).toBe(language === 'zh' ? 'zh-CN' : 'en')
    await me.look('p02-projects-empty')
  })

  it('R5 finds menu and help where they always are', async () => {
    const menu = me.page.locator('nav.menu').filter({ visible: true })
    expect((await menu.getByRole('link').allInnerTexts()).map((text) => text.trim())).toEqual(
      expect.arrayContaining([t.guide, t.projects, t.newProject]),
    )
    await menu.getByRole('link', { name: t.guide }).click()
    await me.page.waitForURL('**/guide')
    await me.sees('010-84097816 / 010-84097340')
    await me.look('p24-guide')
    await menu.getByRole('link', { name: t.newProject }).click()
    await me.page.waitForURL('**/projects/new')
    await me.look('p03-new-project')
  })

  it('R7, R58 is told at each field what is missing, and keeps what was typed', async () => {
    me.provoked.add(422)
    await me.field('leadEmail').fill('lead@')
    await me.button(t.create).click()
    const summary = me.page.getByRole('alert')
    await summary.waitFor()
    await me.focusIsOn(summary)
    expect(await me.page.title()).toMatch(t.errorTitle)
    expect(await me.errorOf('name')).toBe(t.enterProjectName)
    expect(await me.errorOf('leadEmail')).toBe(t.enterEmail)
    expect(await me.errorOf('agreed')).toBe(t.acceptAgreement)
    expect(await me.field('leadEmail').inputValue()).toBe('lead@')
    await me.look('p03-errors')
    // The message alone: it names its field.
    expect(await summary.getByRole('link').first().innerText()).toBe(t.enterProjectName)
    await summary.getByRole('link').first().click()
    await me.focusIsOn(me.field('name'))
  })

  it('R7–R9 creates a project after seeing what becomes final', async () => {
    await me.field('name').fill(project)
    await me.field('leadName').fill('示例负责人')
    await me.field('leadEmail').fill(`\u3000${lead} `)
    await me.field('agreed').check()
    await me.button(t.create).click()
    await me.dialog.getByText(t.finalTitle).waitFor()
    for (const value of [project, '示例负责人', lead])
      await me.dialog.getByText(value, { exact: true }).waitFor()
    await me.look('p03-confirm')
    await me.inDialog(t.goBack).click()
    await me.dialog.waitFor({ state: 'detached' })
    expect(await me.field('name').inputValue()).toBe(project)
    await me.button(t.create).click()
    await me.dialog.getByRole('button', { name: t.confirmProject }).click()
    await me.page.waitForURL('**/projects')
    await me.sees(t.projectCreated)
    await me.row(project).waitFor()
    await me.look('p02-projects')
  })

  it('R8 is refused the same name in full width with spaces around it', async () => {
    me.provoked.add(422)
    await me.page.locator('main').getByRole('link', { name: t.newProject }).first().click()
    const typed = `\u3000${project.replace('A', 'Ａ')} \u3000`
    await me.field('name').fill(typed)
    await me.field('leadName').fill('示例负责人')
    await me.field('leadEmail').fill(lead)
    await me.field('agreed').check()
    await me.button(t.create).click()
    await me.page.locator('#name-error').waitFor()
    expect(await me.errorOf('name')).toBe(t.nameTaken)
    expect(await me.field('name').inputValue()).toBe(typed)
    expect(await me.field('leadEmail').inputValue()).toBe(lead)
    expect(await me.field('agreed').isChecked()).toBe(true)
    await me.look('p03-name-taken')
  })

  it('R58 resets a form only after asking', async () => {
    await me.button(t.reset).click()
    await me.dialog.getByText(t.resetAsks).waitFor()
    await me.look('p03-reset')
    await me.inDialog(t.cancel).click()
    await me.dialog.waitFor({ state: 'detached' })
    expect(await me.field('leadEmail').inputValue()).toBe(lead)
  })

  it('R11, R12 opens the project and adds a backup', async () => {
    await me.go('/projects')
    await me.link(named(t.view, project, language)).click()
    await me.page.waitForURL(atProject)
    await me.sees(lead)
    await me.sees(t.noData)
    await me.look('p04-project-empty')
    await me.page.locator('main').getByRole('link', { name: t.add, exact: true }).click()
    await me.look('p05-new-backup')
    await me.button(t.submit).click()
    await me.page.getByRole('alert').waitFor()
    expect(await me.errorOf('contentTypes')).toBe(t.selectContent)
    await me.look('p05-errors')
    await me.field('name').fill(backup)
    await me.page.getByLabel(t.array, { exact: true }).check()
    expect(await me.page.locator('#content-offers').innerText()).not.toContain(t.assembly)
    await me.page.getByLabel(t.wgs, { exact: true }).check()
    expect(await me.page.locator('#content-offers').innerText()).toContain(t.assembly)
    await me.button(t.submit).click()
    await me.page.waitForURL(atHub)
    await me.sees(t.backupAdded)
    await me.page.locator('.crumbs').getByRole('link', { name: project }).click()
    await me.page.waitForURL(atProject)
    await me.row(backup).waitFor()
    await me.look('p04-project')
  })

  it('R13, R17 changes it and opens its page', async () => {
    await me.link(named(t.edit, backup, language)).click()
    await me.page.waitForURL(/\/edit$/)
    expect(await me.field('name').inputValue()).toBe(backup)
    expect(await me.page.getByLabel(t.wgs, { exact: true }).isChecked()).toBe(true)
    await me.look('p05-edit-backup')
    await me.page.getByLabel(t.array, { exact: true }).uncheck()
    await me.button(t.submit).click()
    await me.page.waitForURL(atHub)
    await me.sees(t.saved)
    await me.sees(t.noFilesYet)
    hub = new URL(me.page.url()).pathname
    await me.look('p06-hub-empty')
  })

  it('R32 is told that a backup without files gets no number', async () => {
    await me.page.locator('main').getByRole('link', { name: t.submit, exact: true }).click()
    await me.page
      .getByRole('region', { name: t.noFilesToSubmit })
      .getByRole('link', { name: t.addFile })
      .waitFor()
    expect(await me.button(t.getNumber).count()).toBe(0)
    await me.look('p11-no-files')
    await me.link(t.back).click()
    await me.page.waitForURL(atHub)
  })

  it('R19 takes the suggestion for a near miss with one click', async () => {
    await me.link(t.addFile).click()
    await me.page.waitForURL(/\/files\/new$/)
    await me.look('p07-new-file')
    await me.button(t.useLead).click()
    expect(await me.field('depositorEmail').inputValue()).toBe(lead)
    await me.sees(t.sameAsLead)
    await fillFile({ type: t.rawOmics, accession: own.toLowerCase().replace('hra0', 'hra-o') })
    await me.sees(t.depositIn)
    await me.page.keyboard.press('Tab')
    await me.sees(say(t.didYouMean, { accession: own }))
    await me.look('p07-near-miss')
    await me.button(say(t.useSuggestion, { accession: own })).click()
    expect(await me.field('accession').inputValue()).toBe(own)
    await me.focusIsOn(me.field('accession'))
    expect(await me.page.getByText(say(t.didYouMean, { accession: own })).count()).toBe(0)
  })

  it('R19 is told what a run number and another repository’s number are', async () => {
    await me.field('accession').fill('HRR123456')
    await me.button(t.create).click()
    await me.page.locator('#accession-error').waitFor()
    expect(await me.errorOf('accession')).toBe(say(t.isRun, { accession: 'HRR123456' }))
    await me.look('p07-run-number')
    await me.field('accession').fill('omix001226')
    await me.button(t.create).click()
    await expect.poll(() => me.errorOf('accession')).toBe(say(t.isOmix, { accession: 'OMIX001226' }))
  })

  it('R20, R21 is refused a pair that does not match, told the same of unknown and foreign data sets', async () => {
    const answers: string[] = []
    for (const accession of [others, 'HRA999999']) {
      await me.field('accession').fill(accession)
      await me.button(t.create).click()
      await expect.poll(() => me.errorOf('accession')).toBe(t.mismatch)
      expect(await me.errorOf('depositorEmail')).toBe(t.mismatch)
      await me.button(t.create).waitFor()
      await me.page.getByRole('alert').getByText(t.mismatchHelp).waitFor()
      expect(await me.field('accession').inputValue()).toBe(accession)
      expect(await me.field('depositorEmail').inputValue()).toBe(lead)
      expect(await me.field('sampleCount').inputValue()).toBe('５０')
      answers.push((await me.page.locator('main').innerText()).replaceAll(accession, '…'))
    }
    expect(answers[0]).toBe(answers[1])
    await me.look('p07-mismatch')
    await me.page.locator('main').getByRole('link', { name: t.back, exact: true }).click()
    await me.sees(t.noFilesYet)
  })

  it('R22 a match with the lead’s e-mail is done at once', async () => {
    await me.link(t.addFile).click()
    await fillFile({ type: t.rawOmics, email: lead.toUpperCase(), accession: ` ${own.toLowerCase()} ` })
    await me.button(t.create).click()
    await me.page.waitForURL(atHub)
    await me.sees(say(t.fileDone, { accession: own }))
    await me.row(own).getByText(t.done, { exact: true }).waitFor()
    expect(await me.row(own).innerText()).toContain('2,000')
    await me.sees(t.ready)
  })

  it('R23 refuses the same data set twice in one backup', async () => {
    me.provoked.add(409)
    await me.link(t.addFile).click()
    await fillFile({ type: t.rawOmics, email: lead, accession: own })
    await me.button(t.create).click()
    await me.page.locator('#accession-error').waitFor()
    expect(await me.errorOf('accession')).toBe(say(t.duplicate, { accession: own }))
  })

  it('R22 a match with another depositor waits for the code', async () => {
    await fillFile({ email: depositor, accession: others })
    await me.sees(t.otherThanLead)
    await me.button(t.create).click()
    await me.page.waitForURL(atHub)
    await me.sees(say(t.filePending, { accession: others }))
    await me.row(others).getByText(t.pending, { exact: true }).waitFor()
    await me.sees(t.oneLeft)
    const send = me.link(named(t.sendCode, others, language))
    await me.focusIsOn(send)
    await me.look('p06-hub')
  })

  it('R24 changes samples and size', async () => {
    await me.link(named(t.edit, own, language)).click()
    await me.page.waitForURL(/\/files\/[0-9a-f-]+\/edit$/)
    await me.sees(t.nothingChanged)
    await me.look('p09-edit-file')
    await me.field('sampleCount').fill('60')
    await me.page.getByText('50 → 60').waitFor()
    await me.button(t.save).click()
    await me.page.waitForURL(atHub)
    // The second file has 100 GB too.
    await me.sees(/200 GB → 220 GB/)
  })

  it('R32 is told which file still blocks the number', async () => {
    await me.page.locator('main').getByRole('link', { name: t.submit, exact: true }).click()
    const blocked = me.page.getByRole('region', { name: t.stillBlock })
    await blocked.getByRole('heading', { name: say(t.forMe, { n: 1 }) }).waitFor()
    await blocked.getByRole('link', { name: named(t.sendCode, others, language) }).waitFor()
    // A wait is no error.
    expect(await me.page.getByRole('alert').count()).toBe(0)
    expect(await me.page.title()).not.toContain(t.errorTitle)
    await me.look('p11-blocked')
    await me.link(t.back).click()
  })

  it('R25–R27 has a code sent to the depositor', async () => {
    await me.link(named(t.sendCode, others, language)).click()
    await me.dialog.getByText(t.codeUnsent).waitFor()
    await me.look('p10-unsent')
    await me.dialog.getByRole('button', { name: t.sendCode }).click()
    await me.dialog.getByText(t.codeSent).waitFor()
    await me.dialog.getByText(t.pleaseNote).waitFor()
    await me.look('p10-note')
    await me.dialog.getByRole('link', { name: t.ok }).click()
    await me.dialog.getByText(t.timeLeft).waitFor()
    await me.dialog.getByText(t.resendIn).waitFor()
    await me.look('p10-sent')
    const [mail] = await product.messagesTo(depositor)
    expect(mail?.subject).toBe('【人类遗传资源信息管理备份平台】数据集验证码')
    for (const word of [others, project, nameOf(login), 'GSA-Human']) expect(mail?.text).toContain(word)
  })

  it('R28 is told how many tries are left', async () => {
    const code = me.dialog.locator('[name=code]')
    await code.fill('12345')
    await me.dialog.getByRole('button', { name: t.verify }).click()
    await me.dialog.getByText(t.sixDigits).waitFor()
    await code.fill(wrongCodeFor(await codeFor(depositor)))
    await me.dialog.getByRole('button', { name: t.verify }).click()
    await me.dialog.getByText(say(t.wrongCode, { n: 4 })).waitFor()
    expect(await code.inputValue()).toBe('')
    await me.focusIsOn(code)
    await me.look('p10-wrong')
  })

  it('R28 enters the right code, with a space and in full width', async () => {
    const code = await codeFor(depositor)
    const fullWidth = [...code].map((digit) => String.fromCodePoint(digit.codePointAt(0)! + 0xfee0)).join('')
    await me.dialog.locator('[name=code]').fill(`${fullWidth.slice(0, 3)} ${fullWidth.slice(3)} `)
    await me.page.keyboard.press('Enter')
    await me.dialog.getByText(t.verified).waitFor()
    await me.look('p10-verified')
    await me.dialog.getByRole('button', { name: t.ok }).click()
    await me.dialog.waitFor({ state: 'detached' })
    await me.row(others).getByText(t.done, { exact: true }).waitFor()
    await me.sees(t.ready)
    await me.look('p06-hub-ready')
    // R31: it is nowhere in what the page holds.
    expect(await me.page.content()).not.toContain(code)
  })

  it('R32 submits after checking, and not before the box is ticked', async () => {
    await me.page.locator('main').getByRole('link', { name: t.submit, exact: true }).click()
    await me.page.waitForURL(/\/submit$/)
    await me.sees(t.locks)
    expect(await me.field('confirmed').isChecked()).toBe(false)
    await me.look('p11-check')
    await me.button(t.getNumber).click()
    await me.page.locator('#confirmed-error').waitFor()
    expect(await me.errorOf('confirmed')).toBe(t.tickTheBox)
    await me.look('p11-unticked')
  })

  it('R33, R37 gets one number, in every tab, and sees it synced', async () => {
    const second = await me.context.newPage()
    await second.goto(`${hub}/submit`)
    await second.locator('#svelte-announcer').waitFor({ state: 'attached' })
    await me.field('confirmed').check()
    await me.button(t.getNumber).click()
    await me.page.waitForURL(/\/result$/)
    await me.sees(t.completed)
    number = (await me.page.locator('.number strong').innerText()).trim()
    expect(number).toMatch(new RegExp(`^BF${today.replaceAll('-', '')}\\d{5}$`))
    await me.sees(t.synced)
    await me.look('p12-result')
    await me.button(named(t.copy, number, language)).click()
    await me.sees(t.copied)
    await second.locator('#confirmed').check()
    await second.getByRole('button', { name: t.getNumber }).click()
    await second.waitForURL(/\/result$/)
    await second.getByText(number, { exact: true }).first().waitFor()
    await second.close()
    const reports = (await product.reported()).filter((report) => report['name'] === backup)
    expect(reports.map((report) => report['number'])).toEqual([number])
  })

  it('R34 finds the completed backup locked', async () => {
    await me.link(t.viewFiles).click()
    await me.page.waitForURL(atHub)
    await me.sees(t.toAddMore)
    await me.sees(number)
    expect(await me.link(t.addFile).count()).toBe(0)
    await me.look('p13-completed')
    for (const page of ['edit', 'files/new', 'submit']) {
      await me.go(`${hub}/${page}`)
      expect(new URL(me.page.url()).pathname).toBe(page === 'submit' ? `${hub}/result` : hub)
    }
  })

  it('R11, R36 finds number, files and size in the project', async () => {
    await me.go('/projects')
    await me.link(named(t.view, project, language)).click()
    await me.page.waitForURL(atProject)
    const row = me.row(number)
    for (const cell of [backup, number, '2', '220 GB', today, t.stageCompleted])
      await row.getByText(cell).filter({ visible: true }).first().waitFor()
    await me.link(named(t.viewFiles, backup, language)).waitFor()
    await me.look('p04-project-completed')
  })

  it('R1 signs out, here and at the report system', async () => {
    await me.page.locator('.account-btn').click()
    await me.look('shell-account')
    await me.button(t.signOut).click()
    await me.page.waitForURL(/\/\?signin=signedout$/)
    await me.sees(t.signedOut)
    me.provoked.add(401)
    await me.go('/projects')
    await me.sees(t.signInFirst)
    await me.look('p00-signed-out')
    await me.link(t.signIn).click()
    await me.page.locator('[name=password]').waitFor()
  })
}
