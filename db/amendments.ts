/** A completed backup's frozen snapshot and what was amended since (R35). */
import { sql } from 'kysely'
import type { Trx } from './connect.ts'
import type { Report } from './reports.ts'

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

/** Newest first. An actor whom the reader may not see has no name (R56). */
export async function listAmendments(trx: Trx, backupId: string): Promise<AmendmentRow[]> {
  const rows = await trx
    .selectFrom('audit as e')
    .leftJoin('accounts as a', 'a.id', 'e.actorId')
    .select(['e.at', 'a.name as actor', 'e.fileId', 'e.params', 'e.before', 'e.after', 'e.reason as note'])
    .where('e.backupId', '=', backupId)
    .where('e.action', '=', 'fileAmended')
    .orderBy('e.id', 'desc')
    .execute()
  const syncs = await trx
    .selectFrom('reportSyncs')
    .select(['version', 'acknowledgedAt'])
    .where('backupId', '=', backupId)
    .execute()
  const acknowledged = new Map(syncs.map((sync) => [sync.version, sync.acknowledgedAt]))
  return rows.map(({ fileId, params, before, after, ...row }) => {
    const version = Number(params['version'])
    return {
      ...row,
      version,
      accession: String(params['accession']),
      before: valuesOf(before, fileId),
      after: valuesOf(after, fileId),
      acknowledgedAt: acknowledged.get(version) ?? null,
    }
  })
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

/** As issued; never changed afterwards. */
export async function findSnapshot(trx: Trx, backupId: string): Promise<Report | undefined> {
  const row = await trx.selectFrom('backups').select('snapshot').where('id', '=', backupId).executeTakeFirst()
  return row?.snapshot ?? undefined
}

/** Who changed one of these fields last, for the one who wanted to change them too. */
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
