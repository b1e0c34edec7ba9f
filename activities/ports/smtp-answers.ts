/** What a mail server's refusal means, and whose it is (RFC 5321 §4.2, RFC 3463). */
import type { MailTrouble } from '../../domain/backup/consent.ts'
import type { Cause } from '../../domain/backup/outside.ts'

/** nodemailer adds these fields to its errors. */
export type SmtpError = Error & { responseCode?: number; response?: string; code?: string; command?: string }

/** `trouble`: this mail will never be delivered. `cause`: it waits; `policy` and `unauthorised` are about us, not the recipient. */
export type Meaning = { trouble: MailTrouble } | { cause: Cause }

/** `550 5.1.1`, or the code alone. */
export function smtpCodeOf({ responseCode, response = '' }: SmtpError): string | undefined {
  const enhanced = enhancedOf(response)
  return responseCode === undefined ? undefined : [responseCode, ...(enhanced ? [enhanced] : [])].join(' ')
}
const enhancedOf = (response: string): string | undefined =>
  /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]

/** The enhanced status code says it best, then the code, then the words; what stays open is no fault of the address. */
export function meaningOf(error: SmtpError): Meaning | undefined {
  const { responseCode: code, response = '', command = '' } = error
  if (code === undefined) return undefined
  if (code < 500) return { cause: 'rejected-for-now' }
  if (/^AUTH/.test(command) || [530, 534, 535, 538].includes(code)) return { cause: 'unauthorised' }
  // Only what is said of the recipient or the text can end a mail; the rest is between the server and us.
  if (!/^(RCPT TO|DATA)/.test(command)) return { cause: 'policy' }
  const known = byEnhanced(enhancedOf(response))
  if (known) return known
  if (code < 550) return { cause: 'policy' } // 503: we speak out of turn
  return byWords(response) ?? byCode[code] ?? { trouble: 'rejected' }
}

function byEnhanced(status: string | undefined): Meaning | undefined {
  if (status === undefined) return undefined
  // 5.1.7 and 5.1.8 are about the sender, 5.5 and 5.6 about how we speak and write, 5.7 about whom the server trusts.
  if (/^5\.(1\.[78]|[567]\.\d+)$/.test(status)) return { cause: 'policy' }
  if (/^5\.1\.([12346]|10)$/.test(status)) return { trouble: 'no-such-address' }
  if (status === '5.2.2') return { trouble: 'mailbox-full' }
  return undefined
}

const box = 'users?|mailbox(?:es)?|recipients?|accounts?|address(?:es)?'
const noSuchAddress = new RegExp(
  `\\b(?:${box})\\b[^.]{0,40}?\\b(?:unknown|not found|not exist|no longer exists?|invalid|does ?n.?t exist|non-?existent)` +
    `|\\b(?:no such|unknown|invalid|non-?existent) (?:local |virtual )?(?:${box}|person)\\b|no mailbox here`,
  'i',
)
function byWords(response: string): Meaning | undefined {
  const said = response.replace(/\S+@\S+/g, '') // an address may hold any word
  if (/\bsender\b/i.test(said)) return { cause: 'policy' }
  if (noSuchAddress.test(said)) return { trouble: 'no-such-address' }
  if (/\b(?:mailbox|quota|storage)\b.*\b(?:full|exceed\w*)\b|over ?quota/i.test(said))
    return { trouble: 'mailbox-full' }
  if (
    /spam|black ?list|block(?:ed|list)|relay|reverse|\bptr\b|\bspf\b|dkim|dmarc|polic|reputation|authenticat|denied/i.test(
      said,
    )
  )
    return { cause: 'policy' }
  return undefined
}

const byCode: Partial<Record<number, Meaning>> = {
  551: { trouble: 'no-such-address' },
  552: { trouble: 'mailbox-full' },
  553: { trouble: 'no-such-address' },
  555: { cause: 'policy' },
}
