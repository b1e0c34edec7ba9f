/** Every question a person or the sweep waits for is answered by an index, once there are many rows. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asActor } from '../../db/actor.ts'
import {
  findBackup,
  findTimeline,
  findWholeBackup,
  listDrafts,
  listProjectBackups,
} from '../../db/lists/backups.ts'
import { listManagedBackups, listMembers, type ManagedFilter } from '../../db/lists/managed.ts'
import { connect, type Db, type Trx } from '../../db/connect.ts'
import { findLinkFacts } from '../../db/accessions.ts'
import { listProjects } from '../../db/projects.ts'
import { findStalled } from '../../db/sweeps.ts'
import type { Role } from '../../local/postgres.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createAccount, createUnit } from '../support/factories.ts'
import { hear, type Heard, type Hearing } from '../support/hear.ts'

let database: TestDatabase
let api: Hearing
let worker: Hearing
/** As the product connects, but every plan is made without looking at the parameters: from the sixth time on it may be. */
let apiGeneric: Hearing
let workerGeneric: Hearing
type Owner = { accountId: string; projectId: string; backupId: string }
/** With 5 projects of 2 backups, and with 300 projects, one of which has 300 backups. */
let ordinary: Owner
let heaviest: Owner
let manager: string
let unitId: string

beforeAll(async () => {
  database = await createDatabase()
  const generic = (role: Role) => {
    const url = new URL(database.url(role))
    url.searchParams.set('options', '-c plan_cache_mode=force_generic_plan')
    return url.href
  }
  api = hear(database.url('hgrip_api'), { max: 1 })
  worker = hear(database.url('hgrip_worker'), { max: 1 })
  apiGeneric = hear(generic('hgrip_api'), { max: 1 })
  workerGeneric = hear(generic('hgrip_worker'), { max: 1 })
  const { db: owner } = connect(database.url('hgrip_migrate'), { statementMs: 50_000 })
  unitId = await createUnit(owner)
  const accounts = {
    ordinary: await createAccount(owner, unitId),
    heaviest: await createAccount(owner, unitId),
  }
  manager = await createAccount(owner, unitId, { role: 'unit_admin' })
  // 1,000 people with 5 projects of 2 backups of 2 files, and the heaviest.
  await sql`
    with u as (insert into units (provider, external_id, name) select 'hgrg', 'many-' || n, '单位' from generate_series(1, 500) n returning id),
      us as (select array_agg(id) as ids from u),
      a as (insert into accounts (provider, subject, name, phone, email, role, unit_id, unit_authorised)
        select 'hgrg', 'many-' || n, '某人', '1', 'a@example.cn', 'researcher', us.ids[1 + n % 500], true
        from generate_series(1, 999) n, us returning id, unit_id),
      everybody as (select id, unit_id, 5 as projects from a
        union all values (${accounts.ordinary}::uuid, ${unitId}::uuid, 5), (${accounts.heaviest}, ${unitId}, 300)),
      p as (insert into projects (creator_id, owner_id, unit_id, name, name_key, lead_name, lead_email)
        select id, id, unit_id, '项目 ' || n, '项目 ' || n, '甲', 'a@example.cn' from everybody, generate_series(1, projects) n
        returning id, owner_id, unit_id, name),
      b as (insert into backups (reference, project_id, unit_id, custodian_id, name, content_types, version, seen_version)
        select gen_random_uuid()::text, id, unit_id, owner_id, '备份 ' || n, '{wgs}', 2, 2
        from p, generate_series(1, case when owner_id = ${accounts.heaviest} and name = '项目 1' then 300 else 2 end) n
        returning id, unit_id, project_id),
      f as (insert into data_files (id, backup_id, position, data_type, sample_count, mb_per_sample, depositor_email,
          accession, accession_key, status)
        select uuidv7(), b.id, n, 1, 1, 1, 'a@example.cn', 'HRA' || lpad(((random() * 499998)::int * 2 + n)::text, 6, '0'),
          'HRA' || lpad(((random() * 499998)::int * 2 + n)::text, 6, '0'), 'pending' from b, generate_series(1, 2) n
        returning id, backup_id),
      c as (insert into consents select id, 'unsent', 0, null, null, null, 0, 0, null, 'k' from f),
      o as (insert into owed (key, subject_kind, subject_id, due_at) select 'check/' || id, 'backup', backup_id, now() + interval '1 hour' from f)
    insert into audit (unit_id, seq, at, recorded_at, action, params, previous, hash, backup_id)
      select unit_id, row_number() over (partition by unit_id), now(), now(), 'x', '{}', '', '', id from b, generate_series(1, 4)`.execute(
    owner,
  )
  const ownerOf = async (accountId: string): Promise<Owner> => {
    const { rows } = await sql<Owner>`
      select p.owner_id as account_id, p.id as project_id, b.id as backup_id
      from projects p join backups b on b.project_id = p.id
      where p.owner_id = ${accountId} and p.name = '项目 1' limit 1`.execute(owner)
    if (!rows[0]) throw new Error('no backup')
    return rows[0]
  }
  ordinary = await ownerOf(accounts.ordinary)
  heaviest = await ownerOf(accounts.heaviest)
  await sql`insert into accounts (provider, subject, name, phone, email, role, unit_id, unit_authorised)
    select 'hgrg', 'idle-' || n, '某人', '1', 'a@example.cn', 'researcher', ${unitId}::uuid, true
    from generate_series(1, 5000) n`.execute(owner)
  await sql`update backups set deadline = now() + interval '1 hour' where custodian_id = ${ordinary.accountId}`.execute(
    owner,
  )
  // Many more in other units, so that reading all of them is never the cheapest.
  await sql`alter table backups disable trigger user`.execute(owner)
  await sql`insert into backups (reference, project_id, unit_id, custodian_id, name, content_types, version, seen_version)
    select gen_random_uuid()::text, id, unit_id, owner_id, '备份 ' || n, '{wgs}', 2, 2
    from projects p, generate_series(1, 15) n where unit_id <> ${unitId}`.execute(owner)
  await sql`alter table backups enable trigger user`.execute(owner)
  await sql`analyze`.execute(owner)
  await owner.destroy()
})
afterAll(async () => {
  await Promise.all([api, worker, apiGeneric, workerGeneric].map(({ db }) => db.destroy()))
  await database.close()
})

