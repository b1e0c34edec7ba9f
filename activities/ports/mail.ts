/** Port to the mail server: SMTP by nodemailer. */
import nodemailer from 'nodemailer'
import { cleaned, isTlsTrouble, Unavailable } from './outside.ts'
import { meaningOf, smtpCodeOf, type SmtpError } from './smtp-answers.ts'
import type { MailTrouble } from '../../domain/backup/consent.ts'

export type Letter = { to: string; subject: string; text: string; html: string; messageId: string }
/** `accepted`, or never to be delivered; everything else is thrown as Unavailable. */
type MailAnswer = { accepted: true } | { accepted: false; trouble: MailTrouble; smtpCode?: string }
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
 * `requireTLS`: somebody between us and the server could take STARTTLS out of its offer and read the codes. Who wants
 * that nevertheless writes `?requireTLS=false` into the address.
 */
export function mailer(smtpUrl: string, from: string, timeoutMs = mailTimeoutMs): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    requireTLS: !isLoopback(smtpUrl),
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
        return refusalOrUnavailable(error, [letter.to])
      }
    },
    close: () => transport.close(),
  }
}

function refusalOrUnavailable(error: unknown, hide: readonly string[]): MailAnswer {
  const said: SmtpError = error instanceof Error ? error : new Error(String(error))
  const meaning = meaningOf(said)
  const smtpCode = smtpCodeOf(said)
  if (meaning && 'trouble' in meaning)
    return { accepted: false, trouble: meaning.trouble, ...(smtpCode && { smtpCode }) }
  // Also a server that does not know STARTTLS: it answers, but not to us.
  if (said.code === 'ETLS' || isTlsTrouble(said))
    throw new Unavailable('no-encryption', 'The mail server cannot be asked over TLS')
  // nodemailer's own code where nobody answered; its message may repeat the address.
  if (!meaning)
    throw new Unavailable(
      'refused',
      `The mail server does not take the mail: ${said.code ?? 'no connection'}`,
    )
  throw new Unavailable(meaning.cause, `The mail server answers ${smtpCode}`, {
    reason: cleaned(said.response ?? '', hide),
  })
}

/** On this machine nobody listens between us and the server. */
const isLoopback = (url: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
