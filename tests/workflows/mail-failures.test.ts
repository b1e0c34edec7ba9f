import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mailer } from '../../activities/ports/mail.ts'
import type { Fault } from '../../local/stand-ins/faults.ts'
import { minute } from '../../domain/times.ts'
import { noConsent } from '../../domain/backup/consent.ts'
import { reload } from '../../workflows/backup/commands.ts'
import { createDraft, ownFile, othersFile, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'
import { codeOfFile, sentAt, startPending, stateOf } from './arrange.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
afterEach(() => {
  fault({ mode: 'down' }) // ends the sessions that hang
  fault({ mode: 'ok' })
})

const fault = (value: Fault) => stage.outside.faults.set(['mail'], value)
const send = (draft: Draft, fileId: string) => stage.say(draft, 'sendCode', { fileId })
const enter = (draft: Draft, fileId: string, typed: string) =>
  stage.say(draft, 'enterCode', { fileId, proof: stage.proof(fileId, typed) })
/** Oldest first. */
const mailsTo = (email: string) =>
  stage.outside.inbox
    .newestFirst()
    .filter((mail) => mail.to === email)
    .reverse()
const codesTo = (email: string) => stage.outside.codesTo(email).reverse()
const consentOf = async (draft: Draft) => {
  const { files } = await stateOf(stage, draft)
  return files[0]?.consent ?? noConsent
}
/** After a click the mail's fate is known at once, on a busy machine a moment later. */
const fateOf = (draft: Draft) =>
  until('the fate of the mail is known', async () => {
    const consent = await consentOf(draft)
    return consent.status !== 'sending' && consent
  })
const untilSent = (draft: Draft) =>
  until('the mail is accepted', async () => (await consentOf(draft)).status === 'sent')
const owedBy = (draft: Draft) =>
  stage.owner.selectFrom('owed').selectAll().where('subjectId', '=', draft.id).execute()
const untilTried = (draft: Draft, tries: number) =>
  until(`${tries} tries`, async () => {
    const [owed] = await owedBy(draft)
    return owed !== undefined && owed.tries >= tries && owed.cause !== null
  })

/** Two tries failed so, and then the server is well again: one acceptance, one code, its hours from then on. */
async function recoversFrom(trouble: Fault): Promise<{ copies: number }> {
  const { draft, fileId, email } = await startPending(stage)
  fault(trouble)
  expect(await send(draft, fileId)).toEqual({ ok: true })
  expect(await consentOf(draft)).toMatchObject({ status: 'sending', generation: 0, trouble: null })
  await untilTried(draft, 2)
  fault({ mode: 'ok' })
  await untilSent(draft)
  const mails = mailsTo(email)
  const { sentAt, expiresAt, generation } = await consentOf(draft)
  expect(generation).toBe(1)
  expect(Math.abs((sentAt ?? 0) - Date.parse(mails.at(-1)?.at ?? ''))).toBeLessThan(1_000)
  expect((expiresAt ?? 0) - (sentAt ?? 0)).toBe(48 * 60 * minute)
  expect(new Set(codesTo(email))).toEqual(new Set([codeOfFile(fileId, 1)]))
  expect(new Set(mails.map((mail) => mail.messageId))).toHaveProperty('size', 1)
  expect(await owedBy(draft)).toEqual([])
  expect(await enter(draft, fileId, codeOfFile(fileId, 1))).toEqual({ ok: true })
  return { copies: mails.length }
}

describe('R25 a mail that the server refuses for good', () => {
  const cases: [string, Fault, string, string][] = [
    ['550 5.1.1', { mode: 'error', status: 550, words: '5.1.1 Bad mailbox' }, 'no-such-address', '550 5.1.1'],
    ['550 in words', { mode: 'error', status: 550, words: 'User not found' }, 'no-such-address', '550'],
    ['552', { mode: 'error', status: 552, words: '5.2.2 Mailbox full' }, 'mailbox-full', '552 5.2.2'],
    ['554', { mode: 'error', status: 554 }, 'rejected', '554'],
    ['554 after the text', { mode: 'error', status: 554, stage: 'data' }, 'rejected', '554'],
  ]
  it.each(cases)(
    '%s is undelivered, and can be sent again at once',
    async (_, trouble, because, smtpCode) => {
      const { draft, fileId, email } = await startPending(stage)
      fault({ ...trouble, only: email })
      expect(await send(draft, fileId)).toEqual({ ok: true })
      expect(await fateOf(draft)).toMatchObject({
        ...{ status: 'undelivered', generation: 0, trouble: because, smtpCode },
      })
      expect(await owedBy(draft)).toEqual([])
      expect(mailsTo(email)).toEqual([])
      fault({ mode: 'ok' })
      expect(await send(draft, fileId)).toEqual({ ok: true })
      expect(await fateOf(draft)).toMatchObject({
        status: 'sent',
        generation: 1,
        trouble: null,
        smtpCode: null,
      })
      expect(codesTo(email)).toEqual([codeOfFile(fileId, 1)])
    },
  )

  it('keeps the old code good when only the next mail was refused', async () => {
    const { draft, fileId } = await startPending(stage, sentAt(Date.now() - 6 * minute))
    fault({ mode: 'error', status: 550 })
    await send(draft, fileId)
    expect(await fateOf(draft)).toMatchObject({ status: 'undelivered', generation: 1 })
    expect(await enter(draft, fileId, codeOfFile(fileId, 1))).toEqual({ ok: true })
  })
})

describe('R25, R27 a mail that the server does not take for now', () => {
  const once: [string, Fault][] = [
    ['greylisting 451', { mode: 'error', status: 451, words: '4.7.1 Greylisted' }],
    ['450 mailbox busy', { mode: 'error', status: 450 }],
    ['421 at the greeting', { mode: 'error', status: 421, stage: 'greeting' }],
    ['452 after the text', { mode: 'error', status: 452, stage: 'data' }],
    ['454 at the log-in', { mode: 'error', status: 454, stage: 'auth' }],
    ['a refused connection', { mode: 'down' }],
    ['a connection cut at the greeting', { mode: 'down', stage: 'greeting' }],
    ['a connection cut at the log-in', { mode: 'down', stage: 'auth' }],
    ['a connection cut at the recipient', { mode: 'down', stage: 'rcpt' }],
    ['a connection cut in the text', { mode: 'down', stage: 'data' }],
    ['a certificate that no authority signed', { mode: 'error', tls: true }],
  ]
  it.each(once)('%s: one mail, and its 48 hours start at the acceptance', async (_, trouble) => {
    expect(await recoversFrom(trouble)).toEqual({ copies: 1 })
  })

  it.each<[string, Fault]>([
    ['a connection cut after the mail was kept', { mode: 'down', stage: 'after-data' }],
    ['451 after the mail was kept', { mode: 'error', status: 451, stage: 'after-data' }],
  ])('%s: every copy carries the same code and Message-ID', async (_, trouble) => {
    expect((await recoversFrom(trouble)).copies).toBeGreaterThanOrEqual(2)
  })
})

describe('R25 what is not the recipient’s fault', () => {
  it('a server that speaks no TLS, behind smtps: nothing is said of the recipient', async () => {
    const plain = stage.config.SMTP_URL.replace('smtp:', 'smtps:')
    const letter = { to: 'a@example.cn', subject: 's', text: 't', html: 'h', messageId: '<a@example.cn>' }
    await expect(mailer(plain, 'b@example.cn').send(letter)).rejects.toMatchObject({ name: 'Unavailable' })
  })

  // R25: only what the server says of the recipient may end a mail.
  it.each<[string, Fault]>([
    ['535: our password is wrong', { mode: 'error', status: 535, stage: 'auth' }],
    ['554 at the greeting: the server serves no client', { mode: 'error', status: 554, stage: 'greeting' }],
    ['553 at the sender: our own address is refused', { mode: 'error', status: 553, stage: 'sender' }],
    ['530 at the sender: it wants a log-in', { mode: 'error', status: 530, stage: 'sender' }],
    ['550 5.7.1 at the recipient', { mode: 'error', words: '5.7.1 reverse hostname, unknown' }],
    ['503 at the recipient', { mode: 'error', status: 503 }],
  ])('%s; it stays on its way and is tried again', async (_, trouble) => {
    expect(await recoversFrom(trouble)).toEqual({ copies: 1 })
  })
})

describe('R25 a mail server that hangs', () => {
  it('holds up no other backup, however many mails hang', async () => {
    const hanging = await Promise.all(Array.from({ length: 8 }, () => startPending(stage)))
    const first = hanging[0] ?? expect.unreachable()
    fault({ mode: 'slow', ms: 600_000 })
    const answers = await Promise.all(hanging.map(({ draft, fileId }) => send(draft, fileId)))
    expect(answers).toEqual(Array(8).fill({ ok: true }))
    fault({ mode: 'ok' }) // for new mails; the others go on hanging
    expect(stage.outside.mailsHanging()).toBe(8)

    const draft = await createDraft(stage.owner)
    await stage.start(draft)
    const [own, others] = [randomUUID(), randomUUID()]
    expect(await stage.say(draft, 'linkFile', ownFile(own))).toEqual({ ok: true })
    expect(await stage.say(draft, 'linkFile', othersFile(others))).toEqual({ ok: true })
    expect(await send(draft, others)).toEqual({ ok: true })
    expect(await enter(draft, others, codeOfFile(others, 1))).toEqual({ ok: true })
    expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
    // Nor its own backup.
    expect(await send(first.draft, first.fileId)).toEqual({ ok: true })
    expect(await stage.say(first.draft, 'editBackup', { name: '新', contentTypes: ['wgs'] })).toEqual({
      ok: true,
    })
    expect(stage.outside.mailsHanging()).toBe(8)
    expect(mailsTo(first.email)).toEqual([])

    fault({ mode: 'down' })
    fault({ mode: 'ok' })
    await Promise.all(hanging.map(({ draft }) => untilSent(draft)))
    for (const { email, fileId } of hanging) expect(codesTo(email)).toEqual([codeOfFile(fileId, 1)])
  })

  it('R28 takes the right code from a mail whose acceptance is not known yet', async () => {
    const { draft, fileId, email } = await startPending(stage)
    fault({ mode: 'slow', stage: 'after-data', ms: 600_000 })
    await send(draft, fileId)
    const [code = ''] = codesTo(email)
    expect(await consentOf(draft)).toMatchObject({ status: 'sending', generation: 0 })
    expect(await enter(draft, fileId, code)).toEqual({ ok: true })
    expect((await stateOf(stage, draft)).files[0]?.status).toBe('done')
    expect(await owedBy(draft)).toEqual([])
    fault({ mode: 'down' })
    fault({ mode: 'ok' })
    await until('no mail hangs', () => Promise.resolve(stage.outside.mailsHanging() === 0))
    expect(await stage.say(draft, 'submit', {})).toEqual({ ok: true })
    await stage.handleOf(draft).result()
    expect(mailsTo(email)).toHaveLength(1)
  })

  it('R28 takes the old code, too, until the new one is accepted', async () => {
    const { draft, fileId, email } = await startPending(stage, sentAt(Date.now() - 6 * minute))
    fault({ mode: 'slow', stage: 'after-data', ms: 600_000 })
    await send(draft, fileId)
    expect(codesTo(email)).toEqual([codeOfFile(fileId, 2)])
    expect(await enter(draft, fileId, codeOfFile(fileId, 1))).toEqual({ ok: true })
  })
})

describe('R27 “send again” while a mail is on its way', () => {
  it('is one more try of the same mail at once, counted as no other code', async () => {
    const { draft, fileId, email } = await startPending(stage)
    fault({ mode: 'down', stage: 'after-data' })
    await send(draft, fileId)
    await untilTried(draft, 4)
    await until('the next one by itself is seconds away', async () => {
      const [activity] = (await stage.handleOf(draft).describe()).raw.pendingActivities ?? []
      const isScheduled = 1 // PendingActivityState
      return Number(activity?.state) === isScheduled
    })
    const [before] = await owedBy(draft)
    await send(draft, fileId)
    const [after] = await owedBy(draft)
    expect(after?.tries).toBe((before?.tries ?? 0) + 1)
    fault({ mode: 'ok' })
    await send(draft, fileId)
    expect(await consentOf(draft)).toMatchObject({ status: 'sent', generation: 1 })
    expect(new Set(codesTo(email)).size).toBe(1)
    expect(new Set(mailsTo(email).map((mail) => mail.messageId)).size).toBe(1)
    const counted = await stage.owner
      .selectFrom('counted')
      .select('kind')
      .where('subject', '=', email)
      .execute()
    expect(counted).toHaveLength(1)
  })
})

describe('R27, R28 in every mode of the mail server', () => {
  it('mails one code per generation, and never an old one after a new one', async () => {
    const step = fc.record({
      mail: fc.constantFrom<Fault[]>(
        { mode: 'ok' },
        { mode: 'ok' },
        { mode: 'down' },
        { mode: 'wrong' },
        { mode: 'flapping' },
        { mode: 'error', status: 451 },
        { mode: 'error', status: 451, stage: 'after-data' },
        { mode: 'error', status: 550 },
      ),
      act: fc.constantFrom('send', 'send', 'send', 'enterOld', 'wait', 'restart'),
    })
    const end = Date.now() + 6_000 // no walk begins later; the first one always does
    const walk = async (steps: { mail: Fault; act: string }[]) => {
      if (Date.now() > end) return
      const { draft, fileId, email } = await startPending(stage)
      for (const { mail, act } of steps) {
        fault(mail)
        const before = await consentOf(draft)
        if (act === 'send') await send(draft, fileId)
        if (act === 'wait') await stage.forward(draft, 301)
        if (act === 'restart') await stage.handleOf(draft).signal(reload)
        if (act === 'enterOld' && before.status === 'sent' && before.generation > 1)
          expect(await enter(draft, fileId, codeOfFile(fileId, before.generation - 1))).toMatchObject({
            code: before.wrongTries === 4 ? 'CODE_VOIDED' : 'CODE_WRONG',
          })
      }
      fault({ mode: 'ok' })
      await until('nothing is owed', async () => (await owedBy(draft)).length === 0)
      const { generation } = await consentOf(draft)
      const mailed = mailsTo(email).map((mail) =>
        Number(/\.(\d+)@/.exec(mail.messageId ?? '')?.[1] ?? Number.NaN),
      )
      expect(mailed).toEqual(mailed.toSorted((a, b) => a - b))
      expect(Math.max(0, ...mailed)).toBeLessThanOrEqual(generation + 1)
      expect(codesTo(email)).toEqual(mailed.map((number) => codeOfFile(fileId, number)))
    }
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), walk), {
      numRuns: 12,
      endOnFailure: true,
    })
  })
})
