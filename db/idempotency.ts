/** A request happens once: what was answered under its key, and to what. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Command } from '../domain/backup/commands.ts'
import type { Answer } from '../domain/backup/decision.ts'
import { refusal, type Refusal } from '../domain/result.ts'
import type { Created } from './columns.ts'
import type { Trx } from './connect.ts'

/**
 * `bodyHash` stands for what was said: one of `commandHash`, or of the request's body. `hashKeyId` is the code key that
 * the API hashed with; null: none.
 */
export type CommandKey = { key: string; accountId: string; hashKeyId: string | null; bodyHash: string }

/** What a command's key stands for. The transaction keeps it; the API compares it when the workflow is over. */
export const commandHash = (command: Command): string =>
  createHash('sha256').update(canonical(command)).digest('hex')

/** One text for one value: the order of its properties makes no difference. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

/** What stands under a key. */
export type Answered = { bodyHash: string; answer: Answer | Created }

/** What was answered to this; IDEMPOTENCY_KEY_REUSED when something else was said under the key. */
export const answerTo = <T extends { ok: true }>(
  { bodyHash }: Pick<CommandKey, 'bodyHash'>,
  known: Answered,
): T | Refusal =>
  // Under one hash the answer has one form: the hash names the command.
  known.bodyHash === bodyHash ? (known.answer as T | Refusal) : refusal('IDEMPOTENCY_KEY_REUSED')

/** The same from the row; undefined: nothing was answered yet. */
export async function findAnswer<T extends { ok: true }>(
  trx: Trx,
  command: Pick<CommandKey, 'key' | 'bodyHash'>,
): Promise<T | Refusal | undefined> {
  const known = await trx
    .selectFrom('commands')
    .select(['bodyHash', 'answer'])
    .where('key', '=', command.key)
    .executeTakeFirst()
  return known && answerTo<T>(command, known)
}

/** The code key with which the request was hashed that was answered under this key. */
export async function findHashKey(trx: Trx, key: string): Promise<string | null | undefined> {
  const row = await trx.selectFrom('commands').select('hashKeyId').where('key', '=', key).executeTakeFirst()
  return row?.hashKeyId
}

export type KeptAnswer = CommandKey & { answer: Answer | Created }

export const writeAnswer = ({ key, accountId, hashKeyId, bodyHash, answer }: KeptAnswer) => sql`
  answer as (insert into commands (key, account_id, body_hash, hash_key_id, answer)
    values (${key}, ${accountId}, ${bodyHash}, ${hashKeyId}, ${JSON.stringify(answer)}))`

export async function keepAnswer(trx: Trx, command: KeptAnswer): Promise<void> {
  await sql`with ${writeAnswer(command)} select 1`.execute(trx)
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
  if (created.ok) await keepAnswer(trx, { ...command, answer: created })
  return created
}
