import { describe, expect, it } from 'vitest'
import { fileStatus, type Backup } from '../../domain/backup/state.ts'
import {
  accepted,
  codeLifetime,
  consentDeadline,
  liveGenerations,
  noConsent,
  requested,
  resendAfter,
  resendAt,
  statusAt,
  tried,
  tooSoonUntil,
  triesLeft,
  undelivered,
  undeliveredAfter,
  type Consent,
} from '../../domain/backup/consent.ts'
import { hour, minute } from '../../domain/times.ts'
import type { Command } from '../../domain/backup/commands.ts'
import type { SomeFacts as Facts } from '../support/decide.ts'
import { aBackup, aFile, consents, lead, now, say, saidOf } from './builders.ts'

const send: Command = { type: 'sendCode', fileId: 'file' }
const enter: Command = { type: 'enterCode', fileId: 'file', proof: '-' }
const wrong: Facts = { isRight: false }
const right: Facts = { isRight: true }
const withConsent = (consent: Consent) => aBackup({ files: [aFile({ consent })] })
const acceptance = (generation: number): Command => ({ type: 'recordAcceptance', fileId: 'file', generation })

/** A backup to which things are said one after the other. */
function story(start = withConsent(noConsent)) {
  let state: Backup = start
  const saying = (at: number, command: Command, facts: Facts = {}): string => {
    const decision = say(state, command, { at, facts })
    const said = saidOf(state, decision)
    state = decision.state
    return said
  }
  return { say: saying, consent: () => state.files[0]?.consent ?? noConsent, file: () => state.files[0] }
}

describe('R27 a code is good for 48 hours from the moment its mail was accepted', () => {
  const accepted48hAgo = now - codeLifetime
  it('is 48 hours', () => {
    expect(codeLifetime).toBe(172_800_000)
  })
  it.each([
    [codeLifetime - 1, 'changed'],
    [codeLifetime, 'CODE_EXPIRED'],
    [codeLifetime + 1, 'CODE_EXPIRED'],
  ])('%i ms later the right code → %s', (after, expected) => {
    const it = story(withConsent(accepted(requested(noConsent, now - 1), now)))
    expect(it.say(now + after, enter, right)).toBe(expected)
  })
  it('counts from the acceptance, not from the request', () => {
    const it = story()
    it.say(now, send)
    it.say(now + 3 * hour, acceptance(1))
    expect(it.consent()).toMatchObject({ sentAt: now + 3 * hour, expiresAt: now + 51 * hour })
  })
  it('says when it expired, also before `expire` is recorded', () => {
    const overdue = withConsent(accepted(requested(noConsent, accepted48hAgo), accepted48hAgo))
    const written = say(overdue, { type: 'expire' }).state
    expect(written.files[0]?.consent.status).toBe('expired')
    for (const state of [overdue, written])
      expect(say(state, enter, { at: now + hour, facts: right }).answer).toEqual({
        ok: false,
        code: 'CODE_EXPIRED',
        params: { time: new Date(now).toISOString() },
      })
  })
  it('is expired at its time, for every reader', () => {
    const consent = accepted(requested(noConsent, now), now)
    expect(statusAt(consent, now + codeLifetime - 1)).toBe('sent')
    expect(statusAt(consent, now + codeLifetime)).toBe('expired')
  })
})

describe('R27 a code can be re-sent once every 5 minutes', () => {
  it.each([
    [resendAfter - 1, 'CODE_TOO_SOON'],
    [resendAfter, 'changed'],
  ])('%i ms after the acceptance → %s', (after, expected) => {
    const it = story(withConsent(accepted(requested(noConsent, now - minute), now)))
    expect(it.say(now + after, send)).toBe(expected)
  })
  it.each([
    [resendAfter - 1, 'CODE_TOO_SOON'],
    [resendAfter, 'changed'],
  ])('%i ms after another file of the same data set was mailed one → %s', (after, expected) => {
    const it = story(withConsent(noConsent))
    expect(it.say(now + after, send, { mailedAt: now })).toBe(expected)
  })
  it('says when', () => {
    const state = withConsent(accepted(requested(noConsent, now), now))
    expect(say(state, send).answer).toMatchObject({
      params: { time: new Date(now + 5 * minute).toISOString() },
    })
  })
  it('a mail that was given up causes no wait', () => {
    expect(resendAt(consents.undelivered)).toBeNull()
    expect(tooSoonUntil(consents['undelivered, old code alive'], null, now)).toBeNull()
  })
  it('a voided code holds up as long as a good one', () => {
    expect(tooSoonUntil(consents['voided 4 minutes after the mail'], null, now)).toBe(now + minute)
    expect(tooSoonUntil(consents['voided 4 minutes after the mail'], null, now + minute)).toBeNull()
  })
  it('only the newest code is good', () => {
    const it = story()
    it.say(now, send)
    it.say(now, acceptance(1))
    it.say(now + resendAfter, send)
    expect(liveGenerations(it.consent(), now + resendAfter)).toEqual([2, 1]) // both, until it is accepted
    it.say(now + resendAfter, acceptance(2))
    expect(liveGenerations(it.consent(), now + resendAfter)).toEqual([2])
  })
})

