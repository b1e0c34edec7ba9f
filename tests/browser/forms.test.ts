/** What forms do for the person who fills them in: P3, P7, P10–P13. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, mailCode } from './arrange.ts'
import { codeFor } from './codes.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named, say } from './texts.ts'
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

describe('2.3 a field that is marked wrong', () => {
  it('is checked again when it is left, and no other one is', async () => {
    const me = await wei()
    me.provoked.add(422)
    await me.go('/projects/new')
    await me.button(me.texts.create).click()
    await me.page.locator('#name-error').waitFor()
    await me.field('name').fill('示例项目 再查')
    await me.page.locator('#name-error').waitFor()
    await me.field('leadEmail').fill('a@')
    await me.page.locator('#name-error').waitFor({ state: 'detached' })
    expect(await me.field('name').getAttribute('aria-invalid')).toBeNull()
    await me.field('leadName').focus()
    expect(await me.errorOf('leadEmail')).toBe(me.texts.enterEmail)
    await me.field('leadEmail').fill(lead)
    await me.field('leadName').fill('甲')
    await me.field('agreed').check()
    await me.page.locator('#agreed-error').waitFor({ state: 'detached' })
    await me.page.locator('#leadEmail-error').waitFor({ state: 'detached' })
    expect(await me.errorOf('leadName')).toContain('2')
    await me.field('leadName').fill('示例甲')
    // The press that leaves the field arrives, although the error above it goes.
    await me.button(me.texts.create).click()
    await me.dialog.waitFor()
  })
})

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
    const field = me.dialog.locator('[name=code]')
    await me.focusIsOn(field)
    await me.look('p10-note')
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

describe('P11 before everything is done', () => {
  it('says whose turn it is, with what can be done, and shows every account', async () => {
    const draft = await draftOf('wei')
    const [mine, waiting, done] = [accessionOf('wei', 8), accessionOf('wei', 9), accessionOf('wei', 1)]
    await addFile('wei', draft, mine, contributor)
    await mailCode('wei', draft, await addFile('wei', draft, waiting, contributor))
    await addFile('wei', draft, done, lead)
    const me = await wei()
    const t = me.texts
    await me.go(`${draft.backup}/submit`)
    await me.page.getByRole('heading', { name: say(t.forMe, { n: 1 }) }).waitFor()
    await me.page.getByRole('heading', { name: say(t.forOthers, { n: 1 }) }).waitFor()
    expect(await me.page.getByRole('alert').count()).toBe(0)
    expect(await me.row(done).innerText()).toContain(`GSA-Human · ${lead}`)
    expect(await me.row(waiting).innerText()).toContain(`GSA-Human · ${contributor}`)
    await me.lookInBoth('p11-waiting')
    await me.link(named(t.enterCode, waiting, 'zh')).click()
    await me.page.waitForURL(/\/code$/)
    await me.go(`${draft.backup}/submit`)
    await me.link(named(t.sendCode, mine, 'zh')).click()
    await me.page.waitForURL(/\/code$/)
    await me.sees(t.codeUnsent)
  }, 60_000)

  it('a lock has no date: nobody promised one', async () => {
    const draft = await draftOf('wei')
    const accession = accessionOf('wei', 6)
    const file = await addFile('wei', draft, accession, contributor)
    await mailCode('wei', draft, file)
    await product.query(`update files set status = 'locked' where id = $1`, [file])
    const me = await wei()
    await me.go(`${draft.backup}/submit`)
    const line = me.page.locator('.blocked li').filter({ hasText: accession })
    await line.waitFor()
    expect(await line.innerText()).not.toMatch(/20\d\d-\d\d-\d\d/)
  }, 60_000)
})
