import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asActor } from '../../db/actor.ts'
import { appendAudit } from '../../db/audit.ts'
import { connect, type Db } from '../../db/connect.ts'
import { listManagedBackups, listManagedUnits, listMembers } from '../../db/lists/managed.ts'
import { referenceOf } from '../../domain/numbers.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDraft, createProject, createUnit } from '../support/factories.ts'

let database: TestDatabase
let api: Db
beforeAll(async () => {
  database = await createDatabase()
  api = connect(database.url('hgrip_api'), { max: 1 }).db
})
afterAll(async () => {
  await api.destroy()
  await database.close()
})

const roles = ['researcher', 'unit_admin', 'legal_entity', 'operator'] as const
type Unit = { id: string; parent: Unit | null }
type Account = { id: string; role: (typeof roles)[number]; unit: Unit | null; active: boolean }
type Project = { id: string; unit: Unit; owner: Account }
type Backup = { id: string; unit: Unit; project: Project; custodian: Account }
type Seed = {
  parents: (number | null)[]
  accounts: { unit: number | null; role: Account['role']; active: boolean }[]
  backups: { owner: number; custodian: number; unit: number }[]
}

/** Every kind of person over a random forest of units, with backups that moved between people and units. */
const seed: fc.Arbitrary<Seed> = fc.record({
  parents: fc.array(fc.option(fc.nat(20)), { minLength: 2, maxLength: 9, size: 'max' }),
  accounts: fc.array(
    fc.record({
      unit: fc.option(fc.nat(20), { freq: 8 }),
      role: fc.constantFrom(...roles),
      active: fc.constantFrom(true, true, true, false),
    }),
    { minLength: 4, maxLength: 14, size: 'max' },
  ),
  backups: fc.array(fc.record({ owner: fc.nat(20), custodian: fc.nat(20), unit: fc.nat(20) }), {
    minLength: 3,
    maxLength: 20,
    size: 'max',
  }),
})
const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index % list.length]
  if (item === undefined) throw new Error('an empty list')
  return item
}

const world = {
  units: [] as Unit[],
  accounts: [] as Account[],
  projects: [] as Project[],
  backups: [] as Backup[],
}

async function plant({ parents, accounts, backups }: Seed): Promise<void> {
  const db = database.owner
  const units: Unit[] = []
  for (const parent of parents) {
    const above = parent === null || units.length === 0 ? null : at(units, parent)
    units.push({ id: await createUnit(db, { parentId: above?.id ?? null }), parent: above })
  }
  const people: Account[] = accounts.map(({ unit, role, active }) => ({
    id: randomUUID(),
    role,
    unit: unit === null ? null : at(units, unit),
    active,
  }))
  await db
    .insertInto('accounts')
    .values(
      people.map(({ id, role, unit, active }) => ({
        ...{ id, role, active, unitId: unit?.id ?? null, provider: 'hgrg', subject: id },
        ...{ name: '某人', phone: '13800000001', email: 'a@example.cn', unitAuthorised: true },
      })),
    )
    .execute()
  for (const one of backups) {
    const owner = at(people, one.owner)
    const custodian = at(people, one.custodian)
    const unit = at(units, one.unit)
    const projectId = await createProject(db, { unitId: unit.id, accountId: owner.id })
    const draft = await createDraft(db, { unitId: unit.id, accountId: custodian.id, projectId })
    const project = { id: projectId, unit, owner }
    world.projects.push(project)
    world.backups.push({ id: draft.id, unit, project, custodian })
    // One id for the backup and for all that hangs on it makes the comparison plain.
    const { id } = draft
    await sql`
      with f as (insert into data_files values (${id}, ${id}, 1, 1, 1, 1, 'b@example.cn', 'HRA000001', 'HRA000001', 'pending')),
        c as (insert into consents values (${id}, 'unsent', 0, null, null, null, 0, 0, null, 'k')),
        o as (insert into owed (key, subject_kind, subject_id, due_at) values (${id}, 'backup', ${id}, now())),
        t as (insert into code_tries values (${projectId}, 'HRA000001', 1)),
        n as (insert into numbers values (${id}, ${id}, now())),
        g as (insert into filings values (${id}, 'filing', now())),
        k as (insert into commands values (${id}, ${custodian.id}, '', 'k', '{}'))
      insert into report_syncs values (${id}, 1, '{}')`.execute(db)
    await db.transaction().execute((trx) =>
      appendAudit(trx, {
        unitId: unit.id,
        actorId: null,
        action: 'backupCreated',
        projectId,
        backupId: id,
      }),
    )
  }
  world.units.push(...units)
  world.accounts.push(...people)
}

