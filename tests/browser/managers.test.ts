/** R46–R48, R56, R59: what those who oversee units find, as they find it on the pages. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, submitDraft, type Draft } from './arrange.ts'
import { useStage, visit, type Visit } from './stage.ts'
import { accessionOf, contributorOf, emailOf, type Login } from './world.ts'

async function signedIn(login: Login, options: Parameters<typeof visit>[0] = {}): Promise<Visit> {
  const someone = await visit(options)
  onTestFinished(() => someone.close())
  await someone.signIn(login)
  return someone
}

useStage()

const mark = randomUUID().slice(0, 8)
let completed: Draft
let draft: Draft
let elsewhere: Draft
beforeAll(async () => {
  completed = await draftOf('jiao', `示例队列 ${mark}`)
  await addFile('jiao', completed, accessionOf('jiao', 1), emailOf('jiao'))
  await submitDraft('jiao', completed)
  draft = await draftOf('jiao', `示例草稿 ${mark}`)
  await addFile('jiao', draft, accessionOf('jiao', 6), contributorOf('jiao'))
  elsewhere = await draftOf('gui', `示例别处 ${mark}`)
}, 120_000)

const rows = (me: Visit): Promise<string[]> => me.page.locator('main tbody tr').allInnerTexts()
async function search(me: Visit, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await me.field(name).fill(value)
  const before = me.page.url()
  await me.button('查询').click()
  await me.page.waitForURL((url) => url.href !== before && !url.search.includes('/search'))
  await me.ready()
}

describe('P17 the backups of a unit', () => {
  it('completed ones by name, lead and custodian; people are masked and never in the address', async () => {
    const chou = await signedIn('chou')
    await chou.page.locator('main table').waitFor()
    await search(chou, { name: mark })
    await expect.poll(() => rows(chou)).toHaveLength(1)
    const [row = ''] = await rows(chou)
    expect(row).toMatch(/BF\d{13}/)
    expect(row).toContain('示*人') // the lead, 示例负责人
    expect(row).toContain('示*角')
    expect(row).not.toContain('示例角')
    await chou.lookInBoth('p17-completed')
    await chou.page.locator('summary').getByText('导出').click()
    await chou.look('p17-export')
    const [download] = await Promise.all([chou.page.waitForEvent('download'), chou.link('导出 CSV').click()])
    expect(download.suggestedFilename()).toMatch(/^备份列表-\d{8}-\d{4}\.csv$/)
    expect(readFileSync(await download.path(), 'utf8')).toMatch(/^\ufeff备份号,.*\r\nBF\d{13},示例队列 /)
    await search(chou, { lead: '示例负', custodian: '示例角' })
    await expect.poll(() => rows(chou)).toHaveLength(1)
    expect(decodeURIComponent(chou.page.url())).not.toMatch(/示例负|示例角/)
    expect(await chou.field('custodian').inputValue()).toBe('示例角')
    await search(chou, { custodian: '示例某' })
    await chou.sees('没有符合条件的记录')
    await chou.look('p17-none')
    await chou.page.locator('main').getByRole('link', { name: '清除筛选' }).first().click()
    await chou.page.waitForURL('**/manage/backups')
  })

  it('drafts say whom they wait for, as someone else reads it', async () => {
    const chou = await signedIn('chou')
    await chou.page.getByRole('link', { name: /^未完成备份列表/ }).click()
    await chou.page.waitForURL('**tab=draft**')
    await search(chou, { name: mark })
    await expect.poll(() => rows(chou)).toHaveLength(1)
    expect((await rows(chou))[0]).toContain('等待委托人')
    await chou.lookInBoth('p17-drafts')
  })

  it('is a whole form without script', async () => {
    const chou = await signedIn('chou', { script: false })
    await search(chou, { name: mark, lead: '示例负责人' })
    expect(await rows(chou)).toHaveLength(1)
    expect(decodeURIComponent(chou.page.url())).not.toContain('示例负')
  })

  it('a sealed search of another person leads to the list without filters', async () => {
    const chou = await signedIn('chou')
    await search(chou, { lead: '示例负责人' })
    const { search: query } = new URL(chou.page.url())
    const yin = await signedIn('yin')
    await yin.go(`/manage/backups${query}`)
    expect(new URL(yin.page.url()).search).toBe('')
  })
})

describe('P18 a backup of a unit', () => {
  it('every field, its files, what happened, as issued, and what was changed', async () => {
    const chou = await signedIn('chou')
    await search(chou, { name: mark })
    await chou.page.locator('main tbody a').first().click()
    await chou.page.waitForURL(`**/manage${completed.backup}`)
    for (const text of [
      '基本信息',
      '文件列表信息',
      '授权时间',
      accessionOf('jiao', 1),
      emailOf('jiao'),
      '示例角',
    ])
      await chou.sees(text)
    expect(await chou.page.locator('main form').count()).toBe(0)
    await chou.lookInBoth('p18-completed')
    await chou.link('签发时快照').click()
    await chou.sees('哈希值')
    await chou.lookInBoth('p18-snapshot')
    await chou.link('修改记录').click()
    await chou.page.locator('#amendments').waitFor()
  })

  it('a draft says how far each file is; the depositor’s address is masked', async () => {
    const chou = await signedIn('chou')
    await chou.go(`/manage${draft.backup}`)
    await chou.sees(accessionOf('jiao', 6))
    const text = await chou.page.content()
    expect(text).not.toContain(contributorOf('jiao'))
    expect(text).toContain('j***r@example.net')
    await chou.lookInBoth('p18-draft')
  })

  it('of another unit is not there', async () => {
    const chou = await signedIn('chou')
    chou.provoked.add(404)
    await chou.go(`/manage${elsewhere.backup}`)
    await chou.sees(chou.texts.notFound)
    const jiao = await signedIn('jiao')
    jiao.provoked.add(404)
    for (const path of ['/manage/backups', '/manage/members', `/manage${completed.backup}`]) {
      await jiao.go(path)
      await jiao.sees(jiao.texts.notFound)
    }
  })
})

describe('P16 the people of a unit', () => {
  it('are found by name and role; their backups are one click away', async () => {
    const yin = await signedIn('yin')
    await yin.go('/manage/members')
    await yin.page.locator('main table').waitFor()
    await search(yin, { member: '示例角' })
    await expect.poll(() => rows(yin)).toHaveLength(1)
    expect((await rows(yin))[0]).toContain('示*角')
    await yin.lookInBoth('p16-members')
    await yin.page.locator('main tbody a').first().click()
    await yin.page.waitForURL('**/manage/backups?custodianId=*')
    await yin.sees('只显示委托人')
    await expect.poll(() => rows(yin)).toHaveLength(1)
    await yin.look('p17-custodian')
  })

  it('R4, R5 a legal entity chooses among its units', async () => {
    const yin = await signedIn('yin')
    const options = await yin.field('unitId').locator('option').allInnerTexts()
    expect(options.map((text) => text.trim())).toEqual([
      '全部',
      '示例集团（含下级单位）',
      '示例医院',
      '示例研究所',
    ])
    await yin.page.getByRole('link', { name: /^未完成备份列表/ }).click()
    await yin.page.waitForURL('**tab=draft**')
    await search(yin, { name: mark })
    await expect.poll(() => rows(yin)).toHaveLength(2)
    await yin.field('unitId').selectOption({ label: '\u3000示例医院' })
    await yin.button('查询').click()
    await expect.poll(() => rows(yin)).toHaveLength(1)
    expect((await rows(yin))[0]).toContain('示例别处')
  })
})
