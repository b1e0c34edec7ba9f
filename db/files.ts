/** Linked data files as people read them. What changes one is in `backup-state.ts`. */
import { sql } from 'kysely'
import type { DataFile } from '../domain/backup/state.ts'
import { noConsent } from '../domain/backup/consent.ts'
import { plainDecimal } from '../domain/sizes.ts'
import type { Trx } from './connect.ts'

export type LinkedFile = DataFile & {
  backupId: string
  createdAt: Date
  /** The repository check that is under way: since when, how often tried; when again after it could not answer. */
  check: { since: Date; tries: number; nextAt: Date | null } | null
}

/** The files of these backups in the order they were added, without removed ones. */
export async function listFiles(trx: Trx, backupIds: readonly string[]): Promise<LinkedFile[]> {
  if (backupIds.length === 0) return []
  const rows = await trx
    .selectFrom('dataFiles as f')
    .innerJoin('backups as b', 'b.id', 'f.backupId')
    .leftJoin('consents as c', 'c.fileId', 'f.id')
    .leftJoin('codeTries as t', (join) =>
      join.onRef('t.projectId', '=', 'b.projectId').onRef('t.accessionKey', '=', 'f.accessionKey'),
    )
    .leftJoin('owed as o', (join) =>
      join.onRef('o.backupId', '=', 'f.backupId').on('o.key', '=', sql<string>`'check/' || f.id`),
    )
    .select(['f.id', 'f.backupId', 'f.dataType', 'f.sampleCount', 'f.mbPerSample', 'f.depositorEmail'])
    .select(['f.accession', 'f.status', 'f.createdAt', 'c.status as consentStatus', 'c.generation'])
    .select([
      'c.requestedAt',
      'c.sentAt',
      'c.expiresAt',
      'c.wrongTries',
      'c.wrongTriesNext',
      'c.trouble',
      't.wrong',
    ])
    .select([
      'o.createdAt as checkSince',
      'o.tries as checkTries',
      'o.cause as checkCause',
      'o.dueAt as checkDueAt',
    ])
    .where('f.backupId', 'in', backupIds)
    .where('f.removedAt', 'is', null)
    .orderBy('f.backupId')
    .orderBy('f.position')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    backupId: row.backupId,
    dataType: row.dataType,
    sampleCount: row.sampleCount,
    mbPerSample: plainDecimal(row.mbPerSample),
    depositorEmail: row.depositorEmail,
    accession: row.accession,
    status: row.status,
    createdAt: row.createdAt,
    wrongTriesForLife: row.wrong ?? 0,
    consent: row.consentStatus
      ? {
          status: row.consentStatus,
          generation: row.generation ?? 0,
          requestedAt: row.requestedAt?.getTime() ?? null,
          sentAt: row.sentAt?.getTime() ?? null,
          expiresAt: row.expiresAt?.getTime() ?? null,
          wrongTries: row.wrongTries ?? 0,
          wrongTriesNext: row.wrongTriesNext ?? 0,
          trouble: row.trouble,
        }
      : noConsent,
    check:
      row.checkSince === null
        ? null
        : {
            since: row.checkSince,
            tries: row.checkTries ?? 0,
            nextAt: row.checkCause === null ? null : row.checkDueAt,
          },
  }))
}

/** Was this file of the backup removed? (Removing it again is no mistake.) */
export async function wasRemoved(trx: Trx, of: { backupId: string; fileId: string }): Promise<boolean> {
  const row = await trx
    .selectFrom('dataFiles')
    .select('id')
    .where('id', '=', of.fileId)
    .where('backupId', '=', of.backupId)
    .where('removedAt', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}
