/** Backups as people read them, and the insert of a draft. What changes one is in `backup-state.ts`. */
import { sql } from 'kysely'
import type { Backup } from '../domain/backup/state.ts'
import type { ContentType } from '../domain/catalogue.ts'
import type { Trx } from './connect.ts'
import { countRows, type Page, type PageOf } from './pages.ts'
import type { ProjectRow } from './projects.ts'

export type BackupRow = {
  id: string
  reference: string
  projectId: string
  unitId: string
  custodianId: string
  name: string
  contentTypes: ContentType[]
  stage: Backup['stage']
  version: number
  number: string | null
  issuedAt: Date | null
  reportVersion: number
  reportAcknowledged: number
  acknowledgedAt: Date | null
  behindSince: Date | null
  createdAt: Date
}
export type WholeBackupRow = BackupRow & { project: ProjectRow; custodianName: string | null }

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
] as const

/** Since when the report system does not know everything; null while it does. */
const behindSince = sql<Date | null>`(select min(s.created_at) from report_syncs s
  where s.backup_id = b.id and s.acknowledged_at is null)`.as('behindSince')

/** A custodian's backup with its project; a discarded one is found too (deleting it again is no mistake). */
export async function findBackup(
  trx: Trx,
  { backupId, custodianId }: { backupId: string; custodianId: string },
): Promise<WholeBackupRow | undefined> {
  const row = await trx
    .selectFrom('backups as b')
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .innerJoin('units as u', 'u.id', 'p.unitId')
    .leftJoin('accounts as a', 'a.id', 'b.custodianId')
    .select(columns)
    .select(behindSince)
    .select(['p.name as projectName', 'p.leadName', 'p.leadEmail', 'p.unitId as projectUnitId'])
    .select(['p.createdAt as projectCreatedAt', 'u.name as unitName', 'a.name as custodianName'])
    .where('b.id', '=', backupId)
    .where('b.custodianId', '=', custodianId)
    .executeTakeFirst()
  if (!row) return undefined
  const { projectName, leadName, leadEmail, projectUnitId, projectCreatedAt, unitName, ...backup } = row
  return {
    ...backup,
    project: {
      id: backup.projectId,
      name: projectName,
      leadName,
      leadEmail,
      unitId: projectUnitId,
      unitName,
      createdAt: projectCreatedAt,
    },
  }
}

/** R11: newest first. */
export async function listProjectBackups(
  trx: Trx,
  { projectId, custodianId }: { projectId: string; custodianId: string },
  page: Page,
): Promise<PageOf<BackupRow>> {
  const query = trx
    .selectFrom('backups as b')
    .where('b.projectId', '=', projectId)
    .where('b.custodianId', '=', custodianId)
    .where('b.stage', '<>', 'discarded')
  const items = await query
    .select(columns)
    .select(behindSince)
    .orderBy('b.createdAt', 'desc')
    .orderBy('b.id', 'desc')
    .limit(page.size)
    .offset((page.page - 1) * page.size)
    .execute()
  return { items, total: await countRows(trx, query) }
}

/** Unfinished backups, last changed first. */
export async function listDrafts(trx: Trx, custodianId: string, page: Page): Promise<PageOf<BackupRow>> {
  const query = trx
    .selectFrom('backups as b')
    .where('b.custodianId', '=', custodianId)
    .where('b.stage', '=', sql.lit('draft')) // as a parameter no plan for any parameters could use the partial index
  const items = await query
    .select(columns)
    .select(behindSince)
    .orderBy('b.changedAt', 'desc')
    .orderBy('b.id', 'desc')
    .limit(page.size)
    .offset((page.page - 1) * page.size)
    .execute()
  return { items, total: await countRows(trx, query) }
}

export type NewDraft = {
  reference: string
  projectId: string
  unitId: string
  custodianId: string
  name: string
  contentTypes: readonly ContentType[]
}

/** R12: undefined when the reference is taken; draw another. */
export async function insertDraft(trx: Trx, draft: NewDraft): Promise<string | undefined> {
  const row = await trx
    .insertInto('backups')
    .values({ ...draft, contentTypes: [...draft.contentTypes] })
    .onConflict((conflict) => conflict.column('reference').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}
