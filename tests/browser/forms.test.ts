/** What forms do for the person who fills them in: P3, P7, P10–P13. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, mailCode, submitDraft } from './arrange.ts'
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
  it.each([0, 200, 400])('stays open under a second click %i ms after it has come', async (delay) => {
    const me = await wei()
    await me.go('/projects/new')
    await me.field('name').fill('示例项目 双击')
    await me.field('leadName').fill('示例甲')
    await me.field('leadEmail').fill(lead)
    await me.field('agreed').check()
    // In the page, since the second click has to come within the time of a double click on a busy machine too.
    await me.page.evaluate(`(async () => {
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
      document.querySelector('main form button.primary').click()
      while (!document.querySelector('dialog:modal')) await pause(5)
      await pause(${delay})
      for (const type of ['pointerdown', 'pointerup', 'click'])
        document
          .querySelector('dialog')
          .dispatchEvent(new PointerEvent(type, { clientX: 20, clientY: 400, bubbles: true, detail: 2 }))
    })()`)
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
    await product.query(
      `insert into code_tries (project_id, accession_key, wrong)
         select b.project_id, f.accession_key, 20 from data_files f join backups b on b.id = f.backup_id
         where f.id = $1`,
      [file],
    )
    const me = await wei()
    await me.go(`${draft.backup}/submit`)
    const line = me.page.locator('.blocked li').filter({ hasText: accession })
    await line.waitFor()
    expect(await line.innerText()).not.toMatch(/20\d\d-\d\d-\d\d/)
  }, 60_000)
})

/** What a copy button puts into the clipboard. */
async function copied(me: Visit, label: string): Promise<string> {
  await me.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await me.page.getByRole('button', { name: label }).click()
  await me.page.getByRole('button', { name: me.texts.copied }).waitFor()
  return await me.page.evaluate<string>('navigator.clipboard.readText()')
}

describe('P10 a text for the depositor', () => {
  it('holds what they need to know, and no code', async () => {
    const draft = await draftOf('wei')
    const accession = accessionOf('wei', 8)
    await mailCode('wei', draft, await addFile('wei', draft, accession, contributor))
    const me = await wei()
    await me.go(draft.backup)
    await me.link(named(me.texts.enterCode, accession, 'zh')).click()
    const text = await copied(me, '复制请求文字')
    for (const part of [accession, 'GSA-Human', contributor, '示例未', '北京时间'])
      expect(text).toContain(part)
    expect(text).not.toContain(await codeFor(contributor))
  }, 60_000)
})

describe('P3 a name that is taken', () => {
  it('is told before the question, and the lead may be oneself', async () => {
    const name = `示例项目 重名 ${Date.now()}`
    await draftOf('wei', '示例备份', name)
    const me = await wei()
    me.provoked.add(422)
    await me.go('/projects/new')
    await me.field('name').fill(name)
    await me.button('我就是负责人').click()
    expect(await me.field('leadName').inputValue()).toBe('示例未')
    expect(await me.field('leadEmail').inputValue()).toBe('wei@example.org')
    await me.field('agreed').check()
    await me.button(me.texts.create).click()
    await expect.poll(() => me.errorOf('name')).toBe(me.texts.nameTaken)
    expect(await me.dialog.count()).toBe(0)
    await me.field('name').fill(`${name} 二`)
    await me.button(me.texts.create).click()
    await me.dialog.getByText('wei@example.org').waitFor()
  })
})

describe('P7 one after the other', () => {
  it('tells what was added, and goes on at the first empty field', async () => {
    const draft = await draftOf('wei')
    const accession = accessionOf('wei', 2)
    const me = await wei()
    await me.go(`${draft.backup}/files/new`)
    await me.field('dataType').selectOption('1')
    await me.field('sampleCount').fill('50')
    await me.field('mbPerSample').fill('2000')
    await me.field('depositorEmail').fill(lead)
    await me.field('accession').fill(accession)
    await me.page.locator('button[name=next]').click()
    await me.page.getByText('已添加 1 个').waitFor()
    await me.page.locator('aside').getByText(accession).waitFor()
    await me.focusIsOn(me.field('sampleCount'))
    await me.lookInBoth('p07-another')
  }, 60_000)

  it('R23 names one’s own backup that has the data set already, and would rather go back', async () => {
    const accession = accessionOf('wei', 3)
    const other = await draftOf('wei')
    await addFile('wei', other, accession, lead)
    const draft = await draftOf('wei')
    const me = await wei()
    me.provoked.add(409)
    await me.go(`${draft.backup}/files/new`)
    await me.field('dataType').selectOption('1')
    await me.field('sampleCount').fill('50')
    await me.field('mbPerSample').fill('2000')
    await me.field('depositorEmail').fill(lead)
    await me.field('accession').fill(accession)
    await me.button(me.texts.create).click()
    const link = me.dialog.getByRole('link', { name: other.name })
    await link.waitFor()
    expect(await link.getAttribute('href')).toBe(other.backup)
    expect(await me.inDialog(me.texts.goBack).getAttribute('class')).toContain('primary')
    expect(await me.inDialog(me.texts.addAnyway).getAttribute('class')).not.toContain('primary')
    await me.look('p07-elsewhere')
  }, 60_000)
})

