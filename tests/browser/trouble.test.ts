/** Outages, refused mails, lost races and ended sessions, as a person meets them. */
import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addChecking, addFile, draftOf, mailCode, submitDraft } from './arrange.ts'
import { codeFor, wrongCodeFor } from './codes.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named, say } from './texts.ts'
import { accessionOf, contributorOf, emailOf } from './world.ts'

const LATER = 60_000
const lead = emailOf('gui')
const contributor = contributorOf('gui')

async function gui(): Promise<Visit> {
  const me = await visit()
  onTestFinished(() => me.close())
  await me.signIn('gui')
  return me
}
async function faulty(target: string, fault: Record<string, unknown>): Promise<void> {
  await product.fault(target, fault)
  onTestFinished(async () => void (await product.fault(target, { mode: 'ok' })))
}
/** Marks the document: a mark that is still there says that nothing was loaded again. */
const mark = (me: Visit) => me.page.evaluate('window.mark = true')
const isMarked = (me: Visit) => me.page.evaluate<boolean>('window.mark === true')

async function sessionOf(me: Visit) {
  const session = (await me.context.cookies()).find(({ name }) => name.includes('sid'))
  if (!session) throw new Error('There is no session cookie')
  return session
}
/** As if the session had ended: the browser has the cookie, the database has no such session. */
async function endSession(me: Visit): Promise<void> {
  const session = await sessionOf(me)
  await me.context.addCookies([{ ...session, value: session.value.split('').reverse().join('') }])
}

async function fillFile(me: Visit, accession: string, email: string): Promise<void> {
  await me.field('dataType').selectOption('1')
  await me.field('sampleCount').fill('50')
  await me.field('mbPerSample').fill('2000')
  await me.field('depositorEmail').fill(email)
  await me.field('accession').fill(accession)
}

useStage({ own: true })

describe('R20, R21 the repository does not answer', () => {
  it('the file is checked by itself, and the page shows it without being loaded again', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 2)
    await faulty('GSA-Human', { mode: 'down', only: accession })
    const me = await gui()
    await me.go(`${draft.backup}/files/new`)
    await fillFile(me, accession, lead)
    await me.button(me.texts.create).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.sees(me.texts.fileChecking)
    await me.row(accession).getByText(me.texts.checking, { exact: true }).waitFor()
    await me.lookInBoth('p06-checking')
    await mark(me)
    await product.fault('GSA-Human', { mode: 'ok' })
    await me.row(accession).getByText(me.texts.done, { exact: true }).waitFor({ timeout: LATER })
    await me.sees(me.texts.ready)
    expect(await isMarked(me)).toBe(true)
    await me.page
      .getByRole('status')
      .getByText(`${accession}：${me.texts.done}`)
      .waitFor({ state: 'attached' })
  }, 120_000)

  it('a mismatch that comes late stays in the list, and is corrected with its input', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 7)
    await faulty('GSA-Human', { mode: 'down', only: accession })
    const me = await gui()
    await me.go(`${draft.backup}/files/new`)
    await fillFile(me, accession, lead)
    await me.button(me.texts.create).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await product.fault('GSA-Human', { mode: 'ok' })
    await me.row(accession).getByText(me.texts.checkFailed, { exact: true }).waitFor({ timeout: LATER })
    await me.sees(me.texts.mismatch)
    await me.lookInBoth('p06-mismatch')
    await me.link(named(me.texts.correctAndAdd, accession, 'zh')).click()
    await me.page.waitForURL(/\/files\/new\?from=/)
    for (const [name, value] of [
      ['dataType', '1'],
      ['sampleCount', '50'],
      ['mbPerSample', '2000'],
      ['depositorEmail', lead],
      ['accession', accession],
    ] as const)
      expect(await me.field(name).inputValue(), name).toBe(value)
    await me.field('depositorEmail').fill(contributor)
    await me.button(me.texts.create).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.row(accession).getByText(me.texts.pending, { exact: true }).waitFor()
    expect(await me.row(me.texts.checkFailed).count()).toBe(0)
  }, 120_000)
})

