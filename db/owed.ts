/** What the outside world still owes us: attempts and their outcomes (DESIGN §3). */
import { sql } from 'kysely'
import type { Db } from './connect.ts'
import type { Outcome } from '../domain/outcomes.ts'

/** `agoMs`: how long ago, by the database's clock. */
export type Kept = { outcome: Outcome; agoMs: number }

/**
 * An attempt begins: it is counted, and due until `latestMs` from now. Returns the row's place and an outcome
 * that nobody has recorded yet; undefined when the work is no longer owed.
 */
export async function beginAttempt(
  db: Db,
  key: string,
  latestMs: number,
): Promise<{ tries: number; kept: Kept | null } | undefined> {
  const row = await db
    .updateTable('owed')
    .set((eb) => ({
      tries: eb
        .case()
        .when('outcome', 'is', null)
        .then(sql<number>`tries + 1`)
        .else(eb.ref('tries'))
        .end(),
      lastAt: sql<Date>`clock_timestamp()`,
      dueAt: sql<Date>`clock_timestamp() + make_interval(secs => ${latestMs / 1000})`,
    }))
    .where('key', '=', key)
    .returning(['tries', 'outcome'])
    .returning(sql<number>`extract(epoch from clock_timestamp() - outcome_at)::float8 * 1000`.as('agoMs'))
    .executeTakeFirst()
  return row && { tries: row.tries, kept: row.outcome && { outcome: row.outcome, agoMs: row.agoMs } }
}

/** Keeps what came of it, before anybody records it; it should be recorded at once. */
export async function keepOutcome(db: Db, key: string, outcome: Outcome): Promise<void> {
  await db
    .updateTable('owed')
    .set({
      outcome: JSON.stringify(outcome),
      outcomeAt: sql<Date>`clock_timestamp()`,
      dueAt: sql<Date>`clock_timestamp()`,
      cause: null,
    })
    .where('key', '=', key)
    .where('outcome', 'is', null)
    .execute()
}

/** Keeps why it failed, and by when the next attempt should have begun. */
export async function keepTrouble(db: Db, key: string, cause: string, nextMs: number): Promise<void> {
  await db
    .updateTable('owed')
    .set({ cause, dueAt: sql<Date>`clock_timestamp() + make_interval(secs => ${nextMs / 1000})` })
    .where('key', '=', key)
    .execute()
}
