import { createHash } from 'node:crypto'
import type { Command } from '../domain/backup/commands.ts'
import type { Answer } from '../domain/backup/decision.ts'
import type { Trx } from './connect.ts'

export type KeptCommand = { key: string; accountId: string; bodyHash: string; answer: Answer }

/** What a key stands for. The transaction keeps it; the API compares it when the workflow is over. */
export const commandHash = (command: Command): string =>
  createHash('sha256').update(JSON.stringify(command)).digest('hex')

/** What was answered under this key, and to what. */
export const findCommand = async (
  trx: Trx,
  key: string,
): Promise<{ bodyHash: string; answer: Answer } | undefined> => {
  const row = await trx
    .selectFrom('commands')
    .select(['bodyHash', 'answer'])
    .where('key', '=', key)
    .executeTakeFirst()
  return row && { bodyHash: row.bodyHash, answer: row.answer as Answer } // a backup's command: kept below
}

export async function keepCommand(trx: Trx, command: KeptCommand): Promise<void> {
  await trx
    .insertInto('commands')
    .values({ ...command, answer: JSON.stringify(command.answer) })
    .execute()
}
