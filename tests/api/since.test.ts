/** “Since” means since that: to the millisecond, and not since the number was issued (R37), nor since the last try (R21). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createBackup, getBackup, listProjectBackups } from '../../api/contracts/backups.ts'
import { editFile, getFile, linkFile } from '../../api/contracts/files.ts'
import { submitBackup } from '../../api/contracts/numbers.ts'
import { createProject } from '../../api/contracts/projects.ts'
import { until } from '../support/stage.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let jia: Person
beforeAll(async () => {
  stage = await startApi()
  jia = await stage.signIn('jia')
})
afterAll(() => stage.close())
afterEach(() => stage.outside.faults.set(['report', 'GSA-Human'], { mode: 'ok' }))

const own = {
  ...{ dataType: 1, sampleCount: 50, mbPerSample: '2000', depositorEmail: 'a@example.cn' },
  ...{ accession: 'HRA000567', confirmDuplicate: true },
}
async function createDraft() {
  const { id: projectId } = await done(jia, createProject, { body: newProject() })
  const body = { name: '示例备份', contentTypes: ['wgs'] }
  return done(jia, createBackup, { params: { projectId }, body })
}
async function shown(backupId: string) {
  const { sync } = await done(jia, getBackup, { params: { backupId } })
  return sync && { status: sync.status, since: sync.since }
}
const row = (backupId: string) =>
  stage.owner.selectFrom('backups').selectAll().where('id', '=', backupId).executeTakeFirstOrThrow()
const version = (backupId: string, of: number) =>
  stage.owner
    .selectFrom('reportSyncs')
    .selectAll()
    .where('backupId', '=', backupId)
    .where('version', '=', of)
    .executeTakeFirstOrThrow()
const iso = (at: Date | null) => at?.toISOString()
const untilAcknowledged = (backupId: string, of: number) =>
  until(`version ${of} is acknowledged`, async () => (await row(backupId)).reportAcknowledged === of)

describe('R37 since when the report system knows everything, or does not', () => {
  it('is the time of the acknowledgement, of the oldest change it does not know, and of the newest acknowledgement', async () => {
    const { id: backupId } = await createDraft()
    const { id: fileId } = await done(jia, linkFile, { params: { backupId }, body: own })
    expect(await shown(backupId)).toBeNull()
    stage.outside.faults.set(['report'], { mode: 'down' })
    await done(jia, submitBackup, { params: { backupId } })
    expect(await shown(backupId)).toEqual({
      status: 'syncing',
      since: iso((await version(backupId, 1)).createdAt),
    })

    stage.outside.faults.set(['report'], { mode: 'ok' })
    await untilAcknowledged(backupId, 1)
    const first = await row(backupId)
    expect(await shown(backupId)).toEqual({ status: 'synced', since: iso(first.acknowledgedAt) })
    expect(first.acknowledgedAt?.getTime()).toBeGreaterThan(first.issuedAt?.getTime() ?? Infinity)

    stage.outside.faults.set(['report'], { mode: 'down' })
    const amend = (sampleCount: number) =>
      done(jia, editFile, { params: { backupId, fileId }, body: { sampleCount, mbPerSample: '2000' } })
    await amend(51)
    const second = await version(backupId, 2)
    expect(second.createdAt.getTime()).toBeGreaterThan(first.acknowledgedAt?.getTime() ?? Infinity)
    expect(await shown(backupId)).toEqual({ status: 'syncing', since: iso(second.createdAt) })
    await amend(52)
    expect((await version(backupId, 3)).createdAt.getTime()).toBeGreaterThan(second.createdAt.getTime())
    expect(await shown(backupId), 'the oldest of two').toEqual({
      status: 'syncing',
      since: iso(second.createdAt),
    })

    stage.outside.faults.set(['report'], { mode: 'ok' })
    await untilAcknowledged(backupId, 3)
    const last = await row(backupId)
    expect(last.acknowledgedAt?.getTime()).toBeGreaterThan(second.createdAt.getTime())
    expect(await shown(backupId)).toEqual({ status: 'synced', since: iso(last.acknowledgedAt) })
    expect(last.issuedAt).toEqual(first.issuedAt)
  })

  it('a list says of each backup what it waits for, and when it was issued', async () => {
    const { id: backupId, projectId } = await createDraft()
    await done(jia, linkFile, { params: { backupId }, body: own })
    await done(jia, submitBackup, { params: { backupId } })
    await untilAcknowledged(backupId, 1)
    const list = await done(jia, listProjectBackups, { params: { projectId } })
    expect(list.items.map(({ id, issuedAt }) => [id, issuedAt])).toEqual([
      [backupId, iso((await row(backupId)).issuedAt)],
    ])
  })
})

describe('R21 since when a repository is being asked', () => {
  it('is the time at which the file was linked, however often it was asked since', async () => {
    const { id: backupId } = await createDraft()
    stage.outside.faults.set(['GSA-Human'], { mode: 'error', status: 500 })
    const { id: fileId } = await done(jia, linkFile, { params: { backupId }, body: own })
    const check = async () => (await done(jia, getFile, { params: { backupId, fileId } })).check
    const owed = () =>
      stage.owner.selectFrom('owed').selectAll().where('subjectId', '=', backupId).executeTakeFirstOrThrow()
    const { createdAt } = await owed()
    const linked = await stage.owner
      .selectFrom('dataFiles')
      .select('createdAt')
      .where('id', '=', fileId)
      .executeTakeFirstOrThrow()
    expect(Math.abs(createdAt.getTime() - linked.createdAt.getTime())).toBeLessThan(1_000)
    expect(await check()).toMatchObject({ since: iso(createdAt) })
    await until('it was asked again', async () => {
      const { tries, lastAt } = await owed()
      return tries >= 1 && lastAt !== null && lastAt.getTime() > createdAt.getTime() + 500
    })
    const again = await check()
    expect(again?.since).toBe(iso(createdAt))
    expect(again?.tries).toBeGreaterThanOrEqual(1)
    stage.outside.faults.set(['GSA-Human'], { mode: 'ok' })
    await until('it is done', async () => (await check()) === null)
  })
})
