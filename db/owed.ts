/** What the outside world still owes us: its rows, attempts and their outcomes, and what an attempt asks for (decision 002). */
import { sql } from 'kysely'
import { longestPause, pauseAfter, type Cause, type Outcome, type Trouble } from '../domain/backup/outside.ts'
import { owed, type Job } from '../domain/backup/owed.ts'
import type { Backup } from '../domain/backup/state.ts'
import { repositoryOf, type Repository } from '../domain/catalogue.ts'
import type { Db } from './connect.ts'

/** `agoMs`: how long ago, by the database's clock. */
export type Kept = { outcome: Outcome; agoMs: number }

const isHeld = sql<boolean>`coalesce(held_until > clock_timestamp(), false)`

/**
 * An attempt begins: it is counted, and due until `latestMs` from now. Returns an outcome that is kept
 * but not recorded yet, or for how long the outside asked to be left alone (`heldMs`: then none begins, nor is it
 * counted), and how it failed before; undefined when the work is no longer owed.
 */
export async function beginAttempt(
  db: Db,
  key: string,
  latestMs: number,
): Promise<{ kept: Kept | null; heldMs: number; before: Before } | undefined> {
  const row = await db
    .updateTable('owed')
    .set({
      tries: sql<number>`tries + (outcome is null and not ${isHeld})::int`,
      lastAt: sql<Date>`case when ${isHeld} then last_at else clock_timestamp() end`,
      dueAt: sql<Date>`case when ${isHeld} then due_at else clock_timestamp() + ${seconds(latestMs)} end`,
    })
    .where('key', '=', key)
    .returning(['outcome', 'tries', 'cause', 'pauseMs'])
    .returning(sql<number>`extract(epoch from clock_timestamp() - outcome_at)::float8 * 1000`.as('agoMs'))
    .returning(
      sql<number>`greatest(0, coalesce(extract(epoch from held_until - clock_timestamp()), 0))::float8 * 1000`.as(
        'heldMs',
      ),
    )
    .executeTakeFirst()
  return (
    row && {
      kept: row.outcome && { outcome: row.outcome, agoMs: row.agoMs },
      heldMs: row.heldMs,
      before: { tries: row.tries, cause: row.cause, pauseMs: row.pauseMs },
    }
  )
}
/** `tries`: with the one that begins. `cause`: why the last one failed; `pauseMs`: the pause after it. */
export type Before = { tries: number; cause: Cause | null; pauseMs: number }

/** The attempt began before the work was owed: it is under way, and due until `latestMs` from now. */
export async function keepUnderWay(db: Db, key: string, latestMs: number): Promise<void> {
  await db
    .updateTable('owed')
    .set({ dueAt: sql<Date>`clock_timestamp() + ${seconds(latestMs)}` })
    .where('key', '=', key)
    .where('outcome', 'is', null)
    .where('cause', 'is', null)
    .execute()
}

/** Keeps the outcome of the attempt in its row, so that a crash before it is recorded does not lose it. */
export async function keepOutcome(db: Db, key: string, outcome: Outcome): Promise<void> {
  await db
    .updateTable('owed')
    .set({
      outcome: JSON.stringify(outcome),
      outcomeAt: sql<Date>`clock_timestamp()`,
      dueAt: sql<Date>`clock_timestamp()`,
      heldUntil: null,
      cause: null,
      reason: null,
    })
    .where('key', '=', key)
    .where('outcome', 'is', null)
    .execute()
}

export type Failed = { cause: Cause; reason?: string | undefined; retryAfterMs?: number | undefined }

/**
 * Keeps why it failed, and by when the next attempt should have begun, which is in `pauseMs`, but not before
 * `retryAfterMs` where the outside asked for that. A click, or a process that starts anew, does not wait for the pause.
 */
export async function keepTrouble(
  db: Db,
  { key, kind }: Pick<Job, 'key' | 'kind'>,
  before: Pick<Before, 'cause' | 'pauseMs'>,
  { cause, reason, retryAfterMs = 0 }: Failed,
): Promise<{ pauseMs: number }> {
  const ownPauseMs = pauseAfter(kind, cause, before)
  const pauseMs = Math.max(ownPauseMs, retryAfterMs)
  await db
    .updateTable('owed')
    .set({
      cause,
      reason: reason ?? null,
      pauseMs: ownPauseMs,
      heldUntil: sql<Date>`clock_timestamp() + ${seconds(retryAfterMs)}`,
      dueAt: sql<Date>`clock_timestamp() + ${seconds(Math.max(longestPause[kind], pauseMs))}`,
    })
    .where('key', '=', key)
    .execute()
  return { pauseMs }
}

/** How it stands with what failed so far. */
export async function findTroubles(db: Db, backupId: string): Promise<Trouble[]> {
  const rows = await db
    .selectFrom('owed')
    .select(['key', 'cause', 'reason', 'tries', 'lastAt', 'createdAt', 'dueAt'])
    .where('subjectId', '=', backupId)
    .where('cause', 'is not', null)
    .execute()
  return rows.flatMap(({ key, cause, reason, tries, lastAt, createdAt, dueAt }) =>
    cause === null
      ? []
      : [{ key, cause, reason, tries, at: (lastAt ?? createdAt).getTime(), nextAt: dueAt.getTime() }],
  )
}

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1000})`

/** The rows follow `owed(backup)`: what is owed no more goes, what is owed now comes. */
export function writeOwed(before: Backup, after: Backup) {
  const was = new Set(owed(before).map((job) => job.key))
  const is = new Set(owed(after).map((job) => job.key))
  const gone = [...was].filter((key) => !is.has(key))
  const come = [...is].filter((key) => !was.has(key))
  return [
    ...(gone.length > 0 ? [sql`owed_no_more as (delete from owed where key = any(${gone}::text[]))`] : []),
    // By `due_at` it should have begun; the sweep adds its grace.
    ...(come.length > 0
      ? [
          sql`owed_now as (insert into owed (key, subject_kind, subject_id, due_at)
            select key, 'backup', ${after.id}::uuid, clock_timestamp() from unnest(${come}::text[]) as key
            on conflict (key) do nothing)`,
        ]
      : []),
  ]
}

/** The question for the repository. */
export async function findCheck(
  db: Db,
  fileId: string,
): Promise<{ repository: Repository; accession: string; account: string }> {
  const file = await db
    .selectFrom('dataFiles')
    .select(['dataType', 'accession', 'depositorEmail'])
    .where('id', '=', fileId)
    .executeTakeFirstOrThrow()
  return {
    repository: repositoryOf(file.dataType),
    accession: file.accession,
    account: file.depositorEmail,
  }
}

export type CodeRequest = {
  depositorEmail: string
  accession: string
  repository: Repository
  requester: string
  unit: string
  projectName: string
  reference: string
  keyId: string
}

/** R26: everything that the code's mail says, but the code. */
export async function findCodeLetter(db: Db, fileId: string): Promise<CodeRequest> {
  const { dataType, ...request } = await db
    .selectFrom('dataFiles as f')
    .innerJoin('consents as c', 'c.fileId', 'f.id')
    .innerJoin('backups as b', 'b.id', 'f.backupId')
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .innerJoin('units as u', 'u.id', 'b.unitId')
    .innerJoin('accounts as a', 'a.id', 'b.custodianId')
    .select(['f.depositorEmail', 'f.accession', 'f.dataType', 'a.name as requester', 'u.name as unit'])
    .select(['p.name as projectName', 'b.reference', 'c.keyId'])
    .where('f.id', '=', fileId)
    .executeTakeFirstOrThrow()
  return { ...request, repository: repositoryOf(dataType) }
}