type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  /** 0: planned, and never executed. */
  'Actual Loops': number
  Plans?: Plan[]
}
const big = ['projects', 'backups', 'data_files', 'consents', 'owed', 'audit', 'accounts']
const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

/** The plan by which this connection executes what it has prepared, with these values. */
async function planOf(db: Db, { text, values }: Heard): Promise<Plan> {
  const prepared = await sql<{ name: string }>`
    select name from pg_prepared_statements where statement = ${text}`.execute(db)
  const name = prepared.rows[0]?.name
  if (name === undefined) throw new Error(`not prepared: ${text}`)
  type Explained = Record<string, [{ Plan: Plan }]> // the one column is named QUERY PLAN
  const { rows } = await sql
    .raw<Explained>(`explain (analyze, format json) execute "${name}" (${values.map(literal).join(', ')})`)
    .execute(db)
  const [explained] = Object.values(rows[0] ?? {})
  if (!explained) throw new Error('no plan')
  return explained[0].Plan
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((one) => JSON.stringify(one)).join(',')}}`)
  if (value instanceof Date) return pg.escapeLiteral(value.toISOString())
  return pg.escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value))
}

/** The plans of everything that `ask` asks for, by the same connection in the same transaction. */
async function plansOf(
  { db, heard }: Hearing,
  ask: (trx: Trx) => Promise<unknown>,
  actor?: string,
): Promise<Plan[]> {
  const explain = async (trx: Trx) => {
    heard.length = 0
    await ask(trx)
    const asked = heard.splice(0).filter(({ text }) => /^\s*(select|with)\b.*\bfrom\b/is.test(text))
    expect(asked.length).toBeGreaterThan(0)
    const found: Plan[] = []
    for (const one of asked) found.push(await planOf(trx, one))
    return found.flatMap(nodes)
  }
  return actor === undefined ? db.transaction().execute(explain) : asActor(db, actor, explain)
}
const readWhole = (plans: Plan[]) =>
  plans
    .filter((node) => node['Actual Loops'] > 0 && node['Node Type'] === 'Seq Scan')
    .filter((node) => big.includes(node['Relation Name'] ?? ''))
    .map((node) => node['Relation Name'])
const indexes = (plans: Plan[]) => plans.flatMap((node) => node['Index Name'] ?? [])

describe.each<[string, () => Hearing, () => Hearing]>([
  ['with the parameters known', () => api, () => worker],
  ['with a plan for any parameters', () => apiGeneric, () => workerGeneric],
])('R10, R11, R17 what a researcher waits for, planned %s', (_, asApi, asWorker) => {
  const page = { page: 1, size: 10 }
  const lists: [string, string, (trx: Trx, of: Owner) => Promise<unknown>][] = [
    [
      'the list of projects',
      'projects_owner',
      (trx, of) => listProjects(trx, { ownerId: of.accountId, sort: '-createdAt' }, page),
    ],
    [
      'the list of projects by name',
      'projects_owner',
      (trx, of) => listProjects(trx, { ownerId: of.accountId, sort: 'name', q: '项目' }, page),
    ],
    [
      'the backups of a project',
      'backups_project',
      (trx, { projectId, accountId }) => listProjectBackups(trx, { projectId, custodianId: accountId }, page),
    ],
    ['the drafts', 'backups_custodian_drafts', (trx, of) => listDrafts(trx, of.accountId, page)],
    [
      'one backup',
      'backups_pkey',
      (trx, { backupId, accountId }) => findBackup(trx, { backupId, custodianId: accountId }),
    ],
    [
      'its files',
      'data_files_backup',
      (trx, { backupId, accountId }) => findBackup(trx, { backupId, custodianId: accountId }),
    ],
    [
      'its facts',
      'audit_backup',
      (trx, { backupId, accountId }) => findWholeBackup(trx, { backupId, custodianId: accountId }),
    ],
  ]
  const owners: [string, () => Owner][] = [
    ['an ordinary owner', () => ordinary],
    ['the heaviest owner', () => heaviest],
  ]
  it.each(owners.flatMap(([who, of]) => lists.map(([what, ...rest]) => [who, what, of, ...rest] as const)))(
    '%s: %s',
    async (_who, _what, of, index, ask) => {
      const plans = await plansOf(asApi(), (trx) => ask(trx, of()), of().accountId)
      expect(readWhole(plans)).toEqual([])
      expect(indexes(plans)).toContain(index)
    },
  )
  it('R23 whether another backup of the unit has a data set', async () => {
    const of = { unitId, projectId: ordinary.projectId, accountId: ordinary.accountId }
    const link = { ...of, backupId: randomUUID(), fileId: randomUUID(), accession: 'HRA000001' }
    const plans = await plansOf(asWorker(), (trx) => findLinkFacts(trx, link, Date.now(), { holds: true }))
    expect(readWhole(plans)).toEqual([])
    expect(indexes(plans)).toContain('data_files_elsewhere')
  })
  it('R56 a manager’s own look at a backup', async () => {
    const plans = await plansOf(
      asApi(),
      (trx) => findTimeline(trx, { backupId: ordinary.backupId, custodianId: ordinary.accountId }),
      manager,
    )
    expect(readWhole(plans)).toEqual([])
  })
})

describe.each<[string, () => Hearing, boolean]>([
  ['with the parameters known', () => api, false],
  ['with a plan for any parameters', () => apiGeneric, true],
])('R46, R47 what a manager waits for, planned %s', (_, asApi, isGeneric) => {
  const page = { page: 1, size: 10 }
  const filters: [string, Omit<ManagedFilter, 'stage'>][] = [
    ['all', {}],
    ['by lead', { lead: '甲' }],
    ['by custodian', { custodian: '某' }],
    ['by number', { number: 'BF2026112200001' }],
    ['by filing', { filingNumber: '01' }],
    ['by name', { name: '备份' }],
  ]
  // For any name all projects would be read. Postgres takes such a plan only when it is not dearer than one for this name.
  it.each(filters.filter(([what]) => !isGeneric || what !== 'by lead'))(
    'the backups of a unit: %s',
    async (_what, filter) => {
      for (const stage of ['draft', 'completed'] as const) {
        const plans = await plansOf(
          asApi(),
          (trx) => listManagedBackups(trx, { stage, ...filter }, page),
          manager,
        )
        expect(readWhole(plans)).toEqual([])
      }
    },
  )
  it('the members of a unit', async () => {
    const plans = await plansOf(asApi(), (trx) => listMembers(trx, {}, page), manager)
    expect(readWhole(plans)).toEqual([])
  })
})

describe('R54 the sweep’s questions', () => {
  async function sweepPlan(isCatchingUp: boolean): Promise<Plan[]> {
    await sql`insert into sweeps values ('backups', now() + interval '1 hour')
      on conflict (name) do update set last_good_at = excluded.last_good_at`.execute(database.owner)
    await sql`analyze sweeps`.execute(database.owner)
    worker.heard.length = 0
    await findStalled(worker.db, 10_000, isCatchingUp)
    const query = worker.heard.find(({ text }) => text.includes('distinct on'))
    if (!query) throw new Error('the sweep asked nothing')
    return nodes(await planOf(worker.db, query))
  }
  it('read only the part of the backups that has a deadline, was not seen, or is a draft', async () => {
    expect(indexes(await sweepPlan(false))).toEqual(
      expect.arrayContaining(['backups_deadline', 'backups_unseen']),
    )
    const catchingUp = await sweepPlan(true)
    expect(indexes(catchingUp)).toContain('backups_drafts_changed')
    expect(readWhole(catchingUp)).not.toContain('backups')
  })
  // A time that is `clock_timestamp()` is volatile: no index is searched by it.
  it('find owed work by its time', async () => {
    const plans = await sweepPlan(false)
    expect(indexes(plans)).toContain('owed_due')
    expect(readWhole(plans)).toEqual([])
  })
  it('find what waits and does not move, and nothing else', async () => {
    const found = async () =>
      (await findStalled(database.db, 10_000, false))?.stalled.map(({ id, because }) => [
        id,
        because.replace(/\/.*/, ''),
      ])
    expect(await found()).toEqual([])
    const ours = await database.owner
      .selectFrom('backups')
      .select('id')
      .where('custodianId', '=', ordinary.accountId)
      .limit(4)
      .execute()
    const [owing, late, unseen, gone] = ours.map(({ id }) => id)
    const set = (id: string | undefined, change: string) =>
      sql`update backups set ${sql.raw(change)} where id = ${id}`.execute(database.owner)
    await sql`update owed set due_at = now() - interval '11 seconds' where subject_id = ${owing}
      and key = (select min(key) from owed where subject_id = ${owing})`.execute(database.owner)
    await set(late, `deadline = now() - interval '11 seconds'`)
    await set(unseen, `version = 3, changed_at = now() - interval '11 seconds'`)
    await set(gone, `version = 3, stage = 'discarded', changed_at = now() - interval '11 seconds'`)
    expect((await found())?.sort()).toEqual(
      [
        [owing, 'owed check'],
        [late, 'deadline'],
        [unseen, 'unseen version'],
      ].sort(),
    )
    expect((await findStalled(database.db, 60_000, false))?.stalled).toEqual([]) // within the grace
  })
  it('one worker looks at a time', async () => {
    await database.db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended('sweep', 0))`.execute(trx)
      expect(await findStalled(worker.db, 0, false)).toBeUndefined()
    })
    expect((await findStalled(worker.db, 60_000, false))?.stalled).toEqual([])
  })
})