describe('P12, P13 after the number', () => {
  it('say what comes next, give one line to copy, and print what an application needs', async () => {
    const draft = await draftOf('wei')
    const accession = accessionOf('wei', 4)
    const file = await addFile('wei', draft, accession, lead)
    await submitDraft('wei', draft)
    const me = await wei()
    await me.go(`${draft.backup}/files/${file}/edit`)
    await me.field('sampleCount').fill('60')
    await me.button(me.texts.save).click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.sees('办理事先报告')
    expect(await copied(me, '复制备份号和摘要')).toMatch(
      /^备份号 BF\d{13}（1 个文件，120 GB，\d{4}-\d\d-\d\d 签发）$/,
    )
    await me.lookInBoth('p13-next')
    for (const path of [draft.backup, `${draft.backup}/result`]) {
      await me.go(path)
      if (path.endsWith('/result')) await me.sees('100 GB，现为 120 GB')
      await me.page.emulateMedia({ media: 'print' })
      const paper = await me.page.locator('body').innerText()
      for (const part of ['人类遗传资源信息管理备份平台', '示例负责人', '示例医院', path, '打印时间'])
        expect(paper, path).toContain(part)
      expect(
        await me.page.locator('main :is(button, .btn, .act, .crumbs)').filter({ visible: true }).count(),
      ).toBe(0)
      await me.page.emulateMedia({ media: 'screen' })
    }
    await me.lookInBoth('p12-amended')
  }, 60_000)
})

describe('P7 what people have, as they have it', () => {
  it('takes the size of all samples in a unit of their own, or per sample', async () => {
    const draft = await draftOf('wei')
    const me = await wei()
    await me.go(`${draft.backup}/files/new`)
    await me.button('按总大小填写').click()
    await me.page.locator('#total-size').fill('1.2')
    await me.page.getByLabel('总大小的单位').selectOption('TB')
    await me.field('sampleCount').fill('300')
    await expect.poll(() => me.field('mbPerSample').inputValue()).toBe('4000')
    await me.sees('小计 1.2 TB')
    await me.field('sampleCount').fill('600')
    await expect.poll(() => me.field('mbPerSample').inputValue()).toBe('2000')
    await me.field('mbPerSample').pressSequentially('5')
    expect(await me.page.locator('#total-size').inputValue()).toBe('')
    await me.field('sampleCount').fill('60')
    expect(await me.field('mbPerSample').inputValue()).toBe('52000')
    await me.lookInBoth('p07-size')
  })

  it('splits a pasted row of a spreadsheet into the fields', async () => {
    const draft = await draftOf('wei')
    const me = await wei()
    await me.go(`${draft.backup}/files/new`)
    await me.field('accession').focus()
    const row = `1\t${me.texts.rawOmics}\t1,200\t4096.5\t${lead}\tHRA000567\n`
    await me.page.evaluate(`(() => {
      const data = new DataTransfer()
      data.setData('text/plain', ${JSON.stringify(row)})
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    })()`)
    for (const [name, value] of [
      ['dataType', '1'],
      ['sampleCount', '1,200'],
      ['mbPerSample', '4096.5'],
      ['depositorEmail', lead],
      ['accession', 'HRA000567'],
    ] as const)
      await expect.poll(() => me.field(name).inputValue(), { message: name }).toBe(value)
    await me.page.getByRole('status').getByText('已将粘贴的一行填入各字段').waitFor({ state: 'attached' })
  })
})
