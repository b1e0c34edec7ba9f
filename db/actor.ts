import { sql } from 'kysely'
import type { Db, Trx } from './connect.ts'

/**
 * Runs `work` in a transaction in which row-level security shows and accepts only what this account may
 * see and do (R56). The setting ends with the transaction.
 */
export const asActor = <T>(db: Db, accountId: string, work: (trx: Trx) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (trx) => {
    await sql`select set_config('app.actor_id', ${accountId}, true)`.execute(trx)
    return work(trx)
  })
