/** The main path without JavaScript: plain forms and pages. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { codeFor, wrongCodeFor } from './codes.ts'
import { useStage, visit } from './stage.ts'
import { named, say } from './texts.ts'
import { accessionOf, contributorOf, emailOf } from './world.ts'

useStage()

describe('the manual without JavaScript', () => {
  it('R1–R33 leads from sign-in to the number by plain forms', async () => {
    const me = await visit({ script: false })
    onTestFinished(() => me.close())
    const t = me.texts
    const main = me.page.locator('main')
    const [own, others] = [accessionOf('mao', 2), accessionOf('mao', 6)]
    me.provoked.add(409).add(422)
    await me.signIn('mao')

    await main.getByRole('link', { name: t.newProject }).first().click()
    await me.field('name').fill('示例项目 无脚本')
    await me.button(t.create).click()
    expect(await me.errorOf('agreed')).toBe(t.acceptAgreement)
    expect(await me.field('name').inputValue()).toBe('示例项目 无脚本')
    await me.field('leadName').fill('示例负责人')
    await me.field('leadEmail').fill(emailOf('mao'))
    await me.field('agreed').check()
    await me.button(t.create).click()
    await me.sees(t.finalTitle)
    await me.look('plain-p03-confirm')
    await me.button(t.confirmProject).click()
    await me.page.waitForURL('**/projects')
    await me.sees(t.projectCreated)

    await me.link(named(t.view, '示例项目 无脚本', 'zh')).click()
    await main.getByRole('link', { name: t.add, exact: true }).click()
    await me.field('name').fill('示例备份 无脚本')
    await me.page.getByLabel(t.wgs, { exact: true }).check()
    await me.button(t.submit).click()
    await me.sees(t.backupAdded)
    const hub = new URL(me.page.url()).pathname

    const addFile = async (accession: string, email: string) => {
      await me.page.goto(`${hub}/files/new`)
      await me.field('dataType').selectOption('1')
      await me.field('sampleCount').fill('50')
      await me.field('mbPerSample').fill('2000')
      await me.field('depositorEmail').fill(email)
      await me.field('accession').fill(accession)
      await me.button(t.create).click()
    }
    await addFile(own.replace('HRA0', 'HRAO'), emailOf('mao'))
    expect(await me.errorOf('accession')).toBe(say(t.didYouMean, { accession: own }))
    expect(await me.field('dataType').inputValue()).toBe('1')
    await addFile(others, emailOf('mao'))
    expect(await me.errorOf('accession')).toBe(t.mismatch)
    expect(await me.field('accession').inputValue()).toBe(others)
    await addFile(own, emailOf('mao'))
    await me.page.waitForURL(`**${hub}`)
    await addFile(others, contributorOf('mao'))
    await me.page.waitForURL(`**${hub}`)
    await me.row(others).getByText(t.pending, { exact: true }).waitFor()
    await me.look('plain-p06-hub')

    await me.link(named(t.sendCode, others, 'zh')).click()
    await me.page.waitForURL(/\/code$/)
    await me.sees(t.codeUnsent)
    await me.button(t.sendCode).click()
    await me.sees(t.codeSent)
    await me.link(t.ok).click()
    const code = await codeFor(contributorOf('mao'))
    await me.field('code').fill(wrongCodeFor(code))
    await me.button(t.verify).click()
    await me.sees(say(t.wrongCode, { n: 4 }))
    await me.look('plain-p10-wrong')
    await me.field('code').fill(code)
    await me.button(t.verify).click()
    await me.sees(t.verified)
    await main.getByRole('link', { name: t.back, exact: true }).click()

    await main.getByRole('link', { name: t.submit, exact: true }).click()
    await me.button(t.getNumber).click()
    expect(await me.errorOf('confirmed')).toBe(t.tickTheBox)
    await me.field('confirmed').check()
    await me.button(t.getNumber).click()
    await me.page.waitForURL(/\/result$/)
    await me.sees(t.completed)
    expect(await me.page.locator('.number strong').innerText()).toMatch(/^BF\d{13}$/)
    await me.look('plain-p12-result')
    await me.button(t.signOut).or(me.page.locator('.account-btn')).first().click()
    await me.button(t.signOut).click()
    // The identity provider asks again where no script answers for the person.
    await me.page.getByRole('button', { name: t.signOut }).click()
    await me.sees(t.signedOut)
  }, 90_000)
})