describe('R20, R25, R37 an answer is not an outage: the page says what it is, and whom to call', () => {
  const hotline = /010-84097816/
  it('the repository does not accept our token', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 2)
    await faulty('GSA-Human', { mode: 'error', status: 401, only: accession })
    await addChecking('gui', draft, accession, lead)
    const me = await gui()
    await me.go(draft.backup)
    await me.sees(/GSA-Human：未认可本平台的凭据。这不是您的填写问题，需平台工作人员处理.*010-84097816/)
    await me.row(accession).getByText('等待平台工作人员', { exact: true }).waitFor()
    await me.lookInBoth('p06-wrong-answer')
    await product.fault('GSA-Human', { mode: 'ok' })
    await me.row(accession).getByText(me.texts.done, { exact: true }).waitFor({ timeout: LATER })
  }, 120_000)

  it('the mail server takes the mail later, or does not take ours', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 7)
    await addFile('gui', draft, accession, contributor)
    const me = await gui()
    await faulty('mail', { mode: 'error', status: 451, words: '4.7.1 later', only: contributor })
    await me.go(draft.backup)
    await me.link(named(me.texts.sendCode, accession, 'zh')).click()
    await me.dialog.getByRole('button', { name: me.texts.sendCode }).click()
    await me.dialog.getByText(/验证码邮件尚未发出：邮件服务器暂不接收/).waitFor({ timeout: LATER })
    await me.go(draft.backup)
    await me.row(accession).getByText('邮件延迟，继续发送中', { exact: true }).waitFor()
    expect(await me.page.getByText('等待提交者', { exact: true }).count()).toBe(0)
    await me.lookInBoth('p06-mail-delayed')
    await product.fault('mail', { mode: 'error', words: '5.7.1 blocked', only: contributor })
    await me.sees(/验证码邮件尚未发出：邮件服务器拒绝本平台发信。这与提交账号无关.*010-84097816/)
    await product.fault('mail', { mode: 'ok' })
    await me.row(accession).getByText('等待数据提交者授权', { exact: true }).waitFor({ timeout: LATER })
  }, 180_000)

  it('the report system refuses the number: it is valid, and the page says who acts', async () => {
    const draft = await draftOf('gui')
    await addFile('gui', draft, accessionOf('gui', 2), lead)
    await faulty('report', { mode: 'error', status: 422, body: 'unknown unit' })
    await submitDraft('gui', draft)
    const me = await gui()
    await me.go(draft.backup)
    await me.sees(/人遗系统：拒绝受理。备份号有效/)
    await me.sees(hotline)
    await me.lookInBoth('p13-report-refused')
  }, 120_000)
})

describe('P12 while the number is being synced', () => {
  it('says first that the prior report comes after it, and keeps the link', async () => {
    const draft = await draftOf('gui')
    await addFile('gui', draft, accessionOf('gui', 1), lead)
    await faulty('report', { mode: 'error' })
    await submitDraft('gui', draft)
    const me = await gui()
    await me.go(`${draft.backup}/result`)
    const step = me.page.locator('ol.next li').nth(1)
    const texts = ['同步完成后即可办理事先报告（通常几秒）', '前往人遗系统办理事先报告']
    expect(await step.innerText()).toMatch(new RegExp(`^2?\\s*${texts.join('\\s+')}`))
    await me.fits('p12-syncing', [320, 390, 900, 1280])
    await me.look('p12-syncing')
    await me.switchLanguage()
    await step
      .getByText('You can submit the prior report once the sync is complete (usually a few seconds)')
      .waitFor()
    await me.look('p12-syncing')
    await product.fault('report', { mode: 'ok' })
    await step.getByText('once the sync is complete').waitFor({ state: 'detached', timeout: LATER })
    await step.getByRole('link', { name: 'Submit the prior report in the HGR System' }).waitFor()
  }, 120_000)
})

