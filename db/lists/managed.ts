/** What managers read: units, people and backups that they oversee (R46–R49). Each list is one statement. */
import { expressionBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import type { Role } from '../../domain/accounts.ts'
import { comparable } from '../../domain/text.ts'
import type { Trx } from '../connect.ts'
import type { Tables } from '../tables.ts'
import { type BackupRow, type ListedBackup, listedOf, listedRow, overseen } from './backups.ts'
import { type Json, rowsOf } from './nested.ts'
import { countOf, mostCounted, type Page, type PageOf, totalOf } from './pages.ts'

/** `depth`: how many of the units above it are overseen too. */
export type ManagedUnit = { id: string; name: string; depth: number }

/** The units that the actor oversees, each below the one above it. */
export async function listManagedUnits(trx: Trx): Promise<ManagedUnit[]> {
  const { rows } = await sql<ManagedUnit>`
    with overseen as (select actor_units() as id)
    select u.id, u.name, count(*)::int - 1 as depth
    from overseen o join units u on u.id = o.id
      join unit_ancestors t on t.unit_id = u.id join units up on up.id = t.ancestor_id and up.id in (select id from overseen)
      cross join lateral (select count(*) as height from unit_ancestors h where h.unit_id = up.id) h
    group by u.id, u.name
    order by array_agg(up.name || up.id order by h.height)`.execute(trx)
  return rows
}

/** People are looked for by the beginning of their names. */
export type ManagedFilter = {
  stage: 'draft' | 'completed'
  /** With every unit below it. */
  unitId?: string | undefined
  /** A part of the backup's name. */
  name?: string | undefined
  lead?: string | undefined
  custodian?: string | undefined
  custodianId?: string | undefined
  number?: string | undefined
  filingNumber?: string | undefined
}

export type ManagedBackup = ListedBackup & {
  projectName: string
  leadName: string
  unitName: string
  custodianName: string | null
}

/** What compares texts regardless of case and width; the indexes have the same expression. */
const key = (column: string) => sql<string>`lower(normalize(${sql.ref(column)}, nfkc))`
const keyOf = (text: string) => comparable(text).toLowerCase()
const begins = (column: string, text: string) =>
  sql<boolean>`${key(column)} ~>=~ ${keyOf(text)} and ${key(column)} ~<~ ${`${keyOf(text)}\u{10ffff}`}`
const contains = (column: string, text: string) =>
  sql<boolean>`${key(column)} like ${`%${keyOf(text).replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`}`
const below = (column: string, unitId: string) =>
  sql<boolean>`${sql.ref(column)} in (select t.unit_id from unit_ancestors t where t.ancestor_id = ${unitId})`

/**
 * R47: newest first. Few rows are found by their units and sorted, so an administrator of one unit reads that unit; when there are more
 * than are counted, the newest of all are gone through, since many of them are wanted. Only one of both runs.
 * `others`: how many match in the other stage.
 */
export async function listManagedBackups(
  trx: Trx,
  filter: ManagedFilter,
  page: Page,
): Promise<PageOf<ManagedBackup> & { others: PageOf<unknown>['total'] }> {
  const few = matching(trx.selectFrom('backups as b').where(overseen), filter)
  const many = matching(trx.selectFrom('backups as b').where(sql<boolean>`(${overseen}) is true`), filter)
  const sorted = trx
    .selectFrom(few.select(['b.id', 'b.createdAt']).offset(sql.lit(0)).as('b')) // all of them first, then their order
    .select('b.id')
  const others = matching(trx.selectFrom('backups as b').where(overseen), {
    ...filter,
    stage: filter.stage === 'draft' ? 'completed' : 'draft',
  })
  const { items, counted, countedOthers } = await trx
    .with('size', (cte) =>
      cte.selectNoFrom([countOf(few).as('counted'), countOf(others).as('countedOthers')]),
    )
    .selectFrom('size')
    .select([
      'size.counted',
      'size.countedOthers',
      sql<
        Json<typeof shown>[]
      >`case when size.counted <= ${sql.lit(mostCounted)} then ${shown(newest(sorted, page))} else ${shown(newest(many.select('b.id'), page))} end`.as(
        'items',
      ),
    ])
    .executeTakeFirstOrThrow()
  return { items: items.map(managedOf), total: totalOf(counted), others: totalOf(countedOthers) }
}

type Ids = SelectQueryBuilder<{ b: Tables['backups'] }, 'b', { id: string }>
const newest = (ids: unknown, { page, size }: Page) =>
  (ids as Ids)
    .orderBy('b.createdAt', 'desc')
    .orderBy('b.id', 'desc')
    .limit(size)
    .offset((page - 1) * size)

function matching<O>(
  backups: SelectQueryBuilder<Tables & { b: Tables['backups'] }, 'b', O>,
  { stage, unitId, name, lead, custodian, custodianId, number, filingNumber }: ManagedFilter,
) {
  let query = backups.where('b.stage', '=', sql.lit(stage))
  if (unitId !== undefined) query = query.where(below('b.unitId', unitId))
  if (name !== undefined) query = query.where(contains('b.name', name))
  if (custodianId !== undefined) query = query.where('b.custodianId', '=', custodianId)
  if (number !== undefined) query = query.where('b.number', '=', keyOf(number).toUpperCase())
  if (lead !== undefined)
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('projects as p')
          .select('p.id')
          .whereRef('p.id', '=', 'b.projectId')
          .where(begins('p.leadName', lead)),
      ),
    )
  if (custodian !== undefined)
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('accounts as a')
          .select('a.id')
          .whereRef('a.id', '=', 'b.custodianId')
          .where(begins('a.name', custodian)),
      ),
    )
  if (filingNumber !== undefined)
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('filings as g')
          .select('g.number')
          .whereRef('g.number', '=', 'b.number')
          .where('g.filingNumber', '=', comparable(filingNumber)),
      ),
    )
  return query
}

