/** Owed work, tried: each kind with its own question to the outside world. */
import { activityInfo, ApplicationFailure, heartbeat, log as activityLog } from '@temporalio/activity'
import type { Job } from '../../domain/backup/owed.ts'
import { findCheck, findCodeLetter } from '../../db/owed.ts'
import { findReport } from '../../db/reports.ts'
import type { Outcome } from '../../domain/backup/outside.ts'
import { causeWords } from '../../domain/words/causes.ts'
import { inBoth } from '../../domain/words/words.ts'
import { codeOf } from '../../runtime/codes.ts'
import { hasFailed, type Attempt, type Failure } from './attempt.ts'
import type { Deps } from '../deps.ts'
import { messageOf } from '../message.ts'
import { mailTimeoutMs } from '../ports/mail.ts'
import { codeLetter } from '../mails/code.ts'
import { reportTimeoutMs } from '../ports/report-system.ts'
import { lookupTimeoutMs } from '../ports/repositories.ts'

/** `gone`: the work is not owed any more. `agoMs`: the outcome's age when it is handed over. */
export type Settled = { kind: 'gone' } | { kind: 'settled'; outcome: Outcome; agoMs: number }

/** One attempt at this job; never cut, its outcome stays in `owed` until it is recorded. */
export function attemptJob(deps: Deps, job: Job): Promise<Attempt> {
  return deps.attempts.attempt(job, { latestMs: latestMs[job.kind] }, () => {
    switch (job.kind) {
      case 'check':
        return check(deps, job.fileId)
      case 'mail':
        return mail(deps, job.fileId, job.generation)
      case 'sync':
        return sync(deps, job.key, job.version)
    }
  })
}
const latestMs: Record<Job['kind'], number> = {
  check: lookupTimeoutMs,
  mail: mailTimeoutMs,
  sync: reportTimeoutMs,
}

/**
 * The regular activity behind a now-try: Temporal retries it for ever and shows each try in Temporal Web.
 * While the outside cannot answer, it throws the cause as the failure's type.
 */
export async function settle(deps: Deps, job: Job): Promise<Settled> {
  const beat = setInterval(heartbeat, 3_000) // Temporal notices a dead worker by its missing heartbeats
  try {
    const attempt = await attemptJob(deps, job)
    if (attempt === 'gone') return { kind: 'gone' }
    if (!hasFailed(attempt)) return { kind: 'settled', ...attempt }
    activityLog.info('not settled', { job: job.key, cause: attempt.failed.outsideCause })
    await tellNews(deps, job, attempt)
    throw expected(attempt)
  } finally {
    clearInterval(beat)
  }
}

/** The workflow shows why it waits: at the first failure that it waits through, and when there is something new. */
async function tellNews(deps: Deps, job: Job, { isNews }: Failure): Promise<void> {
  const { attempt, workflowExecution } = activityInfo()
  if (!(isNews || attempt === 1) || !workflowExecution) return
  await deps.tellTrouble(workflowExecution.workflowId).catch((error: unknown) => {
    deps.log.warn({ job: job.key, error: messageOf(error) }, 'the workflow was not told')
  })
}

/** Expected, so it needs no stack: Temporal Web then shows one line. */
function expected({ failed, pauseMs }: Failure): ApplicationFailure {
  const said = failed.reason === undefined ? '' : ` (${failed.reason})`
  const failure = ApplicationFailure.create({
    type: failed.outsideCause,
    // As Temporal Web shows it beside the pending activity (R52).
    message: `${inBoth(causeWords[failed.outsideCause])}: ${failed.message}${said}`,
    nextRetryDelay: Math.max(1, pauseMs),
  })
  failure.stack = ''
  return failure
}

async function check(deps: Deps, fileId: string): Promise<Outcome> {
  return { kind: 'checked', answer: await deps.repositories(await findCheck(deps.db, fileId)) }
}

async function mail(deps: Deps, fileId: string, generation: number): Promise<Outcome> {
  const request = await findCodeLetter(deps.db, fileId)
  const code = codeOf(deps.codeKeys, request.keyId, fileId, generation)
  const answer = await deps.mailer.send({
    ...codeLetter({ ...request, code, siteUrl: deps.publicUrl, now: new Date() }),
    to: request.depositorEmail,
    messageId: `<code.${fileId}.${generation}@${new URL(deps.publicUrl).hostname}>`,
  })
  if (answer.accepted) return { kind: 'accepted' }
  const { trouble, smtpCode } = answer
  return { kind: 'undelivered', trouble, ...(smtpCode && { smtpCode }) }
}

async function sync(deps: Deps, key: string, version: number): Promise<Outcome> {
  const { number, report } = await findReport(deps.db, key, version)
  await deps.reportSystem(number, version, report)
  return { kind: 'acknowledged' }
}
