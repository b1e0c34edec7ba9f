/** Every question a person or the sweep waits for is answered by an index, once there are many rows. */
import { randomUUID } from 'node:crypto'
import { CamelCasePlugin, Kysely, sql, type CompiledQuery } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ActorDialect, asActor } from '../../db/actor.ts'
import {
  findBackup,
  findTimeline,
  findWholeBackup,
  listDrafts,
  listProjectBackups,
} from '../../db/backups.ts'
import { connect, type Db, type Trx } from '../../db/connect.ts'
import { findElsewhere } from '../../db/data-sets.ts'
import { listProjects } from '../../db/projects.ts'
import { findStalled } from '../../db/sweeps.ts'
import type { Tables } from '../../db/tables.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createAccount, createUnit } from '../support/factories.ts'

let database: TestDatabase
let api: ReturnType<typeof listening>
let worker: ReturnType<typeof listening>
let researcher: string
let manager: string
let unitId: string
let projectId: string
let backupId: string

/** A connection that remembers what it was asked. */
function listening(url: string) {
  const heard: CompiledQuery[] = []
  const db: Db = new Kysely<Tables>({
    dialect: new ActorDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
    log: (event) => void heard.push(event.query),
  })
  return { db, heard }
}

beforeAll(async () => {
  database = await createDatabase()
  api = listening(database.url('hgrip_api'))
  worker = listening(database.url('hgrip_worker'))
  const { db: owner } = connect(database.url('hgrip_migrate'), { statementMs: 50_000 })
  unitId = await createUnit(owner)
  researcher = await createAccount(owner, unitId)
  manager = await createAccount(owner, unitId, { role: 'unit_admin' })
  // 300 people with 5 projects of 5 backups of 2 files; ours is the first.
  await sql`
    with u as (insert into units (provider, external_id, name) select 'hgrg', 'many-' || n, '单位' from generate_series(1, 30) n returning id),
      us as (select array_agg(id) as ids from u),
      a as (insert into accounts (provider, subject, name, phone, email, role, unit_id, unit_authorised)
        select 'hgrg', 'many-' || n, '某人', '1', 'a@example.cn', 'researcher', us.ids[1 + n % 30], true
        from generate_series(1, 299) n, us returning id, unit_id),
      everybody as (select id, unit_id from a union all values (${researcher}::uuid, ${unitId}::uuid)),
      p as (insert into projects (creator_id, owner_id, unit_id, name, name_key, lead_name, lead_email)
        select id, id, unit_id, '项目 ' || n, '项目 ' || n, '甲', 'a@example.cn' from everybody, generate_series(1, 5) n
        returning id, owner_id, unit_id),
      b as (insert into backups (reference, project_id, unit_id, custodian_id, name, content_types, version, seen_version)
        select gen_random_uuid()::text, id, unit_id, owner_id, '备份 ' || n, '{wgs}', 2, 2 from p, generate_series(1, 5) n
        returning id, unit_id, project_id),
      f as (insert into data_files
        select uuidv7(), b.id, n, 1, 1, 1, 'a@example.cn', 'HRA' || lpad((random() * 999999)::int::text, 6, '0'),
          'HRA' || lpad((random() * 999999)::int::text, 6, '0'), 'pending' from b, generate_series(1, 2) n
        returning id, backup_id),
      c as (insert into consents select id, 'unsent', 0, null, null, null, 0, 0, null, 'k' from f),
      o as (insert into owed (key, backup_id, due_at) select 'check/' || id, backup_id, now() + interval '1 hour' from f)
    insert into audit (unit_id, seq, at, recorded_at, action, params, previous, hash, backup_id)
      select unit_id, row_number() over (partition by unit_id), now(), now(), 'x', '{}', '', '', id from b, generate_series(1, 4)`.execute(
    owner,
  )
  const { project } = await owner
    .selectFrom('projects')
    .select('id as project')
    .where('ownerId', '=', researcher)
    .limit(1)
    .executeTakeFirstOrThrow()
  projectId = project
  backupId = (
    await owner
      .selectFrom('backups')
      .select('id')
      .where('projectId', '=', projectId)
      .limit(1)
      .executeTakeFirstOrThrow()
  ).id
  await sql`insert into accounts (provider, subject, name, phone, email, role, unit_id, unit_authorised)
    select 'hgrg', 'idle-' || n, '某人', '1', 'a@example.cn', 'researcher', ${unitId}::uuid, true
    from generate_series(1, 5000) n`.execute(owner)
  await sql`update backups set deadline = now() + interval '1 hour' where custodian_id = ${researcher}`.execute(
    owner,
  )
  await sql`analyze`.execute(owner)
  await owner.destroy()
})
afterAll(async () => {
  await api.db.destroy()
  await worker.db.destroy()
  await database.close()
})

