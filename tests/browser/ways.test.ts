/** What every page has in common: the way to a number, help, lists, errors. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf } from './arrange.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { accessionOf, contributorOf, emailOf, type Login } from './world.ts'

async function someone(login: Login, options: Parameters<typeof visit>[0] = {}): Promise<Visit> {
  const me = await visit(options)
  onTestFinished(() => me.close())
  await me.signIn(login)
  return me
}

useStage()

describe('the way to a number', () => {
  it('stands on each page with its step, and leads to the part of the guide that helps', async () => {
    const draft = await draftOf('you')
    const file = await addFile('you', draft, accessionOf('you', 6), contributorOf('you'))
    const me = await someone('you', { script: false })
    const pages: [path: string, step: string, anchor: string][] = [
      ['/projects/new', '项目', 'project'],
      [draft.project, '备份', 'backup'],
      [`${draft.project}/backups/new`, '备份', 'backup'],
      [draft.backup, '授权', 'code'],
      [`${draft.backup}/files/new`, '文件', 'files'],
      [`${draft.backup}/files/${file}/code`, '授权', 'code'],
      [`${draft.backup}/submit`, '备份号', 'submit'],
    ]
    for (const [path, step, anchor] of pages) {
      await me.go(path)
      expect(await me.page.locator('[aria-current=step]').innerText(), path).toBe(step)
      const help = me.page.locator('.help a')
      expect(await help.getAttribute('href'), path).toMatch(new RegExp(`/guide#${anchor}$`))
    }
    await me.go('/guide')
    for (const [, , anchor] of pages) expect(await me.page.locator(`#${anchor}`).count(), anchor).toBe(1)
    expect(await me.page.locator('#help ~ p a[href^="tel:"]').count()).toBe(2)
  })

  it('P24 the guide shows each page as it looks, in the language of the reader', async () => {
    const shown: string[] = []
    for (const language of ['zh', 'en'] as const) {
      const me = await someone('you', { language })
      await me.go('/guide')
      for (const summary of await me.page.locator('article summary').all()) await summary.click()
      const pictures = me.page.locator('article details img')
      expect(await pictures.count()).toBe(7)
      for (const picture of await pictures.all()) {
        await picture.scrollIntoViewIfNeeded()
        const width = (image: unknown) => {
          const picture = image as { decode: () => Promise<void>; naturalWidth: number }
          return picture.decode().then(() => picture.naturalWidth)
        }
        expect(await picture.evaluate(width)).toBe(1024)
      }
      for (const picture of await pictures.all()) shown.push((await picture.getAttribute('src')) ?? '')
      await me.fits(`p24-pictures-${language}`)
    }
    expect(new Set(shown).size).toBe(14)
  })

  it('a long name is cut in the breadcrumb only', async () => {
    const name = `示例备份 ${'很长的名称'.repeat(10)}`
    const draft = await draftOf('you', name)
    const me = await someone('you')
    await me.go(draft.backup)
    const here = me.page.locator('.crumbs [aria-current=page]')
    expect((await here.innerText()).length).toBe(24)
    expect(await here.getAttribute('title')).toBe(name)
    expect(await me.page.locator('h1').innerText()).toBe(name)
    await me.fits('p06-long-name')
  })
})

describe('R36 a list in pages', () => {
  it('shows ten, twenty or fifty, as one asks', async () => {
    for (let i = 0; i < 11; i++) await draftOf('shen', undefined, `示例项目 页 ${randomUUID()}`)
    const me = await someone('shen', { script: false })
    await me.go('/projects?sort=createdAt')
    const rows = me.page.locator('.projects tbody tr')
    expect(await rows.count()).toBe(10)
    await me.page.locator('.pager select').selectOption('20')
    await me.page.locator('.pager button').click()
    expect(await rows.count()).toBeGreaterThan(10)
    expect(new URL(me.page.url()).searchParams.get('sort')).toBe('createdAt')
    await me.fits('p02-paged')
  }, 90_000)
})

describe('R13 a backup whose content is in use', () => {
  it('names each file with the way to remove it, and resets to what is saved', async () => {
    const draft = await draftOf('you')
    const file = await addFile('you', draft, accessionOf('you', 1), emailOf('you'))
    const me = await someone('you')
    me.provoked.add(409)
    await me.go(`${draft.backup}/edit`)
    await me.field('name').fill('示例备份 另一个')
    await me.page.getByLabel(me.texts.wgs, { exact: true }).uncheck()
    await me.page.getByLabel(me.texts.array, { exact: true }).check()
    await me.button(me.texts.submit).click()
    const link = me.page.getByRole('alert').getByRole('link', { name: `删除：${accessionOf('you', 1)}` })
    await link.waitFor()
    await me.look('p05-in-use')
    expect(await me.field('name').inputValue()).toBe('示例备份 另一个')
    await me.button(me.texts.reset).click()
    await me.inDialog(me.texts.resetConfirm).click()
    expect(await me.field('name').inputValue()).toBe(draft.name)
    expect(await me.page.getByLabel(me.texts.wgs, { exact: true }).isChecked()).toBe(true)
    expect(await me.page.getByLabel(me.texts.array, { exact: true }).isChecked()).toBe(false)
    await link.click()
    await me.dialog.waitFor()
    expect(new URL(me.page.url()).searchParams.get('remove')).toBe(file)
  })
})

describe('what goes wrong', () => {
  it('a request that no page sends says once that nothing was done, and leads to the page', async () => {
    const me = await someone('you', { script: false })
    const answer = await me.context.request.post('/projects', {
      form: { a: '1' },
      headers: { origin: product.urls.product, accept: 'text/html' },
    })
    expect(answer.status()).toBe(405)
    const text = await answer.text()
    expect(text).toContain('本次请求没有执行')
    expect(text).not.toContain('系统出现问题')
    expect(text).toContain('href="/projects"')
  })

  it('offline, a form says that, and not that the platform is away', async () => {
    const draft = await draftOf('you')
    const me = await someone('you')
    await me.go(`${draft.backup}/edit`)
    await me.context.setOffline(true)
    await me.field('name').fill('示例备份 离线')
    await me.button(me.texts.submit).click()
    const summary = me.page.getByRole('alert')
    await summary.getByText('网络已断开').waitFor()
    expect(await summary.innerText()).not.toContain('后台处理服务')
    expect(await me.field('name').inputValue()).toBe('示例备份 离线')
    await me.context.setOffline(false)
    me.complaints.length = 0 // Chromium writes a line for each request without a network.
  })
})

describe('a phone', () => {
  it('has buttons over the whole width in a question, and the toast at the top', async () => {
    const draft = await draftOf('you')
    const file = await addFile('you', draft, accessionOf('you', 1), emailOf('you'))
    const me = await someone('you', { width: 390 })
    await me.go(`${draft.backup}?remove=${file}`)
    for (const button of await me.dialog.locator('.dialog-foot .btn').all())
      expect((await button.boundingBox())?.width).toBeGreaterThan(340)
    await me.inDialog(me.texts.remove).click()
    const toast = me.page.locator('.toast')
    await toast.waitFor()
    expect((await toast.boundingBox())?.y).toBeLessThan(120)
    await me.go('/projects')
    const [field, button] = [me.page.locator('#q'), me.page.locator('[role=search] button')]
    expect((await field.boundingBox())?.y).toBeCloseTo((await button.boundingBox())?.y ?? 0, -1)
  })
})