const isBelow = (unit: Unit | null, top: Unit): boolean =>
  unit !== null && (unit === top || isBelow(unit.parent, top))
const overseer =
  (me: Account | undefined) =>
  (unit: Unit | null): boolean => {
    if (!me?.active || !me.unit || !unit) return false
    if (me.role === 'legal_entity') return isBelow(unit, me.unit)
    return me.role === 'unit_admin' && unit === me.unit
  }
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).sort()

/** R46, R47: what the managers' lists hold. */
function overseen(me: Account) {
  const oversees = overseer(me)
  return {
    units: ids(world.units.filter(oversees)),
    members: ids(world.accounts.filter(({ unit }) => oversees(unit))),
    backups: ids(world.backups.filter(({ unit }) => oversees(unit))),
  }
}
const listed = (me: Account) =>
  asActor(api, me.id, async (trx) => ({
    units: ids(await listManagedUnits(trx)),
    members: ids((await listMembers(trx, {}, all)).items),
    backups: ids((await listManagedBackups(trx, { stage: 'draft' }, all)).items.map(({ row }) => row)),
  }))
const all = { page: 1, size: 10_000 }

/** R56 in twenty lines: what a person may see. */
function allowed(me: Account | undefined) {
  const oversees = overseer(me)
  const backups = world.backups.filter(({ custodian, unit }) => custodian === me || oversees(unit))
  const projects = world.projects.filter(({ owner, unit }) => owner === me || oversees(unit))
  return {
    // Who left is seen while the units have something of theirs.
    accounts: ids(
      world.accounts.filter(
        (account) =>
          account === me ||
          oversees(account.unit) ||
          world.projects.some(({ owner, unit }) => owner === account && oversees(unit)) ||
          world.backups.some(({ custodian, unit }) => custodian === account && oversees(unit)),
      ),
    ),
    projects: ids(projects),
    code_tries: ids(projects),
    backups: ids(backups),
    ...Object.fromEntries(
      ['data_files', 'consents', 'owed', 'numbers', 'filings', 'report_syncs', 'audit'].map((table) => [
        table,
        ids(backups),
      ]),
    ),
    commands: ids(world.backups.filter(({ custodian }) => custodian === me)),
  }
}

/** What hgrip_api reads, as this account or without one. */
async function seen(db: Db, accountId: string | null) {
  const read = sql<{ rows: Record<string, string[]> }>`select jsonb_build_object(
    'accounts', (select coalesce(jsonb_agg(id order by id::text), '[]') from accounts),
    'projects', (select coalesce(jsonb_agg(id order by id::text), '[]') from projects),
    'code_tries', (select coalesce(jsonb_agg(project_id order by project_id::text), '[]') from code_tries),
    'backups', (select coalesce(jsonb_agg(id order by id::text), '[]') from backups),
    'data_files', (select coalesce(jsonb_agg(id order by id::text), '[]') from data_files),
    'consents', (select coalesce(jsonb_agg(file_id order by file_id::text), '[]') from consents),
    'owed', (select coalesce(jsonb_agg(subject_id order by subject_id::text), '[]') from owed),
    'numbers', (select coalesce(jsonb_agg(backup_id order by backup_id::text), '[]') from numbers),
    'filings', (select coalesce(jsonb_agg(number order by number), '[]') from filings),
    'report_syncs', (select coalesce(jsonb_agg(backup_id order by backup_id::text), '[]') from report_syncs),
    'audit', (select coalesce(jsonb_agg(backup_id order by backup_id::text), '[]') from audit),
    'commands', (select coalesce(jsonb_agg(key order by key), '[]') from commands)) as rows`
  const { rows } = accountId
    ? await asActor(db, accountId, (trx) => read.execute(trx))
    : await read.execute(db)
  return rows[0]?.rows
}

