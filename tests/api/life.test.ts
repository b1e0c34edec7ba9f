import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as backups from '../../api/contracts/backups.ts'
import * as consents from '../../api/contracts/consents.ts'
import * as files from '../../api/contracts/files.ts'
import * as numbers from '../../api/contracts/numbers.ts'
import * as projects from '../../api/contracts/projects.ts'
import { until } from '../support/stage.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
})
afterAll(() => stage.close())

const own = {
  dataType: 1,
  sampleCount: '５０',
  mbPerSample: '2,000',
  depositorEmail: 'A@example.cn',
  accession: 'hra000567',
}
const others = { ...own, depositorEmail: 'depositor@example.cn', accession: 'HRA000570' }

describe('the manual, from a project to the number, through the API', () => {
  test('R7–R37', async () => {
    const project = await done(jia, projects.createProject, { body: newProject() })
    const { projectId } = { projectId: project.id }
    const backup = await done(jia, backups.createBackup, {
      params: { projectId },
      body: { name: '示例备份', contentTypes: ['wgs'] },
    })
    expect(backup).toMatchObject({ stage: 'draft', version: 1, waitingFor: ['researcher'], number: null })
    const params = { backupId: backup.id }
    const first = await jia.call(files.linkFile, { params, body: own })
    expect(first).toMatchObject({ status: 201, body: { status: 'done', accession: 'HRA000567' } })
    const second = await done(jia, files.linkFile, { params, body: others })
    expect(second).toMatchObject({ status: 'pending', consent: { status: 'unsent' } })

    const blocked = await jia.call(numbers.submitBackup, { params })
    expect(blocked).toMatchObject({ status: 409, problem: { code: 'FILES_NOT_READY' } })
    const readiness = await done(jia, numbers.getSubmission, { params })
    expect(readiness).toMatchObject({ ready: false, blockers: [{ accession: 'HRA000570' }] })

    const of = { params: { backupId: backup.id, fileId: second.id } }
    const sent = await jia.call(consents.sendCode, of)
    expect(sent).toMatchObject({ status: 201 })
    const again = await jia.call(consents.sendCode, of)
    expect(again).toMatchObject({ status: 429, problem: { code: 'CODE_TOO_SOON' } })
    const [code = ''] = stage.outside.codesTo('depositor@example.cn')
    const wrong = await jia.call(consents.enterCode, {
      ...of,
      body: { code: code === '000000' ? '000001' : '000000' },
    })
    expect(wrong).toMatchObject({
      status: 422,
      problem: {
        code: 'CODE_WRONG',
        errors: [{ path: 'code', code: 'CODE_WRONG', params: { triesLeft: 4 } }],
      },
    })
    const right = await jia.call(consents.enterCode, { ...of, body: { code } })
    expect(right).toMatchObject({ status: 200, body: { status: 'done' } })

    const issued = await done(jia, numbers.submitBackup, { params })
    expect(issued).toMatchObject({ number: expect.stringMatching(/^BF\d{13}$/) as string })
    expect(await done(jia, numbers.submitBackup, { params })).toEqual(issued)
    const synced = await until('synced', async () => {
      const seen = await done(jia, backups.getBackup, { params })
      return seen.sync?.status === 'synced' && seen
    })
    expect(synced).toMatchObject({ stage: 'completed', fileCount: 2, totalMb: '200000', waitingFor: [] })

    const locked = await jia.call(files.linkFile, { params, body: { ...own, accession: 'HRA000568' } })
    expect(locked).toMatchObject({ status: 409, problem: { code: 'BACKUP_LOCKED' } })
    const timeline = await done(jia, backups.getTimeline, { params })
    expect(timeline.items.map((entry) => entry.action)).toContain('numberIssued')
    expect(timeline.items.at(-1)).toMatchObject({ action: 'backupCreated', actor: '示例甲' })
  })
})