describe('R25 the mail server refuses the recipient', () => {
  it('the file says that the mail was not delivered, why, and what to do', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 8)
    await addFile('gui', draft, accession, contributor)
    await faulty('mail', { mode: 'error', status: 550, only: contributor })
    const me = await gui()
    await me.go(draft.backup)
    await me.link(named(me.texts.sendCode, accession, 'zh')).click()
    await me.dialog.getByRole('button', { name: me.texts.sendCode }).click()
    await me.dialog.getByText(me.texts.undeliveredBecause).waitFor({ timeout: LATER })
    await me.look('p10-undelivered')
    await me.dialog.getByRole('button', { name: me.texts.close }).last().click()
    await me.row(accession).getByText(me.texts.undelivered).first().waitFor()
    await me.sees(me.texts.undeliveredBecause)
    await me.lookInBoth('p06-undelivered')
  }, 120_000)
})

describe('R27 another code while the last one is good', () => {
  it('is mailed after a question only', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 6)
    await mailCode('gui', draft, await addFile('gui', draft, accession, contributor))
    const mailed = (await product.messagesTo(contributor)).length
    const me = await gui()
    await me.go(draft.backup)
    await me.link(named(me.texts.enterCode, accession, 'zh')).click()
    const again = me.dialog.getByRole('button', { name: me.texts.sendAgain })
    await again.click()
    const question = me.dialog.getByRole('group', { name: me.texts.earlierCodeStops })
    await question.waitFor()
    await me.look('p10-send-again')
    await question.getByRole('button', { name: me.texts.cancel }).click()
    await question.waitFor({ state: 'detached' })
    expect(await product.messagesTo(contributor)).toHaveLength(mailed)
    await again.click()
    await question.getByRole('button', { name: me.texts.ok }).click()
    await me.dialog.getByText(me.texts.codeSent).waitFor()
    expect(await product.messagesTo(contributor)).toHaveLength(mailed + 1)
  }, 60_000)
})

describe('R28, R29 five wrong codes', () => {
  it('void the code; the file waits for a new one', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 9)
    await addFile('gui', draft, accession, contributor)
    const me = await gui()
    me.provoked.add(422).add(410)
    await me.go(draft.backup)
    await me.link(named(me.texts.sendCode, accession, 'zh')).click()
    await me.dialog.getByRole('button', { name: me.texts.sendCode }).click()
    await me.dialog.getByRole('link', { name: me.texts.ok }).click()
    const code = me.dialog.locator('[name=code]')
    const wrong = wrongCodeFor(await codeFor(contributor))
    for (const left of [4, 3, 2, 1, 0]) {
      await me.dialog.getByRole('button', { name: me.texts.verify }).waitFor()
      await code.fill(wrong)
      await me.page.keyboard.press('Enter')
      const text = left > 0 ? say(me.texts.wrongCode, { n: left }) : me.texts.codeVoided
      await me.dialog.getByText(text).waitFor()
    }
    await code.waitFor({ state: 'detached' })
    await me.look('p10-voided')
    await me.page.keyboard.press('Escape')
    await me.link(named(me.texts.sendAgain, accession, 'zh')).waitFor()
    await me.lookInBoth('p06-voided')
  }, 60_000)
})

describe('R23 a data set of another backup of the unit', () => {
  it('is added after a question, with what was typed', async () => {
    const accession = accessionOf('gui', 3)
    await addFile('gui', await draftOf('gui'), accession, lead)
    const draft = await draftOf('gui')
    const me = await gui()
    me.provoked.add(409)
    await me.go(`${draft.backup}/files/new`)
    await fillFile(me, accession, lead)
    await me.button(me.texts.create).click()
    await me.dialog.getByText(say(me.texts.elsewhere, { accession })).waitFor()
    await me.look('p07-elsewhere')
    await me.inDialog(me.texts.goBack).click()
    expect(await me.field('accession').inputValue()).toBe(accession)
    await me.button(me.texts.create).click()
    await me.dialog.getByRole('button', { name: me.texts.addAnyway }).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.row(accession).getByText(me.texts.done, { exact: true }).waitFor()
  })
})

