/** R33: a backup number is drawn by the transaction that issues it. */
import { sql } from 'kysely'
import { backupNumber } from '../domain/numbers.ts'
import type { Asked } from './compiled.ts'

export type Drawn = { number: string; issuedAt: Date }

/**
 * Draws the next serial of the day. The day is the one of this moment in Asia/Shanghai; the counter's row stays locked
 * until commit, so the serial of a transaction that is rolled back is drawn again. The order of locks is backup, audit,
 * counter: the unit's place in the audit is taken before the counter is.
 */
export async function drawNumber(asked: Asked, unitId: string): Promise<Drawn> {
  const { rows } = await sql<{ day: string; last: number; at: Date }>`
    with audit_locked as materialized (select lock_audit(${unitId}::uuid)),
      moment as materialized (select date_trunc('milliseconds', clock_timestamp()) as at from audit_locked),
      drawn as (insert into number_counters (day, last)
        select (at at time zone 'Asia/Shanghai')::date, 1 from moment
        on conflict (day) do update set last = number_counters.last + 1
        returning day, last)
    select drawn.day, drawn.last, moment.at from drawn, moment`.execute(asked)
  const [drawn] = rows
  if (!drawn) throw new Error('No serial was drawn')
  return { number: backupNumber(drawn.day, drawn.last), issuedAt: drawn.at }
}

export const writeNumber = (backupId: string, { number, issuedAt }: Drawn) => sql`
  number_of_backup as (insert into numbers (number, backup_id, issued_at) values (${number}, ${backupId}, ${issuedAt}))`