describe('R56 who may see what is decided below every query', () => {
  it('SQL shows exactly what the model allows, over random units and roles', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (planted) => {
        await plant(planted)
        for (const account of world.accounts.slice(-planted.accounts.length)) {
          expect(await seen(api, account.id)).toEqual(allowed(account))
          expect(await listed(account)).toEqual(overseen(account))
        }
        expect(await seen(api, randomUUID()), 'an account that does not exist').toEqual(allowed(undefined))
        expect(await seen(api, null), 'no account').toEqual(allowed(undefined))
      }),
      { numRuns: 6, endOnFailure: true },
    )
    const sees = world.accounts.map((account) => allowed(account).backups.length)
    expect(Math.max(...sees)).toBeGreaterThan(3) // the model is not empty
    expect(allowed(undefined).backups).toEqual([])
  })
  it('the next user of a connection sees nothing of the one before, even after a failure', async () => {
    const draft = await createDraft(database.owner)
    const backups = () => api.selectFrom('backups').select('id').execute()
    expect(
      await asActor(api, draft.accountId, (trx) => trx.selectFrom('backups').select('id').execute()),
    ).toEqual([{ id: draft.id }])
    expect(await backups()).toEqual([])
    await expect(asActor(api, draft.accountId, (trx) => sql`select 1 / 0`.execute(trx))).rejects.toThrow(
      'division by zero',
    )
    expect(await backups()).toEqual([])
    await expect(
      asActor(api, 'nonsense', (trx) => trx.selectFrom('backups').select('id').execute()),
    ).rejects.toThrow()
    expect(await backups()).toEqual([])
  })
  it('people at the same moment see only their own', async () => {
    const many = connect(database.url('hgrip_api'), { max: 4 }).db
    const drafts = await Promise.all(Array.from({ length: 8 }, () => createDraft(database.owner)))
    const found = await Promise.all(
      [...drafts, ...drafts, ...drafts].map((draft) =>
        asActor(many, draft.accountId, (trx) => trx.selectFrom('backups').select('id').execute()),
      ),
    )
    await many.destroy()
    expect(found).toEqual([...drafts, ...drafts, ...drafts].map(({ id }) => [{ id }]))
  })
  it('sessions and sign-in secrets are behind doors', async () => {
    await expect(api.selectFrom('accounts').select('id').execute()).resolves.toEqual([])
    await expect(sql`select * from sessions`.execute(api)).rejects.toThrow('permission denied')
    await expect(sql`select * from audit_heads`.execute(api)).rejects.toThrow('permission denied')
    await expect(sql`select * from counted`.execute(api)).rejects.toThrow('permission denied')
  })
})

