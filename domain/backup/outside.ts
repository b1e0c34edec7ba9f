import type { Job } from './owed.ts'
import type { MailTrouble } from './consent.ts'
import type { OwnCommand } from './commands.ts'
import { assertNever } from '../result.ts'

/** What the outside world answered about one piece of owed work. */
export type Outcome =
  | { kind: 'checked'; answer: 'match' | 'mismatch' }
  | { kind: 'accepted' }
  | { kind: 'undelivered'; trouble: MailTrouble }
  | { kind: 'acknowledged' }

/** The longest pause between two attempts, in ms; a Retry-After may ask for more. */
export const longestPause: Record<Job['kind'], number> = { check: 30_000, mail: 60_000, sync: 30_000 }

/** How an outcome is told to the backup. Throws when it is no answer to this job. */
export function commandOf(job: Job, outcome: Outcome): OwnCommand {
  switch (job.kind) {
    case 'check':
      if (outcome.kind !== 'checked') break
      return { type: 'recordCheck', fileId: job.fileId, answer: outcome.answer }
    case 'mail': {
      const { fileId, generation } = job
      if (outcome.kind === 'accepted') return { type: 'recordAcceptance', fileId, generation }
      if (outcome.kind !== 'undelivered') break
      return { type: 'recordUndelivered', fileId, generation, trouble: outcome.trouble }
    }
    case 'sync':
      if (outcome.kind !== 'acknowledged') break
      return { type: 'recordSync', version: job.version }
    default:
      return assertNever(job)
  }
  throw new Error(`${outcome.kind} is no answer to ${job.key}`)
}

/** Why the outside world could not answer; its words are in `domain/words/causes.ts`. */
export type Cause =
  | 'refused'
  | 'timeout'
  | 'rate-limited'
  | 'server-error'
  | 'malformed'
  | 'other-subject'
  | 'rejected-for-now'
  | 'busy'
