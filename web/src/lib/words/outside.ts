/** What a person reads where the outside world gives no answer that counts. */
import { needsStaff, type Cause } from '$domain/backup/outside.ts'
import type { File } from '$contracts/files.ts'
import { causeWords } from '$domain/words/causes.ts'
import { contact } from '#lib/words/contact.ts'
import { said, troubleLabel } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'

export const causeLabel = (cause: Cause): string => said(causeWords[cause])

/** Why 校验中 takes long (R20). */
export const checkText = (repository: string, cause: Cause): string =>
  needsStaff(cause)
    ? m.row_wrong_answer({ repository, cause: causeLabel(cause), contact })
    : m.row_unavailable({ repository })

/** Why the code's mail takes long. */
export const mailText = (cause: Cause): string =>
  needsStaff(cause)
    ? m.row_mail_staff({ cause: causeLabel(cause), contact })
    : m.row_mail_delayed({ cause: causeLabel(cause) })

/** A mail that will not arrive: why, and what helps. Only a refused address is a reason to doubt the account. */
export function undeliveredText(trouble: File['consent']['trouble']): string {
  const reason = troubleLabel(trouble)
  if (trouble === 'mailbox-full') return m.code_undelivered_full({ reason })
  return trouble === 'not-accepted'
    ? m.code_undelivered_late({ reason, contact })
    : m.code_undelivered({ reason })
}
