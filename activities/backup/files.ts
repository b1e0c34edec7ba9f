import type { EditFile, LinkFile, RepositoryAnswer } from '../../domain/backup/commands.ts'
import { decide } from '../../domain/backup/decide.ts'
import { hour, limits } from '../../domain/backup/consent.ts'
import { longestPause } from '../../domain/backup/outside.ts'
import { normaliseAccession } from '../../domain/accessions.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import { readBackup } from '../../db/backup-rows.ts'
import { findCommand } from '../../db/idempotency.ts'
import { countWithin } from '../../db/windows.ts'
import { keepTrouble, keepUnderWay } from '../../db/owed.ts'
import { countWrongTries, findElsewhere } from '../../db/data-sets.ts'
import { tidy } from '../../domain/text.ts'
import { within } from '../attempts/attempt.ts'
import type { Deps } from '../deps.ts'
import { messageOf, nowTry, waitMs } from '../attempts/now.ts'
import { Unavailable } from '../ports/outside.ts'
import { record, type Call, type Learn, type Recorded } from '../record.ts'
import { lookupTimeoutMs } from '../ports/repositories.ts'

/**
 * R18–R23: asks the repository now, and links the file as 完成, 待验证 or 校验中, or refuses it. Nothing is
 * asked for what would be refused anyway. Run twice it links once.
 */
export async function linkFile(deps: Deps, call: Call<LinkFile>): Promise<Recorded> {
  const learn = learnAbout(call)
  const asked = (await wouldBeLinked(deps, call, learn)) ? await ask(deps, call.command) : null
  const checked = asked?.answer ?? null
  const recorded = await record(deps, call, async (trx, state) => ({ ...(await learn(trx, state)), checked }))
  if (asked && checked === null) await handOver(deps, call.command, asked.trouble)
  return recorded
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

/** What the repository answers within the time a person waits, or why it cannot; neither: it is still being asked. */
type Asked = { answer?: RepositoryAnswer; trouble?: Unavailable }

async function ask(deps: Deps, file: LinkFile): Promise<Asked> {
  const attempt = await within(
    waitMs.check,
    deps.attempts.attempt(keyOf(file), { ...pace, isNew: true }, async () => ({
      kind: 'checked',
      answer: await deps.repositories({
        repository: repositoryOf(file.dataType),
        accession: normaliseAccession(file.accession),
        account: tidy(file.depositorEmail),
      }),
    })),
  ).catch((error: unknown) => {
    deps.log.warn({ job: keyOf(file), error: messageOf(error) }, 'not asked now, so later')
    return undefined
  })
  if (attempt instanceof Unavailable) return { trouble: attempt }
  if (attempt === undefined || attempt === 'gone' || attempt.outcome.kind !== 'checked') return {}
  return { answer: attempt.outcome.answer }
}

/** The question was asked before the check was owed; from now on its row tells how it stands. */
async function handOver({ db }: Deps, file: LinkFile, trouble: Unavailable | undefined): Promise<void> {
  const { latestMs, pauseMs } = pace
  if (!trouble) await keepUnderWay(db, keyOf(file), latestMs)
  else
    await keepTrouble(db, keyOf(file), {
      cause: trouble.outsideCause,
      retryAfterMs: trouble.retryAfterMs,
      pauseMs,
    })
}

const keyOf = (file: LinkFile): string => `check/${file.fileId}`
const pace = { latestMs: lookupTimeoutMs, pauseMs: longestPause.check }
