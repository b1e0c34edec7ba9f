import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBackup } from '../../api/contracts/backups.ts'
import { sendCode } from '../../api/contracts/consents.ts'
import { linkFile } from '../../api/contracts/files.ts'
import { createProject } from '../../api/contracts/projects.ts'
import { forgetMails } from '../support/factories.ts'
import { until } from '../support/stage.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
})
beforeEach(() => forgetMails(stage.owner))
afterAll(() => stage.close())
afterEach(() => stage.outside.faults.set(['mail'], { mode: 'ok' }))

/** A file that waits for its depositor, and what a code is asked for with. */
async function pendingFile() {
  const { id: projectId } = await done(jia, createProject, { body: newProject() })
  const draft = { params: { projectId }, body: { name: '示例备份', contentTypes: ['wgs'] } }
  const { id: backupId } = await done(jia, createBackup, draft)
  const body = {
    ...{ dataType: 1, sampleCount: 1, mbPerSample: '1', depositorEmail: 'depositor@example.cn' },
    ...{ accession: 'HRA000570', confirmDuplicate: true },
  }
  const { id: fileId } = await done(jia, linkFile, { params: { backupId }, body })
  return { backupId, fileId }
}
const ask = (params: { backupId: string; fileId: string }, idempotencyKey = randomUUID()) =>
  jia.call(sendCode, { params, idempotencyKey })

/** On a busy machine an answer may be late: 202 until then. */
const insist = (params: { backupId: string; fileId: string }, key = randomUUID()) =>
  until('it is no longer in progress', async () => {
    const answer = await ask(params, key)
    return answer.status !== 202 && answer
  })

describe('R25 what “send the code” answers', () => {
  test('200 when the mail server refused the mail for good, and why; another one may be sent at once', async () => {
    stage.outside.faults.set(['mail'], { mode: 'error', status: 550 })
    const params = await pendingFile()
    const key = randomUUID()
    const refused = await insist(params, key)
    expect(refused).toMatchObject({
      status: 200,
      body: { status: 'undelivered', trouble: expect.stringMatching(/./) as string },
    })
    expect((await ask(params, key)).status).toBe(200)
    stage.outside.faults.set(['mail'], { mode: 'ok' })
    expect((await insist(params)).status).toBe(201)
  })

  test('200, not the times of the code before, when a second mail was refused', async () => {
    const params = await pendingFile()
    expect((await insist(params)).status).toBe(201)
    await stage.owner
      .updateTable('consents')
      .set({ sentAt: new Date(Date.now() - 6 * 60_000) }) // R27
      .where('fileId', '=', params.fileId)
      .execute()
    const { reference } = await stage.owner
      .selectFrom('backups')
      .select('reference')
      .where('id', '=', params.backupId)
      .executeTakeFirstOrThrow()
    await stage.client.workflow.getHandle(`backup-${reference}`).signal('reload')
    stage.outside.faults.set(['mail'], { mode: 'error', status: 550 })
    const second = await until('it is not too soon', async () => {
      const answer = await insist(params)
      return answer.status !== 429 && answer
    })
    expect(second).toMatchObject({ status: 200, body: { status: 'undelivered' } })
  })

  test('202 while the mail is on its way; the same request says when it has arrived', async () => {
    stage.outside.faults.set(['mail'], { mode: 'error', status: 450 })
    const params = await pendingFile()
    const key = randomUUID()
    expect(await ask(params, key)).toMatchObject({ status: 202, body: { status: 'sending' } })
    stage.outside.faults.set(['mail'], { mode: 'ok' })
    const sent = await until('sent', async () => {
      const answer = await ask(params, key)
      expect([201, 202]).toContain(answer.status)
      return answer.status === 201 && answer
    })
    expect(sent).toMatchObject({ status: 201 })
  })

  test.each(['expired', 'voided'] as const)(
    '201 with the time when it was sent, also after it was %s: 202 is for what is in progress',
    async (status) => {
      const params = await pendingFile()
      const key = randomUUID()
      const first = await insist(params, key)
      await stage.owner
        .updateTable('consents')
        .set({ status, expiresAt: null })
        .where('fileId', '=', params.fileId)
        .execute()
      const again = await ask(params, key)
      if (!first.ok || first.status !== 201) throw new Error('not sent')
      const { serverNow: _, ...times } = first.body
      expect(again).toMatchObject({ status: 201, body: times })
    },
  )
})
