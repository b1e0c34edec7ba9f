/** The transaction: the only place where a backup changes (DESIGN §3). */
import { ApplicationFailure } from '@temporalio/common'
import { mirrorOf, type Backup, type Mirror } from '../domain/backup/state.ts'
import type { Command } from '../domain/backup/commands.ts'
import { decide, type Answer, type Decision, type Facts } from '../domain/backup/decide.ts'
import { refuse } from '../domain/result.ts'
import { appendAudit } from '../db/audit.ts'
import { lockBackup, readBackup, saveBackup } from '../db/backup-rows.ts'
import { commandHash, findCommand, keepCommand } from '../db/idempotency.ts'
import type { Trx } from '../db/connect.ts'
import { addCounted } from '../db/windows.ts'
import type { Deps } from './deps.ts'
import { difference } from './difference.ts'

/** One command, by a person (`actor`, `key`) or by the workflow itself (both null); `now` is the workflow's clock. */
export type Call<C extends Command = Command> = {
  backupId: string
  key: string | null
  actor: string | null
  now: number
  /** Of the HTTP request that brought it. */
  requestId?: string | undefined
  command: C
}
export type Recorded = { answer: Answer; mirror: Mirror }
/** Learns what only the locked row allows to know; may add to what the key stands for (`body`). */
export type Learn = (trx: Trx, state: Backup) => Promise<Facts>

/**
 * Locks the backup, decides, and writes changes, audit and answer in one transaction. Run again under the
 * same key it answers what it answered; the same key with another body is refused. `body` is whatever else
 * the person said with the command. Throws BackupMissing when there is no such row.
 */
export async function record(
  deps: Deps,
  call: Call,
  learn: Learn = () => Promise.resolve({}),
  body: unknown = null,
): Promise<Recorded> {
  const { key, actor, now, command } = call
  const bodyHash = commandHash(command, body)
  return await deps.db.transaction().execute(async (trx) => {
    const state = (await lockBackup(trx, call.backupId)) ?? missing()
    const answerNow = (answer: Answer, backup: Backup): Recorded => ({
      answer,
      mirror: mirrorOf(backup, now),
    })
    const known = key === null ? undefined : await findCommand(trx, key)
    if (known)
      return answerNow(known.bodyHash === bodyHash ? known.answer : refuse('IDEMPOTENCY_KEY_REUSED'), state)

    const decision = decide(state, command, await learn(trx, state), actor, now)
    const after = await save(trx, deps, call, state, decision)
    if (key !== null && actor !== null && isWorthKeeping(decision))
      await keepCommand(trx, { key, accountId: actor, bodyHash, answer: decision.answer })
    deps.log.info(
      {
        requestId: call.requestId,
        backup: state.reference,
        command: command.type,
        version: after.version,
        refused: decision.answer.ok ? undefined : decision.answer.code,
      },
      'decided',
    )
    return answerNow(decision.answer, after)
  })
}

/** The row as it is, for the workflow's first look and after each `reload`; a finished row stays as it is. */
export async function look(deps: Deps, backupId: string, now: number): Promise<Mirror> {
  return mirrorOf((await readBackup(deps.db, backupId, { seen: true })) ?? missing(), now)
}

/** A refusal that changed nothing is decided anew next time; whatever was done or counted is remembered. */
const isWorthKeeping = (decision: Decision): boolean => decision.answer.ok || decision.count !== undefined

async function save(
  trx: Trx,
  deps: Deps,
  { actor, now }: Call,
  state: Backup,
  decision: Decision,
): Promise<Backup> {
  if (decision.count) await addCounted(trx, decision.count, countedSubjects(decision, state, actor), now)
  if (decision.state === state) return state
  const after = await saveBackup(trx, state, decision.state, { seen: true, keyId: deps.codeKeys.current })
  const { fact } = decision
  if (!fact) throw new Error('A change without a fact')
  await appendAudit(trx, {
    unitId: state.unitId,
    at: new Date(now),
    actorId: actor,
    action: fact.action,
    projectId: state.projectId,
    backupId: state.id,
    fileId: fact.fileId ?? null,
    params: { ...fact.params, ...(after.number !== state.number && { number: after.number }) },
    ...(fact.reason !== undefined && { reason: fact.reason }),
    ...difference(state, after),
  })
  return after
}

/** Whom a limit counts for: the account, or the data set and the address of a code (DESIGN §6). */
function countedSubjects(decision: Decision, state: Backup, actor: string | null) {
  const file = state.files.find((one) => one.id === decision.fact?.fileId)
  return { accountId: actor ?? state.custodianId, projectId: state.projectId, file }
}

function missing(): never {
  throw ApplicationFailure.nonRetryable('There is no such backup', 'BackupMissing')
}
