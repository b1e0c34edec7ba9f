/** R18–R23: linking a data set asks its repository before the transaction. */
import { normaliseAccession } from '../../domain/accessions.ts'
import type { LinkFile, RepositoryAnswer } from '../../domain/backup/commands.ts'
import { decide, gate } from '../../domain/backup/decide.ts'
import { checkJob } from '../../domain/backup/owed.ts'
import { repositoryOf } from '../../domain/catalogue.ts'
import { halfWidth } from '../../domain/text.ts'
import { findLinkFacts } from '../../db/accessions.ts'
import { readBackupAnd } from '../../db/backups.ts'
import { keepTrouble, keepUnderWay } from '../../db/owed.ts'
import { hasFailed, within } from '../attempts/attempt.ts'
import { waitMs } from '../attempts/now.ts'
import type { Call, Recorded } from '../call.ts'
import type { Deps } from '../deps.ts'
import { linkOf } from '../facts.ts'
import { messageOf } from '../message.ts'
import type { Unavailable } from '../ports/outside.ts'
import { lookupTimeoutMs } from '../ports/repositories.ts'
import { record } from '../record.ts'

/**
 * Asks the repository now, and links the file as 完成, 待验证 or 校验中, or refuses it. A file that would be
 * refused anyway is not asked for. Run twice it links once.
 */
export async function linkFile(deps: Deps, call: Call<LinkFile>): Promise<Recorded> {
  const asked = (await wouldBeLinked(deps, call)) ? await ask(deps, call.command) : null
  const checked = asked?.answer ?? null
  const recorded = await record<'linkFile'>(deps, call, { checked })
  if (asked && checked === null) await handOver(deps, call.command, asked.trouble)
  return recorded
}

/** Could the command be accepted after any answer of the repository? Saves a question; the locked row decides. */
async function wouldBeLinked(deps: Deps, call: Call<LinkFile>): Promise<boolean> {
  const { key, command, actor, now } = call
  const found = await readBackupAnd(deps.db, call.backupId, key)
  if (!found || found.isAnswered || gate(found.state, command, actor)) return false
  const { state } = found
  const facts = await findLinkFacts(deps.db, linkOf(state, command, actor), now, { holds: false })
  return decide<'linkFile'>(state, command, { ...facts, checked: null }, actor, now).kind === 'changed'
}

/** What the repository answers within the time a person waits, or why it cannot; neither: it is still being asked. */
type LookupResult = { answer?: RepositoryAnswer; trouble?: Unavailable }

async function ask(deps: Deps, file: LinkFile): Promise<LookupResult> {
  const job = checkJob(file.fileId)
  // While this waits the check is not owed, and its answer is used at once; later it is kept in the check's row.
  let isWaiting = true
  let answer: RepositoryAnswer | undefined
  const attempt = await within(
    waitMs.check,
    deps.attempts.attempt(job, { latestMs: lookupTimeoutMs, isNew: () => isWaiting }, async () => {
      const answered = await deps.repositories({
        repository: repositoryOf(file.dataType),
        accession: normaliseAccession(file.accession),
        account: halfWidth(file.depositorEmail),
      })
      if (isWaiting) answer = answered
      return { kind: 'checked', answer: answered }
    }),
  ).catch((error: unknown) => {
    deps.log.warn({ job: job.key, error: messageOf(error) }, 'not asked now, so later')
    return undefined
  })
  isWaiting = false
  if (answer !== undefined) return { answer }
  if (attempt === undefined || attempt === 'gone') return {}
  if (hasFailed(attempt)) return { trouble: attempt.failed }
  // Another call of this command may have begun the attempt.
  if (attempt.outcome.kind !== 'checked') return {}
  return { answer: attempt.outcome.answer }
}

/** The question was asked before the check was owed; from now on its row tells how it stands. */
async function handOver({ db }: Deps, file: LinkFile, trouble: Unavailable | undefined): Promise<void> {
  const job = checkJob(file.fileId)
  if (!trouble) return await keepUnderWay(db, job.key, lookupTimeoutMs)
  const { outsideCause: cause, reason, retryAfterMs } = trouble
  await keepTrouble(db, job, { cause: null, pauseMs: 0 }, { cause, reason, retryAfterMs })
}