describe('R34 two tabs: one edits, the other has submitted', () => {
  it.each([true, false])('says since when it is locked and keeps the input (script: %s)', async (script) => {
    const draft = await draftOf('gui')
    await addFile('gui', draft, accessionOf('gui', 4), lead)
    const me = await visit({ script })
    onTestFinished(() => me.close())
    await me.signIn('gui')
    me.provoked.add(409)
    await me.go(`${draft.backup}/edit`)
    await me.field('name').fill('示例备份 改名')
    await submitDraft('gui', draft)
    await me.button(me.texts.submit).click()
    await me.page.getByRole('alert').getByText(me.texts.backupLocked).waitFor()
    expect(await me.field('name').inputValue()).toBe('示例备份 改名')
    if (script) await me.look('p05-locked')
  })
})

describe('R6 an open form is not touched for half an hour', () => {
  /** P7, filled in, with a clock that can be put forward. */
  async function filledIn() {
    const draft = await draftOf('gui')
    const me = await gui()
    await me.page.clock.install()
    await me.go(`${draft.backup}/files/new`)
    await fillFile(me, accessionOf('gui', 5), lead)
    return {
      me,
      draft,
      waits: (minutes: number) => me.page.clock.fastForward(minutes * 60_000),
      dialog: me.dialog.filter({ hasText: me.texts.idleTitle }),
    }
  }

  it('is asked in time, and what was typed is still there', async () => {
    const { me, draft, waits, dialog } = await filledIn()
    const token = createHash('sha256')
      .update((await sessionOf(me)).value)
      .digest()
    await product.query(
      `update sessions set seen_at = seen_at - interval '28 minutes 30 seconds' where token_hash = $1`,
      [token],
    )
    await waits(28.5)
    await dialog.waitFor()
    await me.focusIsOn(me.inDialog(me.texts.idleStay))
    await me.page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await me.button(me.texts.create).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.row(accessionOf('gui', 5)).waitFor()
  })

  it('is not asked while another tab is in use', async () => {
    const { me, waits, dialog } = await filledIn()
    // In the database's time the session was used a moment ago.
    const looked = me.page.waitForResponse('**/api/v1/session')
    await waits(28.5)
    await (await looked).finished()
    await waits(0.05)
    expect(await dialog.count()).toBe(0)
  })

  it('signs in again when it has ended, and finds what was typed', async () => {
    const { me, draft, waits } = await filledIn()
    me.provoked.add(401)
    await endSession(me)
    await waits(31)
    await me.sees(me.texts.expired)
    await me.sees(me.texts.inputIsKept)
    await me.link(me.texts.signInAgain).click()
    await me.page.waitForURL(`**${draft.backup}/files/new`)
    await me.ready()
    await expect.poll(() => me.field('accession').inputValue()).toBe(accessionOf('gui', 5))
    expect(await me.field('sampleCount').inputValue()).toBe('50')
  })
})

describe('R16 a draft', () => {
  it('of a later page is discarded there', async () => {
    const draft = await draftOf('gui')
    const me = await gui()
    await product.query(
      `insert into backups (reference, project_id, unit_id, custodian_id, name, content_types, created_at)
       select 'PAGE-' || n, project_id, unit_id, custodian_id, 'Later ' || n, content_types, created_at + n * interval '1 minute'
       from backups, generate_series(1001, 1010) n where id = $1`,
      [draft.backup.split('/')[2]],
    )
    await me.go(`${draft.project}?page=99`)
    expect(new URL(me.page.url()).search).toBe('?page=2')
    await me.page.locator('summary').click()
    await me.link(named(me.texts.discard, draft.name, 'zh')).click()
    await me.dialog.locator('button.danger').click()
    await me.sees(me.texts.discarded)
  })

  it('is discarded after a question', async () => {
    const draft = await draftOf('gui')
    const me = await gui()
    await me.go(draft.project)
    await me
      .button(named(me.texts.more, draft.name, 'zh'))
      .or(me.page.locator('summary'))
      .click()
    await me.look('p04-more')
    const discard = me.link(named(me.texts.discard, draft.name, 'zh'))
    await discard.click()
    await me.dialog.getByText(draft.name).waitFor()
    await me.look('p04-discard')
    await me.inDialog(me.texts.cancel).click()
    await me.dialog.waitFor({ state: 'detached' })
    await me.focusIsOn(discard)
    await discard.click()
    await me.dialog.locator('button.danger').click()
    await me.sees(me.texts.discarded)
    await me.sees(me.texts.noData)
  })
})