function shown(ids: Ids) {
  const backups = expressionBuilder<Tables>()
    .selectFrom(ids.as('found'))
    .innerJoin('backups as b', 'b.id', 'found.id')
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .innerJoin('units as u', 'u.id', 'b.unitId')
    .leftJoin('accounts as a', 'a.id', 'b.custodianId')
  const eb = expressionBuilder(backups)
  const row = jsonBuildObject({
    backup: listedRow(expressionBuilder<Tables & { b: Tables['backups'] }, 'b'>()),
    projectName: eb.ref('p.name'),
    leadName: eb.ref('p.leadName'),
    unitName: eb.ref('u.name'),
    custodianName: eb.ref('a.name'),
  })
  return rowsOf(backups, row, sql`b.created_at desc, b.id desc`)
}

const managedOf = ({ backup, ...row }: Json<typeof shown>): ManagedBackup => ({ ...listedOf(backup), ...row })

/** R46. `backups`: how many the account holds in the overseen units, drafts too. */
export type Member = {
  id: string
  name: string
  role: Role
  unitId: string
  unitName: string
  active: boolean
  backups: number
}
export type MemberFilter = {
  unitId?: string | undefined
  role?: Role | undefined
  /** The beginning of the name. */
  name?: string | undefined
}

/** The people of the overseen units, by unit and name. */
export async function listMembers(trx: Trx, filter: MemberFilter, page: Page): Promise<PageOf<Member>> {
  const { unitId, role, name } = filter
  const all = trx
    .selectFrom('accounts as a')
    .where(sql<boolean>`a.unit_id in (select actor_units())`)
    .$if(unitId !== undefined, (query) => query.where(below('a.unitId', unitId ?? '')))
    .$if(role !== undefined, (query) => query.where('a.role', '=', role ?? 'researcher'))
    .$if(name !== undefined, (query) => query.where(begins('a.name', name ?? '')))
  const { items, counted } = await trx
    .selectNoFrom([memberRows(all, page).as('items'), countOf(all).as('counted')])
    .executeTakeFirstOrThrow()
  return { items, total: totalOf(counted) }
}

function memberRows(
  all: SelectQueryBuilder<Tables & { a: Tables['accounts'] }, 'a', object>,
  { page, size }: Page,
) {
  const rows = all
    .innerJoin('units as u', 'u.id', 'a.unitId')
    .select(['a.id', 'a.name', 'a.role', 'u.id as unitId', 'u.name as unitName', 'a.active'])
    .orderBy('u.name')
    .orderBy('a.unitId')
    .orderBy('a.name')
    .orderBy('a.id')
    .limit(size)
    .offset((page - 1) * size)
    .as('m')
  const members = expressionBuilder<Tables>().selectFrom(rows)
  const eb = expressionBuilder(members)
  const row = jsonBuildObject({
    id: eb.ref('m.id'),
    name: eb.ref('m.name'),
    role: eb.ref('m.role'),
    unitId: eb.ref('m.unitId'),
    unitName: eb.ref('m.unitName'),
    active: eb.ref('m.active'),
    backups: sql<number>`(select count(*)::int from backups b where b.custodian_id = m.id and b.stage <> 'discarded' and ${overseen})`,
  })
  return rowsOf(members, row, sql`m.unit_name, m.unit_id, m.name, m.id`)
}

/** `totalMb`: of the counted files (R36). */
export type ExportedBackup = Pick<BackupRow, 'number' | 'name' | 'stage' | 'createdAt'> & {
  filingNumbers: string[]
  projectName: string
  leadName: string
  custodianName: string
  unitName: string
  files: number
  totalMb: string
}

/** R47: everything that the filter finds, newest first; undefined when there is more than `most`. */
export async function listForExport(
  trx: Trx,
  filter: ManagedFilter,
  most: number,
): Promise<ExportedBackup[] | undefined> {
  const rows = await matching(trx.selectFrom('backups as b').where(overseen), filter)
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .innerJoin('units as u', 'u.id', 'b.unitId')
    .innerJoin('accounts as a', 'a.id', 'b.custodianId')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('dataFiles as f')
          .select(sql<number>`count(*)::int`.as('files'))
          .select(
            sql<string>`coalesce(trim_scale(sum(f.sample_count * f.mb_per_sample)), 0)::text`.as('totalMb'),
          )
          .whereRef('f.backupId', '=', 'b.id')
          .where('f.removedAt', 'is', null)
          .where('f.status', '<>', 'mismatch')
          .as('counted'),
      (join) => join.onTrue(),
    )
    .select(['b.number', 'b.name', 'b.stage', 'b.createdAt', 'p.name as projectName', 'p.leadName'])
    .select(['a.name as custodianName', 'u.name as unitName', 'counted.files', 'counted.totalMb'])
    .select(
      sql<string[]>`array(select g.filing_number from filings g where g.number = b.number
        order by g.received_at, g.filing_number)`.as('filingNumbers'),
    )
    .orderBy('b.createdAt', 'desc')
    .orderBy('b.id', 'desc')
    .limit(most + 1)
    .execute()
  return rows.length > most ? undefined : rows
}

/** R57: what was taken away, and under which filter. */
export async function recordExport(trx: Trx, params: Record<string, unknown>): Promise<void> {
  await sql`select audit_export(${JSON.stringify(params)}::jsonb)`.execute(trx)
}
