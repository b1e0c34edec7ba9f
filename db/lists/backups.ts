/** Backups as people read them: one with its files and what happened to it, and lists of them. */
import { type ExpressionBuilder, expressionBuilder, type Selectable, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import type { Cause } from '../../domain/backup/outside.ts'
import type { Backup } from '../../domain/backup/state.ts'
import { backupOf, type StateRow } from '../backups.ts'
import { compiledOnce } from '../compiled.ts'
import type { Db, Trx } from '../connect.ts'
import { fileRowsOf, filesOf, type LinkedFile, linkedFileOf } from '../files.ts'
import { dateOf, type Json, rowsOf } from './nested.ts'
import { countOf, type Page, type PageOf, totalOf } from './pages.ts'
import type { ProjectRow } from '../projects.ts'
import type { Tables } from '../tables.ts'
import { timelineOf, type TimelineRow, timelineRows } from './timeline.ts'

type Row = Selectable<Tables['backups']>
/**
 * What a list shows. `behindSince`: since when the report system does not know everything; null while it does.
 * `syncCause`: why telling it failed last.
 */
export type BackupRow = Omit<StateRow, 'leadEmail'> &
  Pick<Row, 'acknowledgedAt' | 'createdAt' | 'custodySince'> & {
    behindSince: Date | null
    syncCause: Cause | null
    filings: Filing[]
  }
/** R38, in the order in which they came; times as text. */
type Filing = { filingNumber: string; filedAt: string; receivedAt: string }
export type ListedBackup = { row: BackupRow; files: LinkedFile[] }
type WholeBackupRow = BackupRow & { project: ProjectRow; custodianName: string | null }
/** `backup`: as the rules see it. */
export type FoundBackup = { row: WholeBackupRow; files: LinkedFile[]; backup: Backup }

const columns = [
  'b.id',
  'b.reference',
  'b.projectId',
  'b.unitId',
  'b.custodianId',
  'b.name',
  'b.contentTypes',
  'b.stage',
  'b.version',
  'b.number',
  'b.issuedAt',
  'b.reportVersion',
  'b.reportAcknowledged',
  'b.acknowledgedAt',
  'b.createdAt',
  'b.custodySince',
] as const

const behindSince = sql<Date | null>`(select min(s.created_at) from report_syncs s
  where s.backup_id = b.id and s.acknowledged_at is null)`

const filings = sql<
  Filing[]
>`(select coalesce(json_agg(json_build_object('filingNumber', g.filing_number, 'filedAt', g.filed_at,
    'receivedAt', g.received_at) order by g.received_at, g.filing_number), '[]') from filings g where g.number = b.number)`

const syncCause = sql<Cause | null>`(select o.cause from owed o
  where o.subject_id = b.id and o.key = 'sync/' || b.id || '/' || (b.report_acknowledged + 1))`

/** Whose backup: a custodian's own, or one in the units that the actor oversees (R48). */
export type Own = { backupId: string; custodianId: string }
export type Overseen = { backupId: string; custodianId: null }
export const overseen = sql<boolean>`b.unit_id in (select actor_units())`

const oneBackup = (trx: Db | Trx, backupId: string) =>
  trx
    .selectFrom('backups as b')
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .innerJoin('units as u', 'u.id', 'p.unitId')
    .leftJoin('accounts as a', 'a.id', 'b.custodianId')
    .select(columns)
    .select((eb) => [behindSince.as('behindSince'), syncCause.as('syncCause'), filesOf(eb).as('files')])
    .select(['p.name as projectName', 'p.leadName', 'p.leadEmail', 'p.unitId as projectUnitId'])
    .select(['p.createdAt as projectCreatedAt', 'u.name as unitName', 'a.name as custodianName'])
    .select(filings.as('filings'))
    .where('b.id', '=', backupId)
const ownBackup = (trx: Db | Trx, { backupId, custodianId }: Own) =>
  oneBackup(trx, backupId).where('b.custodianId', '=', custodianId)
type OwnBackup = NonNullable<Awaited<ReturnType<ReturnType<typeof ownBackup>['executeTakeFirst']>>>
const readOwn = compiledOnce((trx, of: Own) => ownBackup(trx, of).compile())
const readOwnWhole = compiledOnce((trx, of: Own) =>
  ownBackup(trx, of)
    .select((eb) => timelineOf(eb).as('timeline'))
    .compile(),
)
const readOverseenWhole = compiledOnce((trx, { backupId }: { backupId: string }) =>
  oneBackup(trx, backupId)
    .where(overseen)
    .where('b.stage', '<>', 'discarded')
    .select((eb) => timelineOf(eb).as('timeline'))
    .compile(),
)

/**
 * A custodian's backup with its project and files; a discarded one is found too (deleting it again is no mistake).
 * `isLast`: the transaction asks nothing else.
 */
export async function findBackup(
  trx: Trx,
  of: Own,
  { isLast = false } = {},
): Promise<FoundBackup | undefined> {
  const [row] = await readOwn(trx, of, isLast)
  return row && foundOf(row)
}

/** The same with what happened to it. */
export async function findWholeBackup(
  trx: Trx,
  of: Own | Overseen,
  { isLast = false } = {},
): Promise<(FoundBackup & { timeline: TimelineRow[] }) | undefined> {
  const { backupId, custodianId } = of
  const [found] =
    custodianId === null
      ? await readOverseenWhole(trx, { backupId }, isLast)
      : await readOwnWhole(trx, { backupId, custodianId }, isLast)
  if (!found) return undefined
  const { timeline, ...row } = found
  return { ...foundOf(row), timeline: timelineRows(timeline) }
}

function foundOf({ files, ...found }: OwnBackup): FoundBackup {
  const { projectName, leadName, leadEmail, projectUnitId, projectCreatedAt, unitName, ...row } = found
  const fileRows = fileRowsOf(files)
  return {
    row: {
      ...row,
      project: {
        id: row.projectId,
        name: projectName,
        leadName,
        leadEmail,
        unitId: projectUnitId,
        unitName,
        createdAt: projectCreatedAt,
      },
    },
    files: fileRows.map(linkedFileOf),
    backup: backupOf({ ...row, leadEmail }, fileRows),
  }
}

/** What happened to a custodian's backup, newest first; undefined when there is none that is not discarded. */
export async function findTimeline(
  trx: Trx,
  { backupId, custodianId }: Own,
): Promise<TimelineRow[] | undefined> {
  const row = await trx
    .selectFrom('backups as b')
    .select((eb) => timelineOf(eb).as('timeline'))
    .where('b.id', '=', backupId)
    .where('b.custodianId', '=', custodianId)
    .where('b.stage', '<>', 'discarded')
    .executeTakeFirst()
  return row && timelineRows(row.timeline)
}

/** A page of such backups, each with its files, and how many there are. */
function pageOf(backups: Backups, newest: 'createdAt' | 'changedAt', { page, size }: Page) {
  const rows = backups
    .selectAll()
    .orderBy(`b.${newest}`, 'desc')
    .orderBy('b.id', 'desc')
    .limit(size)
    .offset((page - 1) * size)
    .as('b')
  const eb = expressionBuilder<Tables & { b: Tables['backups'] }, 'b'>()
  return rowsOf(
    expressionBuilder<Tables>().selectFrom(rows),
    listedRow(eb),
    sql`${eb.ref(`b.${newest}`)} desc, b.id desc`,
  )
}

/** Backup `b` as lists have it, for `listedOf`. */
export const listedRow = (eb: ExpressionBuilder<Tables & { b: Tables['backups'] }, 'b'>) =>
  jsonBuildObject({
    id: eb.ref('b.id'),
    reference: eb.ref('b.reference'),
    projectId: eb.ref('b.projectId'),
    unitId: eb.ref('b.unitId'),
    custodianId: eb.ref('b.custodianId'),
    name: eb.ref('b.name'),
    contentTypes: eb.ref('b.contentTypes'),
    stage: eb.ref('b.stage'),
    version: eb.ref('b.version'),
    number: eb.ref('b.number'),
    issuedAt: eb.ref('b.issuedAt'),
    reportVersion: eb.ref('b.reportVersion'),
    reportAcknowledged: eb.ref('b.reportAcknowledged'),
    acknowledgedAt: eb.ref('b.acknowledgedAt'),
    createdAt: eb.ref('b.createdAt'),
    custodySince: eb.ref('b.custodySince'),
    behindSince,
    syncCause,
    filings,
    files: filesOf(eb),
  })

export function listedOf({ files, ...row }: Json<typeof pageOf>): ListedBackup {
  return {
    row: {
      ...row,
      issuedAt: dateOf(row.issuedAt),
      acknowledgedAt: dateOf(row.acknowledgedAt),
      createdAt: dateOf(row.createdAt),
      custodySince: dateOf(row.custodySince),
      behindSince: dateOf(row.behindSince),
    },
    files: fileRowsOf(files).map(linkedFileOf),
  }
}

const backups = (trx: Trx, custodianId: string) =>
  trx.selectFrom('backups as b').where('b.custodianId', '=', custodianId)
type Backups = ReturnType<typeof backups>

/** R11: the backups of an own project, newest first; undefined when there is no such project. */
export async function listProjectBackups(
  trx: Trx,
  { projectId, custodianId }: { projectId: string; custodianId: string },
  page: Page,
): Promise<PageOf<ListedBackup> | undefined> {
  const all = backups(trx, custodianId)
    .where('b.projectId', '=', projectId)
    .where('b.stage', '<>', 'discarded')
  const found = await trx
    .selectFrom('projects as p')
    .select([pageOf(all, 'createdAt', page).as('items'), countOf(all).as('counted')])
    .where('p.id', '=', projectId)
    .where('p.ownerId', '=', custodianId)
    .executeTakeFirst()
  return found && { items: found.items.map(listedOf), total: totalOf(found.counted) }
}

/** Unfinished backups, last changed first. */
export async function listDrafts(trx: Trx, custodianId: string, page: Page): Promise<PageOf<ListedBackup>> {
  const drafts = backups(trx, custodianId).where('b.stage', '=', sql.lit('draft')) // as a parameter no plan for any parameters could use the partial index
  const { items, counted } = await trx
    .selectNoFrom([pageOf(drafts, 'changedAt', page).as('items'), countOf(drafts).as('counted')])
    .executeTakeFirstOrThrow()
  return { items: items.map(listedOf), total: totalOf(counted) }
}
