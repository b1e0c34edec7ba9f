/** Limits per rolling day and week, counted in the transaction that needs them (R28). */
import { sql } from 'kysely'
import type { DataFile } from '../domain/backup/state.ts'
import type { Count } from '../domain/backup/decision.ts'
import type { Counted } from '../domain/backup/facts.ts'
import { accessionKey } from '../domain/accessions.ts'
import { emailKey } from '../domain/text.ts'
import type { CountedKind } from './columns.ts'
import type { Trx } from './connect.ts'

/** Codes are counted per data set in a project, so removing and adding the file again resets nothing. */
export const codeSubject = (projectId: string, accession: string): string =>
  `${projectId}/${accessionKey(accession)}`

/**
 * How often `kind` happened to `subject` within `windowMs` before `now`, and when one of `limit` places is
 * free again. Others who ask for the same wait until this transaction ends.
 */
export async function countWithin(
  trx: Trx,
  kind: CountedKind,
  subject: string,
  limit: number,
  windowMs: number,
  now: number,
): Promise<Counted> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${kind}/${subject}`}, 0))`.execute(trx)
  const rows = await trx
    .selectFrom('counted')
    .select('at')
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('at', '>', new Date(now - windowMs))
    .orderBy('at', 'desc')
    .limit(limit)
    .execute()
  const oldest = rows.at(-1)?.at.getTime() ?? now
  return { count: rows.length, freeAt: oldest + windowMs }
}

export type CountedRow = { kind: CountedKind; subject: string; at: Date }

/** One more for each limit that this kind of event fills. */
export function countedBy(
  count: Count,
  of: { accountId: string; projectId: string; file: DataFile | undefined },
  now: number,
): CountedRow[] {
  const at = new Date(now)
  if (count !== 'code') return [{ kind: count, subject: of.accountId, at }]
  if (!of.file) return []
  return [
    { kind: count, subject: codeSubject(of.projectId, of.file.accession), at },
    { kind: 'mail', subject: emailKey(of.file.depositorEmail), at },
  ]
}

export const writeCounted = (rows: readonly CountedRow[]) =>
  rows.length === 0
    ? []
    : [
        sql`counted_once_more as (insert into counted (kind, subject, at)
          select kind, subject, at from unnest(${rows.map((row) => row.kind)}::text[],
            ${rows.map((row) => row.subject)}::text[], ${rows.map((row) => row.at)}::timestamptz[]) as one (kind, subject, at))`,
      ]
