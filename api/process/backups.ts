/** How a route reads and changes a backup: send the command, then answer from the row (202, 503: docs/architecture.md). */
import { readAs } from '../../db/actor.ts'
import { findLastEdit } from '../../db/lists/amendments.ts'
import { findBackup, type FoundBackup } from '../../db/lists/backups.ts'
import { commandHash, findAnswer } from '../../db/idempotency.ts'
import type { Trx } from '../../db/connect.ts'
import type { LinkedFile } from '../../db/files.ts'
import { custodian } from '../../domain/actor.ts'
import type { CommandOf } from '../../domain/backup/commands.ts'
import { type Answer, answerOf } from '../../domain/backup/decision.ts'
import { gate } from '../../domain/backup/decide.ts'
import { refusal } from '../../domain/result.ts'
import type { CommandKey } from '../http/command-keys.ts'
import type { Actor, Deps } from '../deps.ts'
import { type ProblemResult, problem } from '../http/problems.ts'
import type { CommandName, CommandRequest } from '../../workflows/backup/commands.ts'
import { currentRequestId } from '../http/request-id.ts'
import type { KnownBackup } from './known.ts'
import type { CommandResult } from './temporal.ts'

type Looking = { actor: Actor; params: { backupId: string } }
type LookingForFile = { actor: Actor; params: { backupId: string; fileId: string } }

/** The custodian's backup with its files; a discarded one too. */
export async function readBackup(
  { db, known }: Deps,
  { accountId }: Actor,
  backupId: string,
): Promise<FoundBackup | undefined> {
  const found = await readAs(db, accountId, (trx) =>
    findBackup(trx, { backupId, custodianId: accountId }, { isLast: true }),
  )
  if (found) known.keepBackup(accountId, found)
  return found
}

/** For `find` of a read: a discarded backup is shown to no account. */
export async function findLiveBackup(
  deps: Deps,
  { actor, params }: Looking,
): Promise<FoundBackup | undefined> {
  const found = await readBackup(deps, actor, params.backupId)
  return found?.row.stage === 'discarded' ? undefined : found
}

/** The file as it is after a command. */
export async function readFile(
  deps: Deps,
  actor: Actor,
  { backupId, fileId }: { backupId: string; fileId: string },
): Promise<LinkedFile | undefined> {
  const found = await readBackup(deps, actor, backupId)
  return found?.files.find((file) => file.id === fileId)
}

/** For `find` of a command: what this process knows already, else one read. A discarded one is found too. */
export async function findAnyKnown(
  deps: Deps,
  { actor: { accountId }, actor, params: { backupId } }: Looking,
): Promise<KnownBackup | undefined> {
  if (!deps.known.backup(accountId, backupId)) await readBackup(deps, actor, backupId)
  return deps.known.backup(accountId, backupId)
}

export async function findKnown(deps: Deps, looking: Looking): Promise<KnownBackup | undefined> {
  const known = await findAnyKnown(deps, looking)
  return known?.stage === 'discarded' ? undefined : known
}

/** The same when it has this file; one that another process has linked is found by reading again. */
export async function findKnownFile(
  deps: Deps,
  { actor, params }: LookingForFile,
): Promise<KnownBackup | undefined> {
  const hasFile = (backup: KnownBackup | undefined) =>
    backup?.stage !== 'discarded' && backup?.files.has(params.fileId) ? backup : undefined
  const known = hasFile(deps.known.backup(actor.accountId, params.backupId))
  if (known) return known
  await readBackup(deps, actor, params.backupId)
  return hasFile(deps.known.backup(actor.accountId, params.backupId))
}

type CommandTarget = { actor: Actor; found: KnownBackup; command: CommandKey }

/** Sends the command unless its row is finished: a finished backup answers by itself. */
export async function sendCommand<T extends CommandName>(
  deps: Deps,
  { actor, found, command: { key: commandKey, hashKeyId, updateId: id } }: CommandTarget,
  type: T,
  details: Omit<CommandOf<T>, 'type'>,
  updateId: string = id,
): Promise<CommandResult> {
  const key = type === 'submit' ? null : commandKey // R33: a submission happens once by itself
  const command = { type, ...details } as unknown as CommandOf<T> // TypeScript does not put a union together again
  const by = custodian(actor.accountId)
  const request = { key, hashKeyId, actor: by, requestId: currentRequestId(), command }
  const rowAnswer = () => answerOfFinished(deps, actor, found.id, request)
  const answered = async (): Promise<CommandResult | undefined> => {
    const answer = await rowAnswer()
    return answer && (answer.ok ? { kind: 'accepted' } : { kind: 'refused', refusal: answer })
  }
  if (found.stage !== 'draft') {
    const result = await answered()
    if (result) return result
  }
  const result = await deps.backups.send({ subject: found, request, updateId, rowAnswer })
  // It may have been finished since it was read; then its process is not needed for the answer.
  return result.kind === 'unavailable' ? ((await answered()) ?? result) : result
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
  return readAs(deps.db, actor.accountId, async (trx) => {
    const found = await findBackup(trx, { backupId, custodianId: actor.accountId })
    if (!found) return refusal('NOT_FOUND')
    const { backup } = found
    // A draft is its process's business, and so is an amendment (R35).
    if (backup.stage === 'draft' || (backup.stage === 'completed' && request.command.type === 'editFile'))
      return undefined
    const known = await knownAnswer(trx, request)
    if (known) return known
    const decision = gate(backup, request.command, request.actor)
    return decision && answerOf(decision)
  })
}

/** R58: a conflict says who changed it and when, beside the fields. */
export async function withLastEdit(
  deps: Deps,
  actor: Actor,
  result: CommandResult,
  of: { backupId: string; fileId: string | null },
): Promise<CommandResult> {
  if (result.kind !== 'refused' || result.refusal.code !== 'VERSION_CONFLICT') return result
  const actions = of.fileId === null ? ['backupEdited'] : ['fileEdited', 'fileAmended']
  const fields = [result.refusal.params['fields'] ?? []].flat().map(String)
  const last = await readAs(deps.db, actor.accountId, (trx) => findLastEdit(trx, { ...of, actions, fields }))
  const params = { ...result.refusal.params, time: last?.at.toISOString() ?? null, by: last?.actor ?? null }
  return { kind: 'refused', refusal: { ...result.refusal, params } }
}

/** What to answer when the command was not accepted (yet); `id` names the thing that it is about. */
export function notAccepted(
  result: Exclude<CommandResult, { kind: 'accepted' }>,
  id: string,
): ProblemResult | { status: 202; body: { id: string; status: string } } {
  switch (result.kind) {
    case 'refused':
      return result.refusal
    case 'processing':
      return { status: 202, body: { id, status: 'processing' } }
    case 'unavailable':
      return problem('PROCESS_UNAVAILABLE')
  }
}
