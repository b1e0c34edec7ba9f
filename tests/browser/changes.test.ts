/** What changes after the lock (R35), and what two people or tabs change at the same time (R58). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { addFile, draftOf, submitDraft, type Draft } from './arrange.ts'
import { product, useStage, visit, type Visit } from './stage.ts'
import { named, type Language } from './texts.ts'
import { accessionOf, contributorOf, emailOf, nameOf, type Login } from './world.ts'

const words = {
  zh: {
    locked: '备份已锁定，只能修改合计例数和单位规格。',
    saved: '已保存，总数据量 100 GB → 120 GB',
    amended: (accession: string) => `修改了 ${accession}：合计例数 50 → 60`,
    synced: '第 2 版已同步到人遗系统',
    asIssued: '签发时快照',
    amendments: '修改记录',
    never: '未修改过',
    note: '说明：示例说明',
    newBackup: '添加备份',
    conflict: /此记录已被修改（\d{4}-\d\d-\d\d \d\d:\d\d）。下面是最新内容，您填写的内容保留在表单中/,
    labels: { sampleCount: '合计例数', mbPerSample: '规格\\(MB/例\\)', name: '备份名称' },
    latest: (by: string, label: string, value: string) =>
      new RegExp(`^${by} 已于 \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d 修改${label}。最新值：${value}$`),
  },
  en: {
    locked: 'Locked: only samples and size can change.',
    saved: 'Saved, total size 100 GB → 120 GB',
    amended: (accession: string) => `changed ${accession}: Samples 50 → 60`,
    synced: 'Version 2 synced to the HGR System',
    asIssued: 'As issued (read-only)',
    amendments: 'Amendments',
    never: 'No changes since the backup number was issued',
    note: 'Note: 示例说明',
    newBackup: 'Add backup',
    conflict:
      /This record was changed at \d{4}-\d\d-\d\d \d\d:\d\d\. The latest values are shown; your input is kept/,
    labels: { sampleCount: 'total samples', mbPerSample: 'size \\(MB per sample\\)', name: 'backup name' },
    latest: (by: string, label: string, value: string) =>
      new RegExp(`^${by} changed the ${label} at \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d\\. Latest: ${value}$`),
  },
} satisfies Record<Language, object>

async function signedIn(login: Login, language: Language, script = true): Promise<Visit> {
  const someone = await visit({ language, script })
  onTestFinished(() => someone.close())
  await someone.signIn(login)
  return someone
}

/** A completed backup with one file. */
async function issued(login: Login): Promise<{ draft: Draft; file: string; accession: string }> {
  const draft = await draftOf(login)
  const accession = accessionOf(login, 2)
  const file = await addFile(login, draft, accession, emailOf(login))
  await submitDraft(login, draft)
  return { draft, file, accession }
}

/** The same person in another tab. */
async function elsewhere(login: Login, path: string, body: Record<string, unknown>): Promise<void> {
  const reply = await (await product.signIn(login)).insist('PATCH', path, body)
  expect(reply.status).toBe(200)
}

const both = [
  { language: 'zh', login: 'chen' },
  { language: 'en', login: 'si' },
] as const

useStage()

describe('R35 a change after the lock', () => {
  it.each(both)(
    'is made, told and kept beside what was issued, in $language',
    async ({ language, login }) => {
      const { draft, accession } = await issued(login)
      const me = await signedIn(login, language)
      const t = words[language]
      await me.go(`${draft.backup}?tab=amendments`)
      await me.sees(t.never)
      await me.look('p13-never-amended')
      await me.go(draft.backup)
      await me.link(named(me.texts.edit, accession, language)).click()
      await me.page.waitForURL(/\/edit$/)
      await me.sees(t.locked)
      await me.sees(me.texts.nothingChanged)
      await me.look('p09-completed')
      await me.field('sampleCount').fill('60')
      await me.page.getByText('100 GB → 120 GB').waitFor()
      await me.field('note').fill('示例说明')
      await me.look('p09-completed-changed')
      await me.button(me.texts.save).click()
      await me.sees(t.saved)
      await me.sees(t.amended(accession))
      await me.sees(t.synced)
      await me.look('p13-amended')
      await me.link(t.amendments).click()
      await me.page.waitForURL(/\?tab=amendments$/)
      await me.row('50 → 60').getByText(t.note).waitFor()
      await me.look('p13-amendments')
      await me.link(t.asIssued).click()
      await me.page.getByText(/^[0-9a-f]{64}$/).waitFor()
      expect(await me.row(accession).innerText()).toContain('50')
      await me.look('p13-as-issued')
      const [row] = await product.query('select report_version, snapshot from backups where id = $1', [
        draft.backup.split('/').at(-1),
      ])
      expect(row).toMatchObject({ report_version: 2, snapshot: { sizeMb: '100000' } })
      await me.link(t.newBackup).click()
      await me.page.waitForURL(/\/backups\/new$/)
    },
    90_000, // seven pages are looked at
  )

  it('changes nothing without a change, and says so', async () => {
    const { draft, file } = await issued('chen')
    const me = await signedIn('chen', 'zh', false)
    await me.go(`${draft.backup}/files/${file}/edit`)
    await me.button(me.texts.save).click()
    await me.sees(me.texts.nothingChanged)
    await me.go(`${draft.backup}?tab=amendments`)
    await me.sees(words.zh.never)
  })
})

