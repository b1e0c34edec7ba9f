import type { Actor } from '../domain/actor.ts'
import type { Command } from '../domain/backup/commands.ts'
import type { Answer } from '../domain/backup/decision.ts'
import type { Mirror } from '../domain/backup/mirror.ts'

/** One command; `key` is null for the workflow's own. `now` is the workflow's clock. */
export type Call<C extends Command = Command> = {
  backupId: string
  key: string | null
  /** The code key of the hashes in the command. */
  hashKeyId?: string | undefined
  actor: Actor
  now: number
  /** Of the HTTP request that brought it. */
  requestId?: string | undefined
  command: C
}
export type Recorded = { answer: Answer; mirror: Mirror }
