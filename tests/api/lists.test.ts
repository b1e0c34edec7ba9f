import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackup, listDrafts, listProjectBackups } from '../../api/contracts/backups.ts'
import { linkFile } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject, listProjects } from '../../api/contracts/projects.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
const names = ['甲 项目', '乙 ＰＲＯＪＥＣＴ', '丙 100%', '丁 100_']
const ids: string[] = []

beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
  for (const name of names) ids.push((await done(jia, createProject, { body: newProject(name) })).id)
  const yi = await stage.signIn('yi')
  await done(yi, createProject, { body: newProject('别人的项目') })
})
afterAll(() => stage.close())

const namesOf = async (query: Record<string, string | number>) =>
  (await done(jia, listProjects, { query })).items.map((project) => project.name)
const [jiaProject, yiProject, bingProject, dingProject] = names

describe('R10 the own projects', () => {
  test('newest first, in pages, with their total', async () => {
    const first = await done(jia, listProjects, { query: { size: 3 } })
    expect(first).toMatchObject({ page: 1, size: 3, total: 4 })
    expect(first.items.map((project) => project.name)).toEqual([dingProject, bingProject, yiProject])
    expect(await namesOf({ size: 3, page: 2 })).toEqual([jiaProject])
    expect(await namesOf({ size: 3, page: 3 })).toEqual([])
    expect(await namesOf({ sort: 'createdAt', size: 1 })).toEqual([jiaProject])
  })

  test('found by a part of the name, however it is typed, and literally', async () => {
    expect(await namesOf({ q: 'ｐroject' })).toEqual([yiProject])
    expect(await namesOf({ q: '100%' })).toEqual([bingProject])
    expect(await namesOf({ q: '100_' })).toEqual([dingProject])
    expect(await namesOf({ q: '别人' })).toEqual([])
  })

  test('found by a backup number', async () => {
    const draft = { params: { projectId: ids[0] ?? '' }, body: { name: '示例备份', contentTypes: ['wgs'] } }
    const { id: backupId } = await done(jia, createBackup, draft)
    const of = { params: { backupId } }
    const own = { dataType: 1, sampleCount: 1, mbPerSample: 1, accession: 'HRA000567' }
    await done(jia, linkFile, { ...of, body: { ...own, depositorEmail: 'a@example.cn' } })
    const issued = await done(jia, submitBackup, of)
    const number = 'number' in issued ? issued.number : ''
    expect(await namesOf({ q: number.toLowerCase() })).toEqual([jiaProject])
  })

  test('one past 10,000 is not counted on', async () => {
    const { id: ownerId } = await stage.owner
      .selectFrom('accounts')
      .select('id')
      .where('subject', '=', 'person-yi')
      .executeTakeFirstOrThrow()
    const { unitId } = await stage.owner
      .selectFrom('projects')
      .select('unitId')
      .limit(1)
      .executeTakeFirstOrThrow()
    const row = { creatorId: ownerId, ownerId, unitId, leadName: '示例乙', leadEmail: 'b@example.cn' }
    for (let start = 0; start < 10_001; start += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, i) => ({
        ...row,
        name: `${start + i}`,
        nameKey: `${start + i}`,
      }))
      await stage.owner.insertInto('projects').values(rows).execute()
    }
    const yi = await stage.signIn('yi')
    const page = await done(yi, listProjects, { query: { page: 500, size: 10 } })
    expect(page.total).toEqual({ atLeast: 10_000 })
    expect(page.items).toHaveLength(10)
  })
})

describe('R11 the backups of a project', () => {
  test('newest first, and the drafts of all projects by their last change', async () => {
    const projectId = ids[1] ?? ''
    const create = (name: string) =>
      done(jia, createBackup, { params: { projectId }, body: { name, contentTypes: ['wes', 'wgs', 'wes'] } })
    await create('第一个')
    await create('第二个')
    const listed = await done(jia, listProjectBackups, { params: { projectId } })
    expect(listed.total).toBe(2)
    expect(listed.items.map((backup) => backup.name)).toEqual(['第二个', '第一个'])
    expect(listed.items[0]).toMatchObject({ contentTypes: ['wgs', 'wes'], waitingFor: ['researcher'] })
    const drafts = await done(jia, listDrafts, { query: { size: 1 } })
    expect(drafts).toMatchObject({ total: 2, items: [{ name: '第二个' }] })
  })
})
