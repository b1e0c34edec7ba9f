import { sql } from 'kysely'
import { type Db, inTransaction } from './connect.ts'

export type Stalled = { id: string; reference: string; unitId: string; projectId: string; because: string }
/** `at`: when the database was asked; `isAll`: there is no more than this. */
export type Look = { at: Date; stalled: Stalled[]; isAll: boolean }

const name = 'backups'
const mostAtOnce = 500

/**
 * Backups where something waits and nothing moves (decision 002): owed work past its time, a deadline past,
 * a version that their workflow has not seen; `isCatchingUp` adds drafts written since the last good round.
 * Undefined while another worker is looking. In the order of their ids, those after `afterId`.
 */
export async function findStalled(
  db: Db,
  graceMs: number,
  isCatchingUp: boolean,
  afterId = '00000000-0000-0000-0000-000000000000',
): Promise<Look | undefined> {
  return await inTransaction(db, async (trx) => {
    const claim = await sql<{ taken: boolean; at: Date }>`
      select pg_try_advisory_xact_lock(hashtextextended('sweep', 0)) as taken, clock_timestamp() as at`.execute(
      trx,
    )
    const [first] = claim.rows
    if (!first?.taken) return undefined
    // statement_timestamp() is stable: clock_timestamp() would read all of `owed` instead of its index.
    const grace = sql`make_interval(secs => ${graceMs / 1000})`
    const found = await sql<Stalled>`
      select distinct on (b.id) b.id, b.reference, b.unit_id, b.project_id, found.because from (
        select subject_id as id, 'owed ' || key as because from owed where subject_kind = 'backup' and due_at < statement_timestamp() - ${grace}
        union all
        select id, 'deadline' from backups where deadline < statement_timestamp() - ${grace}
        union all
        select id, 'unseen version' from backups
          where seen_version < version and changed_at < statement_timestamp() - ${grace} and stage <> 'discarded'
        union all
        select id, 'written since the last good round' from backups
          where ${isCatchingUp} and stage <> 'completed' and changed_at > coalesce(
            (select last_good_at from sweeps where name = ${name}), '-infinity') - ${grace}
      ) found join backups b on b.id = found.id
      where b.id > ${afterId}
      order by b.id
      limit ${mostAtOnce}`.execute(trx)
    return { at: first.at, stalled: found.rows, isAll: found.rows.length < mostAtOnce }
  })
}

/** Deletes what has ended: sessions, sign-ins, counts. */
export async function forgetEnded(db: Db): Promise<void> {
  await sql`select forget_ended()`.execute(db)
}

export async function roundDone(db: Db, at: Date): Promise<void> {
  await db
    .insertInto('sweeps')
    .values({ name, lastGoodAt: at })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ lastGoodAt: at }))
    .execute()
}
