import { type ExpressionBuilder, expressionBuilder, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import { dateOf, type Json, rowsOf } from './nested.ts'
import type { Tables } from '../tables.ts'

export type TimelineRow = { at: Date; action: string; actor: string | null; params: Record<string, unknown> }

/** The newest facts are enough to read. */
const mostShown = 200

/** What happened to backup `b`, newest first. An actor whom the reader may not see has no name (R56). */
export function timelineOf(eb: ExpressionBuilder<Tables & { b: Tables['backups'] }, 'b'>) {
  const facts = eb.selectFrom((newest) =>
    newest
      .selectFrom('audit as e')
      .leftJoin('accounts as a', 'a.id', 'e.actorId')
      .select(['e.id', 'e.at', 'e.action', 'a.name as actor', 'e.params'])
      .whereRef('e.backupId', '=', 'b.id')
      .orderBy('e.id', 'desc')
      .limit(mostShown)
      .as('fact'),
  )
  const row = expressionBuilder(facts)
  const fact = jsonBuildObject({
    at: row.ref('fact.at'),
    action: row.ref('fact.action'),
    actor: row.ref('fact.actor'),
    params: row.ref('fact.params'),
  })
  return rowsOf(facts, fact, sql`fact.id desc`)
}

/** The facts that `timelineOf` has selected. */
export const timelineRows = (facts: readonly Json<typeof timelineOf>[]): TimelineRow[] =>
  facts.map((fact) => ({ ...fact, at: dateOf(fact.at) }))
