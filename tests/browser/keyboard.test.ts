/** The main path's key steps with Tab, Enter, Space and Escape alone (R55). */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Locator } from 'playwright-core'
import { addFile, draftOf } from './arrange.ts'
import { codeFor } from './codes.ts'
import { useStage, visit, type Visit } from './stage.ts'
import { named, say } from './texts.ts'
import { accessionOf, contributorOf, emailOf } from './world.ts'

const STOPS = 60

/** Presses Tab until the focus is there. */
async function tabTo(me: Visit, target: Locator): Promise<void> {
  for (let i = 0; i < STOPS; i++) {
    if ((await target.and(me.page.locator(':focus')).count()) > 0) return
    await me.page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${target.toString()}`)
}
const press = (me: Visit, key: string) => me.page.keyboard.press(key)
const type = (me: Visit, text: string) => me.page.keyboard.type(text)

async function someone(options: { width?: number } = {}): Promise<Visit> {
  const me = await visit(options)
  onTestFinished(() => me.close())
  await me.signIn('ren')
  return me
}

/** What has the focus, whether one can see that, and whether something lies over it; an expression of the page. */
const focused = `(() => {
  const element = document.activeElement
  if (!element || element === document.body) return null
  const box = element.getBoundingClientRect()
  const style = getComputedStyle(element)
  const over = document.elementFromPoint(box.x + box.width / 2, Math.max(box.y + 4, 0))
  return {
    name: element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 30)),
    hasRing: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    isOnTop: over !== null && (element.contains(over) || over.contains(element)),
    isInDialog: element.closest('dialog') !== null,
  }
})()`
type Focused = { name: string; hasRing: boolean; isOnTop: boolean; isInDialog: boolean } | null
const focusOf = (me: Visit) => me.page.evaluate<Focused>(focused)

/** Tab stays in the dialog (or is at the browser's own controls), forwards and backwards. */
async function isTrapped(me: Visit): Promise<void> {
  for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab']) {
    await press(me, key)
    const focus = await focusOf(me)
    expect(focus === null || focus.isInDialog, focus?.name).toBe(true)
  }
}

useStage()

describe('R55 keyboard only', () => {
  it('R7–R12 creates a project and a backup', async () => {
    const me = await someone()
    const t = me.texts
    await me.go('/projects/new')
    await tabTo(me, me.field('name'))
    await type(me, '示例项目 键盘')
    await press(me, 'Tab')
    await type(me, '示例负责人')
    await tabTo(me, me.field('leadEmail'))
    await type(me, emailOf('ren'))
    await tabTo(me, me.field('agreed'))
    await press(me, 'Space')
    await tabTo(me, me.button(t.create))
    await press(me, 'Enter')
    await me.dialog.waitFor()
    // The harmless answer has the focus (pages.md 2.8).
    const goBack = me.inDialog(t.goBack)
    await me.focusIsOn(goBack)
    await isTrapped(me)
    await press(me, 'Escape')
    await me.dialog.waitFor({ state: 'detached' })
    await me.focusIsOn(me.button(t.create))
    await press(me, 'Enter')
    await me.dialog.waitFor()
    await tabTo(me, me.dialog.getByRole('button', { name: t.confirmProject }))
    await press(me, 'Enter')
    await me.page.waitForURL('**/projects')
    await tabTo(me, me.link(named(t.view, '示例项目 键盘', 'zh')))
    await press(me, 'Enter')
    const add = me.page.locator('main').getByRole('link', { name: t.add, exact: true })
    await add.waitFor()
    await tabTo(me, add)
    await press(me, 'Enter')
    await me.field('name').waitFor()
    await tabTo(me, me.field('name'))
    await type(me, '示例备份 键盘')
    await press(me, 'Tab')
    await me.focusIsOn(me.page.getByLabel(t.wgs, { exact: true }))
    await press(me, 'Space')
    await press(me, 'Enter')
    await me.sees(t.backupAdded)
  })

  it('R18–R33 links a file, enters a code and submits', async () => {
    const me = await someone()
    const t = me.texts
    const draft = await draftOf('ren')
    const [own, others] = [accessionOf('ren', 3), accessionOf('ren', 7)]
    await addFile('ren', draft, others, contributorOf('ren'))
    await me.go(`${draft.backup}/files/new`)
    await tabTo(me, me.field('dataType'))
    await press(me, 'ArrowDown')
    await tabTo(me, me.field('sampleCount'))
    await type(me, '50')
    await press(me, 'Tab')
    await type(me, '2000')
    await tabTo(me, me.button(t.useLead))
    await press(me, 'Enter')
    await tabTo(me, me.field('accession'))
    await type(me, own.replace('HRA0', 'HRAO'))
    await press(me, 'Tab')
    await me.sees(say(t.didYouMean, { accession: own }))
    await press(me, 'Shift+Tab')
    await me.focusIsOn(me.button(say(t.useSuggestion, { accession: own })))
    await press(me, 'Space')
    await me.focusIsOn(me.field('accession'))
    await press(me, 'Enter')
    await me.page.waitForURL(`**${draft.backup}`)
    await me.row(own).getByText(t.done, { exact: true }).waitFor()

    const opener = me.row(others).locator('a.act').first()
    await tabTo(me, opener)
    await press(me, 'Enter')
    await me.dialog.waitFor()
    await isTrapped(me)
    // The page is read again slowly: what the dialog says must not be ahead of it.
    await me.page.route('**/__data.json*', async (route) => {
      await setTimeout(1_000)
      await route.continue()
    })
    await tabTo(me, me.dialog.getByRole('button', { name: t.sendCode }))
    await press(me, 'Enter')
    await me.dialog.getByText(t.pleaseNote).waitFor()
    await me.page.unrouteAll({ behavior: 'wait' })
    await tabTo(me, me.dialog.getByRole('link', { name: t.ok }))
    await press(me, 'Enter')
    await me.focusIsOn(me.dialog.locator('[name=code]'))
    await press(me, 'Escape')
    await me.dialog.waitFor({ state: 'detached' })
    await me.focusIsOn(opener)
    await press(me, 'Enter')
    await me.focusIsOn(me.dialog.locator('[name=code]'))
    await type(me, await codeFor(contributorOf('ren')))
    await press(me, 'Enter')
    await me.dialog.getByText(t.verified).waitFor()
    await press(me, 'Escape')
    await me.dialog.waitFor({ state: 'detached' })

    const submit = me.page.locator('main').getByRole('link', { name: t.submit, exact: true })
    await tabTo(me, submit)
    await press(me, 'Enter')
    await me.field('confirmed').waitFor()
    await tabTo(me, me.field('confirmed'))
    await press(me, 'Space')
    await tabTo(me, me.button(t.getNumber))
    await press(me, 'Enter')
    await me.page.waitForURL(/\/result$/)
    await me.sees(t.completed)
  }, 60_000)

  it('every stop can be seen, and the skip link comes first', async () => {
    const me = await someone()
    const draft = await draftOf('ren')
    await addFile('ren', draft, accessionOf('ren', 8), contributorOf('ren'))
    await me.go(draft.backup)
    await press(me, 'Tab')
    await me.focusIsOn(me.link(me.texts.skip))
    await press(me, 'Enter')
    await me.focusIsOn(me.page.locator('main'))
    await me.go(draft.backup)
    let stops = 0
    for (; stops < STOPS; stops++) {
      await press(me, 'Tab')
      const focus = await focusOf(me)
      if (!focus) break
      expect(focus).toMatchObject({ hasRing: true, isOnTop: true })
    }
    expect(stops).toBeGreaterThan(20)
  })

  it('menus open, close by Escape and give the focus back', async () => {
    const me = await someone()
    const draft = await draftOf('ren')
    await addFile('ren', draft, accessionOf('ren', 9), contributorOf('ren'))
    await me.go(draft.backup)
    const account = me.page.locator('.account-btn')
    await tabTo(me, account)
    await press(me, 'Enter')
    await me.button(me.texts.signOut).waitFor()
    await tabTo(me, me.button(me.texts.signOut))
    await press(me, 'Escape')
    await me.button(me.texts.signOut).waitFor({ state: 'hidden' })
    await me.focusIsOn(account)
    const more = me.page.locator('summary').filter({ hasText: me.texts.more })
    await tabTo(me, more)
    await press(me, 'Enter')
    const remove = me.link(named(me.texts.remove, accessionOf('ren', 9), 'zh'))
    await tabTo(me, remove)
    await press(me, 'Escape')
    await remove.waitFor({ state: 'hidden' })
    await me.focusIsOn(more)
    await press(me, 'Enter')
    await tabTo(me, remove)
    await press(me, 'Enter')
    await me.dialog.waitFor()
    await me.focusIsOn(me.inDialog(me.texts.cancel))
    await isTrapped(me)
    await press(me, 'Escape')
    await me.dialog.waitFor({ state: 'detached' })
    expect(await me.row(accessionOf('ren', 9)).count()).toBe(1)
  })

  it('on a phone the menu opens, leads on and closes', async () => {
    const me = await someone({ width: 320 })
    const opener = me.button(me.texts.mainMenu)
    await tabTo(me, opener)
    await press(me, 'Enter')
    const item = me.page.locator('nav.menu').getByRole('link', { name: me.texts.newProject })
    await item.waitFor()
    await me.look('shell-menu')
    await tabTo(me, item)
    await press(me, 'Escape')
    await item.waitFor({ state: 'hidden' })
    await me.focusIsOn(opener)
    await press(me, 'Enter')
    await tabTo(me, item)
    await press(me, 'Enter')
    await me.page.waitForURL('**/projects/new')
    await item.waitFor({ state: 'hidden' })
  })
})
