/** What reads and clicks may cost: messages to Postgres that are waited for, and statements, counted at the driver. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { getSnapshot, listAmendments } from '../../api/contracts/amendments.ts'
import {
  createBackup,
  discardBackup,
  editBackup,
  getBackup,
  getTimeline,
  listDrafts,
  listProjectBackups,
} from '../../api/contracts/backups.ts'
import { enterCode, sendCode } from '../../api/contracts/consents.ts'
import type { Contract } from '../../api/contracts/contract.ts'
import { editFile, getFile, linkFile, listFiles, removeFile } from '../../api/contracts/files.ts'
import { getSubmission, submitBackup } from '../../api/contracts/numbers.ts'
import { createProject, getProject, listProjects } from '../../api/contracts/projects.ts'
import { getSession } from '../../api/contracts/session.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
let of: { projectId: string; backupId: string; fileId: string }
let completed: string

const names = ['HRA000567', 'HRA000570'] as const
const file = (accession: string, depositorEmail = 'a@example.cn') => ({
  ...{ dataType: 1, sampleCount: 1, mbPerSample: 1 },
  accession,
  depositorEmail,
})
const draft = { name: '示例备份', contentTypes: ['wgs'] }

/** With its process: a command that comes before it (the start is not waited for) looks at the row once more. */
async function createDraft(projectId: string): Promise<string> {
  const { id } = await done(jia, createBackup, { params: { projectId }, body: draft })
  const { id: accountId } = (await done(jia, getSession, {})).account
  await stage.deps.backups.start(stage.deps.known.backup(accountId, id)!)
  return id
}
async function link(backupId: string, body: ReturnType<typeof file>): Promise<string> {
  const linked = await done(jia, linkFile, {
    params: { backupId },
    body: { ...body, confirmDuplicate: true },
  })
  return linked.id
}

beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
  const { id: projectId } = await done(jia, createProject, { body: newProject() })
  const backupId = await createDraft(projectId)
  of = { projectId, backupId, fileId: await link(backupId, file(names[0])) }
  completed = await createDraft(projectId)
  await link(completed, file(names[0]))
  await done(jia, submitBackup, { params: { backupId: completed } })
})
afterAll(() => stage.close())

/** The statements are part of the message when one is too many. */
async function expectWithin(most: { roundTrips: number; statements: number }, ask: () => Promise<unknown>) {
  const { roundTrips, statements, texts } = await stage.messages.during(ask)
  const shown = texts.map((text) => text.slice(0, 120)).join('\n')
  expect(statements, shown).toBeGreaterThan(0)
  expect(roundTrips, shown).toBeLessThanOrEqual(most.roundTrips)
  expect(statements, shown).toBeLessThanOrEqual(most.statements)
}

describe('a read is at most 4 round trips and 6 statements', () => {
  test.each([
    ['session', getSession, () => ({})],
    ['projects', listProjects, () => ({})],
    ['projects, looked for', listProjects, () => ({ query: { q: '示例', page: 2 } })],
    ['project', getProject, () => ({ params: of })],
    ['its backups', listProjectBackups, () => ({ params: of })],
    ['its backups, past the end', listProjectBackups, () => ({ params: of, query: { page: 9 } })],
    ['drafts', listDrafts, () => ({})],
    ['backup', getBackup, () => ({ params: of })],
    ['files', listFiles, () => ({ params: of })],
    ['file', getFile, () => ({ params: of })],
    ['timeline', getTimeline, () => ({ params: of })],
    ['submission', getSubmission, () => ({ params: of })],
    ['amendments', listAmendments, () => ({ params: { backupId: completed } })],
    ['snapshot', getSnapshot, () => ({ params: { backupId: completed } })],
  ])('%s', async (_, contract, args) => {
    await expectWithin({ roundTrips: 4, statements: 6 }, () => done(jia, contract as Contract, args()))
  })

  test('also one that is not found', async () => {
    const params = { backupId: of.fileId }
    await expectWithin({ roundTrips: 4, statements: 6 }, async () => {
      expect((await jia.call(getBackup, { params })).status).toBe(404)
    })
  })
})

describe('R17 the page of a backup is at most 8 round trips and 10 statements', () => {
  test('its session and its load', async () => {
    await expectWithin({ roundTrips: 8, statements: 10 }, async () => {
      await done(jia, getSession, {})
      const backup = await done(jia, getBackup, { params: of })
      expect(backup.files.map((each) => each.id)).toEqual([of.fileId])
      expect(backup.timeline.map((fact) => fact.action)).toEqual(['fileAddedAndChecked', 'backupCreated'])
    })
  })
})

describe('nothing is read before a command, and once after it', () => {
  const once = { roundTrips: 4, statements: 5 }
  test('link, send a code, enter it, edit, submit', async () => {
    const backupId = await createDraft(of.projectId)
    const params = { backupId, fileId: '' }
    await expectWithin(once, async () => {
      params.fileId = await link(backupId, file(names[1], 'depositor@example.cn'))
    })
    await expectWithin(once, () => done(jia, sendCode, { params }))
    const [code = ''] = stage.outside.codesTo('depositor@example.cn')
    await expectWithin(once, () => done(jia, enterCode, { params, body: { code } }))
    await expectWithin(once, () => done(jia, editFile, { params, body: { sampleCount: 2, mbPerSample: 1 } }))
    await expectWithin(once, () => done(jia, editBackup, { params, body: { ...draft, name: '另一个' } }))
    await expectWithin(once, () => done(jia, submitBackup, { params }))
  })

  test('remove and discard are not read at all', async () => {
    const backupId = await createDraft(of.projectId)
    const fileId = await link(backupId, file(names[0]))
    const none = { roundTrips: 1, statements: 1 }
    await expectWithin(none, () => done(jia, removeFile, { params: { backupId, fileId } }))
    await done(jia, getBackup, { params: { backupId } }) // as its page does
    await expectWithin(none, () => done(jia, discardBackup, { params: { backupId } }))
  })

  test('a process that does not know the backup reads it once', async () => {
    const backupId = await createDraft(of.projectId)
    const { id: accountId } = (await done(jia, getSession, {})).account
    stage.deps.known.forgetBackup(accountId, backupId)
    await expectWithin({ roundTrips: 7, statements: 9 }, () => link(backupId, file(names[0])))
  })
})