describe('R56 what the API’s role may write', () => {
  const table = { api: 'permission denied', rls: 'violates row-level security' }
  async function people() {
    const mine = await createDraft(database.owner)
    const theirs = await createDraft(database.owner)
    return { mine, theirs }
  }
  const newBackup = (trx: Db, of: Record<string, unknown>) => {
    const row = { reference: referenceOf(randomBytes(5)), name: '备份', content_types: ['wgs'], ...of }
    const columns = sql.join(Object.keys(row).map((column) => sql.ref(column)))
    return sql`insert into backups (${columns})
      select ${columns} from jsonb_populate_record(null::backups, ${JSON.stringify(row)}::jsonb)`.execute(trx)
  }
  const own = (mine: { projectId: string; unitId: string; accountId: string }) => ({
    project_id: mine.projectId,
    unit_id: mine.unitId,
    custodian_id: mine.accountId,
  })

  it('a draft of one’s own, in a project of one’s own', async () => {
    const { mine } = await people()
    await asActor(api, mine.accountId, (trx) => newBackup(trx, own(mine)))
    const rows = await asActor(api, mine.accountId, (trx) => trx.selectFrom('backups').select('id').execute())
    expect(rows).toHaveLength(2)
  })
  it('no foreign one, and none that is more than a new draft', async () => {
    const { mine, theirs } = await people()
    const refused: Record<string, unknown>[] = [
      { ...own(mine), custodian_id: theirs.accountId },
      { ...own(mine), project_id: theirs.projectId },
      { ...own(mine), unit_id: theirs.unitId },
      { ...own(theirs) },
      { ...own(mine), version: 2 },
      { ...own(mine), number: 'BF2026112200001' },
      {
        ...own(mine),
        ...{ stage: 'completed', number: 'BF2026112200001', issued_at: new Date(), snapshot: {} },
      },
      { ...own(mine), stage: 'discarded' },
    ]
    for (const row of refused)
      await expect(asActor(api, mine.accountId, (trx) => newBackup(trx, row))).rejects.toThrow(
        /violates row-level security|permission denied/,
      )
    await expect(newBackup(api, own(mine)), 'without an actor').rejects.toThrow(table.rls)
  })
  it('a project of one’s own, in the own unit', async () => {
    const { mine, theirs } = await people()
    const create = (creator: string, owner: string, unit: string) =>
      asActor(api, mine.accountId, (trx) =>
        trx
          .insertInto('projects')
          .values({
            ...{
              creatorId: creator,
              ownerId: owner,
              unitId: unit,
              name: randomUUID(),
              nameKey: randomUUID(),
            },
            ...{ leadName: '示例甲', leadEmail: 'a@example.cn' },
          })
          .execute(),
      )
    const [me, they] = [mine.accountId, theirs.accountId]
    await create(me, me, mine.unitId)
    await expect(create(they, they, mine.unitId)).rejects.toThrow(table.rls)
    await expect(create(me, they, mine.unitId)).rejects.toThrow(table.rls)
    await expect(create(they, me, mine.unitId)).rejects.toThrow(table.rls)
    await expect(create(me, me, theirs.unitId)).rejects.toThrow(table.rls)
  })
  it('R51 a draft only in a project of the present, authorised unit', async () => {
    const { mine, theirs } = await people()
    const move = (to: { unitId?: string; unitAuthorised?: boolean }) =>
      database.owner.updateTable('accounts').set(to).where('id', '=', mine.accountId).execute()
    const create = () => asActor(api, mine.accountId, (trx) => newBackup(trx, own(mine)))
    await create()
    await move({ unitId: theirs.unitId })
    await expect(create()).rejects.toThrow(table.rls)
    await move({ unitId: mine.unitId, unitAuthorised: false })
    await expect(create()).rejects.toThrow(table.rls)
  })
  it('a disabled account creates nothing', async () => {
    const { mine } = await people()
    await database.owner
      .updateTable('accounts')
      .set({ active: false })
      .where('id', '=', mine.accountId)
      .execute()
    await expect(
      asActor(api, mine.accountId, (trx) =>
        trx
          .insertInto('projects')
          .values({
            ...{ creatorId: mine.accountId, ownerId: mine.accountId, unitId: mine.unitId },
            ...{ name: '新', nameKey: '新', leadName: '甲', leadEmail: 'a@example.cn' },
          })
          .execute(),
      ),
    ).rejects.toThrow(table.rls)
  })
  it.each([
    'update backups set name = name',
    'delete from backups',
    'update projects set name = name',
    'delete from projects',
    'insert into data_files select * from data_files',
    'update data_files set sample_count = 2',
    'delete from data_files',
    "update consents set status = 'sent'",
    'update code_tries set wrong = 0',
    'delete from counted',
    "update commands set answer = '{}'",
    'delete from commands',
    'delete from owed',
    'update owed set tries = 0',
    'insert into numbers select * from numbers',
    'delete from numbers',
    'update number_counters set last = 0',
    'delete from report_syncs',
    "insert into audit (action) values ('x')",
    "update audit set action = 'x'",
    'delete from audit',
    'delete from sessions',
    "update accounts set role = 'operator'",
    'delete from units',
    'truncate audit',
    'truncate backups cascade',
    'select lock_audit(uuidv7())',
    'select broken_audit(uuidv7())',
    'create table mine (id int)',
    'alter table backups disable row level security',
    'set role hgrip_worker',
  ])('never: %s', async (statement) => {
    const { mine } = await people()
    await expect(asActor(api, mine.accountId, (trx) => sql.raw(statement).execute(trx))).rejects.toThrow(
      /permission denied|must be owner/,
    )
  })
  it.each([
    'delete from backups',
    'delete from audit',
    'update audit set action = action',
    'delete from data_files',
    'delete from numbers',
    'update accounts set name = name',
    'truncate audit',
  ])('not the worker’s either: %s', async (statement) => {
    await expect(sql.raw(statement).execute(database.db)).rejects.toThrow('permission denied')
  })
})

