/** What an operator should look at (R53): one open row for each kind and subject, however often it happens. */
import { sql } from 'kysely'
import type { ItemKind } from '../domain/backup/decision.ts'

export type OperatorItem = { kind: ItemKind; subject: string; at: Date }

export const writeItem = ({ kind, subject, at }: OperatorItem) => sql`
  item as (insert into operator_items as i (kind, subject, opened_at, last_at) values (${kind}, ${subject}, ${at}, ${at})
    on conflict (kind, subject) where closed_at is null do update set times = i.times + 1, last_at = excluded.last_at)`
