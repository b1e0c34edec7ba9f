/** A request happens once: what was answered under its key, and to what. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Command } from '../domain/backup/commands.ts'
import type { Answer } from '../domain/backup/decision.ts'
import { refuse, type Refusal } from '../domain/result.ts'
import type { Trx } from './connect.ts'

/** `bodyHash` stands for what was said: one of `commandHash`, or of the request's body. */
export type CommandKey = { key: string; accountId: string; bodyHash: string }
export type Created = { ok: true; id: string }

/** What a command's key stands for. The transaction keeps it; the API compares it when the workflow is over. */
export const commandHash = (command: Command): string =>
  createHash('sha256').update(canonical(command)).digest('hex')

/** One text for one value, in whatever order its properties were written. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

/** What was answered under this key; IDEMPOTENCY_KEY_REUSED when it was to something else; undefined: nothing yet. */
export async function findAnswer<T extends { ok: true }>(
  trx: Trx,
  { key, bodyHash }: Pick<CommandKey, 'key' | 'bodyHash'>,
): Promise<T | Refusal | undefined> {
  const known = await trx
    .selectFrom('commands')
    .select(['bodyHash', 'answer'])
    .where('key', '=', key)
    .executeTakeFirst()
  if (!known) return undefined
  // Under one hash the answer has one form: the hash names the command.
  return known.bodyHash === bodyHash ? (known.answer as T | Refusal) : refuse('IDEMPOTENCY_KEY_REUSED')
}

/** Was anything answered under this key? */
export async function isAnswered(trx: Trx, key: string): Promise<boolean> {
  return (await findAnswer(trx, { key, bodyHash: '' })) !== undefined
}

export async function keepAnswer(trx: Trx, command: CommandKey, answer: Answer | Created): Promise<void> {
  await trx
    .insertInto('commands')
    .values({ ...command, answer: JSON.stringify(answer) })
    .execute()
}

/**
 * Runs `create`, which inserts a row without a workflow, unless this key has created one before; then its id is
 * returned again. A refusal of `create` keeps nothing.
 */
export async function createOnce(
  trx: Trx,
  command: CommandKey,
  create: () => Promise<Created | Refusal>,
): Promise<Created | Refusal> {
  // The second of two equal requests waits here until the first one has committed.
  await sql`select pg_advisory_xact_lock(hashtextextended(${command.key}, 0))`.execute(trx)
  const known = await findAnswer<Created>(trx, command)
  if (known) return known
  const created = await create()
  if (created.ok) await keepAnswer(trx, command, created)
  return created
}
