import { activityInfo } from '@temporalio/activity'
import { system } from '../../domain/actor.ts'
import { awaitedJob } from '../../domain/backup/owed.ts'
import { commandOf } from '../../domain/backup/outside.ts'
import { hasFailed, within } from './attempt.ts'
import type { Deps } from '../deps.ts'
import type { Call, Recorded } from '../call.ts'
import { messageOf } from '../message.ts'
import { record } from '../record.ts'
import { attemptJob } from './later.ts'

/** How long a person's click waits for the outside world; after that the attempt goes on by itself. */
export const waitMs = { check: 1_500, mail: 1_500, sync: 1_000 } as const

/**
 * The click is past: our own database was away, and the command came back as a regular activity. What comes of the job
 * now must not be dated with the click's time (R27); the workflow records it by its own clock.
 */
const isLate = (): boolean => !activityInfo().isLocal

/**
 * Now, else durably later: tries the job that this command made owed, waits a short while and
 * records what came of it. The person's answer stays what it was: the command is committed, so a failure
 * here is left to the regular activity that follows.
 */
export async function nowTry(deps: Deps, call: Call, recorded: Recorded): Promise<Recorded> {
  const job = awaitedJob(call.command, recorded.mirror.owed)
  if (!recorded.answer.ok || !job || isLate()) return recorded
  try {
    const began = performance.now()
    const attempt = await within(waitMs[job.kind], attemptJob(deps, job))
    if (attempt === undefined || attempt === 'gone' || hasFailed(attempt)) return recorded
    const { mirror } = await record(deps, {
      backupId: call.backupId,
      key: null,
      actor: system,
      now: Math.round(call.now + performance.now() - began - attempt.agoMs),
      command: commandOf(job, attempt.outcome),
    })
    return { answer: recorded.answer, mirror }
  } catch (error) {
    deps.log.warn({ job: job.key, error: messageOf(error) }, 'not now, so later')
    return recorded
  }
}
