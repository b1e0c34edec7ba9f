/** R35: what an amendment leaves to read, at the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getSnapshot, listAmendments } from '../../api/contracts/amendments.ts'
import { createBackup } from '../../api/contracts/backups.ts'
import { editFile, linkFile } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject } from '../../api/contracts/projects.ts'
import { type ApiStage, done, newProject, startApi } from './stage.ts'

let stage: ApiStage
beforeAll(async () => {
  stage = await startApi()
})
afterAll(() => stage.close())

describe('R35 an amendment of a locked backup', () => {
  it('keeps who, when, the values before and after, and the reason as it was typed', async () => {
    const jia = await stage.signIn('jia')
    const { id: projectId } = await done(jia, createProject, { body: newProject() })
    const { id: backupId } = await done(jia, createBackup, {
      params: { projectId },
      body: { name: '示例备份', contentTypes: ['wgs'] },
    })
    const file = {
      dataType: 1 as const,
      sampleCount: 50,
      mbPerSample: '2000',
      depositorEmail: 'a@example.cn',
    }
    const { id: fileId } = await done(jia, linkFile, {
      params: { backupId },
      body: { ...file, accession: 'HRA000567', confirmDuplicate: true },
    })
    await done(jia, submitBackup, { params: { backupId } })
    const issued = await done(jia, getSnapshot, { params: { backupId } })

    const params = { backupId, fileId }
    await done(jia, editFile, {
      params,
      body: { sampleCount: 60, mbPerSample: '2000', note: '补充 10 例, 复核 <b>' },
    })
    await done(jia, editFile, { params, body: { sampleCount: 60, mbPerSample: '0.5' } })
    const { items } = await done(jia, listAmendments, { params: { backupId } })
    expect(items).toMatchObject([
      {
        ...{ version: 3, by: '示例甲', accession: 'HRA000567', note: null },
        changes: [{ field: 'mbPerSample', from: '2000', to: '0.5' }],
      },
      {
        ...{ version: 2, by: '示例甲', accession: 'HRA000567', note: '补充 10 例, 复核 <b>' },
        changes: [{ field: 'sampleCount', from: 50, to: 60 }],
      },
    ])
    for (const { at } of items) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000)
    expect(await done(jia, getSnapshot, { params: { backupId } })).toEqual(issued)
  })
})
