/** A half-filled form that is left, and what becomes of it (R56, R58, R59). */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, mailCode, type Draft } from './arrange.ts'
import { useStage, visit, type Visit } from './stage.ts'
import type { Language } from './texts.ts'
import { accessionOf, contributorOf, type Login } from './world.ts'

const words = {
  zh: { offer: '您离开本页前填写的内容还在', go: '继续填写', drop: '不再需要' },
  en: { offer: 'What you typed before you left this page is still here', go: 'Continue', drop: 'Discard it' },
} satisfies Record<Language, object>
const t = words.zh

let draft: Draft
let form: string
useStage()
beforeAll(async () => {
  draft = await draftOf('hai')
  form = `${draft.project}/backups/new`
})

async function someone(login: Login = 'hai', language: Language = 'zh'): Promise<Visit> {
  const me = await visit({ language })
  onTestFinished(() => me.close())
  await me.signIn(login)
  return me
}
const kept = (me: Visit) => me.page.evaluate<string | null>(`sessionStorage.getItem('left')`)
const watches = (me: Visit) => me.page.evaluate(`new Promise((seen) => setTimeout(seen, 500))`)
/** Types into the form of a new backup, and leaves by the way back in the breadcrumbs. */
async function leaveHalfFilled(me: Visit, name: string): Promise<void> {
  await me.go(form)
  await me.field('name').pressSequentially(name)
  await me.page.getByLabel(me.texts.array, { exact: true }).check()
  await watches(me)
  await me.page.locator('.crumbs a').last().click()
  await me.page.waitForURL(`**${draft.project}`)
}

describe('F45 a half-filled form that is left', () => {
  it.each(['zh', 'en'] as const)(
    'offers its input to whoever comes back in this tab, sends it nowhere, and forgets it once it is sent, in %s',
    async (language) => {
      const me = await someone('hai', language)
      const said = words[language]
      const sent: string[] = []
      me.page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
      await leaveHalfFilled(me, '示例备份 半')
      expect(await me.page.getByText(said.offer).count()).toBe(0)
      await me.page.locator('main').getByRole('link', { name: me.texts.add, exact: true }).click()
      await me.sees(said.offer)
      expect(await me.field('name').inputValue()).toBe('')
      await me.fits('p05-left', [320, 390, 900, 1280])
      await me.look('p05-left')
      await me.button(said.go).click()
      expect(await me.field('name').inputValue()).toBe('示例备份 半')
      expect(await me.page.getByLabel(me.texts.array, { exact: true }).isChecked()).toBe(true)
      await me.focusIsOn(me.field('name'))
      await me.page.getByText(said.offer).waitFor({ state: 'detached' })
      expect(sent.filter((request) => /半|%E5%8D%8A/.test(request))).toEqual([])
      await me.button(me.texts.submit).click()
      await me.page.waitForURL(/\/backups\/[0-9a-f-]{36}$/)
      expect(await kept(me)).toBeNull()
      await me.go(form)
      await watches(me)
      expect(await me.page.getByText(said.offer).count()).toBe(0)
    },
    60_000,
  )

  it('keeps it over Back and a reload too, and drops it on request', async () => {
    const me = await someone()
    await leaveHalfFilled(me, '示例备份 退')
    await me.page.locator('main').getByRole('link', { name: me.texts.add, exact: true }).click()
    await me.button(t.go).click()
    await me.page.goBack()
    await me.page.waitForURL(`**${draft.project}`)
    await me.page.goForward()
    await me.sees(t.offer)
    await me.button(t.go).click()
    await me.page.reload()
    await me.ready()
    await me.sees(t.offer)
    expect(await me.field('name').inputValue()).toBe('')
    await me.button(t.drop).click()
    await me.page.getByText(t.offer).waitFor({ state: 'detached' })
    await me.focusIsOn(me.page.locator('h1'))
    expect(await kept(me)).toBeNull()
  }, 60_000)

  it('asks nothing about a form that nobody touched, and not twice after a change of language', async () => {
    const me = await someone()
    await me.go(`${draft.backup}/edit`)
    await me.field('name').pressSequentially('x')
    await me.field('name').press('Backspace')
    await watches(me)
    await me.page.locator('.crumbs a').last().click()
    await me.page.waitForURL(`**${draft.backup}`)
    expect(await kept(me)).toBeNull()
    await me.go(form)
    await me.field('name').pressSequentially('示例备份 语')
    await watches(me)
    await me.switchLanguage()
    await expect.poll(() => me.field('name').inputValue()).toBe('示例备份 语')
    expect(await me.page.getByText(words.en.offer).count()).toBe(0)
  }, 60_000)

  it('keeps another form of the same page apart', async () => {
    const me = await someone()
    await leaveHalfFilled(me, '示例备份 另')
    await me.go(`${draft.backup}/files/new`)
    await watches(me)
    expect(await me.page.getByText(t.offer).count()).toBe(0)
    await me.field('dataType').selectOption('1')
    await me.field('accession').pressSequentially('HRA0')
    await watches(me)
    await me.page.locator('.crumbs a').last().click()
    await me.page.waitForURL(`**${draft.backup}`)
    await me.go(`${draft.backup}/files/new`)
    await me.button(t.go).click()
    expect(await me.field('dataType').inputValue()).toBe('1')
    expect(await me.field('accession').inputValue()).toBe('HRA0')
    await me.page.locator('#dataType-below').getByText('GSA-Human').waitFor()
    await me.go(form)
    await me.sees(t.offer)
  }, 60_000)

  it('never keeps a code', async () => {
    const file = await addFile('hai', draft, accessionOf('hai', 6), contributorOf('hai'))
    await mailCode('hai', draft, file)
    const me = await someone()
    await me.go(`${draft.backup}/files/${file}/code`)
    await me.field('code').pressSequentially('123456')
    await watches(me)
    await me.page.locator('.crumbs a').last().click()
    await me.page.waitForURL(`**${draft.backup}`)
    expect(await me.page.evaluate<string>(`JSON.stringify(sessionStorage)`)).not.toContain('123456')
    expect(await kept(me)).toBeNull()
  }, 60_000)

  it('forgets it with the sign-out, before the page is gone, and for another person', async () => {
    const me = await someone()
    await me.go(form)
    await me.field('name').pressSequentially('示例备份 退出')
    await watches(me)
    await me.page.locator('.account-btn').click()
    // The last that this page does.
    await me.page.evaluate(
      `addEventListener('pagehide', () => (document.cookie = 'at-the-end=' + encodeURIComponent(JSON.stringify(sessionStorage))))`,
    )
    await me.button(me.texts.signOut).click()
    await me.page.waitForURL(/signin=signedout$/)
    const end = (await me.context.cookies()).find(({ name }) => name === 'at-the-end')
    expect(end?.value).toContain('sveltekit')
    expect(decodeURIComponent(end?.value ?? '')).not.toMatch(/示例备份|kept|"left/)
    await me.link(me.texts.signIn).click()
    await me.identify('hai')
    await me.go(form)
    await watches(me)
    expect(await me.page.getByText(t.offer).count()).toBe(0)

    await leaveHalfFilled(me, '示例备份 他人')
    expect(await kept(me)).toContain('他人')
    await me.context.clearCookies()
    await me.go('/')
    await me.link(me.texts.signIn).click()
    await me.identify('xu')
    await expect.poll(() => kept(me)).toBeNull()
  }, 60_000)
})
