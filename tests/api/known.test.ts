/** What an API process remembers may be old: another one has changed the backup. The answers are the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBackup, discardBackup, editBackup } from '../../api/contracts/backups.ts'
import { enterCode, sendCode } from '../../api/contracts/consents.ts'
import { editFile, linkFile, removeFile } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject } from '../../api/contracts/projects.ts'
import { createApp } from '../../api/http/app.ts'
import { createKnown } from '../../api/process/known.ts'
import { forgetMails } from '../support/factories.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let here: Person
let there: Person
let params: { backupId: string }

const draft = { name: '示例备份', contentTypes: ['wgs'] }
const file = (accession: string, depositorEmail: string) => ({
  ...{ dataType: 1, sampleCount: 1, mbPerSample: 1, confirmDuplicate: true },
  accession,
  depositorEmail,
})
const own = file('HRA000567', 'a@example.cn')
const others = file('HRA000570', 'depositor@example.cn')
const amounts = { sampleCount: 2, mbPerSample: 1 }

beforeAll(async () => {
  stage = await startApi()
  here = await stage.signIn('jia')
  there = stage.at(createApp({ ...stage.deps, known: createKnown() }), here)
})
beforeEach(async () => {
  const { id: projectId } = await done(here, createProject, { body: newProject() })
  params = { backupId: (await done(here, createBackup, { params: { projectId }, body: draft })).id }
})
beforeEach(() => forgetMails(stage.owner))
afterAll(() => stage.close())

const fileId = async (person: Person, body: typeof own) => (await done(person, linkFile, { params, body })).id

describe('another API process has changed what this one knows', () => {
  test('a file that was removed there is removed, and is not found for anything else', async () => {
    const of = { params: { ...params, fileId: await fileId(here, own) } }
    await done(there, removeFile, of)
    expect((await here.call(editFile, { ...of, body: amounts })).status).toBe(404)
    expect((await here.call(removeFile, of)).status).toBe(204)
    expect((await here.call(removeFile, of)).status).toBe(204)
  })

  test('a file that was linked there is found', async () => {
    await fileId(here, own)
    const of = { params: { ...params, fileId: await fileId(there, others) } }
    expect((await here.call(sendCode, of)).status).toBe(201)
  })

  test('a draft that was discarded there is not found, and may be discarded again', async () => {
    await done(there, discardBackup, { params })
    expect((await here.call(editBackup, { params, body: draft })).status).toBe(404)
    expect((await here.call(linkFile, { params, body: own })).status).toBe(404)
    expect((await here.call(discardBackup, { params })).status).toBe(204)
  })

  test('a backup that was submitted there is locked, and has the same number', async () => {
    const of = { params: { ...params, fileId: await fileId(here, own) } }
    const issued = await done(there, submitBackup, { params })
    const late = await here.call(linkFile, { params, body: others })
    expect(late).toMatchObject({ status: 409, problem: { code: 'BACKUP_LOCKED' } })
    expect(await done(here, submitBackup, { params })).toEqual(issued)
    expect(await done(here, editFile, { ...of, body: amounts })).toMatchObject({ sampleCount: 2 }) // R35
  })

  test('R32 a submission that was refused here is decided anew after the last file is done there', async () => {
    const of = { params: { ...params, fileId: await fileId(here, others) } }
    await fileId(here, own)
    expect((await here.call(submitBackup, { params })).status).toBe(409)
    await done(there, sendCode, of)
    const [code = ''] = stage.outside.codesTo('depositor@example.cn')
    await done(there, enterCode, { ...of, body: { code } })
    expect((await here.call(submitBackup, { params })).status).toBe(200)
    expect((await here.call(enterCode, { ...of, body: { code: '000000' } })).status).toBe(200)
  })
})
