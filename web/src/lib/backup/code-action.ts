import type { File } from '$contracts/files.ts'
import { m } from '#lib/paraglide/messages.js'

/** What the researcher can do about a file's code. */
export function codeActionLabel(status: File['consent']['status']): string {
  switch (status) {
    case 'unsent':
      return m.send_code()
    case 'sending':
    case 'sent':
      return m.enter_code()
    case 'undelivered':
    case 'expired':
    case 'voided':
      return m.send_again()
  }
}

/** The mail server does not take mail for this account: another mail helps nobody, another account does. */
export const isAccountDoubtful = ({ status, consent }: Pick<File, 'status' | 'consent'>): boolean =>
  status === 'pending' &&
  consent.status === 'undelivered' &&
  (consent.trouble === 'no-such-address' || consent.trouble === 'rejected')
