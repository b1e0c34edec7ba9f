/** The depositor's consent by a mailed code: the commands (R25–R29). The consent itself is in `consent.ts`. */
import { refusal } from '../result.ts'
import { isoTime } from '../times.ts'
import * as consent from './consent.ts'
import { changed, factOf, refused, unchanged, withFile, type Rule } from './decision.ts'
import { type FactsOf, fullUntil } from './facts.ts'
import { fileStatus, findFile, type DataFile, type Draft } from './state.ts'

/** R25, R27; while a mail is on its way this is one more try of the same one. */
export const sendCode: Rule<'sendCode'> = {
  by: ['custodian'],
  in: ['draft'],
  decide(draft, { fileId }, facts, at) {
    const file = findFile(draft, fileId)
    if (!file) return refused('NOT_FOUND')
    if (fileStatus(file) === 'locked') return refused('FILE_CODE_LOCKED') // R28
    if (file.status !== 'pending') return refused('CODE_NOT_NEEDED')
    if (file.consent.status === 'sending') return unchanged
    const tooSoon = consent.tooSoonUntil(file.consent, facts.mailedAt, at)
    if (tooSoon !== null) return refused('CODE_TOO_SOON', { time: isoTime(tooSoon) }) // R27
    const full = sendLimitUntil(facts)
    if (full !== undefined) return refused('CODE_SEND_LIMIT', { time: isoTime(full) })
    const asked = changed(
      withFile(draft, { ...file, consent: consent.requested(file.consent, at) }),
      factOf('codeRequested', file),
      'code',
    )
    return fillsRecipient(facts) ? { ...asked, item: 'recipientFull' } : asked
  },
}

/** R28: until when no code may be mailed; undefined while one may. */
function sendLimitUntil(facts: FactsOf['sendCode']): number | undefined {
  const totals = [
    fullUntil(facts.mailsInDay, consent.limits.mailsPerRecipientDay),
    fullUntil(facts.mailsInWeek, consent.limits.mailsPerRecipientWeek),
  ].filter((freeAt) => freeAt !== undefined)
  const own = fullUntil(facts.lastOwnMail, 1)
  const full = [
    fullUntil(facts.codes, consent.limits.codesPerFile),
    fullUntil(facts.ownMails, consent.limits.mailsPerRequesterDay),
    // Free again with the totals, or with the own first one of a day.
    totals.length > 0 && own !== undefined ? Math.min(Math.max(...totals), own) : undefined,
  ].filter((freeAt) => freeAt !== undefined)
  return full.length > 0 ? Math.max(...full) : undefined
}

/** With this mail the recipient has as many as the totals allow, or more: somebody should look at it. */
const fillsRecipient = ({ mailsInDay, mailsInWeek }: FactsOf['sendCode']): boolean =>
  mailsInDay.count + 1 >= consent.limits.mailsPerRecipientDay ||
  mailsInWeek.count + 1 >= consent.limits.mailsPerRecipientWeek

/** R28: counted, compared and decided in one transaction. */
export const enterCode: Rule<'enterCode'> = {
  by: ['custodian'],
  in: ['draft'],
  already: 'completed', // its file is 完成
  decide(draft, { fileId }, facts, at) {
    const found = findFile(draft, fileId)
    if (!found) return refused('NOT_FOUND')
    // Another backup of the project may have counted since this one was loaded.
    const file = { ...found, wrongTriesForLife: facts.wrongTriesForLife }
    if (file.status === 'done') return unchanged
    if (file.status !== 'pending') return refused('CODE_NOT_SENT')
    if (fileStatus(file) === 'locked') return refused('FILE_CODE_LOCKED')
    if (consent.liveGenerations(file.consent, at).length === 0) return noLiveCode(file.consent, at)
    const full = fullUntil(facts.wrongCodes, consent.limits.wrongCodesPerAccount)
    if (full !== undefined) return refused('RATE_LIMITED', { time: isoTime(full) })
    if (facts.isRight)
      return changed(withFile(draft, { ...file, status: 'done' }), factOf('fileAuthorised', file))
    return wrong(draft, file, at)
  },
}

