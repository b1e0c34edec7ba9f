import { sql, type SelectQueryBuilder } from 'kysely'
import type { Trx } from './connect.ts'

export type PageOf<T> = { items: T[]; total: number | { atLeast: number } }
export type Page = { page: number; size: number }

/** Nobody reads page 1,001; counting further only costs. */
const mostCounted = 10_000

/** How many rows a query has, counted up to 10,000. */
export async function countRows<DB, TB extends keyof DB>(
  trx: Trx,
  query: SelectQueryBuilder<DB, TB, object>,
): Promise<number | { atLeast: number }> {
  const rows = query
    .clearSelect()
    .clearOrderBy()
    .select(sql<number>`1`.as('one'))
    .limit(mostCounted + 1)
  const counted = await sql<{
    count: number
  }>`select count(*)::int as count from (${rows}) as counted`.execute(trx)
  const count = counted.rows[0]?.count ?? 0
  return count > mostCounted ? { atLeast: mostCounted } : count
}
