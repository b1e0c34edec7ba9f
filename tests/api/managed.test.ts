/** R46–R48, R56, R59: what managers read of their units, and what they do not. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as backups from '../../api/contracts/backups.ts'
import * as files from '../../api/contracts/files.ts'
import type { Args } from '../../api/contracts/call.ts'
import * as managed from '../../api/contracts/managed.ts'
import * as numbers from '../../api/contracts/numbers.ts'
import * as projects from '../../api/contracts/projects.ts'
import { getSession } from '../../api/contracts/session.ts'
import { asActor } from '../../db/actor.ts'
import { listForExport } from '../../db/lists/managed.ts'
import { type ApiStage, done, newProject, type Person, startApi } from './stage.ts'

let stage: ApiStage
let admin: Person
let entity: Person
/** 示例甲's, of unit-1: one with a number, one draft with another's data set. */
let completed: string
let draft: string
/** 示例丁's, of unit-2. */
let elsewhere: string

const accession = 'HRA000567'
const own = { dataType: 1, sampleCount: 1, mbPerSample: 1, depositorEmail: 'a@example.cn', accession }

async function draftOf(person: Person, name: string): Promise<string> {
  const { id: projectId } = await done(person, projects.createProject, { body: newProject() })
  const body = { name, contentTypes: ['wgs'] }
  return (await done(person, backups.createBackup, { params: { projectId }, body })).id
}

beforeAll(async () => {
  stage = await startApi()
  const [jia, ding] = await Promise.all([stage.signIn('jia'), stage.signIn('ding')])
  ;[admin, entity] = await Promise.all([stage.signIn('unit-admin'), stage.signIn('legal-entity')])
  completed = await draftOf(jia, '示例完成')
  await done(jia, files.linkFile, { params: { backupId: completed }, body: own })
  await done(jia, numbers.submitBackup, { params: { backupId: completed } })
  draft = await draftOf(jia, 'Example 草稿')
  elsewhere = await draftOf(ding, '示例别处')
})
afterAll(() => stage.close())

type Query = NonNullable<Args<typeof managed.listManagedBackups>['query']>
const list = (person: Person, query: Query) => done(person, managed.listManagedBackups, { query })
const idsOf = async (person: Person, query: Query) =>
  (await list(person, query)).items.map(({ id }) => id).sort()
const seal = async (person: Person, people: Partial<managed.PeopleSearch>) =>
  (await done(person, managed.sealSearch, { body: people })).f

describe('R47', () => {
  it('an administrator sees the own unit, a legal entity all of its units', async () => {
    expect(await idsOf(admin, { stage: 'draft' })).toEqual([draft])
    expect(await idsOf(entity, { stage: 'draft' })).toEqual([draft, elsewhere].sort())
    const page = await list(admin, {})
    expect(page).toMatchObject({ total: 1, counts: { completed: 1, draft: 1 } })
    expect(page.items[0]).toMatchObject({
      id: completed,
      leadName: '示*甲',
      custodian: { name: '示*甲' },
      unitName: '示例单位',
    })
    expect((await list(entity, { stage: 'draft', size: 1 })).counts).toEqual({ completed: 1, draft: 2 })
  })

  it('each filter alone, and what matches none', async () => {
    const unitOf = async (id: string) =>
      (await done(entity, managed.getManagedBackup, { params: { backupId: id } })).project.unit.id
    const { number } = await done(admin, managed.getManagedBackup, { params: { backupId: completed } })
    const { custodian } = await done(admin, managed.getManagedBackup, { params: { backupId: draft } })
    expect(await idsOf(entity, { stage: 'draft', unitId: await unitOf(elsewhere) })).toEqual([elsewhere])
    expect(await idsOf(entity, { stage: 'draft', name: 'ｅxample' })).toEqual([draft])
    expect(await idsOf(entity, { stage: 'draft', name: '%' })).toEqual([])
    expect(await idsOf(entity, { stage: 'draft', custodianId: custodian.id })).toEqual([draft])
    expect(await idsOf(admin, { number: number?.toLowerCase() })).toEqual([completed])
    expect(await idsOf(admin, { number: 'BF2026010100001' })).toEqual([])
    expect(await idsOf(admin, { filingNumber: '示例备案号' })).toEqual([])
    expect(await idsOf(admin, { unitId: randomUUID() })).toEqual([])
  })

  it('R59 names are sealed for the one who typed them', async () => {
    const f = await seal(entity, { custodian: '示例丁' })
    expect(f).not.toContain('示例')
    const page = await list(entity, { stage: 'draft', f })
    expect(page.items.map(({ id }) => id)).toEqual([elsewhere])
    expect(page.search).toEqual({ lead: '', custodian: '示例丁', member: '' })
    expect(await idsOf(entity, { f: await seal(entity, { lead: '示例' }) })).toEqual([completed])
    expect(await idsOf(entity, { f: await seal(entity, { lead: '例甲' }) })).toEqual([])
    for (const wrong of [f.slice(0, -2), 'x'])
      expect(await entity.call(managed.listManagedBackups, { query: { f: wrong } })).toMatchObject({
        status: 422,
        problem: { errors: [{ path: 'query.f', code: 'INVALID' }] },
      })
    expect(await admin.call(managed.listManagedBackups, { query: { f } })).toMatchObject({ status: 422 })
  })
})

