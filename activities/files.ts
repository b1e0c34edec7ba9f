import { decide, type EditFile, type LinkFile, type RepositoryAnswer } from '../domain/decide.ts'
import { hour, limits } from '../domain/consents.ts'
import { longestPause } from '../domain/outcomes.ts'
import { normaliseAccession, repositoryOf } from '../domain/repositories.ts'
import { readBackup } from '../db/backup-rows.ts'
import { findCommand } from '../db/commands.ts'
import { countWithin } from '../db/counted.ts'
import { countWrongTries, findElsewhere } from '../db/data-sets.ts'
import { within } from './attempts.ts'
import type { Deps } from './deps.ts'
import { nowTry, waitMs } from './now-try.ts'
import { Unavailable } from './outside.ts'
import { record, type Call, type Learn, type Recorded } from './record.ts'
import { lookupTimeoutMs } from './repositories.ts'

/**
 * R18–R23: asks the repository now, and links the file as 完成, 待验证 or 校验中, or refuses it. Nothing is
 * asked for what would be refused anyway. Run twice it links once.
 */
export async function linkFile(deps: Deps, call: Call<LinkFile>): Promise<Recorded> {
  const learn = learnAbout(call)
  const checked = (await wouldBeLinked(deps, call, learn)) ? await ask(deps, call.command) : null
  return await record(deps, call, async (trx, state) => ({ ...(await learn(trx, state)), checked }))
}

/** R24; after the lock an amendment, which the report system is told now or later (R35). */
export async function editFile(deps: Deps, call: Call<EditFile>): Promise<Recorded> {
  return await nowTry(deps, call, await record(deps, call), (job) => job.kind === 'sync')
}

/** Would the command be accepted, whatever the repository says? Decides nothing: the locked row does. */
async function wouldBeLinked(deps: Deps, call: Call<LinkFile>, learn: Learn): Promise<boolean> {
  const state = await readBackup(deps.db, call.backupId)
  if (!state) return false
  return await deps.db.transaction().execute(async (trx) => {
    if (call.key !== null && (await findCommand(trx, call.key))) return false
    const facts = await learn(trx, state)
    const decision = decide(state, call.command, facts, call.actor, call.now)
    return decision.answer.ok && decision.state !== state
  })
}

const learnAbout =
  ({ actor, now, command }: Call<LinkFile>): Learn =>
  async (trx, state) => {
    const accession = normaliseAccession(command.accession)
    return {
      elsewhere: await findElsewhere(trx, { unitId: state.unitId, backupId: state.id, accession, actor }),
      wrongTriesForLife: await countWrongTries(trx, state.projectId, accession),
      mismatches: await countWithin(
        trx,
        'mismatch',
        actor ?? state.custodianId,
        limits.mismatchesPerAccount,
        24 * hour,
        now,
      ),
    }
  }

/** The repository's answer within the time a person waits; null when there is none yet. */
async function ask(deps: Deps, file: LinkFile): Promise<RepositoryAnswer | null> {
  const attempt = await within(
    waitMs.check,
    deps.attempts.attempt(
      `check/${file.fileId}`,
      { latestMs: lookupTimeoutMs, pauseMs: longestPause.check, isNew: true },
      async () => ({
        kind: 'checked',
        answer: await deps.repositories({
          repository: repositoryOf(file.dataType),
          accession: normaliseAccession(file.accession),
          account: file.depositorEmail,
        }),
      }),
    ),
  )
  if (attempt === undefined || attempt === 'gone' || attempt instanceof Unavailable) return null
  return attempt.outcome.kind === 'checked' ? attempt.outcome.answer : null
}
