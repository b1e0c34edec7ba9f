/** Nothing typed is lost: before the script has come, and when the language changes (R58, pages.md 2.1). */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { draftOf, type Draft } from './arrange.ts'
import { useStage, visit, type Visit } from './stage.ts'
import { accessionOf } from './world.ts'

useStage()

let draft: Draft
beforeAll(async () => {
  draft = await draftOf('ren')
})
async function ren(): Promise<Visit> {
  const me = await visit()
  onTestFinished(() => me.close())
  await me.signIn('ren')
  return me
}
/** Opens a page whose scripts wait; `arrive` lets them come. */
async function openSlowly(me: Visit, path: string): Promise<() => Promise<void>> {
  const gate = Promise.withResolvers<void>()
  await me.page.route('**/_app/immutable/**/*.js', async (route) => {
    await gate.promise
    await route.continue()
  })
  await me.page.goto(path, { waitUntil: 'domcontentloaded' })
  return async () => {
    gate.resolve()
    await me.ready()
  }
}

describe('R58 input typed before the script has come', () => {
  it('stays in a new project', async () => {
    const me = await ren()
    const arrive = await openSlowly(me, '/projects/new')
    await me.field('name').fill('示例项目 早')
    await me.field('leadName').fill('示例负责人')
    await me.field('agreed').check()
    await arrive()
    expect(await me.field('name').inputValue()).toBe('示例项目 早')
    expect(await me.field('leadName').inputValue()).toBe('示例负责人')
    expect(await me.field('agreed').isChecked()).toBe(true)
  })

  it('stays in a new backup, and the list below follows the ticks', async () => {
    const me = await ren()
    const arrive = await openSlowly(me, `${draft.project}/backups/new`)
    await me.field('name').fill('示例备份 早')
    await me.page.getByLabel(me.texts.wgs, { exact: true }).check()
    await arrive()
    expect(await me.field('name').inputValue()).toBe('示例备份 早')
    expect(await me.page.getByLabel(me.texts.wgs, { exact: true }).isChecked()).toBe(true)
    await me.page.locator('#content-offers').getByText(me.texts.assembly).waitFor()
  })

  it('stays in a changed backup', async () => {
    const me = await ren()
    const arrive = await openSlowly(me, `${draft.backup}/edit`)
    await me.field('name').fill('示例备份 改')
    await me.page.getByLabel(me.texts.wgs, { exact: true }).uncheck()
    await me.page.getByLabel(me.texts.array, { exact: true }).check()
    await arrive()
    expect(await me.field('name').inputValue()).toBe('示例备份 改')
    expect(await me.page.getByLabel(me.texts.wgs, { exact: true }).isChecked()).toBe(false)
    expect(await me.page.getByLabel(me.texts.array, { exact: true }).isChecked()).toBe(true)
  })

  it('stays in a new file, and the repository follows the type', async () => {
    const me = await ren()
    const arrive = await openSlowly(me, `${draft.backup}/files/new`)
    await me.field('dataType').selectOption('3')
    await me.field('sampleCount').fill('12')
    await me.field('accession').fill(accessionOf('ren', 1))
    await arrive()
    expect(await me.field('dataType').inputValue()).toBe('3')
    expect(await me.field('sampleCount').inputValue()).toBe('12')
    expect(await me.field('accession').inputValue()).toBe(accessionOf('ren', 1))
    await me.page.locator('#dataType-below').getByText('GVM').waitFor()
  })

  it('a form sent before the script has come is answered all the same', async () => {
    const me = await ren()
    me.provoked.add(422)
    const arrive = await openSlowly(me, '/projects/new')
    await me.field('name').fill('示例项目 先')
    await Promise.all([me.page.waitForURL(/\?\/review$/), me.button(me.texts.create).click()])
    await me.page.getByRole('alert').waitFor()
    expect(await me.field('name').inputValue()).toBe('示例项目 先')
    await arrive()
    expect(await me.field('name').inputValue()).toBe('示例项目 先')
  })
})

describe('R55, R58 the language switch', () => {
  it('keeps the page and what was typed', async () => {
    const me = await ren()
    await me.go(`${draft.backup}/files/new`)
    await me.field('dataType').selectOption('1')
    await me.field('sampleCount').fill('12')
    await me.field('accession').fill('HRA02')
    await me.switchLanguage()
    expect(new URL(me.page.url()).pathname).toBe(`${draft.backup}/files/new`)
    await expect.poll(() => me.field('dataType').inputValue()).toBe('1')
    expect(await me.field('sampleCount').inputValue()).toBe('12')
    expect(await me.field('accession').inputValue()).toBe('HRA02')
  })
})
