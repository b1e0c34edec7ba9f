/** How a route changes a backup: send the command, then answer from the row (202, 503: docs/architecture.md). */
import { asActor } from '../../db/actor.ts'
import { findLastEdit } from '../../db/amendments.ts'
import { findBackup, type WholeBackupRow } from '../../db/backups.ts'
import { commandHash, findAnswer } from '../../db/idempotency.ts'
import type { Trx } from '../../db/connect.ts'
import { type LinkedFile, listFiles } from '../../db/files.ts'
import { custodian } from '../../domain/actor.ts'
import type { CommandOf } from '../../domain/backup/commands.ts'
import { type Answer, answerOf } from '../../domain/backup/decision.ts'
import { gate } from '../../domain/backup/decide.ts'
import { refuse } from '../../domain/result.ts'
import type { CommandKey } from '../http/command-keys.ts'
import type { Actor, Deps } from '../deps.ts'
import { type Refused, refused } from '../http/problems.ts'
import { stateOf } from '../show/backups.ts'
import type { CommandName, CommandRequest } from '../../workflows/backup/commands.ts'
import { currentRequestId } from '../http/request-id.ts'
import type { CommandResult } from './temporal.ts'

export type FoundBackup = { row: WholeBackupRow; files: LinkedFile[] }
export type FoundFile = FoundBackup & { file: LinkedFile }

/** The custodian's backup with its files; a discarded one too. */
export const readBackup = (deps: Deps, actor: Actor, backupId: string): Promise<FoundBackup | undefined> =>
  asActor(deps.db, actor.accountId, async (trx) => {
    const row = await findBackup(trx, { backupId, custodianId: actor.accountId })
    return row && { row, files: await listFiles(trx, [row.id]) }
  })

/** For `find`: what a discarded backup was is nobody's business any more. */
export async function findLiveBackup(
  deps: Deps,
  { actor, params }: { actor: Actor; params: { backupId: string } },
): Promise<FoundBackup | undefined> {
  const found = await readBackup(deps, actor, params.backupId)
  return found?.row.stage === 'discarded' ? undefined : found
}

export async function findLiveFile(
  deps: Deps,
  { actor, params }: { actor: Actor; params: { backupId: string; fileId: string } },
): Promise<FoundFile | undefined> {
  const found = await findLiveBackup(deps, { actor, params })
  const file = found?.files.find((known) => known.id === params.fileId)
  return found && file && { ...found, file }
}

type Asked = { actor: Actor; found: FoundBackup; command: CommandKey }

/** Sends the command unless its row is finished: a finished backup answers by itself. */
export async function tell<T extends CommandName>(
  deps: Deps,
  { actor, found, command: { key: commandKey, updateId: id } }: Asked,
  type: T,
  details: Omit<CommandOf<T>, 'type'>,
  updateId: string = id,
): Promise<CommandResult> {
  const key = type === 'submit' ? null : commandKey // R33: a submission happens once by itself
  const command = { type, ...details } as unknown as CommandOf<T> // TypeScript does not put a union together again
  const request = { key, actor: custodian(actor.accountId), requestId: currentRequestId(), command }
  const rowAnswer = () => answerOfFinished(deps, actor, found.row.id, request)
  if (found.row.stage !== 'draft') {
    const answer = await rowAnswer()
    if (answer) return answer.ok ? { kind: 'accepted' } : { kind: 'refused', refusal: answer }
  }
  return await deps.backups.send({ subject: found.row, request, updateId, rowAnswer })
}

/** What was answered under this key, if anything. */
async function knownAnswer(trx: Trx, { key, command }: CommandRequest): Promise<Answer | undefined> {
  return key === null ? undefined : await findAnswer(trx, { key, bodyHash: commandHash(command) })
}

/** What a finished backup answers, by the same rules; undefined when its process has to be asked. */
function answerOfFinished(
  deps: Deps,
  actor: Actor,
  backupId: string,
  request: CommandRequest,
): Promise<Answer | undefined> {
  return asActor(deps.db, actor.accountId, async (trx) => {
    const row = await findBackup(trx, { backupId, custodianId: actor.accountId })
    if (!row) return refuse('NOT_FOUND')
    // A draft is its process's business, and so is an amendment (R35).
    if (row.stage === 'draft' || (row.stage === 'completed' && request.command.type === 'editFile'))
      return undefined
    const known = await knownAnswer(trx, request)
    if (known) return known
    const decision = gate(stateOf(row, await listFiles(trx, [row.id])), request.command, request.actor)
    return decision && answerOf(decision)
  })
}

/** R58: a conflict says who changed it and when, beside the fields. */
export async function withLastEdit(
  deps: Deps,
  actor: Actor,
  told: CommandResult,
  of: { backupId: string; fileId: string | null },
): Promise<CommandResult> {
  if (told.kind !== 'refused' || told.refusal.code !== 'VERSION_CONFLICT') return told
  const actions = of.fileId === null ? ['backupEdited'] : ['fileEdited', 'fileAmended']
  const fields = [told.refusal.params['fields'] ?? []].flat().map(String)
  const last = await asActor(deps.db, actor.accountId, (trx) => findLastEdit(trx, { ...of, actions, fields }))
  const params = { ...told.refusal.params, time: last?.at.toISOString() ?? null, by: last?.actor ?? null }
  return { kind: 'refused', refusal: { ...told.refusal, params } }
}

/** What to answer when the command was not accepted (yet); `id` names the thing that it is about. */
export function notAccepted(
  told: Exclude<CommandResult, { kind: 'accepted' }>,
  id: string,
): Refused | { status: 202; body: { id: string; status: string } } {
  switch (told.kind) {
    case 'refused':
      return told.refusal
    case 'processing':
      return { status: 202, body: { id, status: 'processing' } }
    case 'unavailable':
      return refused('PROCESS_UNAVAILABLE')
  }
}
