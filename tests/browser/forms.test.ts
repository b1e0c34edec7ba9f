/** What forms do for the person who fills them in: P3, P7, P10–P13. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, mailCode } from './arrange.ts'
import { codeFor } from './codes.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named } from './texts.ts'
import { accessionOf, contributorOf, emailOf } from './world.ts'

useStage()

const lead = emailOf('wei')
const contributor = contributorOf('wei')
async function wei(options: { script?: boolean } = {}): Promise<Visit> {
  const me = await visit(options)
  onTestFinished(() => me.close())
  await me.signIn('wei')
  return me
}

describe('a dialog that a double click opens', () => {
  it.each([40, 200, 450])('stays open after a second click %i ms later', async (delay) => {
    const me = await wei()
    await me.go('/projects/new')
    await me.field('name').fill('示例项目 双击')
    await me.field('leadName').fill('示例甲')
    await me.field('leadEmail').fill(lead)
    await me.field('agreed').check()
    const box = await me.button(me.texts.create).boundingBox()
    const [x, y] = [(box?.x ?? 0) + 5, (box?.y ?? 0) + 5]
    await me.page.mouse.click(x, y)
    await setTimeout(delay)
    await me.page.mouse.click(x, y, { clickCount: 2 })
    await me.dialog.waitFor()
    await setTimeout(600)
    expect(await me.dialog.count()).toBe(1)
    // A text selection that ends beside it is no click there; a click is.
    const text = await me.dialog.locator('dd').first().boundingBox()
    await me.page.mouse.move((text?.x ?? 0) + 2, (text?.y ?? 0) + 8)
    await me.page.mouse.down()
    await me.page.mouse.move(20, 400, { steps: 5 })
    await me.page.mouse.up()
    expect(await me.dialog.count()).toBe(1)
    await me.page.mouse.click(20, 400)
    await me.dialog.waitFor({ state: 'detached' })
  })
})

describe('P10 the code', () => {
  it('is found in what was pasted; two of them are refused and not counted', async () => {
    const draft = await draftOf('wei')
    const accession = accessionOf('wei', 6)
    const file = await addFile('wei', draft, accession, contributor)
    const me = await wei()
    me.provoked.add(422)
    await me.go(draft.backup)
    await me.link(named(me.texts.sendCode, accession, 'zh')).click()
    await me.dialog.getByText(contributor).waitFor()
    await me.dialog.getByRole('button', { name: me.texts.sendCode }).click()
    await me.dialog.getByText(me.texts.pleaseNote).waitFor()
    await me.dialog.getByRole('link', { name: me.texts.ok }).click()
    const field = me.dialog.locator('[name=code]')
    await me.focusIsOn(field)
    const code = await codeFor(contributor)
    await field.fill(`您的验证码为：${code}，不是 ${String((Number(code) + 1) % 1_000_000).padStart(6, '0')}`)
    await me.page.keyboard.press('Enter')
    await me.dialog.getByText(me.texts.sixDigits).waitFor()
    expect(await product.query('select wrong_tries from consents where file_id = $1', [file])).toEqual([
      { wrong_tries: 0 },
    ])
    await field.fill(`您好，您的验证码为：${code}`)
    expect(await field.inputValue()).toBe(code)
    await me.page.keyboard.press('Enter')
    await me.dialog.getByText(me.texts.verified).waitFor()
  }, 60_000)

  it('is found without script too', async () => {
    const draft = await draftOf('wei')
    const file = await addFile('wei', draft, accessionOf('wei', 7), contributor)
    await mailCode('wei', draft, file)
    const me = await wei({ script: false })
    await me.go(`${draft.backup}/files/${file}/code`)
    await me.field('code').fill(`您好，您的验证码为：${await codeFor(contributor)}`)
    await me.button(me.texts.verify).click()
    await me.sees(me.texts.verified)
  }, 60_000)
})

describe('R25 an account that takes no mail', () => {
  it('is corrected in the place of its row, with what was typed for it', async () => {
    const draft = await draftOf('wei')
    const accession = accessionOf('wei', 8)
    const file = await addFile('wei', draft, accession, contributor)
    await product.fault('mail', { mode: 'error', status: 550, words: '5.1.1 no mailbox' })
    onTestFinished(async () => void (await product.fault('mail', { mode: 'ok' })))
    const me = await wei()
    me.provoked.add(422)
    await me.go(draft.backup)
    await me.link(named(me.texts.sendCode, accession, 'zh')).click()
    await me.dialog.getByRole('button', { name: me.texts.sendCode }).click()
    await me.dialog.getByText(me.texts.undeliveredBecause).waitFor()
    await me.look('p10-doubtful')
    await me.dialog.getByRole('link', { name: me.texts.correctAccount }).click()
    await me.page.waitForURL(new RegExp(`from=${file}$`))
    await me.sees('发往此账号的邮件未能送达')
    expect(await me.field('accession').inputValue()).toBe(accession)
    await me.look('p07-correct-account')
    await me.field('depositorEmail').fill(lead)
    await me.button(me.texts.create).click()
    await me.page.locator('#depositorEmail-error').waitFor() // not its account, says the repository
    await me.field('depositorEmail').fill(contributor)
    await me.button(me.texts.create).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.row(accession).getByText(me.texts.pending, { exact: true }).waitFor()
    expect(await me.page.locator('tbody tr').filter({ hasText: accession }).count()).toBe(1)
    expect(
      await product.query('select id from data_files where id = $1 and removed_at is not null', [file]),
    ).toHaveLength(1)
  }, 60_000)
})