describe('R24 a file', () => {
  it('is removed after a question', async () => {
    const draft = await draftOf('gui')
    const accession = accessionOf('gui', 5)
    await addFile('gui', draft, accession, lead)
    const me = await gui()
    await me.go(draft.backup)
    await me.link(named(me.texts.remove, accession, 'zh')).click()
    await me.dialog.getByText(accession).first().waitFor()
    await me.look('p06-remove')
    await me.dialog.getByRole('button', { name: me.texts.remove, exact: true }).click()
    await me.sees(me.texts.noFilesYet)
  })
})

describe('R58 the session ends while a form is filled in', () => {
  it('the page says so, and the form is as it was after signing in again', async () => {
    const me = await gui()
    me.provoked.add(401)
    await me.go('/projects/new')
    await me.field('name').fill('示例项目 久候')
    await me.field('leadName').fill('示例负责人')
    await me.field('leadEmail').fill(lead)
    await me.field('agreed').check()
    await endSession(me)
    await me.button(me.texts.create).click()
    // Looking at one's input needs no session; creating does.
    await me.inDialog(me.texts.confirmProject).click()
    await me.sees(me.texts.expired)
    await me.lookInBoth('session-ended')
    await me.link(me.texts.signInAgain).click()
    await me.page.waitForURL('**/projects/new')
    await me.ready()
    await expect.poll(() => me.field('name').inputValue()).toBe('示例项目 久候')
    expect(await me.field('leadEmail').inputValue()).toBe(lead)
    expect(await me.field('agreed').isChecked()).toBe(true)
  })

  it('R56 another person who signs in at that tab finds an empty form', async () => {
    const me = await gui()
    me.provoked.add(401)
    await me.go('/projects/new')
    await me.field('name').fill('示例项目 他人')
    await me.field('leadName').fill('示例负责人')
    await me.field('leadEmail').fill(lead)
    await me.field('agreed').check()
    await endSession(me)
    await me.button(me.texts.create).click()
    await me.inDialog(me.texts.confirmProject).click()
    await me.sees(me.texts.expired)
    await me.context.clearCookies() // at the provider, too
    await me.link(me.texts.signInAgain).click()
    await me.identify('ren')
    await me.page.waitForURL('**/projects/new')
    await me.ready()
    expect(await me.field('name').inputValue()).toBe('')
    expect(await me.page.evaluate<string>('JSON.stringify({ ...sessionStorage })')).not.toContain('示例项目')
  })
})

describe('R8, R12 the longest names', () => {
  it.each([
    ['Chinese', '项'],
    ['Latin', 'W'],
  ])('fit into every page (%s)', async (_, letter) => {
    const draft = await draftOf('gui', letter.repeat(100), letter.repeat(92) + String(Date.now()).slice(-8))
    await addFile('gui', draft, accessionOf('gui', 1), lead)
    const me = await gui()
    const pages = ['', '/edit', '/files/new', '/submit'].map((page) => draft.backup + page)
    for (const path of ['/projects', draft.project, ...pages]) {
      await me.go(path)
      await me.fits(path)
    }
    await submitDraft('gui', draft)
    for (const path of [`${draft.backup}/result`, draft.backup, draft.project]) {
      await me.go(path)
      await me.fits(path)
    }
  })
})