describe('decision 004: a generation rises only on acceptance', () => {
  it('asking, asking again and failing leave it', () => {
    const it = story()
    const seen: number[] = []
    const at = (time: number, command: Command) => {
      it.say(time, command)
      seen.push(it.consent().generation)
    }
    at(now, send)
    at(now, send)
    at(now, { type: 'recordUndelivered', fileId: 'file', generation: 1, trouble: 'rejected' })
    at(now, send)
    at(now, acceptance(1))
    at(now, acceptance(1))
    at(now + hour, send)
    at(now + 26 * hour, { type: 'expire' })
    at(now + 26 * hour, send)
    at(now + 26 * hour, acceptance(2))
    expect(seen).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 2])
  })
  it.each([0, 1, 3])('an acceptance of generation %i is not that of 2', (generation) => {
    const state = withConsent(consents['sending again'])
    expect(saidOf(state, say(state, acceptance(generation)))).toBe('same')
  })
  it('a code that is typed before its acceptance was recorded proves it', () => {
    expect(liveGenerations(consents.sending, now)).toEqual([1])
    const it = story(withConsent(consents.sending))
    expect(it.say(now, enter, right)).toBe('changed')
    expect(it.file()?.status).toBe('done')
  })
})

describe('R27 a mail is undelivered after a day of trying', () => {
  it.each([
    [undeliveredAfter - 1, 'same', 'sending'],
    [undeliveredAfter, 'changed', 'undelivered'],
  ])('%i ms after it was asked for: %s', (after, said, status) => {
    const it = story()
    it.say(now, send)
    expect(it.say(now + after, { type: 'expire' })).toBe(said)
    expect(it.consent().status).toBe(status)
  })
  it('which keeps the old code alive, until its own time', () => {
    const it = story(withConsent(accepted(requested(noConsent, now), now)))
    it.say(now + hour, send)
    it.say(now + hour + undeliveredAfter, { type: 'expire' })
    expect(it.consent()).toMatchObject({ status: 'undelivered', trouble: 'not-accepted', generation: 1 })
    expect(liveGenerations(it.consent(), now + 48 * hour - 1)).toEqual([1])
    expect(liveGenerations(it.consent(), now + 48 * hour)).toEqual([])
    expect(it.say(now + 48 * hour - 1, enter, right)).toBe('changed')
  })
  it('a nudge does not make the day longer', () => {
    const it = story()
    it.say(now, send)
    it.say(now + 23 * hour, send)
    expect(consentDeadline(it.consent())).toBe(now + undeliveredAfter)
  })
})

