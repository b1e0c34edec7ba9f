/** The transaction: the only place where a backup changes (decision 001). */
import { ApplicationFailure } from '@temporalio/common'
import { normaliseAccession } from '../domain/accessions.ts'
import { accountOf } from '../domain/actor.ts'
import type { CommandOf, CommandType, LinkFile } from '../domain/backup/commands.ts'
import { decide, gate } from '../domain/backup/decide.ts'
import { answerOf, changeOf, countOf, itemOf, type Answer, type Decision } from '../domain/backup/decision.ts'
import { mirrorOf, type Mirror } from '../domain/backup/mirror.ts'
import type { Backup } from '../domain/backup/state.ts'
import { repositoryOf } from '../domain/catalogue.ts'
import { halfWidth } from '../domain/text.ts'
import type { AuditEntry } from '../db/audit.ts'
import { lockBackupAnd, readBackup, saveBackup, saveBeside } from '../db/backups.ts'
import { findTroubles } from '../db/owed.ts'
import { commandHash, type CommandKey } from '../db/idempotency.ts'
import { inTransaction, type Trx } from '../db/connect.ts'
import { emailKey } from '../domain/text.ts'
import { countedBy, uncountedBy } from '../db/windows.ts'
import type { Call, Recorded } from './call.ts'
import type { Deps } from './deps.ts'
import { difference } from './difference.ts'
import { findFacts, type Learnt } from './facts.ts'

/**
 * Locks the backup, decides, and writes changes, audit and answer in one transaction. Run again under the
 * same key it answers what it answered; the same key with another command is refused. `learnt` is what was asked
 * outside of the transaction. Throws BackupMissing when there is no such row.
 */
export async function record<T extends CommandType>(
  deps: Deps,
  call: Call<CommandOf<T>>,
  learnt: Learnt = {},
): Promise<Recorded> {
  const { key, hashKeyId = null, actor, now, command } = call
  const bodyHash = commandHash(command)
  return await inTransaction(deps.db, async (trx) => {
    const keyed = key === null ? null : { key, hashKeyId, bodyHash }
    const { state, known } = (await lockBackupAnd(trx, call.backupId, keyed)) ?? missing()
    const answerNow = (answer: Answer, backup: Backup): Recorded => ({
      answer,
      mirror: mirrorOf(backup, now),
    })
    if (known) return answerNow(known, state)

    const decision =
      gate(state, command, actor) ??
      decide<T>(state, command, await findFacts<T>({ deps, trx, state, call, learnt }), actor, now)
    const answer = answerOf(decision)
    const after = await save(trx, deps, call, state, decision, keyed)
    deps.log.info(
      {
        requestId: call.requestId,
        backup: state.reference,
        command: command.type,
        version: after.version,
        refused: answer.ok ? undefined : answer.code,
      },
      'decided',
    )
    return answerNow(answer, after)
  })
}

/** The row as it is, for the workflow's first look and after each `reload`; a finished row stays as it is. */
export async function look(deps: Deps, backupId: string, now: number): Promise<Mirror> {
  const mirror = mirrorOf((await readBackup(deps.db, backupId, { seen: true })) ?? missing(), now)
  return mirror.owed.length === 0 ? mirror : { ...mirror, troubles: await findTroubles(deps.db, backupId) }
}

/** An accepted or counted command is kept under its key. A refusal that changed and counted nothing is decided again. */
const isWorthKeeping = (decision: Decision): boolean =>
  decision.kind !== 'refused' || decision.count !== undefined

/** One statement writes the change, what counts, the audit and the answer. */
async function save(
  trx: Trx,
  deps: Deps,
  { actor, now, command }: Call,
  state: Backup,
  decision: Decision,
  keyed: Omit<CommandKey, 'accountId'> | null,
): Promise<Backup> {
  const change = changeOf(decision)
  const count = countOf(decision)
  const item = itemOf(decision)
  const accountId = accountOf(actor)
  // Whom a limit counts for: the account, or the data set and the address of a code.
  const file = state.files.find((one) => one.id === change?.fact.fileId)
  const subjects = { accountId: accountId ?? state.custodianId, projectId: state.projectId, file }
  const beside = {
    ...(count && { counted: countedBy(count, subjects, now), uncounted: uncountedBy(count, subjects) }),
    ...(item && file && { item: { kind: item, subject: emailKey(file.depositorEmail), at: new Date(now) } }),
    ...(keyed &&
      accountId !== null &&
      isWorthKeeping(decision) && { answer: { ...keyed, accountId, answer: answerOf(decision) } }),
  }
  if (!change) {
    const isProbe = command.type === 'linkFile' && count === 'mismatch'
    const about = { unitId: state.unitId, at: new Date(now), actorId: accountId, projectId: state.projectId }
    await saveBeside(trx, {
      ...beside,
      ...(isProbe && { refused: { ...about, ...probeOf(state, command) } }),
    })
    return state
  }
  const { fact } = change
  const audit = (after: Backup): AuditEntry => ({
    unitId: state.unitId,
    at: new Date(now),
    actorId: accountId,
    action: fact.action,
    projectId: state.projectId,
    backupId: state.id,
    fileId: fact.fileId ?? null,
    params: {
      ...fact.params,
      ...(after.stage === 'completed' && state.stage === 'draft' && { number: after.number }),
    },
    ...(fact.reason !== undefined && { reason: fact.reason }),
    ...difference(state, after),
  })
  const by = { seen: true, keyId: deps.codeKeys.current }
  return await saveBackup(trx, state, change.state, by, { ...beside, audit })
}

/** R20, R57: a look-up that added nothing. It stands beside the backup's own history, of which each row is a version. */
const probeOf = (state: Backup, { dataType, accession, depositorEmail }: LinkFile) => ({
  action: 'lookUpRefused',
  params: {
    backupId: state.id,
    repository: repositoryOf(dataType),
    accession: normaliseAccession(accession),
    depositorEmail: halfWidth(depositorEmail),
  },
})

function missing(): never {
  throw ApplicationFailure.nonRetryable('There is no such backup', 'BackupMissing')
}
