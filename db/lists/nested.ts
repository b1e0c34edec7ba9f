/** What belongs to a row, as JSON beside it: one statement brings a thing whole. */
import { type Expression, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'

/**
 * The rows of `from` as one JSON array in this order; none is an empty one. Make `row` with `jsonBuildObject`: its
 * keys are literals, since the plugin that makes camel case does not reach into JSON, and its times are typed as text.
 */
export function rowsOf<DB, TB extends keyof DB, O>(
  from: SelectQueryBuilder<DB, TB, object>,
  row: Expression<O>,
  order: Expression<unknown>,
): RawBuilder<O[]> {
  const rows = from.select(sql<O[]>`coalesce(json_agg(${row} order by ${order}), '[]')`.as('rows'))
  return sql<O[]>`(${rows})` // an aggregate without groups always has its one row
}

/** What such rows are in JavaScript. */
export type Json<F extends (...given: never[]) => RawBuilder<unknown[]>> =
  ReturnType<F> extends RawBuilder<(infer O)[]> ? O : never

/** A time that came as JSON. */
export function dateOf(text: string): Date
export function dateOf(text: string | null): Date | null
export function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
