import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Backup } from '../../domain/backup/state.ts'
import { minute } from '../../domain/times.ts'
import { ownFile, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'
import { aFile, sentAt, startFrom, startPending, stateOf } from './arrange.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
afterEach(() => stage.outside.faults.set(['GSA-Human'], { mode: 'ok' }))

const first: Pick<Backup, 'name' | 'contentTypes'> = { name: '示例备份', contentTypes: ['wgs', 'array'] }
const edit = (draft: Draft, values: Partial<typeof first>, base: Partial<typeof first> = first) =>
  stage.say(draft, 'editBackup', { ...first, ...values, base })
const amounts = { sampleCount: 50, mbPerSample: '2000' }
const editFile = (
  draft: Draft,
  fileId: string,
  values: Partial<typeof amounts>,
  base: Partial<typeof amounts> = amounts,
) => stage.say(draft, 'editFile', { fileId, ...amounts, ...values, base })

async function withFile(): Promise<{ draft: Draft; fileId: string }> {
  const file = aFile({ status: 'done', accession: 'HRA000567' })
  return { draft: await startFrom(stage, { files: [file] }), fileId: file.id }
}

describe('R58 two people edit the same backup', () => {
  it('names the field that another changed since the form was filled', async () => {
    const draft = await startFrom(stage, {})
    expect(await edit(draft, { name: '甲的名称' })).toEqual({ ok: true })
    expect(await edit(draft, { name: '乙的名称' })).toEqual({
      ok: false,
      code: 'VERSION_CONFLICT',
      params: { fields: ['name'] },
    })
    // Nor is the rest of a form taken whose name is refused.
    expect(await edit(draft, { name: '乙的名称', contentTypes: ['wes'] })).toMatchObject({
      params: { fields: ['name'] },
    })
    expect(await stateOf(stage, draft)).toMatchObject({ ...first, name: '甲的名称' })
  })

  it('names both fields when both were changed', async () => {
    const draft = await startFrom(stage, {})
    await edit(draft, { name: '甲的名称', contentTypes: ['epigenome'] })
    expect(await edit(draft, { name: '乙的名称', contentTypes: ['wes'] })).toMatchObject({
      code: 'VERSION_CONFLICT',
      params: { fields: ['name', 'contentTypes'] },
    })
  })

  it('lets exactly one of two different names win, at the same moment', async () => {
    const draft = await startFrom(stage, {})
    const answers = await Promise.all([edit(draft, { name: '甲' }), edit(draft, { name: '乙' })])
    expect(answers.map((answer) => answer.ok).sort()).toEqual([false, true])
    expect((await stateOf(stage, draft)).name).toBe(answers[0].ok ? '甲' : '乙')
  })

  it('is no conflict when both want the same, or the order of the content differs', async () => {
    const draft = await startFrom(stage, {})
    expect(await Promise.all([edit(draft, { name: '同' }), edit(draft, { name: '同' })])).toEqual([
      { ok: true },
      { ok: true },
    ])
    const base = { name: '同', contentTypes: ['array', 'wgs'] as const }
    expect(await edit(draft, { name: '新' }, base)).toEqual({ ok: true })
  })

  // R58: a field that the second left as the form began is not his edit; the other's value stays.
  it('keeps both when each changed another field', async () => {
    const draft = await startFrom(stage, {})
    expect(await edit(draft, { name: '甲的名称' })).toEqual({ ok: true })
    expect(await edit(draft, { contentTypes: ['wes'] })).toEqual({ ok: true })
    expect(await stateOf(stage, draft)).toMatchObject({ name: '甲的名称', contentTypes: ['wes'] })
  })
})

describe('R24 two people edit the same file', () => {
  it('names the amount that another changed, and the file', async () => {
    const { draft, fileId } = await withFile()
    expect(await editFile(draft, fileId, { sampleCount: 60 })).toEqual({ ok: true })
    expect(await editFile(draft, fileId, { sampleCount: 70 })).toMatchObject({
      code: 'VERSION_CONFLICT',
      params: { fields: ['sampleCount'], fileId },
    })
    expect((await stage.file(fileId)).sampleCount).toBe(60)
  })

  // R58, as above.
  it('keeps both when each changed another amount', async () => {
    const { draft, fileId } = await withFile()
    expect(await editFile(draft, fileId, { sampleCount: 60 })).toEqual({ ok: true })
    expect(await editFile(draft, fileId, { mbPerSample: '3000' })).toEqual({ ok: true })
    expect((await stateOf(stage, draft)).files[0]).toMatchObject({ sampleCount: 60, mbPerSample: '3000' })
  })

  it('is no conflict with a change of another file or of the backup', async () => {
    const [one, other] = [aFile({ accession: 'HRA000567' }), aFile({ accession: 'HRA000568' })]
    const draft = await startFrom(stage, { files: [one, other] })
    const answers = await Promise.all([
      editFile(draft, one.id, { sampleCount: 60 }),
      editFile(draft, other.id, { sampleCount: 70 }),
      edit(draft, { name: '新名称' }),
    ])
    expect(answers).toEqual(Array(3).fill({ ok: true }))
  })

  it('tells the second that the file is gone, or that the backup is locked', async () => {
    const { draft, fileId } = await withFile()
    await stage.say(draft, 'removeFile', { fileId })
    expect(await editFile(draft, fileId, { sampleCount: 60 })).toMatchObject({ code: 'NOT_FOUND' })

    stage.outside.faults.set(['report'], { mode: 'down' }) // keeps the process awake
    const locked = await withFile()
    await stage.say(locked.draft, 'submit', {})
    expect(await edit(locked.draft, { name: '新名称' })).toMatchObject({ code: 'BACKUP_LOCKED' })
    stage.outside.faults.set(['report'], { mode: 'ok' })
  })
})

describe('R21 an answer from outside is no person’s edit', () => {
  it('is no conflict for the form that was open meanwhile', async () => {
    const draft = await startFrom(stage, {})
    const fileId = randomUUID()
    stage.outside.faults.set(['GSA-Human'], { mode: 'down' })
    await stage.say(draft, 'linkFile', ownFile(fileId))
    expect(await editFile(draft, fileId, { sampleCount: 60 })).toMatchObject({ code: 'FILE_CHECKING' })
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    await until('the check is done', async () => (await stage.file(fileId)).status === 'done')
    expect(await editFile(draft, fileId, { sampleCount: 60 })).toEqual({ ok: true })
    expect(await edit(draft, { name: '新名称' })).toEqual({ ok: true })
  })

  it('is none either when a mail is accepted between form and click', async () => {
    const { draft, fileId } = await startPending(stage)
    const answers = await Promise.all([
      stage.say(draft, 'sendCode', { fileId }),
      editFile(draft, fileId, { sampleCount: 60 }),
    ])
    expect(answers).toEqual([{ ok: true }, { ok: true }])
    expect(await stage.file(fileId)).toMatchObject({ consentStatus: 'sent', sampleCount: 60 })
  })
})

describe('R27 the refusal of another code that is too early', () => {
  const justSent = sentAt(Date.now() - minute)

  it('does not speak of 5 minutes when the file is 完成 already', async () => {
    const file = aFile({ status: 'done', consent: justSent })
    const draft = await startFrom(stage, { files: [file] })
    expect(await stage.say(draft, 'sendCode', { fileId: file.id })).toMatchObject({ code: 'CODE_NOT_NEEDED' })
  })

  it('does not speak of 5 minutes when the file is locked', async () => {
    const file = aFile({ consent: justSent, wrongTriesForLife: 20 })
    const draft = await startFrom(stage, { files: [file] })
    expect(await stage.say(draft, 'sendCode', { fileId: file.id })).toMatchObject({
      code: 'FILE_CODE_LOCKED',
    })
  })
})
