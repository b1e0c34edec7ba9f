import { randomUUID } from 'node:crypto'
import { WithStartWorkflowOperation } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { custodian } from '../../domain/actor.ts'
import { backupProcess } from '../../workflows/backup/process.ts'
import { createDraft, ownFile, type Draft } from '../support/factories.ts'
import { startOfDraft, startStage, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
afterEach(() => stage.outside.faults.set(['report'], { mode: 'ok' }))

async function issued(): Promise<{ draft: Draft; fileId: string }> {
  const draft = await createDraft(stage.owner)
  await stage.start(draft)
  const fileId = randomUUID()
  await stage.say(draft, 'linkFile', ownFile(fileId))
  expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
  await stage.handleOf(draft).result()
  return { draft, fileId }
}

/** As the API does it for a finished backup: the process starts again from its row, with the command. */
const amend = (draft: Draft, fileId: string, sampleCount: number, base?: { sampleCount: number }) =>
  stage.client.workflow.executeUpdateWithStart('editFile', {
    args: [
      {
        key: randomUUID(),
        actor: custodian(draft.accountId),
        command: { type: 'editFile', fileId, sampleCount, mbPerSample: '2000', base },
      },
    ],
    startWorkflowOperation: new WithStartWorkflowOperation(
      backupProcess.type,
      startOfDraft(draft, stage.taskQueue),
    ),
  })

describe('R35 an amendment after the lock', () => {
  it('keeps number and snapshot, and is told to the report system as the next version', async () => {
    const { draft, fileId } = await issued()
    const before = await stage.row(draft)
    expect(await amend(draft, fileId, 60)).toEqual({ ok: true })
    await stage.handleOf(draft).result()
    const after = await stage.row(draft)
    expect(after).toMatchObject({ number: before.number, reportVersion: 2, reportAcknowledged: 2 })
    expect(after.snapshot).toEqual(before.snapshot)
    expect((await stage.file(fileId)).sampleCount).toBe(60)
    const reported = stage.outside.report.backups().find((one) => one.number === before.number)
    expect(reported?.versions.map(({ version, sizeMb }) => [version, sizeMb])).toEqual([
      [1, '100000'],
      [2, '120000'],
    ])
    const audit = await stage.owner
      .selectFrom('audit')
      .select(['before', 'after'])
      .where('backupId', '=', draft.id)
      .where('action', '=', 'fileAmended')
      .executeTakeFirstOrThrow()
    expect(audit).toMatchObject({
      before: { files: [{ id: fileId, sampleCount: 50 }] },
      after: { files: [{ id: fileId, sampleCount: 60 }] },
    })
  })

  it('is sent in order by itself, after the report system was down and the process was lost', async () => {
    const { draft, fileId } = await issued()
    stage.outside.faults.set(['report'], { mode: 'down' })
    expect(await amend(draft, fileId, 61)).toEqual({ ok: true })
    expect(await amend(draft, fileId, 62)).toEqual({ ok: true })
    expect(await stage.row(draft)).toMatchObject({ reportVersion: 3, reportAcknowledged: 1 })
    await stage.handleOf(draft).terminate('lost')
    stage.outside.faults.set(['report'], { mode: 'ok' })
    await stage.start(draft)
    await until('all is acknowledged', async () => (await stage.row(draft)).reportAcknowledged === 3)
    const { number } = await stage.row(draft)
    const reported = stage.outside.report.backups().find((one) => one.number === number)
    expect(reported?.versions.map(({ version }) => version)).toEqual([1, 2, 3])
  })

  it('changes nothing else: name, files and accession stay locked', async () => {
    const { draft, fileId } = await issued()
    const start = () => stage.start(draft)
    await start()
    const said = [
      stage.say(draft, 'editBackup', { name: '新名称', contentTypes: ['wgs'] }),
      stage.say(draft, 'removeFile', { fileId }),
      stage.say(draft, 'linkFile', { ...ownFile(randomUUID()), accession: 'HRA000568' }),
    ]
    for (const answer of await Promise.allSettled(said))
      if (answer.status === 'fulfilled') expect(answer.value).toMatchObject({ code: 'BACKUP_LOCKED' })
    expect(await stage.row(draft)).toMatchObject({ name: '示例备份', reportVersion: 1 })
  })
})

describe('R58 two tabs', () => {
  it('a field that another person changed since then is a conflict; an unchanged one is not', async () => {
    const { draft, fileId } = await issued()
    expect(await amend(draft, fileId, 70, { sampleCount: 50 })).toEqual({ ok: true })
    expect(await amend(draft, fileId, 80, { sampleCount: 50 })).toMatchObject({
      ok: false,
      code: 'VERSION_CONFLICT',
      params: { fields: ['sampleCount'], fileId },
    })
    expect(await amend(draft, fileId, 80, { sampleCount: 70 })).toEqual({ ok: true })
  })
})
