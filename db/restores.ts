/** After a restore: which numbers may have been issued that the database has forgotten (R33). */
import { sql } from 'kysely'
import { type Db, inTransaction } from './connect.ts'

/** How many sessions of API and workers there are; a restored database is looked at while nobody issues numbers. */
export async function countSessions(db: Db): Promise<number> {
  const { rows } = await sql<{ sessions: number }>`
    select count(*)::integer as sessions from pg_stat_activity
    where datname = current_database() and usename in ('hgrip_api', 'hgrip_worker')`.execute(db)
  return rows[0]?.sessions ?? 0
}

/** From the last day on which the database has issued a number to today, both included (Asia/Shanghai). */
export async function listUncertainDays(db: Db): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    with today as (select (clock_timestamp() at time zone 'Asia/Shanghai')::date as day)
    select d::date::text as day
    from today, generate_series(
      least((select max(day) from number_counters), today.day), today.day, interval '1 day') d
    order by d`.execute(db)
  return rows.map(({ day }) => day)
}

/** The numbers of that day and later that have a row. */
export async function listNumbersSince(db: Db, day: string): Promise<string[]> {
  const rows = await db
    .selectFrom('numbers')
    .select('number')
    .where('number', '>=', `BF${day.replaceAll('-', '')}`)
    .orderBy('number')
    .execute()
  return rows.map(({ number }) => number)
}

/**
 * Sets the day's counter so that the next number comes after `last`, and writes down what is skipped. Undefined when
 * the counter is there already; it is never lowered.
 */
export async function skipNumbers(
  db: Db,
  day: string,
  last: number,
  missing: readonly string[],
): Promise<{ first: number } | undefined> {
  return await inTransaction(db, async (trx) => {
    await sql`lock table number_counters in exclusive mode`.execute(trx)
    const counter = await trx
      .selectFrom('numberCounters')
      .select('last')
      .where('day', '=', day)
      .executeTakeFirst()
    const first = (counter?.last ?? 0) + 1
    if (first > last) return undefined
    await trx
      .insertInto('numberCounters')
      .values({ day, last })
      .onConflict((conflict) => conflict.column('day').doUpdateSet({ last }))
      .execute()
    await trx
      .insertInto('numberGaps')
      .values({ day, first, last, missing: [...missing] })
      .execute()
    return { first }
  })
}

/** Makes the sweep start every draft again from its row; says how many. */
export async function forgetSeen(db: Db): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('backups')
    .set({ seenVersion: 0 })
    .where('stage', '=', 'draft')
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
