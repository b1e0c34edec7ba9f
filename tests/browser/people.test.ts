/** Who may see and do what, as they find it on the pages. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf } from './arrange.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { accessionOf, emailOf, type Login } from './world.ts'

async function signedIn(login: Login): Promise<Visit> {
  const someone = await visit()
  onTestFinished(() => someone.close())
  await someone.signIn(login)
  return someone
}

useStage()

describe('R3 a researcher whom the unit has not authorised', () => {
  it('looks, is told so on every page, and finds nothing to create with', async () => {
    const zi = await signedIn('zi')
    await zi.sees(zi.texts.notAuthorised)
    expect(await zi.page.locator('main').getByRole('link', { name: zi.texts.newProject }).count()).toBe(0)
    await zi.lookInBoth('p02-not-authorised')
    await zi.go('/projects/new')
    await zi.sees(zi.texts.notAuthorised)
    expect(await zi.page.locator('main form').count()).toBe(0)
    await zi.lookInBoth('p03-not-authorised')
  })

  it('is refused when posting the form anyway', async () => {
    const zi = await signedIn('zi')
    const name = `示例项目 ${randomUUID()}`
    const answer = await zi.context.request.post('/projects/new?/create', {
      form: { cmd: randomUUID(), name, leadName: '示例', leadEmail: 'a@example.org', agreed: 'true' },
      headers: { origin: product.urls.product, accept: 'text/html' },
    })
    expect(answer.status()).toBe(403)
    expect(await answer.text()).toContain(zi.texts.notAuthorised)
    expect(await product.query('select 1 from projects where name = $1', [name])).toEqual([])
  })
})

describe('R5, R56 a manager', () => {
  it.each(['chou', 'yin'] as const)(
    '%s is led to the backups of the units and sees no page of researchers',
    async (login) => {
      const manager = await signedIn(login)
      expect(new URL(manager.page.url()).pathname).toBe('/manage/backups')
      const menu = await manager.page.locator('nav.menu a').allInnerTexts()
      expect(menu.map((text) => text.trim())).toEqual(['操作指南', '成员列表', '备份列表'])
      await manager.go('/guide')
      if (login === 'chou') await manager.lookInBoth('p24-guide-manager')
      manager.provoked.add(404)
      for (const path of ['/projects', '/projects/new']) {
        await manager.go(path)
        await manager.sees(manager.texts.notFound)
      }
    },
  )
})

describe('R56 what belongs to another person', () => {
  it('is not there, just like what never was', async () => {
    const draft = await draftOf('gui')
    const file = await addFile('gui', draft, accessionOf('gui', 1), emailOf('gui'))
    const ren = await signedIn('ren')
    ren.provoked.add(404)
    const paths = [
      draft.project,
      `${draft.project}/backups/new`,
      ...['', '/edit', '/submit', '/result', '/files/new'].map((page) => draft.backup + page),
      ...['edit', 'code'].map((page) => `${draft.backup}/files/${file}/${page}`),
    ]
    for (const path of paths) {
      const answer = await ren.context.request.get(path)
      expect(`${answer.status()} ${path}`).toBe(`404 ${path}`)
      expect(await answer.text()).not.toContain(draft.name)
    }
    const pageOf = async (path: string): Promise<string> => {
      await ren.go(path)
      return await ren.page.locator('main').innerText()
    }
    expect(await pageOf(draft.backup)).toBe(await pageOf(`/backups/${randomUUID()}`))
    expect(await ren.page.title()).toContain(ren.texts.notFound)
    await ren.lookInBoth('404')
  })

  it('R9, R34 and cannot be changed by a form that names it', async () => {
    const draft = await draftOf('gui')
    const ren = await signedIn('ren')
    const answer = await ren.context.request.post(`${draft.backup}/edit`, {
      form: { cmd: randomUUID(), name: '示例备份 改', contentTypes: 'wgs' },
      headers: { origin: product.urls.product, accept: 'text/html' },
    })
    expect(answer.status()).toBe(404)
    const id = draft.backup.split('/').at(-1)
    expect(await product.query('select name from backups where id = $1', [id])).toEqual([
      { name: draft.name },
    ])
  })
})
