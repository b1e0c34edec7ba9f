import { sql } from 'kysely'
import type { Db } from './connect.ts'

/**
 * Runs `work` on a connection that holds the lock of this name, so one worker at a time does it; undefined when another
 * worker holds it. No transaction: `work` may take long.
 */
export const alone = <T>(db: Db, name: string, work: (db: Db) => Promise<T>): Promise<T | undefined> =>
  db.connection().execute(async (own) => {
    const claim = await sql<{ taken: boolean }>`
      select pg_try_advisory_lock(hashtextextended(${name}, 0)) as taken`.execute(own)
    if (!claim.rows[0]?.taken) return undefined
    try {
      return await work(own)
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(own)
    }
  })