describe('R57 the audit of what the API’s role creates', () => {
  it('is written by the database: who, what and when are not the API’s to say', async () => {
    const mine = await createDraft(database.owner)
    const before = new Date()
    const reference = referenceOf(randomBytes(5))
    const project = {
      ...{ creatorId: mine.accountId, ownerId: mine.accountId, unitId: mine.unitId },
      ...{ name: '示例项目', nameKey: '示例项目', leadName: '示例甲', leadEmail: 'a@example.cn' },
    }
    const { id: projectId } = await asActor(api, mine.accountId, (trx) =>
      trx.insertInto('projects').values(project).returning('id').executeTakeFirstOrThrow(),
    )
    const { id: backupId } = await asActor(api, mine.accountId, (trx) =>
      trx
        .insertInto('backups')
        .values({
          ...{ reference, projectId, unitId: mine.unitId, custodianId: mine.accountId },
          ...{ name: '示例备份', contentTypes: ['wgs'] },
        })
        .returning('id')
        .executeTakeFirstOrThrow(),
    )
    const rows = await database.owner
      .selectFrom('audit')
      .select(['action', 'unitId', 'actorId', 'projectId', 'backupId', 'after', 'at'])
      .where('projectId', '=', projectId)
      .orderBy('id')
      .execute()
    const by = { unitId: mine.unitId, actorId: mine.accountId, projectId }
    expect(rows.map(({ at: _, ...row }) => row)).toEqual([
      {
        ...{ ...by, action: 'projectCreated', backupId: null },
        after: { name: '示例项目', leadName: '示例甲', leadEmail: 'a@example.cn' },
      },
      {
        ...{ ...by, action: 'backupCreated', backupId },
        after: { reference, name: '示例备份', contentTypes: ['wgs'] },
      },
    ])
    for (const { at } of rows) expect(at.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1)
  })
  it.each([
    [
      `select append_audit('{"action": "numberIssued", "at": "1999-01-01"}')`,
      /permission denied for function/,
    ],
    ['insert into projects (created_at) values (now())', /permission denied for table/],
    ['insert into backups (created_at) values (now())', /permission denied for table/],
  ])('refuses %s', async (statement, why) => {
    const mine = await createDraft(database.owner)
    await expect(asActor(api, mine.accountId, (trx) => sql.raw(statement).execute(trx))).rejects.toThrow(why)
  })
  it('refuses every login that is not the worker’s, whatever role it takes on', async () => {
    const admin = connect(database.url('postgres'))
    const pooler = `pooler_${randomBytes(4).toString('hex')}`
    await sql.raw(`create role ${pooler} login password 'x' in role hgrip_api`).execute(admin.db)
    await sql
      .raw(`grant connect on database ${new URL(database.url('postgres')).pathname.slice(1)} to ${pooler}`)
      .execute(admin.db)
    const url = new URL(database.url('postgres'))
    Object.assign(url, { username: pooler, password: 'x' })
    const other = connect(url.href)
    try {
      for (const role of [pooler, 'hgrip_api'])
        await expect(
          other.db.transaction().execute(async (trx) => {
            await sql.raw(`set local role ${role}`).execute(trx)
            await appendAudit(trx, { unitId: randomUUID(), actorId: null, action: 'numberIssued' })
          }),
        ).rejects.toThrow('permission denied for function append_audit')
    } finally {
      await other.db.destroy()
      await sql.raw(`drop owned by ${pooler}`).execute(admin.db)
      await sql.raw(`drop role ${pooler}`).execute(admin.db)
      await admin.db.destroy()
    }
  })
  it('refuses a draft of a disabled account', async () => {
    const mine = await createDraft(database.owner)
    await database.owner
      .updateTable('accounts')
      .set({ active: false })
      .where('id', '=', mine.accountId)
      .execute()
    await expect(
      asActor(api, mine.accountId, (trx) =>
        trx
          .insertInto('backups')
          .values({
            ...{ reference: referenceOf(randomBytes(5)), projectId: mine.projectId, unitId: mine.unitId },
            ...{ custodianId: mine.accountId, name: '备份', contentTypes: ['wgs'] },
          })
          .execute(),
      ),
    ).rejects.toThrow()
  })
})