describe('R28 5 wrong tries void a code', () => {
  it('a new code has 5 tries again; asking for one gives none back', () => {
    const it = story(withConsent(accepted(requested(noConsent, now), now)))
    for (let i = 0; i < 3; i++) it.say(now, enter, wrong)
    it.say(now + hour, send)
    expect(triesLeft(it.consent(), now + hour)).toBe(2)
    it.say(now + hour, acceptance(2))
    expect(triesLeft(it.consent(), now + hour)).toBe(5)
  })
  it('a code that expired takes its tries with it', () => {
    const old = tried(tried(accepted(requested(noConsent, now), now), now), now)
    expect(triesLeft(requested(old, now + codeLifetime - 1), now + codeLifetime - 1)).toBe(3)
    expect(triesLeft(requested(old, now + codeLifetime), now + codeLifetime)).toBe(5)
  })
  it('and when it expires while the next one is on its way, that one has all of its own', () => {
    const late = now + codeLifetime
    const it = story(withConsent(accepted(requested(noConsent, now), now)))
    for (let i = 0; i < 4; i++) it.say(now, enter, wrong)
    it.say(late - hour, send)
    expect(triesLeft(it.consent(), late)).toBe(5)
    for (let i = 0; i < 4; i++) expect(it.say(late, enter, wrong)).toBe('CODE_WRONG+')
    it.say(late, acceptance(2))
    expect(triesLeft(it.consent(), late)).toBe(1)
  })
  it('a code has 5 tries however often it is mailed, and keeps those it lost on its way', () => {
    const it = story()
    it.say(now, send)
    for (let i = 0; i < 3; i++) it.say(now, enter, wrong)
    it.say(now, { type: 'recordUndelivered', fileId: 'file', generation: 1, trouble: 'rejected' })
    it.say(now, send)
    expect(triesLeft(it.consent(), now)).toBe(2)
    it.say(now, acceptance(1))
    expect(triesLeft(it.consent(), now)).toBe(2)
    it.say(now, enter, wrong)
    expect(it.say(now, enter, wrong)).toBe('CODE_VOIDED+')
  })
  it('a code that was voided before its mail was accepted waits its 5 minutes too (R27)', () => {
    const it = story()
    it.say(now, send)
    for (let i = 0; i < 5; i++) it.say(now, enter, wrong)
    expect(it.say(now + 299_999, send)).toBe('CODE_TOO_SOON')
    expect(it.say(now + 300_000, send)).toBe('changed')
  })
  it('voids the code on its way too: its acceptance changes nothing, and the next is another one', () => {
    const it = story(withConsent(consents['sending again']))
    for (let i = 0; i < 5; i++) it.say(now, enter, wrong)
    expect(it.consent()).toMatchObject({
      status: 'voided',
      generation: 2,
      expiresAt: null,
      requestedAt: null,
    })
    expect(it.say(now, acceptance(2))).toBe('same')
    expect(
      it.say(now, { type: 'recordUndelivered', fileId: 'file', generation: 2, trouble: 'rejected' }),
    ).toBe('same')
    expect(liveGenerations(it.consent(), now)).toEqual([])
    expect(it.say(now, enter, right)).toBe('CODE_VOIDED')
    expect(it.say(now + hour, send)).toBe('changed')
    expect(liveGenerations(it.consent(), now + hour)).toEqual([3])
  })
})

describe('R28 20 wrong tries lock an accession in a project, over its life', () => {
  it('through four codes', () => {
    const it = story()
    const said: string[] = []
    for (let code = 1; code <= 4; code++) {
      const at = now + code * hour
      it.say(at, send)
      it.say(at, acceptance(code))
      for (let i = 0; i < 5; i++) said.push(it.say(at, enter, wrong))
    }
    const five = ['CODE_WRONG+', 'CODE_WRONG+', 'CODE_WRONG+', 'CODE_WRONG+', 'CODE_VOIDED+']
    expect(said).toEqual([...five, ...five, ...five, ...five.slice(0, 4), 'FILE_CODE_LOCKED+'])
    expect(it.file()?.wrongTriesForLife).toBe(20)
    expect(it.say(now + 100 * hour, send)).toBe('FILE_CODE_LOCKED')
  })
  it('stands over 待验证 only', () => {
    expect(fileStatus({ status: 'pending', wrongTriesForLife: 19 })).toBe('pending')
    expect(fileStatus({ status: 'pending', wrongTriesForLife: 20 })).toBe('locked')
    expect(fileStatus({ status: 'done', wrongTriesForLife: 20 })).toBe('done')
  })
})

describe('R31, R59 what a consent is made of', () => {
  it('no code and no address', () => {
    for (const consent of Object.values(consents)) {
      expect(JSON.stringify(consent)).not.toMatch(/@/)
      expect(Object.keys(consent).sort()).toEqual(Object.keys(noConsent).sort())
    }
  })
  it('an undelivered mail says why, and the next request forgets it', () => {
    const state = undelivered(consents.sending, 'no-such-address')
    expect(state.trouble).toBe('no-such-address')
    expect(requested(state, now).trouble).toBeNull()
  })
  it('needs none when the lead’s own account deposited the data (R22)', () => {
    const state = aBackup({ files: [aFile({ status: 'checking', depositorEmail: lead })] })
    const after = say(state, { type: 'recordCheck', fileId: 'file', answer: 'match' }).state
    expect(after.files[0]).toMatchObject({ status: 'done', consent: noConsent })
  })
})
