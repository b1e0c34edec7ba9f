import { WorkflowNotFoundError } from '@temporalio/common'
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reload } from '../../workflows/backup/commands.ts'
import { createDraft, othersFile, ownFile, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
afterEach(() => {
  stage.outside.faults.set(['report', 'GSA-Human'], { mode: 'ok' })
})

async function started(): Promise<Draft> {
  const draft = await createDraft(stage.owner)
  await stage.start(draft)
  return draft
}
async function ready(): Promise<Draft> {
  const draft = await started()
  expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual({ ok: true })
  return draft
}
const submit = (draft: Draft, key = randomUUID()) => stage.say(draft, 'submit', {}, { key })
const reportsOf = (number: string | null) =>
  stage.outside.report.backups().filter((backup) => backup.number === number)
const auditOf = async (draft: Draft) => {
  const rows = await stage.owner
    .selectFrom('audit')
    .select('action')
    .where('backupId', '=', draft.id)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.action)
}

describe('R32 what blocks the number', () => {
  it('is named, and a refused submission can be made again', async () => {
    const draft = await started()
    expect(await submit(draft)).toMatchObject({ ok: false, code: 'NO_FILES' })
    const fileId = randomUUID()
    await stage.say(draft, 'linkFile', othersFile(fileId))
    expect(await submit(draft)).toMatchObject({ code: 'FILES_NOT_READY', params: { fileIds: [fileId] } })
    await stage.say(draft, 'removeFile', { fileId })
    await stage.say(draft, 'linkFile', ownFile(randomUUID()))
    expect(await submit(draft)).toEqual({ ok: true })
  })
})

describe('R33 one number, for ever', () => {
  it('is the same for 20 copies of one submission at once', async () => {
    const draft = await ready()
    const key = randomUUID()
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(draft, key)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"ok":true}']))
    const { number } = await stage.row(draft)
    await stage.handleOf(draft).result()
    expect(reportsOf(number)[0]?.versions).toHaveLength(1)
    expect(await auditOf(draft)).toEqual(['fileAddedAndChecked', 'numberIssued', 'numberSynced'])
  })

  it('counts within the day without gaps', async () => {
    const drafts = await Promise.all(Array.from({ length: 6 }, ready))
    await Promise.all(drafts.map((draft) => submit(draft)))
    const numbers = await stage.owner.selectFrom('numbers').select('number').orderBy('number').execute()
    const serials = numbers.map(({ number }) => Number(number.slice(10)))
    expect(serials).toEqual(serials.map((_, i) => i + 1))
  })
})

describe('R34 two tabs: edit against submit', () => {
  it('lets one win and tells the other', async () => {
    const draft = await ready()
    const [edited, submitted] = await Promise.all([
      stage
        .say(draft, 'editBackup', { name: '新名称', contentTypes: ['wgs', 'array'] })
        // The workflow had ended before it answered; the API then asks the row.
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return undefined
          throw error
        }),
      submit(draft),
    ])
    expect(submitted).toEqual({ ok: true })
    const row = await stage.row(draft)
    if (edited?.ok) expect(row.snapshot?.name).toBe('新名称')
    else {
      if (edited) expect(edited).toMatchObject({ code: 'BACKUP_LOCKED', params: { number: row.number } })
      expect(row.snapshot?.name).toBe('示例备份')
    }
    expect(row.name).toBe(row.snapshot?.name)
  })
})

describe('R37 the report system is down', () => {
  it('leaves the number issued, and acknowledges it by itself when it is up again', async () => {
    const draft = await ready()
    stage.outside.faults.set(['report'], { mode: 'down' })
    expect(await submit(draft)).toEqual({ ok: true })
    const row = await stage.row(draft)
    expect(row).toMatchObject({ stage: 'completed', reportVersion: 1, reportAcknowledged: 0 })
    stage.outside.faults.set(['report'], { mode: 'ok' })
    await stage.handleOf(draft).result()
    expect((await stage.row(draft)).reportAcknowledged).toBe(1)
    expect(reportsOf(row.number)[0]?.versions).toHaveLength(1)
  })
})

describe('R21 a mismatch that comes late', () => {
  it('stays as 校验失败, never counts as a file, and can be corrected', async () => {
    const draft = await started()
    const wrong = randomUUID()
    stage.outside.faults.set(['GSA-Human'], { mode: 'slow', ms: 2_500 })
    await stage.say(draft, 'linkFile', { ...ownFile(wrong), accession: 'HRA000570' })
    expect((await stage.file(wrong)).status).toBe('checking')
    await until('it has failed', async () => (await stage.file(wrong)).status === 'mismatch')
    expect(await submit(draft)).toMatchObject({ code: 'NO_FILES' })
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    const right = randomUUID()
    expect(await stage.say(draft, 'linkFile', { ...othersFile(right), replaces: wrong })).toEqual({
      ok: true,
    })
    expect((await stage.file(wrong)).removedAt).not.toBeNull()
  })

  it('R20 adds nothing when it comes at once, with the same answer for unknown and foreign data sets', async () => {
    const draft = await started()
    const foreign = await stage.say(draft, 'linkFile', { ...ownFile(randomUUID()), accession: 'HRA000570' })
    const unknown = await stage.say(draft, 'linkFile', { ...ownFile(randomUUID()), accession: 'HRA999999' })
    expect(foreign).toMatchObject({ ok: false, code: 'ACCOUNT_ACCESSION_MISMATCH' })
    expect(unknown).toEqual(foreign)
    const files = await stage.owner
      .selectFrom('dataFiles')
      .select('id')
      .where('backupId', '=', draft.id)
      .execute()
    expect(files).toEqual([])
  })

  it('stops the check of a file that is removed', async () => {
    const draft = await started()
    const fileId = randomUUID()
    stage.outside.faults.set(['GSA-Human'], { mode: 'down' })
    await stage.say(draft, 'linkFile', ownFile(fileId))
    expect(await stage.say(draft, 'removeFile', { fileId })).toEqual({ ok: true })
    const owed = await stage.owner
      .selectFrom('owed')
      .select('key')
      .where('subjectId', '=', draft.id)
      .execute()
    expect(owed).toEqual([])
    const { pendingActivities } = (await stage.handleOf(draft).describe()).raw
    expect(pendingActivities?.filter((activity) => Number(activity.state) === 1)).toEqual([])
  })
})

describe('decision 001: a workflow can be started again from its row', () => {
  it('goes on where the row stands, after it was terminated', async () => {
    const draft = await started()
    const fileId = randomUUID()
    stage.outside.faults.set(['GSA-Human'], { mode: 'down' })
    await stage.say(draft, 'linkFile', ownFile(fileId))
    await stage.handleOf(draft).terminate('lost')
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    await stage.start(draft)
    await until('the check is done', async () => (await stage.file(fileId)).status === 'done')
    expect(await submit(draft)).toEqual({ ok: true })
  })

  it('serves the new custodian after the row was changed outside, with and without reload', async () => {
    const draft = await ready()
    const other = await createDraft(stage.owner, { unitId: draft.unitId })
    await stage.owner
      .updateTable('backups')
      .set((eb) => ({ custodianId: other.accountId, version: eb('version', '+', 1) }))
      .where('id', '=', draft.id)
      .execute()
    expect(await submit(draft)).toMatchObject({ code: 'NOT_FOUND' })
    await stage.handleOf(draft).signal(reload)
    await until('the workflow has seen it', async () => {
      const row = await stage.row(draft)
      return row.seenVersion === row.version
    })
    expect(await stage.say(draft, 'submit', {}, { actor: other.accountId })).toEqual({ ok: true })
  })
})