describe('R47 the export', () => {
  const download = async (person: Person, query: string) => {
    const response = await person.request(`/api/v1/managed/exports?${query}`)
    return { response, bytes: Buffer.from(await response.arrayBuffer()) }
  }
  const exportsOf = async () => {
    const { rows } = await sql<{ params: Record<string, unknown> }>`
      select params from audit where action = 'exported' order by id`.execute(stage.owner)
    return rows.map(({ params }) => params)
  }

  it('holds what the list holds, masked, with formulas disarmed, and is recorded', async () => {
    const jia = await stage.signIn('jia')
    const formula = await draftOf(jia, '=cmd()|"x", 表')
    const { response, bytes } = await download(admin, 'stage=draft&language=en')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(/filename\*=UTF-8''Backups-\d{8}-\d{4}\.csv$/)
    const lines = bytes.toString('utf8').split('\r\n')
    expect(lines[0]).toBe(
      '\ufeffBackup number,Backup name,Filing number,Project name,Project lead,Custodian,Institution,Files,' +
        'Total size (MB),Status,Created (Beijing time)',
    )
    expect(lines[1]).toContain(`,"'=cmd()|""x"", 表",`)
    expect(lines[1]).toContain(',示*甲,示*甲,示例单位,0,0,Draft,')
    expect(lines.slice(1, -1)).toHaveLength(2)
    expect((await exportsOf()).at(-1)).toMatchObject({
      stage: 'draft',
      format: 'csv',
      rows: 2,
      byPeople: false,
    })
    await done(jia, backups.discardBackup, { params: { backupId: formula } })
  })

  it('follows the filters; a number, its files and their size', async () => {
    const { bytes } = await download(
      entity,
      `f=${encodeURIComponent(await seal(entity, { lead: '示例甲' }))}`,
    )
    const [, row = '', end] = bytes.toString('utf8').split('\r\n')
    expect(row).toMatch(/^BF\d{13},示例完成,,示例项目 [^,]*,示\*甲,示\*甲,示例单位,1,1,已完成,2/)
    expect(end).toBe('')
    expect((await exportsOf()).at(-1)).toMatchObject({ byPeople: true })
    const none = await download(entity, `name=${encodeURIComponent('没有这个')}`)
    expect(none.bytes.toString('utf8').split('\r\n')).toHaveLength(2)
  })

  it('as XLSX', async () => {
    const { response, bytes } = await download(admin, 'format=xlsx')
    expect(response.headers.get('content-type')).toBe(
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    )
    expect(bytes.subarray(0, 2).toString()).toBe('PK')
  })

  it('of more than it may hold is refused, and not recorded', async () => {
    const { account } = await done(admin, getSession, {})
    const held = (most: number) =>
      asActor(stage.deps.db, account.id, (trx) => listForExport(trx, { stage: 'draft' }, most))
    expect(await held(1)).toHaveLength(1)
    expect(await held(0)).toBeUndefined()
    const before = (await exportsOf()).length
    expect((await download(admin, 'f=x')).response.status).toBe(422)
    expect((await download(await stage.signIn('ding'), '')).response.status).toBe(404)
    expect(await exportsOf()).toHaveLength(before)
  })
})

describe('R46', () => {
  it('an administrator sees the people of the own unit, masked, with what they hold', async () => {
    const { items, total } = await done(admin, managed.listMembers, { query: {} })
    const told = items.map(({ name, role, unit, backups: held }) => [name, role, unit.name, held])
    expect(told).toEqual([
      ['示*员', 'unit_admin', '示例单位', 0],
      ['示*甲', 'researcher', '示例单位', 2],
    ])
    expect(total).toBe(2)
  })

  it('a legal entity finds them by unit, role and name', async () => {
    const units = await done(entity, managed.listManagedUnits, {})
    expect(units.items[0]).toMatchObject({ depth: 0 })
    expect(units.items.slice(1).every(({ depth }) => depth > 0)).toBe(true)
    const names = async (query: object) =>
      (await done(entity, managed.listMembers, { query })).items.map(({ name }) => name)
    expect(await names({ role: 'unit_admin' })).toEqual(['示*员'])
    expect(await names({ f: await seal(entity, { member: '示例丁' }) })).toEqual(['示*丁'])
    expect(await names({ unitId: units.items[0]?.id })).toEqual(await names({}))
  })
})

describe('R48', () => {
  it('a backup whole, with the depositors’ addresses masked; nothing of it can be changed', async () => {
    const params = { backupId: completed }
    const whole = await done(admin, managed.getManagedBackup, { params })
    expect(whole).toMatchObject({ stage: 'completed', project: { leadEmail: 'a@example.cn' } })
    expect(whole.files).toMatchObject([{ accession, depositorEmail: 'a***@example.cn' }])
    expect(whole.timeline.map(({ action }) => action)).toContain('numberIssued')
    expect(await done(admin, managed.getManagedSnapshot, { params })).toMatchObject({ number: whole.number })
    expect(await done(admin, managed.listManagedAmendments, { params })).toEqual({ items: [] })
    for (const [method, path] of [
      ['PATCH', `/backups/${completed}`],
      ['DELETE', `/backups/${draft}`],
      ['POST', `/backups/${draft}/submission`],
    ] as const)
      expect((await admin.send(method, path, {})).status, `${method} ${path}`).toBe(404)
  })

  it('R56 of another unit, discarded, or none at all: 404', async () => {
    const jia = await stage.signIn('jia')
    const gone = await draftOf(jia, '示例放弃')
    await done(jia, backups.discardBackup, { params: { backupId: gone } })
    for (const backupId of [elsewhere, gone, randomUUID()])
      for (const contract of [
        managed.getManagedBackup,
        managed.listManagedAmendments,
        managed.getManagedSnapshot,
      ])
        expect(await admin.call(contract, { params: { backupId } }), contract.path).toMatchObject({
          status: 404,
        })
    expect(await entity.call(managed.getManagedBackup, { params: { backupId: elsewhere } })).toMatchObject({
      ok: true,
    })
  })
})
