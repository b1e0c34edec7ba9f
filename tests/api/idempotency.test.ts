import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createBackup,
  discardBackup,
  editBackup,
  getBackup,
  getTimeline,
} from '../../api/contracts/backups.ts'
import { sendCode } from '../../api/contracts/consents.ts'
import { linkFile, listFiles, removeFile } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject, listProjects } from '../../api/contracts/projects.ts'
import { backupProcess } from '../../workflows/backup/process.ts'
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

const own = {
  dataType: 1,
  sampleCount: 50,
  mbPerSample: '2000',
  depositorEmail: 'a@example.cn',
  accession: 'HRA000567',
  confirmDuplicate: true,
}
const others = { ...own, depositorEmail: 'depositor@example.cn', accession: 'HRA000570' }

async function createDraft() {
  const { id: projectId } = await done(jia, createProject, { body: newProject() })
  const body = { name: '示例备份', contentTypes: ['wgs'] }
  return done(jia, createBackup, { params: { projectId }, body })
}

describe('the same key with the same body is one act', () => {
  test('R8 a project name is unique within one account, and a repeated request is no second project', async () => {
    const idempotencyKey = randomUUID()
    const body = newProject()
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => jia.call(createProject, { body, idempotencyKey })),
    )
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201])
    expect(new Set(answers.map((answer) => answer.ok && answer.body.id)).size).toBe(1)
    const found = await done(jia, listProjects, { query: { q: body.name } })
    expect(found.total).toBe(1)
    const other = await jia.call(createProject, { body: newProject(), idempotencyKey })
    expect(other).toMatchObject({ status: 422, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } })
    const audited = await stage.owner
      .selectFrom('audit')
      .select(['action', 'before', 'after'])
      .where('action', '=', 'projectCreated')
      .execute()
    expect(audited).toContainEqual({
      action: 'projectCreated',
      before: null,
      after: { name: body.name, leadName: body.leadName, leadEmail: body.leadEmail },
    })
  })

  test('a draft', async () => {
    const { id: projectId } = await done(jia, createProject, { body: newProject() })
    const args = { params: { projectId }, body: { name: '示例备份', contentTypes: ['wgs'] } }
    const idempotencyKey = randomUUID()
    const first = await done(jia, createBackup, { ...args, idempotencyKey })
    const second = await done(jia, createBackup, { ...args, idempotencyKey })
    expect(second.id).toBe(first.id)
    const third = await done(jia, createBackup, args)
    expect(third.id).not.toBe(first.id)
  })

  test('a file: the same id, and another body is refused', async () => {
    const { id: backupId } = await createDraft()
    const args = { params: { backupId }, idempotencyKey: randomUUID() }
    const first = await until('linked', async () => {
      const answer = await jia.call(linkFile, { ...args, body: own })
      return answer.status !== 202 && answer // in progress or being checked, on a busy machine
    })
    expect(first).toMatchObject({ status: 201 })
    expect(await jia.call(linkFile, { ...args, body: own })).toEqual(first)
    const other = await jia.call(linkFile, { ...args, body: others })
    expect(other).toMatchObject({ status: 422, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } })
    expect((await done(jia, listFiles, { params: { backupId } })).items).toHaveLength(1)
  })

  test('R27 a code: repeating the request is its status, not a second mail', async () => {
    const { id: backupId } = await createDraft()
    const file = await done(jia, linkFile, { params: { backupId }, body: others })
    const args = { params: { backupId, fileId: file.id }, idempotencyKey: randomUUID() }
    const mails = () => stage.outside.codesTo('depositor@example.cn').length
    const before = mails()
    const first = await until('sent', async () => {
      const answer = await jia.call(sendCode, args)
      return answer.status !== 202 && answer // in progress, on a busy machine
    })
    expect(first).toMatchObject({ status: 201 })
    const second = await jia.call(sendCode, args)
    expect(second.ok && 'sentAt' in second.body && second.body.sentAt).toBe(
      first.ok && 'sentAt' in first.body && first.body.sentAt,
    )
    expect(mails()).toBe(before + 1)
  })

  test('R16, R24 deleting again is no mistake', async () => {
    const { id: backupId } = await createDraft()
    const file = await done(jia, linkFile, { params: { backupId }, body: own })
    const params = { backupId, fileId: file.id }
    expect((await jia.call(removeFile, { params })).status).toBe(204)
    expect((await jia.call(removeFile, { params })).status).toBe(204)
    expect((await jia.call(discardBackup, { params: { backupId } })).status).toBe(204)
    expect((await jia.call(discardBackup, { params: { backupId } })).status).toBe(204)
    expect((await jia.call(getBackup, { params: { backupId } })).status).toBe(404)
    expect((await jia.call(removeFile, { params })).status).toBe(404)
  })

  test('R33 many submissions at once get one number', async () => {
    const { id: backupId } = await createDraft()
    await done(jia, linkFile, { params: { backupId }, body: own })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => jia.call(submitBackup, { params: { backupId } })),
    )
    const numbers = answers.map((answer) => answer.ok && 'number' in answer.body && answer.body.number)
    expect(new Set(numbers).size).toBe(1)
    expect(numbers[0]).toMatch(/^BF/)
  })
})

