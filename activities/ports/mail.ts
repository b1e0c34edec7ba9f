/** Port to the mail server: SMTP by nodemailer. */
import nodemailer from 'nodemailer'
import { Unavailable } from './outside.ts'
import type { MailTrouble } from '../../domain/backup/consent.ts'

export type Letter = { to: string; subject: string; text: string; html: string; messageId: string }
/** `accepted`, or never to be delivered (5xx); everything else is thrown as Unavailable. */
type MailAnswer = { accepted: true } | { accepted: false; trouble: MailTrouble }
export type Mailer = {
  send: (letter: Letter) => Promise<MailAnswer>
  /** Hangs up the connections that are kept. */
  close: () => void
}

/** The latest end of one attempt, however the server drags it out. */
export const mailTimeoutMs = 60_000

/**
 * Connections are kept for the next mail: opening one costs several round trips. `maxRequeues: 0`: a mail whose
 * connection breaks is not sent again by the library, since it may have been taken; the next attempt decides.
 */
export function mailer(smtpUrl: string, from: string, timeoutMs = mailTimeoutMs): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxRequeues: 0,
    // A mail that hangs holds its connection, and must not hold up the others.
    maxConnections: 200,
    // Shorter than the five minutes that servers wait (RFC 5321 §4.5.3.2.7), so that they seldom hang up first.
    idleTimeout: 60_000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (letter) => {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        await transport.sendMail({
          ...letter,
          from,
          signal,
          // An automatic mail asks for no automatic answers (RFC 3834).
          headers: { 'auto-submitted': 'auto-generated' },
        })
        return { accepted: true }
      } catch (error) {
        if (signal.aborted) throw new Unavailable('timeout', 'The mail server does not come to an end')
        return refusalOrUnavailable(error)
      }
    },
    close: () => transport.close(),
  }
}

function refusalOrUnavailable(error: unknown): MailAnswer {
  const { responseCode, command = '' } = smtpError(error)
  // Only what is said of the recipient or the text ends a mail; the rest is between the server and us.
  if (responseCode !== undefined && responseCode >= 500 && /^(RCPT TO|DATA)/.test(command))
    return { accepted: false, trouble: isNoSuchAddress(responseCode, error) ? 'no-such-address' : 'rejected' }
  if (responseCode !== undefined)
    throw new Unavailable('rejected-for-now', `The mail server answers ${responseCode}`)
  throw new Unavailable('refused', `The mail server does not take the mail: ${words(error)}`)
}

type SmtpError = { responseCode?: number; code?: string; command?: string }
const smtpError = (error: unknown): SmtpError => (error instanceof Error ? (error as SmtpError) : {}) // nodemailer adds these fields to its errors

/** RFC 5321 §4.2.3 and RFC 3463: 550, 551, 553 or 5.1.x say that there is no such mailbox. */
const isNoSuchAddress = (responseCode: number, error: unknown): boolean =>
  [551, 553].includes(responseCode) ||
  (responseCode === 550 &&
    /\b5\.1\.\d\b|no such|unknown|not exist/i.test(error instanceof Error ? error.message : ''))

/** nodemailer's own code; its message may repeat the address. */
const words = (error: unknown): string => smtpError(error).code ?? 'connection failed'
