/** What only the locked row, or the outside world, allows to know; found before deciding. */
import type { RepositoryAnswer } from './commands.ts'

/** How often in a rolling window, and when the next one fits again. */
export type Counted = { count: number; freeAt: number }

type NoFacts = Record<never, never>

/** The facts that each command needs. A fact that is not found does not compile. */
export type FactsOf = {
  editBackup: NoFacts
  discard: NoFacts
  linkFile: {
    /** The same data set in another backup of the unit; its number, and which it is, when it is the actor's own (R23). */
    elsewhere: {
      number: string | null
      own?: { backupId: string; name: string; project: string } | null
    } | null
    /** Wrong codes so far for this accession in this project (R28). */
    wrongTriesForLife: number
    /** Mismatches of this account in 24 h. */
    mismatches: Counted
    /** What the repository answered; null while it has not (R20, R21). */
    checked: RepositoryAnswer | null
    /** A file of this id was removed: the request is one of before (R24). */
    wasRemoved: boolean
  }
  editFile: NoFacts
  removeFile: NoFacts
  sendCode: {
    /** Codes for this data set in 24 h. */
    codes: Counted
    /** Mails of this requester to this recipient in 24 h; and the last one of them alone. */
    ownMails: Counted
    lastOwnMail: Counted
    /** Mails of everybody to this recipient in 24 h, and in 7 days. */
    mailsInDay: Counted
    mailsInWeek: Counted
    /** When a code for the same data set was mailed last to this recipient, by another file of any project (R27). */
    mailedAt: number | null
  }
  enterCode: {
    /** Counted before it was compared (R28). */
    wrongTriesForLife: number
    /** Wrong codes of this account in 24 h. */
    wrongCodes: Counted
    /** Is it the code of one of the live generations? */
    isRight: boolean
  }
  submit: NoFacts
  recordCheck: NoFacts
  recordAcceptance: NoFacts
  recordUndelivered: NoFacts
  recordSync: NoFacts
  expire: NoFacts
}

/** When one more fits again; undefined while it fits now. */
export const fullUntil = ({ count, freeAt }: Counted, limit: number): number | undefined =>
  count >= limit ? freeAt : undefined