describe('R58 no answer comes', () => {
  it('a form keeps its input, says that nothing is confirmed, and is sent again as the same act', async () => {
    const name = `示例项目 ${accessionOf('gui', 1)} 无应答`
    const me = await gui()
    await me.go('/projects/new')
    await me.field('name').fill(name)
    await me.field('leadName').fill('示例负责人')
    await me.field('leadEmail').fill(lead)
    await me.field('agreed').check()
    await me.context.setOffline(true)
    await me.button(me.texts.create).click()
    await me.sees('网络已断开，本次操作尚未确认')
    expect(await me.field('name').inputValue()).toBe(name)
    await me.context.setOffline(false)
    await me.button(me.texts.create).click()
    await me.dialog.getByRole('button', { name: me.texts.confirmProject }).click()
    await me.page.waitForURL('**/projects')
    expect(await me.page.getByText(name).count()).toBe(1)
    me.complaints.length = 0 // the browser names each request that failed
  }, 60_000)

  it('an open page and a form outlive the database, and go on by themselves', async () => {
    const draft = await draftOf('gui')
    const [accession, checked] = [accessionOf('gui', 7), accessionOf('gui', 1)]
    await addFile('gui', draft, accession, contributor)
    await faulty('GSA-Human', { mode: 'down', only: checked })
    await addChecking('gui', draft, checked, lead)
    const [looking, typing, coming] = [await gui(), await gui(), await gui()]
    for (const one of [looking, typing, coming]) one.provoked.add(503)
    await looking.go(draft.backup)
    await looking.row(accession).getByText(looking.texts.pending, { exact: true }).waitFor()
    await looking.link(named(looking.texts.sendCode, accession, 'zh')).click()
    await looking.dialog.getByRole('button', { name: looking.texts.sendCode }).click()
    await looking.dialog.getByRole('link', { name: looking.texts.ok }).click()
    await looking.dialog.locator('[name=code]').fill('123')
    await typing.go(`${draft.backup}/edit`)
    await typing.field('name').fill('示例备份 断库')
    const goOn = await product.away('postgres')
    try {
      await typing.button(typing.texts.submit).click()
      await typing.sees(typing.texts.unconfirmed)
      await typing.look('p05-no-database')
      expect(await typing.field('name').inputValue()).toBe('示例备份 断库')
      const asksAgain = () =>
        looking.page.waitForResponse((response) => response.url().endsWith('/readyz?deep'))
      await asksAgain()
      await asksAgain()
      expect(await looking.dialog.locator('[name=code]').inputValue()).toBe('123')
      await looking.look('p10-no-database')
      await coming.page.goto(draft.backup)
      await coming.link('重试').waitFor()
      await coming.look('503')
    } finally {
      await goOn()
    }
    await product.ready()
    await coming.link('重试').click()
    await coming.page.getByRole('heading', { level: 1, name: draft.name }).waitFor({ timeout: LATER })
    await typing.button(typing.texts.submit).click()
    await typing.page.waitForURL(`**${draft.backup}`)
    await looking.page.keyboard.press('Escape')
    await looking.page.getByRole('heading', { level: 1, name: '示例备份 断库' }).waitFor({ timeout: LATER })
    await product.fault('GSA-Human', { mode: 'ok' })
    await looking.row(checked).getByText(looking.texts.done, { exact: true }).waitFor({ timeout: LATER })
  }, 180_000)
})

describe('R58 the line is cut', () => {
  it('the page says that what was typed is kept', async () => {
    const me = await gui()
    await me.go('/projects/new')
    await me.field('name').fill('示例项目 断线')
    await me.context.setOffline(true)
    await me.sees('网络已断开，已填写的内容仍保留；恢复后请重试')
    await me.context.setOffline(false)
    await me.page.getByText('网络已断开').waitFor({ state: 'hidden' })
    expect(await me.field('name').inputValue()).toBe('示例项目 断线')
  })
})
