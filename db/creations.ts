/** Single rows that a request creates without a workflow: once per Idempotency-Key (decision 003). */
import { sql } from 'kysely'
import type { Refusal } from '../domain/result.ts'
import { refuse } from '../domain/result.ts'
import type { Trx } from './connect.ts'

export type CreationCommand = { key: string; accountId: string; bodyHash: string }

/**
 * Runs `create` unless this key has created something before; then its id is returned again.
 * IDEMPOTENCY_KEY_REUSED when the body was another one. A refusal of `create` keeps nothing.
 */
export async function createOnce(
  trx: Trx,
  command: CreationCommand,
  create: () => Promise<{ ok: true; id: string } | Refusal>,
): Promise<{ ok: true; id: string } | Refusal> {
  // The second of two equal requests waits here until the first one has committed.
  await sql`select pg_advisory_xact_lock(hashtextextended(${command.key}, 0))`.execute(trx)
  const known = await trx
    .selectFrom('commands')
    .select(['bodyHash', 'answer'])
    .where('key', '=', command.key)
    .executeTakeFirst()
  if (known) {
    if (known.bodyHash !== command.bodyHash || !('id' in known.answer))
      return refuse('IDEMPOTENCY_KEY_REUSED')
    return { ok: true, id: known.answer.id }
  }
  const created = await create()
  if (created.ok)
    await trx
      .insertInto('commands')
      .values({ ...command, answer: JSON.stringify({ id: created.id }) })
      .execute()
  return created
}