type Plan = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: Plan[] }
const big = ['projects', 'backups', 'data_files', 'consents', 'owed', 'audit', 'accounts']
const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

async function planOf(db: Db, query: CompiledQuery): Promise<Plan> {
  type Explained = Record<string, [{ Plan: Plan }]> // the one column is named QUERY PLAN
  const { rows } = await db.executeQuery<Explained>({
    ...query,
    sql: `explain (format json) ${query.sql}`,
  })
  const [explained] = Object.values(rows[0] ?? {})
  if (!explained) throw new Error('no plan')
  return explained[0].Plan
}

/** The plans of everything that `ask` asks for, by the same connection in the same transaction. */
async function plansOf(
  { db, heard }: ReturnType<typeof listening>,
  ask: (trx: Trx) => Promise<unknown>,
  actor?: string,
): Promise<Plan[]> {
  const explain = async (trx: Trx) => {
    heard.length = 0
    await ask(trx)
    const asked = heard.splice(0).filter((query) => /^\s*(select|with)\b.*\bfrom\b/is.test(query.sql))
    expect(asked.length).toBeGreaterThan(0)
    const found: Plan[] = []
    for (const query of asked) {
      found.push(await planOf(trx, query))
    }
    return found.flatMap(nodes)
  }
  return actor === undefined ? db.transaction().execute(explain) : asActor(db, actor, explain)
}
const readWhole = (plans: Plan[]) =>
  plans
    .filter((node) => node['Node Type'] === 'Seq Scan' && big.includes(node['Relation Name'] ?? ''))
    .map((node) => node['Relation Name'])
const indexes = (plans: Plan[]) => plans.flatMap((node) => node['Index Name'] ?? [])

describe('R10, R11, R17 what a researcher waits for', () => {
  const page = { page: 1, size: 10 }
  it.each<[string, string, (trx: Trx) => Promise<unknown>]>([
    [
      'the list of projects',
      'projects_owner',
      (trx) => listProjects(trx, { ownerId: researcher, sort: '-createdAt' }, page),
    ],
    [
      'the list of projects by name',
      'projects_owner',
      (trx) => listProjects(trx, { ownerId: researcher, sort: 'name', q: '项目' }, page),
    ],
    [
      'the backups of a project',
      'backups_project',
      (trx) => listProjectBackups(trx, { projectId, custodianId: researcher }, page),
    ],
    ['the drafts', 'backups_custodian_drafts', (trx) => listDrafts(trx, researcher, page)],
    ['one backup', 'backups_pkey', (trx) => findBackup(trx, { backupId, custodianId: researcher })],
    ['its files', 'data_files_backup', (trx) => findBackup(trx, { backupId, custodianId: researcher })],
    ['its facts', 'audit_backup', (trx) => findWholeBackup(trx, { backupId, custodianId: researcher })],
  ])('%s comes by %s', async (_, index, ask) => {
    const plans = await plansOf(api, ask, researcher)
    expect(readWhole(plans)).toEqual([])
    expect(indexes(plans)).toContain(index)
  })
  it('R23 whether another backup of the unit has a data set', async () => {
    const plans = await plansOf(worker, (trx) =>
      findElsewhere(trx, { unitId, backupId: randomUUID(), accession: 'HRA000001', actor: researcher }),
    )
    expect(readWhole(plans)).toEqual([])
    expect(indexes(plans)).toContain('data_files_elsewhere')
  })
})

describe('R56 a manager’s own look at a backup', () => {
  it('reads no table whole either', async () => {
    const plans = await plansOf(
      api,
      (trx) => findTimeline(trx, { backupId, custodianId: researcher }),
      manager,
    )
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
    const query = worker.heard.find((one) => one.sql.includes('distinct on'))
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
      .where('custodianId', '=', researcher)
      .limit(4)
      .execute()
    const [owing, late, unseen, gone] = ours.map(({ id }) => id)
    const set = (id: string | undefined, change: string) =>
      sql`update backups set ${sql.raw(change)} where id = ${id}`.execute(database.owner)
    await sql`update owed set due_at = now() - interval '11 seconds' where backup_id = ${owing}
      and key = (select min(key) from owed where backup_id = ${owing})`.execute(database.owner)
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