describe('R58 a change that another person made meanwhile', () => {
  it.each(both)('is shown beside what was typed for a file, in $language', async ({ language, login }) => {
    const draft = await draftOf(login)
    const file = await addFile(login, draft, accessionOf(login, 2), emailOf(login))
    const me = await signedIn(login, language)
    const t = words[language]
    me.provoked.add(409)
    await me.go(`${draft.backup}/files/${file}/edit`)
    await elsewhere(login, `${draft.backup}/files/${file}`, { sampleCount: 70, mbPerSample: '2000' })
    await me.field('sampleCount').fill('６０')
    await me.button(me.texts.save).click()
    await me.page.getByRole('alert').getByText(t.conflict).waitFor()
    expect(await me.errorOf('sampleCount')).toMatch(t.latest(nameOf(login), t.labels.sampleCount, '70'))
    expect(await me.page.locator('#mbPerSample-error').count()).toBe(0)
    expect(await me.field('sampleCount').inputValue()).toBe('６０')
    await me.page.getByText('70 → 60').waitFor()
    await me.look('p09-conflict')
    await me.button(me.texts.save).click()
    await me.page.waitForURL(/\/backups\/[0-9a-f-]{36}$/)
    await me.sees('140 GB → 120 GB')
  })

  it.each(both)('is shown beside what was typed for a backup, in $language', async ({ language, login }) => {
    const draft = await draftOf(login)
    const me = await signedIn(login, language)
    const t = words[language]
    me.provoked.add(409)
    await me.go(`${draft.backup}/edit`)
    await elsewhere(login, draft.backup, { name: '示例备份 别处', contentTypes: ['wgs', 'array'] })
    await me.field('name').fill('示例备份 此处')
    await me.button(me.texts.submit).click()
    await me.page.getByRole('alert').getByText(t.conflict).waitFor()
    expect(await me.errorOf('name')).toMatch(t.latest(nameOf(login), t.labels.name, '示例备份 别处'))
    expect(await me.field('name').inputValue()).toBe('示例备份 此处')
    await me.look('p05-conflict')
    await me.button(me.texts.submit).click()
    await me.page.waitForURL(/\/backups\/[0-9a-f-]{36}$/)
    await me.sees(me.texts.saved)
    await me.sees('示例备份 此处')
  })

  it('is shown without script too, and a second submission is deliberate', async () => {
    const draft = await draftOf('wu')
    const file = await addFile('wu', draft, accessionOf('wu', 2), emailOf('wu'))
    const me = await signedIn('wu', 'zh', false)
    me.provoked.add(409)
    await me.go(`${draft.backup}/files/${file}/edit`)
    await elsewhere('wu', `${draft.backup}/files/${file}`, { sampleCount: 50, mbPerSample: '2100.5' })
    await me.field('mbPerSample').fill('2200')
    await me.button(me.texts.save).click()
    await me.sees(words.zh.conflict)
    expect(await me.errorOf('mbPerSample')).toMatch(
      words.zh.latest(nameOf('wu'), words.zh.labels.mbPerSample, '2,100\\.5'),
    )
    await me.look('p09-conflict-plain')
    await me.field('sampleCount').fill('x')
    me.provoked.add(422)
    await me.button(me.texts.save).click()
    expect(await me.errorOf('sampleCount')).not.toBe('')
    await me.field('sampleCount').fill('50')
    await me.button(me.texts.save).click()
    await me.sees('105.03 GB → 110 GB')
  })
})

describe('R25 a mail that is refused', () => {
  it('is told with its reason in the dialog, never as an outage of ours', async () => {
    const draft = await draftOf('wu')
    const depositor = contributorOf('wu')
    const accession = accessionOf('wu', 7)
    await addFile('wu', draft, accession, depositor)
    await product.fault('mail', { mode: 'error', only: depositor, status: 550 })
    onTestFinished(() => void product.fault('mail', { mode: 'ok' }))
    const me = await signedIn('wu', 'zh')
    await me.go(draft.backup)
    await me.link(named(me.texts.sendCode, accession, 'zh')).click()
    await me.dialog.getByRole('button', { name: me.texts.sendCode }).click()
    await me.dialog.getByText(/^邮件未送达：/).waitFor()
    expect(await me.dialog.innerText()).not.toContain('后台处理服务')
    await me.look('p10-undelivered')
    await me.dialog.getByRole('link', { name: me.texts.remove }).click()
    await me.dialog.getByText(`删除文件 ${accession}？`).waitFor()
    expect(await me.dialog.count()).toBe(1)
  })
})
