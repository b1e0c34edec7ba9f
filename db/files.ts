/** Linked data files as people read them. What changes one is in `backups.ts`. */
import { type ExpressionBuilder, expressionBuilder, type Selectable, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import type { DataFile } from '../domain/backup/state.ts'
import { noConsent } from '../domain/backup/consent.ts'
import type { Cause } from '../domain/backup/outside.ts'
import { plainDecimal } from '../domain/sizes.ts'
import type { Trx } from './connect.ts'
import { dateOf, type Json, rowsOf } from './lists/nested.ts'
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
      | 'generation'
      | 'requestedAt'
      | 'sentAt'
      | 'expiresAt'
      | 'wrongTries'
      | 'wrongTriesNext'
      | 'trouble'
      | 'smtpCode'
    >
  >
type Nullable<T> = { [K in keyof T]: T[K] | null }

export type LinkedFile = DataFile & {
  createdAt: Date
  /** The repository check (校验中) or the mail (`sending`) that is under way. */
  work: Work | null
}
/** Since when, how often tried; why it failed and when it is tried again. */
export type Work = { since: Date; tries: number; cause: Cause | null; nextAt: Date | null }

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
        smtpCode: row.smtpCode,
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
      join
        .onRef('o.subjectId', '=', 'f.backupId')
        .on(sql<boolean>`o.key in ('check/' || f.id, 'mail/' || f.id || '/' || (c.generation + 1))`),
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
    smtpCode: row.ref('c.smtpCode'),
    wrong: row.ref('t.wrong'),
    workSince: row.ref('o.createdAt'),
    workTries: row.ref('o.tries'),
    workCause: row.ref('o.cause'),
    workDueAt: row.ref('o.dueAt'),
  })
  return rowsOf(files, file, row.ref('f.position'))
}

/** A file's row with what only people see of it. */
export type LinkedFileRow = FileRow &
  Pick<Files, 'createdAt'> & {
    workSince: Date | null
    workTries: number | null
    workCause: Cause | null
    workDueAt: Date | null
  }

/** The rows that `filesOf` has selected. */
export const fileRowsOf = (files: readonly Json<typeof filesOf>[]): LinkedFileRow[] =>
  files.map((file) => ({
    ...file,
    createdAt: dateOf(file.createdAt),
    requestedAt: dateOf(file.requestedAt),
    sentAt: dateOf(file.sentAt),
    expiresAt: dateOf(file.expiresAt),
    workSince: dateOf(file.workSince),
    workDueAt: dateOf(file.workDueAt),
  }))

export const linkedFileOf = (row: LinkedFileRow): LinkedFile => ({
  ...fileOf(row),
  createdAt: row.createdAt,
  work: row.workSince && {
    since: row.workSince,
    tries: row.workTries ?? 0,
    cause: row.workCause,
    nextAt: row.workCause === null ? null : row.workDueAt,
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
