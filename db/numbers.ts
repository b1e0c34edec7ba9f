/** R33: a backup number is drawn by the transaction that issues it. */
import { sql } from 'kysely'
import { backupNumber } from '../domain/numbers.ts'
import type { Trx } from './connect.ts'

/**
 * Draws the next serial of the day for this backup. The day is the one of this moment in Asia/Shanghai; the counter's
 * row stays locked until commit, so the serial of a transaction that is rolled back is drawn again.
 */
export async function drawNumber(trx: Trx, backupId: string): Promise<{ number: string; issuedAt: Date }> {
  const drawn = await trx
    .with('clock', (cte) =>
      cte.selectNoFrom(sql<Date>`date_trunc('milliseconds', clock_timestamp())`.as('at')),
    )
    .with('moment', (cte) =>
      cte
        .selectFrom('clock')
        .select(['clock.at', sql<string>`(clock.at at time zone 'Asia/Shanghai')::date`.as('day')]),
    )
    .with('drawn', (cte) =>
      cte
        .insertInto('numberCounters')
        .columns(['day', 'last'])
        .expression((eb) => eb.selectFrom('moment').select(['moment.day', sql<number>`1`.as('last')]))
        .onConflict((conflict) =>
          conflict.column('day').doUpdateSet({ last: sql<number>`number_counters.last + 1` }),
        )
        .returning(['day', 'last']),
    )
    .selectFrom('drawn')
    .innerJoin('moment', (join) => join.onTrue())
    .select(['drawn.day', 'drawn.last', 'moment.at'])
    .executeTakeFirstOrThrow()
  const number = backupNumber(drawn.day, drawn.last)
  await trx.insertInto('numbers').values({ number, backupId, issuedAt: drawn.at }).execute()
  return { number, issuedAt: drawn.at }
}
