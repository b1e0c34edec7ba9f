/** Limits per rolling day and week, counted in the transaction that needs them (R28). */
import { sql } from 'kysely'
import type { DataFile } from '../domain/backup/state.ts'
import type { Count } from '../domain/backup/decision.ts'
import type { Counted } from '../domain/backup/facts.ts'
import { accessionKey } from '../domain/accessions.ts'
import { emailKey } from '../domain/text.ts'
import type { CountedKind } from './columns.ts'

/** Codes are counted per data set in a project, so removing and adding the file again resets nothing. */
export const codeSubject = (projectId: string, accession: string): string =>
  `${projectId}/${accessionKey(accession)}`

/** Mails of one requester to one recipient. */
export const ownMailSubject = (accountId: string, email: string): string => `${accountId}/${emailKey(email)}`

/** How often `kind` may happen to `subject` within `windowMs`: `limit` times. */
export type Window = { kind: CountedKind; subject: string; limit: number; windowMs: number }

/**
 * An expression: others who count the same wait until this transaction ends; the locks are taken in this order. It stands
 * in a statement before the one that counts, which would not see what was counted while it waited.
 */
export const holding = (windows: readonly Window[]) => sql<string>`
  (select count(pg_advisory_xact_lock(hashtextextended(held, 0)))
    from unnest(${[...new Set(windows.map(({ kind, subject }) => `${kind}/${subject}`))]}::text[]) as held)`

export type CountedJson = { count: number; oldest: number | null }

/** An expression: how often each happened before `now`, at most `limit` times, and when the oldest of these was. */
export const counting = (windows: readonly Window[], now: number) => sql<CountedJson[]>`
  (select jsonb_agg(jsonb_build_object('count', youngest.count, 'oldest', youngest.oldest) order by w.place)
    from unnest(${windows.map(({ kind }) => kind)}::text[], ${windows.map(({ subject }) => subject)}::text[],
      ${windows.map(({ limit }) => limit)}::integer[],
      ${windows.map(({ windowMs }) => new Date(now - windowMs))}::timestamptz[])
      with ordinality as w (kind, subject, most, since, place)
    cross join lateral (select count(*) as count, extract(epoch from min(at)) * 1000 as oldest from (
      select at from counted c where c.kind = w.kind and c.subject = w.subject and c.at > w.since
      order by at desc limit w.most) as one) as youngest)`

/** What `counting` found, as rules want it: when one of the places is free again. */
export function countedIn(windows: readonly Window[], found: readonly CountedJson[], now: number): Counted[] {
  return windows.map(({ windowMs }, i) => {
    const { count, oldest } = found[i] ?? { count: 0, oldest: null }
    return { count, freeAt: (oldest ?? now) + windowMs }
  })
}

export type CountedRow = { kind: CountedKind; subject: string; at: Date }

type CountedOf = { accountId: string; projectId: string; file: DataFile | undefined }

/** One more for each limit that this kind of event fills. */
export function countedBy(count: Count, of: CountedOf, now: number): CountedRow[] {
  const at = new Date(now)
  if (count === 'undelivered') return []
  if (count !== 'code') return [{ kind: count, subject: of.accountId, at }]
  if (!of.file) return []
  return [
    { kind: count, subject: codeSubject(of.projectId, of.file.accession), at },
    ...mailCounts(of.accountId, of.file, at),
  ]
}

/** A mail that will not arrive counts no more; it was counted when it was asked for. `file`: before the change. */
export const uncountedBy = (count: Count, { accountId, file }: CountedOf): CountedRow[] =>
  count === 'undelivered' && file?.status === 'pending' && file.consent.requestedAt !== null
    ? mailCounts(accountId, file, new Date(file.consent.requestedAt))
    : []

const mailCounts = (accountId: string, { depositorEmail }: DataFile, at: Date): CountedRow[] => [
  { kind: 'mail', subject: emailKey(depositorEmail), at },
  { kind: 'ownMail', subject: ownMailSubject(accountId, depositorEmail), at },
]

const listOf = (rows: readonly CountedRow[]) => sql`
  unnest(${rows.map((row) => row.kind)}::text[], ${rows.map((row) => row.subject)}::text[],
    ${rows.map((row) => row.at)}::timestamptz[]) as one (kind, subject, at)`

export const writeCounted = (rows: readonly CountedRow[]) =>
  rows.length === 0
    ? []
    : [
        sql`counted_once_more as (insert into counted (kind, subject, at)
          select kind, subject, at from ${listOf(rows)})`,
      ]

/** One row of each, though two were counted in one millisecond. */
export const writeUncounted = (rows: readonly CountedRow[]) =>
  rows.length === 0
    ? []
    : [
        sql`counted_no_more as (delete from counted where id in (
          select min(c.id) from counted c join ${listOf(rows)} using (kind, subject, at)
            group by c.kind, c.subject, c.at))`,
      ]
