import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely'

export type PageOf<T> = { items: T[]; total: number | { atLeast: number } }
export type Page = { page: number; size: number }

/** People do not read as far as page 1,001, and counting more rows would only cost time. */
export const mostCounted = 10_000

/** How many rows a query has, counted up to one more than 10,000: a column beside its page. */
export function countOf<DB, TB extends keyof DB>(
  query: SelectQueryBuilder<DB, TB, object>,
): RawBuilder<number> {
  const rows = query
    .clearSelect()
    .clearOrderBy()
    .select(sql<number>`1`.as('one'))
    .limit(mostCounted + 1)
  return sql<number>`(select count(*)::int from (${rows}) as counted)`
}

/** What a list says of the count. */
export const totalOf = (counted: number): PageOf<never>['total'] =>
  counted > mostCounted ? { atLeast: mostCounted } : counted
