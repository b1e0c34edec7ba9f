/** The depositor's consent by a mailed code: times, states and limits (R25–R29). All times are epoch ms. */

import { hour, minute } from '../times.ts'

export const codeLifetime = 48 * hour // R27
export const resendAfter = 5 * minute // R27
export const undeliveredAfter = 24 * hour // a day of temporary refusals
export const triesPerCode = 5 // R28
export const triesPerAccession = 20 // R28: one accession in one project, over its life

/**
 * R28, per rolling day or week. Mails are those to one recipient that were accepted or are on their way. The totals
 * refuse only a requester who had one already that day, so nobody can fill them against another.
 */
export const limits = {
  codesPerFile: 5,
  mailsPerRequesterDay: 10,
  mailsPerRecipientDay: 30,
  mailsPerRecipientWeek: 200,
  wrongCodesPerAccount: 50,
  mismatchesPerAccount: 20,
} as const

export const mailTroubles = ['no-such-address', 'mailbox-full', 'rejected', 'not-accepted'] as const
export type MailTrouble = (typeof mailTroubles)[number]

/**
 * `sending`: a mail with generation + 1 is on its way; the code of `generation` stays good meanwhile.
 * `undelivered`: that mail will not arrive.
 */
export const consentStatuses = ['unsent', 'sending', 'sent', 'undelivered', 'expired', 'voided'] as const

export type Consent = {
  status: (typeof consentStatuses)[number]
  /** Of the newest code whose mail was accepted (or that was voided); 0 = none. It rises only then. */
  generation: number
  /** When the mail that is on its way was asked for. */
  requestedAt: number | null
  /** When the mail server accepted `generation`. */
  sentAt: number | null
  /** Until when the code of `generation` is good; null when it is not. */
  expiresAt: number | null
  /** Wrong tries of the code of `generation`. */
  wrongTries: number
  /** Wrong tries of the next one, whose mail is or was on its way: however often it is mailed, it has 5. */
  wrongTriesNext: number
  trouble: MailTrouble | null
  /** What the mail server answered then: `550 5.1.1`. */
  smtpCode: string | null
}

export const noConsent: Consent = {
  status: 'unsent',
  generation: 0,
  requestedAt: null,
  sentAt: null,
  expiresAt: null,
  wrongTries: 0,
  wrongTriesNext: 0,
  trouble: null,
  smtpCode: null,
}

/** R27: when the next code may be mailed; null = now. A mail that was given up causes no wait. */
export const resendAt = (consent: Pick<Consent, 'status' | 'sentAt'>): number | null =>
  consent.sentAt === null || consent.status === 'undelivered' ? null : consent.sentAt + resendAfter

/**
 * R27: until when another code has to wait; null = no longer. `mailedAt`: when a code for the same data set
 * was mailed last to the same recipient, by another file of any project.
 */
export function tooSoonUntil(
  consent: Pick<Consent, 'status' | 'sentAt'>,
  mailedAt: number | null,
  now: number,
): number | null {
  const own = resendAt(consent) ?? -Infinity
  const other = mailedAt === null ? -Infinity : mailedAt + resendAfter
  // The file's own code first: it is the one that the person sees.
  const until = now < own ? own : other
  return now < until ? until : null
}

/** The status as of now: a code expires at its time, also while its row still says `sent`. */
export const statusAt = (consent: Consent, now: number): Consent['status'] =>
  consent.status === 'sent' && consent.expiresAt !== null && now >= consent.expiresAt
    ? 'expired'
    : consent.status

/** R28: of the code that has the fewest left; one that has expired beside a mail on its way counts no more. */
export const triesLeft = (consent: Consent, now: number): number =>
  Math.max(0, triesPerCode - mostTried(consent, now))
function mostTried(consent: Consent, now: number): number {
  const { status, wrongTries, wrongTriesNext } = consent
  if (status !== 'sending') return wrongTries
  return isAcceptedLive(consent, now) ? Math.max(wrongTries, wrongTriesNext) : wrongTriesNext
}

const isAcceptedLive = ({ generation, expiresAt }: Consent, now: number): boolean =>
  generation > 0 && expiresAt !== null && now < expiresAt

/**
 * The generations whose code is right at this moment, newest first. A code that was typed before its
 * mail's acceptance was recorded proves the acceptance, so the one on its way counts too.
 */
export function liveGenerations(consent: Consent, now: number): number[] {
  const onItsWay = consent.status === 'sending' ? [consent.generation + 1] : []
  const accepted = isAcceptedLive(consent, now) ? [consent.generation] : []
  return [...onItsWay, ...accepted]
}

export function requested(consent: Consent, now: number): Consent {
  const old = liveGenerations(consent, now).length > 0
  return {
    ...consent,
    status: 'sending',
    requestedAt: now,
    trouble: null,
    smtpCode: null,
    wrongTries: old ? consent.wrongTries : 0,
  }
}

export const accepted = (consent: Consent, at: number): Consent => ({
  status: 'sent',
  generation: consent.generation + 1,
  requestedAt: null,
  sentAt: at,
  expiresAt: at + codeLifetime,
  wrongTries: consent.wrongTriesNext,
  wrongTriesNext: 0,
  trouble: null,
  smtpCode: null,
})

export const undelivered = (
  consent: Consent,
  trouble: MailTrouble,
  smtpCode: string | null = null,
): Consent => ({
  ...consent,
  status: 'undelivered',
  requestedAt: null,
  trouble,
  smtpCode,
})

export const expired = (consent: Consent): Consent => ({ ...consent, status: 'expired', expiresAt: null })

/**
 * R28: one more wrong try, of every code that it was compared with. The fifth voids the code, and one that is
 * on its way with it; the next code then waits its 5 minutes.
 */
export function tried(consent: Consent, now: number): Consent {
  const isOnItsWay = consent.status === 'sending'
  const counted = {
    ...consent,
    wrongTries: consent.wrongTries + (isAcceptedLive(consent, now) ? 1 : 0),
    wrongTriesNext: consent.wrongTriesNext + (isOnItsWay ? 1 : 0),
  }
  if (mostTried(counted, now) < triesPerCode) return counted
  const voided: Consent = { ...counted, status: 'voided', requestedAt: null, expiresAt: null }
  return isOnItsWay
    ? { ...voided, generation: consent.generation + 1, sentAt: now, wrongTriesNext: 0 }
    : voided
}

/** The next moment at which this consent changes by itself. */
export function consentDeadline(consent: Consent): number | null {
  switch (consent.status) {
    case 'sent':
      return consent.expiresAt
    case 'sending':
      return consent.requestedAt === null ? null : consent.requestedAt + undeliveredAfter
    default:
      return null
  }
}