/** R29: why no code can be right at this moment. */
function noLiveCode(of: consent.Consent, at: number) {
  if (of.status === 'voided') return refused('CODE_VOIDED')
  if (of.generation === 0) return refused('CODE_NOT_SENT')
  const expiredAt = of.expiresAt ?? (of.sentAt ?? at) + consent.codeLifetime
  if (at < expiredAt) return refused('CODE_VOIDED') // and the mail after it did not arrive
  return refused('CODE_EXPIRED', { time: isoTime(expiredAt) })
}

/** A wrong code is refused and counted; the fifth voids it, the twentieth locks the file. */
function wrong(draft: Draft, file: DataFile, at: number) {
  const counted: DataFile = {
    ...file,
    consent: consent.tried(file.consent, at),
    wrongTriesForLife: file.wrongTriesForLife + 1,
  }
  const locked = fileStatus(counted) === 'locked'
  const voided = counted.consent.status === 'voided'
  return {
    kind: 'refused',
    refusal: locked
      ? refusal('FILE_CODE_LOCKED')
      : voided
        ? refusal('CODE_VOIDED')
        : refusal('CODE_WRONG', { triesLeft: consent.triesLeft(counted.consent, at) }),
    change: {
      state: withFile(draft, counted),
      fact: factOf(locked ? 'fileLocked' : voided ? 'codeVoided' : 'codeWrong', file),
    },
    count: 'wrongCode',
  } as const
}

/** The mail server accepted this generation; its 48 hours begin (R27). */
export const recordAcceptance: Rule<'recordAcceptance'> = {
  by: ['system'],
  in: ['draft'],
  decide(draft, command, _, at) {
    const file = awaitingMail(draft, command)
    if (!file) return unchanged
    return changed(
      withFile(draft, { ...file, consent: consent.accepted(file.consent, at) }),
      factOf('codeSent', file),
    )
  },
}

export const recordUndelivered: Rule<'recordUndelivered'> = {
  by: ['system'],
  in: ['draft'],
  decide(draft, command) {
    const file = awaitingMail(draft, command)
    return file ? undelivered(draft, file, command.trouble, command.smtpCode) : unchanged
  },
}

/**
 * The clock has passed a deadline: a mail that no server accepted for a day is given up, one at a time, for each is a
 * line of its own in the timeline; then codes expire.
 */
export const expire: Rule<'expire'> = {
  by: ['system'],
  in: ['draft'],
  decide(draft, _command, _facts, now) {
    const isDue = (file: DataFile): boolean => {
      const at = file.status === 'pending' ? consent.consentDeadline(file.consent) : null
      return at !== null && at <= now
    }
    const givenUp = draft.files.find((file) => isDue(file) && file.consent.status === 'sending')
    if (givenUp) return undelivered(draft, givenUp, 'not-accepted')
    const due = draft.files.filter(isDue)
    if (due.length === 0) return unchanged
    const files = draft.files.map((file) =>
      due.includes(file) ? { ...file, consent: consent.expired(file.consent) } : file,
    )
    const accessions = due.map((file) => file.accession)
    return changed({ ...draft, files }, { action: 'codesExpired', params: { accessions } })
  },
}

const undelivered = (
  draft: Draft,
  file: DataFile,
  trouble: consent.MailTrouble,
  smtpCode: string | null = null,
) =>
  changed(
    withFile(draft, { ...file, consent: consent.undelivered(file.consent, trouble, smtpCode) }),
    factOf('codeUndelivered', file, { trouble, ...(smtpCode !== null && { smtpCode }) }),
    'undelivered',
  )

/** The file whose mail of this generation is still on its way. */
function awaitingMail(
  draft: Draft,
  { fileId, generation }: { fileId: string; generation: number },
): DataFile | undefined {
  const file = findFile(draft, fileId)
  return file?.status === 'pending' &&
    file.consent.status === 'sending' &&
    file.consent.generation + 1 === generation
    ? file
    : undefined
}
