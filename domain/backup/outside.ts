import type { Job } from './owed.ts'
import type { MailTrouble } from './consent.ts'
import type { OwnCommand } from './commands.ts'
import { assertNever } from '../result.ts'
import { hour, minute } from '../times.ts'

/** What the outside world answered about one piece of owed work. */
export type Outcome =
  | { kind: 'checked'; answer: 'match' | 'mismatch' }
  | { kind: 'accepted' }
  | { kind: 'undelivered'; trouble: MailTrouble; smtpCode?: string }
  | { kind: 'acknowledged' }

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
      const { trouble, smtpCode } = outcome
      return { type: 'recordUndelivered', fileId, generation, trouble, ...(smtpCode && { smtpCode }) }
    }
    case 'sync':
      if (outcome.kind !== 'acknowledged') break
      return { type: 'recordSync', version: job.version }
    default:
      return assertNever(job)
  }
  throw new Error(`${outcome.kind} is no answer to ${job.key}`)
}

/**
 * Why the outside world gave no answer that counts; its words are in `domain/words/causes.ts`. An `outage` goes by
 * itself. The others are answers: nonsense, a refusal of us (our token, our log-in, our address), a refusal of this one
 * question. They stay as they are until somebody acts, here or there.
 */
const kinds = {
  refused: 'outage',
  timeout: 'outage',
  'rate-limited': 'outage',
  'server-error': 'outage',
  'rejected-for-now': 'outage',
  busy: 'outage',
  malformed: 'nonsense',
  'other-subject': 'nonsense',
  unauthorised: 'refuses-us',
  'no-encryption': 'refuses-us',
  policy: 'refuses-us',
  rejected: 'rejected',
} as const
export type Cause = keyof typeof kinds
export type CauseKind = (typeof kinds)[Cause]
export const causes = Object.keys(kinds) as Cause[]
export const kindOf = (cause: Cause): CauseKind => kinds[cause]
export const needsStaff = (cause: Cause | null): boolean => cause !== null && kindOf(cause) !== 'outage'

/** The longest pause between two attempts during an outage, in ms; a Retry-After may ask for more. */
export const longestPause: Record<Job['kind'], number> = { check: 30_000, mail: 60_000, sync: 30_000 }

/**
 * The pause after a failure: twice the one before for such a cause, from 1 s. What is cured for all at once is found cured
 * within ten minutes; a refusal of one question is asked again hourly.
 */
export function pauseAfter(
  job: Job['kind'],
  cause: Cause,
  before: { cause: Cause | null; pauseMs: number },
): number {
  const kind = kindOf(cause)
  const longest = {
    outage: longestPause[job],
    nonsense: 10 * minute,
    'refuses-us': 10 * minute,
    rejected: hour,
  }
  const isAsBefore = before.cause !== null && kindOf(before.cause) === kind
  return Math.min(isAsBefore ? Math.max(1_000, 2 * before.pauseMs) : 1_000, longest[kind])
}

/** How it stands with owed work that failed. `reason`: what the outside said, without persons. `nextAt`: at the latest. */
export type Trouble = {
  key: string
  cause: Cause
  reason: string | null
  tries: number
  at: number
  nextAt: number
}
