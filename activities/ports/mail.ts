/** Port to the mail server: SMTP by nodemailer. */
import nodemailer from 'nodemailer'
import { Unavailable } from './outside.ts'
import type { MailTrouble } from '../../domain/backup/consent.ts'

export type Letter = { to: string; subject: string; text: string; html: string; messageId: string }
/** `accepted`, or never to be delivered (5xx); everything else is thrown as Unavailable. */
export type Mailer = (
  letter: Letter,
) => Promise<{ accepted: true } | { accepted: false; trouble: MailTrouble }>

/** The latest end of one attempt; a server that hangs is given up then. */
export const mailTimeoutMs = 60_000

export function mailer(smtpUrl: string, from: string): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return async (letter) => {
    try {
      await transport.sendMail({
        ...letter,
        from,
        // An automatic mail asks for no automatic answers (RFC 3834).
        headers: { 'auto-submitted': 'auto-generated' },
      })
      return { accepted: true }
    } catch (error) {
      const { responseCode, command = '' } = smtpError(error)
      // Only what is said of the recipient or the text ends a mail; the rest is between the server and us.
      if (responseCode !== undefined && responseCode >= 500 && /^(RCPT TO|DATA)/.test(command))
        return {
          accepted: false,
          trouble: isNoSuchAddress(responseCode, error) ? 'no-such-address' : 'rejected',
        }
      if (responseCode !== undefined)
        throw new Unavailable('rejected-for-now', `The mail server answers ${responseCode}`)
      throw new Unavailable('refused', `The mail server does not take the mail: ${words(error)}`)
    }
  }
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
