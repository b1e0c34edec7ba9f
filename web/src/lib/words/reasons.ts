/**
 * Why a file waits, where its tag does not say it: what happened and what to do. Made on the server, so that no page
 * carries all the words.
 */
import type { File } from '$contracts/files.ts'
import type { Cause } from '$domain/backup/outside.ts'
import { causeWords } from '$domain/words/causes.ts'
import { troubleWords } from '$domain/words/statuses.ts'
import { contact } from '#lib/words/contact.ts'
import { showClock } from '#lib/words/formats.ts'
import { said } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'

/** `more`: tries so far, and the next one. */
export type Reason = { text: string; more: string }
export type ReasonedFile = File & { reason?: Reason | undefined }

export const withReasons = (files: readonly File[], serverNow: string): ReasonedFile[] =>
  files.map((file) => ({ ...file, reason: reasonOf(file, serverNow) }))

export const causeLabel = (cause: Cause): string => said(causeWords[cause])

function reasonOf(file: File, serverNow: string): Reason | undefined {
  const { check, mail, repository } = file
  if (file.status === 'locked') return { text: m.row_locked({ contact }), more: '' }
  const ended = file.status === 'pending' && endedText(file.consent)
  if (ended) return { text: ended, more: '' }
  if (mail?.cause) {
    const cause = causeLabel(mail.cause)
    const text = mail.needsStaff ? m.row_mail_staff({ cause, contact }) : m.row_mail_delayed({ cause })
    return { text, more: triesOf(mail, serverNow) }
  }
  if (!check?.cause) return undefined
  const more = triesOf(check, serverNow)
  if (check.needsStaff)
    return { text: m.row_wrong_answer({ repository, cause: causeLabel(check.cause), contact }), more }
  // An outage is told after a minute, since most are over by then.
  const isLong = Date.parse(serverNow) - Date.parse(check.since) > 60_000
  return isLong ? { text: m.row_unavailable({ repository }), more } : undefined
}

const triesOf = ({ tries, nextAt }: NonNullable<File['check']>, serverNow: string): string =>
  nextAt && Date.parse(nextAt) > Date.parse(serverNow)
    ? m.row_tries({ n: tries, time: showClock(nextAt) })
    : m.row_tries_now({ n: tries })

/** Of a code that never arrived, or can no longer be entered: why, and what now. */
function endedText({ status, trouble }: File['consent']): string | undefined {
  switch (status) {
    case 'undelivered':
      return undeliveredText(trouble)
    case 'expired':
      return m.row_expired()
    case 'voided':
      return m.row_voided()
    default:
      return undefined
  }
}

/** Only a refused address is a reason to doubt the account. */
function undeliveredText(trouble: File['consent']['trouble']): string {
  const reason = trouble === null ? m.trouble_unknown() : said(troubleWords[trouble])
  if (trouble === 'mailbox-full') return m.code_undelivered_full({ reason })
  return trouble === 'not-accepted'
    ? m.code_undelivered_late({ reason, contact })
    : m.code_undelivered({ reason })
}
