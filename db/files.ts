/** Linked data files as people read them. What changes one is in `backup-state.ts`. */
import { type ExpressionBuilder, expressionBuilder, type Selectable, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import type { DataFile } from '../domain/backup/state.ts'
import { noConsent } from '../domain/backup/consent.ts'
import { plainDecimal } from '../domain/sizes.ts'
import type { Trx } from './connect.ts'
import { dateOf, type Json, rowsOf } from './nested.ts'
import type { Tables } from './tables.ts'

type Files = Selectable<Tables['dataFiles']>
type Consents = Selectable<Tables['consents']>
/** A file with its consent (none: never asked for), and its wrong codes of a life (R28). */
export type FileRow = Pick<
  Files,
  'id' | 'dataType' | 'sampleCount' | 'mbPerSample' | 'depositorEmail' | 'accession' | 'status'
> & {
  consentStatus: Consents['status'] | null
  wrong: number | null
} & Nullable<
    Pick<
      Consents,
      'generation' | 'requestedAt' | 'sentAt' | 'expiresAt' | 'wrongTries' | 'wrongTriesNext' | 'trouble'
    >
  >
type Nullable<T> = { [K in keyof T]: T[K] | null }

export type LinkedFile = DataFile & {
  createdAt: Date
  /** The repository check that is under way: since when, how often tried; when again after it could not answer. */
  check: { since: Date; tries: number; nextAt: Date | null } | null
}

/** A file as the rules see it. */
export const fileOf = (row: FileRow): DataFile => ({
  id: row.id,
  dataType: row.dataType,
  sampleCount: row.sampleCount,
  mbPerSample: plainDecimal(row.mbPerSample),
  depositorEmail: row.depositorEmail,
  accession: row.accession,
  status: row.status,
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
})

/** The files of backup `b` in the order they were added, without removed ones; for `fileRowsOf`. */
export function filesOf(eb: ExpressionBuilder<Tables & { b: Tables['backups'] }, 'b'>) {
  const files = eb
    .selectFrom('dataFiles as f')
    .leftJoin('consents as c', 'c.fileId', 'f.id')
    .leftJoin('codeTries as t', (join) =>
      join.onRef('t.projectId', '=', 'b.projectId').onRef('t.accessionKey', '=', 'f.accessionKey'),
    )
    .leftJoin('owed as o', (join) =>
      join.onRef('o.subjectId', '=', 'f.backupId').on('o.key', '=', sql<string>`'check/' || f.id`),
    )
    .whereRef('f.backupId', '=', 'b.id')
    .where('f.removedAt', 'is', null)
  const row = expressionBuilder(files)
  const file = jsonBuildObject({
    id: row.ref('f.id'),
    dataType: row.ref('f.dataType'),
    sampleCount: row.ref('f.sampleCount'),
    mbPerSample: sql<string>`f.mb_per_sample::text`,
    depositorEmail: row.ref('f.depositorEmail'),
    accession: row.ref('f.accession'),
    status: row.ref('f.status'),
    createdAt: row.ref('f.createdAt'),
    consentStatus: row.ref('c.status'),
    generation: row.ref('c.generation'),
    requestedAt: row.ref('c.requestedAt'),
    sentAt: row.ref('c.sentAt'),
    expiresAt: row.ref('c.expiresAt'),
    wrongTries: row.ref('c.wrongTries'),
    wrongTriesNext: row.ref('c.wrongTriesNext'),
    trouble: row.ref('c.trouble'),
    wrong: row.ref('t.wrong'),
    checkSince: row.ref('o.createdAt'),
    checkTries: row.ref('o.tries'),
    checkCause: row.ref('o.cause'),
    checkDueAt: row.ref('o.dueAt'),
  })
  return rowsOf(files, file, row.ref('f.position'))
}

/** A file's row with what only people see of it. */
export type LinkedFileRow = FileRow &
  Pick<Files, 'createdAt'> & {
    checkSince: Date | null
    checkTries: number | null
    checkCause: string | null
    checkDueAt: Date | null
  }

/** The rows that `filesOf` has selected. */
export const fileRowsOf = (files: readonly Json<typeof filesOf>[]): LinkedFileRow[] =>
  files.map((file) => ({
    ...file,
    createdAt: dateOf(file.createdAt),
    requestedAt: dateOf(file.requestedAt),
    sentAt: dateOf(file.sentAt),
    expiresAt: dateOf(file.expiresAt),
    checkSince: dateOf(file.checkSince),
    checkDueAt: dateOf(file.checkDueAt),
  }))

export const linkedFileOf = (row: LinkedFileRow): LinkedFile => ({
  ...fileOf(row),
  createdAt: row.createdAt,
  check:
    row.checkSince === null
      ? null
      : {
          since: row.checkSince,
          tries: row.checkTries ?? 0,
          nextAt: row.checkCause === null ? null : row.checkDueAt,
        },
})

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
