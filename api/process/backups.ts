/** How a route changes a backup: send the command, then answer from the row (DESIGN §3 “The API”). */
import { asActor } from '../../db/actor.ts'
import { findLastEdit } from '../../db/amendments.ts'
import { findBackup, type WholeBackupRow } from '../../db/backups.ts'
import { commandHash, findCommand } from '../../db/idempotency.ts'
import type { Trx } from '../../db/connect.ts'
import { type LinkedFile, listFiles } from '../../db/files.ts'
import type { PersonCommand } from '../../domain/backup/commands.ts'
import { type Answer, decide } from '../../domain/backup/decide.ts'
import { refuse } from '../../domain/result.ts'
import type { CommandKey } from '../http/command-keys.ts'
import type { Actor, Deps } from '../deps.ts'
import { type Refused, refused } from '../http/problems.ts'
import { stateOf } from '../show/backups.ts'
import type { Letter, Told } from './temporal.ts'

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
export async function tell<T extends PersonCommand['type']>(
  deps: Deps,
  { actor, found, command }: Asked,
  type: T,
  details: Parameters<typeof deps.backups.tell<T>>[2],
  updateId: string = command.updateId,
): Promise<Told> {
  const key = type === 'submit' ? null : command.key // R33: a submission happens once by itself
  const { proof = null, ...said } = { proof: undefined, ...details }
  // As the workflow puts it together: the update's name, then what was said in this order.
  const asked = { key, command: { type, ...said } as unknown as PersonCommand, proof }
  const rowAnswer = () => answerOfFinished(deps, actor, found.row.id, asked)
  if (found.row.stage !== 'draft') {
    const answer = await rowAnswer()
    if (answer) return answer.ok ? { kind: 'accepted' } : { kind: 'refused', refusal: answer }
  }
  const letter: Letter = { backup: found.row, actor: actor.accountId, key, updateId, rowAnswer }
  const told = await deps.backups.tell(type, letter, details)
  if (told.kind !== 'refused' || told.refusal.code !== 'CODE_TOO_SOON') return told
  // A process that was started again refuses early also what was done under this very key.
  const known = await asActor(deps.db, actor.accountId, (trx) => knownAnswer(trx, asked))
  return known?.ok ? { kind: 'accepted' } : told
}

type Said = { key: string | null; command: PersonCommand; proof: string | null }

/** What was answered under this key, if anything. */
async function knownAnswer(trx: Trx, { key, command, proof }: Said): Promise<Answer | undefined> {
  const known = key === null ? undefined : await findCommand(trx, key)
  if (!known) return undefined
  return known.bodyHash === commandHash(command, proof) ? known.answer : refuse('IDEMPOTENCY_KEY_REUSED')
}

/** What a finished backup answers, by the same rules; undefined when its process has to be asked. */
function answerOfFinished(
  deps: Deps,
  actor: Actor,
  backupId: string,
  said: Said,
): Promise<Answer | undefined> {
  return asActor(deps.db, actor.accountId, async (trx) => {
    const row = await findBackup(trx, { backupId, custodianId: actor.accountId })
    if (!row) return refuse('NOT_FOUND')
    // A draft is its process's business, and so is an amendment (R35).
    if (row.stage === 'draft' || (row.stage === 'completed' && said.command.type === 'editFile'))
      return undefined
    const known = await knownAnswer(trx, said)
    if (known) return known
    const state = stateOf(row, await listFiles(trx, [row.id]))
    return decide(state, said.command, {}, actor.accountId, actor.now()).answer
  })
}

/** R58: a conflict says who changed it and when, beside the fields. */
export async function withLastEdit(
  deps: Deps,
  actor: Actor,
  told: Told,
  of: { backupId: string; fileId: string | null },
): Promise<Told> {
  if (told.kind !== 'refused' || told.refusal.code !== 'VERSION_CONFLICT') return told
  const actions = of.fileId === null ? ['backupEdited'] : ['fileEdited', 'fileAmended']
  const fields = [told.refusal.params['fields'] ?? []].flat().map(String)
  const last = await asActor(deps.db, actor.accountId, (trx) => findLastEdit(trx, { ...of, actions, fields }))
  const params = { ...told.refusal.params, time: last?.at.toISOString() ?? null, by: last?.actor ?? null }
  return { kind: 'refused', refusal: { ...told.refusal, params } }
}

/** What to answer when the command was not accepted (yet); `id` names the thing that it is about. */
export function notAccepted(
  told: Exclude<Told, { kind: 'accepted' }>,
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
