import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** `differs`: the filing is there already with this date, and nothing was recorded. */
type Recorded = { recorded: string[]; unknown: string[]; differs: Date | null }

/** R38: all that is known of a delivery, or nothing. */
export async function recordFiling(
  db: Db,
  { filingNumber, numbers, filedAt }: { filingNumber: string; numbers: readonly string[]; filedAt: string },
): Promise<Recorded> {
  const { rows } = await sql<Recorded>`
    select * from record_filing(${filingNumber}, ${numbers}::text[], ${filedAt}::timestamptz)`.execute(db)
  const [row] = rows
  if (!row) throw new Error('record_filing answered nothing')
  return row
}
