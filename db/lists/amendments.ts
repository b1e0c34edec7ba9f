/** A completed backup's frozen snapshot and what was amended since (R35). */
import { type ExpressionBuilder, expressionBuilder, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import { type Own, overseen, type Overseen } from './backups.ts'
import type { Trx } from '../connect.ts'
import { dateOf, rowsOf } from './nested.ts'
import type { Report } from '../../domain/backup/report.ts'
import type { Tables } from '../tables.ts'

export type AmendmentRow = {
  at: Date
  actor: string | null
  version: number
  accession: string
  before: AmendedValues
  after: AmendedValues
  note: string | null
  acknowledgedAt: Date | null
}
type AmendedValues = { sampleCount?: number; mbPerSample?: string }

/**
 * Newest first; undefined when the custodian has no such backup. An actor whom the reader may not see has no name
 * (R56).
 */
export async function findAmendments(trx: Trx, of: Own | Overseen): Promise<AmendmentRow[] | undefined> {
  const found = await shownBackup(trx, of)
    .select((eb) => amendmentsOf(eb).as('amendments'))
    .executeTakeFirst()
  return found?.amendments.map(({ fileId, params, before, after, ...row }) => ({
    ...row,
    at: dateOf(row.at),
    version: Number(params['version']),
    accession: String(params['accession']),
    before: valuesOf(before, fileId),
    after: valuesOf(after, fileId),
    acknowledgedAt: dateOf(row.acknowledgedAt),
  }))
}

const shownBackup = (trx: Trx, { backupId, custodianId }: Own | Overseen) =>
  trx
    .selectFrom('backups as b')
    .where('b.id', '=', backupId)
    .where((eb) => (custodianId === null ? overseen : eb('b.custodianId', '=', custodianId)))
    .where('b.stage', '<>', 'discarded')

function amendmentsOf(eb: ExpressionBuilder<Tables & { b: Tables['backups'] }, 'b'>) {
  const amendments = eb
    .selectFrom('audit as e')
    .leftJoin('accounts as a', 'a.id', 'e.actorId')
    .leftJoin('reportSyncs as s', (join) =>
      join
        .onRef('s.backupId', '=', 'e.backupId')
        .on('s.version', '=', sql<number>`(e.params ->> 'version')::int`),
    )
    .whereRef('e.backupId', '=', 'b.id')
    .where('e.action', '=', 'fileAmended')
  const row = expressionBuilder(amendments)
  const amendment = jsonBuildObject({
    at: row.ref('e.at'),
    actor: row.ref('a.name'),
    fileId: row.ref('e.fileId'),
    params: row.ref('e.params'),
    before: row.ref('e.before'),
    after: row.ref('e.after'),
    note: row.ref('e.reason'),
    acknowledgedAt: row.ref('s.acknowledgedAt'),
  })
  return rowsOf(amendments, amendment, sql`e.id desc`)
}

/** The audit keeps a file's changed fields under `files` (activities/difference.ts). */
function valuesOf(side: unknown, fileId: string | null): AmendedValues {
  const { files = [] } = side as { files?: (AmendedValues & { id: string })[] }
  const { sampleCount, mbPerSample } = files.find((file) => file.id === fileId) ?? {}
  return {
    ...(sampleCount !== undefined && { sampleCount }),
    ...(mbPerSample !== undefined && { mbPerSample }),
  }
}

export type IssuedBackup = { number: string; issuedAt: Date; snapshot: Report }

/** As issued, with its number and time; never changed afterwards. Undefined while there is none. */
export async function findSnapshot(trx: Trx, of: Own | Overseen): Promise<IssuedBackup | undefined> {
  const row = await shownBackup(trx, of)
    .select(['b.number', 'b.issuedAt', 'b.snapshot'])
    .where('b.stage', '=', 'completed')
    .executeTakeFirst()
  if (!row?.number || !row.issuedAt || !row.snapshot) return undefined
  return { number: row.number, issuedAt: row.issuedAt, snapshot: row.snapshot }
}

/** The last change of one of these fields; a person whose change is refused is told who made it and when (R58). */
export async function findLastEdit(
  trx: Trx,
  of: { backupId: string; fileId: string | null; actions: readonly string[]; fields: readonly string[] },
): Promise<{ at: Date; actor: string | null } | undefined> {
  return await trx
    .selectFrom('audit as e')
    .leftJoin('accounts as a', 'a.id', 'e.actorId')
    .select(['e.at', 'a.name as actor'])
    .where('e.backupId', '=', of.backupId)
    .where('e.action', 'in', of.actions)
    .$if(of.fileId !== null, (query) => query.where('e.fileId', '=', of.fileId))
    // A file's change names its fields in `params`, a backup's has them in `after`.
    .where(sql<boolean>`coalesce(e.params, '{}') || coalesce(e.after, '{}') ?| ${of.fields}::text[]`)
    .orderBy('e.id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