describe('the process behind a backup', () => {
  const workflowOf = (reference: string) =>
    stage.client.workflow.getHandle(backupProcess.workflowIdOf({ reference }))

  test('is started with the draft, and again by the next command when it is lost', async () => {
    const draft = await createDraft()
    const workflow = workflowOf(draft.reference)
    await until('started', async () => (await workflow.describe().catch(() => undefined)) !== undefined)
    await workflow.terminate()
    const body = { name: '改名', contentTypes: ['wgs', 'array'] }
    const edited = await done(jia, editBackup, { params: { backupId: draft.id }, body })
    expect(edited).toMatchObject({ name: '改名', contentTypes: ['wgs', 'array'], version: 2 })
    const timeline = await done(jia, getTimeline, { params: { backupId: draft.id } })
    expect(timeline.items.map((entry) => entry.action)).toEqual(['backupEdited', 'backupCreated'])
  })

  test('R27 a code that was sent is answered again after the process was lost, not refused as too early', async () => {
    const draft = await createDraft()
    const params = { backupId: draft.id }
    const { id: fileId } = await done(jia, linkFile, { params, body: others })
    const [args, idempotencyKey] = [{ params: { ...params, fileId } }, randomUUID()]
    const sent = await jia.call(sendCode, { ...args, idempotencyKey })
    const sentAt = sent.ok && 'sentAt' in sent.body && sent.body.sentAt
    expect(sentAt).toMatch(/Z$/)
    await workflowOf(draft.reference).terminate()
    await done(jia, editBackup, { params, body: { name: '改名', contentTypes: ['wgs'] } })
    const again = await jia.call(sendCode, { ...args, idempotencyKey })
    expect(again).toMatchObject({ status: 201, body: { sentAt } })
    expect(await jia.call(sendCode, args)).toMatchObject({ status: 429 })
  })

  test('without a worker the act is late or unavailable, never lost and never double', async () => {
    const draft = await createDraft()
    const workflow = workflowOf(draft.reference)
    await until('started', async () => (await workflow.describe().catch(() => undefined)) !== undefined)
    await stage.stopWorker()
    const args = {
      params: { backupId: draft.id },
      body: { name: '迟到的名字', contentTypes: ['wgs'] },
      idempotencyKey: randomUUID(),
    }
    const late = await jia.call(editBackup, args)
    if (late.ok) expect(late).toMatchObject({ status: 202, body: { id: draft.id, status: 'processing' } })
    else expect(late).toMatchObject({ status: 503, problem: { code: 'PROCESS_UNAVAILABLE' } })
    await stage.restartWorker()
    const edited = await until('edited', async () => {
      const answer = await jia.call(editBackup, args)
      return answer.status === 200 && answer
    })
    expect(edited).toMatchObject({ body: { name: '迟到的名字', version: 2 } })
  })

  test('Temporal is away: 503 within the patience of a person', async () => {
    const { createApp } = await import('../../api/http/app.ts')
    const { connectBackups } = await import('../../api/process/temporal.ts')
    const draft = await createDraft()
    const backups = connectBackups({ ...stage.apiConfig, TEMPORAL_ADDRESS: '127.0.0.1:9' }, stage.deps.log)
    const app = createApp({ ...stage.deps, backups })
    const cookies = jia.browser.cookies.get(new URL(stage.publicUrl).host) ?? new Map<string, string>()
    const start = Date.now()
    const response = await app.request(`/api/v1/backups/${draft.id}`, {
      method: 'DELETE',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
    })
    expect(response.status).toBe(503)
    expect(Date.now() - start).toBeLessThan(5_000)
    await backups.close()
  })

  test('R20 the repository is down: 校验中 with its tries, and the same request answers when it is up', async () => {
    const { id: backupId } = await createDraft()
    stage.outside.faults.set(['GSA-Human'], { mode: 'down' })
    const args = { params: { backupId }, body: own, idempotencyKey: randomUUID() }
    const checking = await jia.call(linkFile, args)
    expect(checking).toMatchObject({ status: 202, body: { status: 'checking', check: {} } })
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    const linked = await until('checked', async () => {
      const answer = await jia.call(linkFile, args)
      return answer.status === 201 && answer
    })
    expect(linked).toMatchObject({ body: { status: 'done', check: null } })
  })
})
