import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reload } from '../../workflows/backup/commands.ts'
import { createDraft, forgetMails, othersFile, type Draft } from '../support/factories.ts'
import { startStage, until, type Stage } from '../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
beforeEach(() => forgetMails(stage.owner))
afterEach(() => stage.outside.faults.set(['mail'], { mode: 'ok' }))

/** A draft with one file that waits for its depositor; each has an address of its own. */
async function pendingFile(beside?: Draft): Promise<{ draft: Draft; fileId: string }> {
  const draft = await createDraft(stage.owner, beside)
  await stage.start(draft)
  const fileId = randomUUID()
  const file = { ...othersFile(fileId), confirmDuplicate: beside !== undefined }
  expect(await stage.say(draft, 'linkFile', file)).toEqual({ ok: true })
  return { draft, fileId }
}
const depositor = 'depositor@example.cn'
const mails = () => stage.outside.codesTo(depositor)
const newestCode = (): string => mails()[0] ?? 'none'
const send = (draft: Draft, fileId: string) => stage.say(draft, 'sendCode', { fileId })
const enter = (draft: Draft, fileId: string, typed: string) =>
  stage.say(draft, 'enterCode', { fileId, proof: stage.proof(fileId, typed) })
const another = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('R27 a code is good for 48 hours from the acceptance of its mail', () => {
  it('is good just before and expired at the end, and the timer says 48 hours', async () => {
    const { draft, fileId } = await pendingFile()
    await send(draft, fileId)
    const { sentAt, expiresAt } = await stage.file(fileId)
    expect((expiresAt?.getTime() ?? 0) - (sentAt?.getTime() ?? 0)).toBe(48 * 3_600_000)
    await stage.forward(draft, 48 * 3600 - 30)
    expect((await stage.file(fileId)).consentStatus).toBe('sent')
    await stage.forward(draft, 31)
    await until('it is expired', async () => (await stage.file(fileId)).consentStatus === 'expired')
    expect(await enter(draft, fileId, newestCode())).toMatchObject({ ok: false, code: 'CODE_EXPIRED' }) // R29

    const history = await stage.handleOf(draft).fetchHistory()
    const timers = (history.events ?? []).flatMap((event) => {
      const seconds = event.timerStartedEventAttributes?.startToFireTimeout?.seconds
      return seconds ? [Number(seconds)] : []
    })
    expect(timers).toHaveLength(1)
    // Less what has passed since the acceptance: milliseconds, on a loaded machine some seconds.
    expect(timers[0]).toBeLessThanOrEqual(48 * 3600)
    expect(timers[0]).toBeGreaterThan(48 * 3600 - 30)
  })

  it('can be sent again after it expired, and only the newest code is right', async () => {
    const { draft, fileId } = await pendingFile()
    await send(draft, fileId)
    const old = newestCode()
    await stage.forward(draft, 48 * 3600 + 1)
    expect(await send(draft, fileId)).toEqual({ ok: true })
    expect(newestCode()).not.toBe(old)
    expect(await enter(draft, fileId, old)).toMatchObject({ code: 'CODE_WRONG' })
    expect(await enter(draft, fileId, newestCode())).toEqual({ ok: true })
  })
})

describe('R27 a code can be re-sent once every 5 minutes', () => {
  it('is refused with the time, and mails nothing; then the old code is void', async () => {
    const { draft, fileId } = await pendingFile()
    await send(draft, fileId)
    const old = newestCode()
    const sent = mails().length
    await stage.forward(draft, 290)
    const before = await stage.row(draft)
    const { sentAt } = await stage.file(fileId)
    expect(await send(draft, fileId)).toEqual({
      ok: false,
      code: 'CODE_TOO_SOON',
      params: { time: new Date((sentAt?.getTime() ?? 0) + 300_000).toISOString() },
    })
    expect(await stage.row(draft)).toEqual(before)
    expect(mails()).toHaveLength(sent)
    await stage.forward(draft, 11)
    expect(await send(draft, fileId)).toEqual({ ok: true })
    expect((await stage.file(fileId)).generation).toBe(2)
    expect(await enter(draft, fileId, old)).toMatchObject({ code: 'CODE_WRONG', params: { triesLeft: 4 } })
    expect(await enter(draft, fileId, newestCode())).toEqual({ ok: true })
  })
})

describe('R28 wrong codes', () => {
  it('void the code at the fifth, and lock the data set in its project at the twentieth', async () => {
    const { draft, fileId } = await pendingFile()
    for (let code = 1; code <= 4; code++) {
      await send(draft, fileId)
      const wrong = another(newestCode())
      for (let left = 4; left >= 1; left--)
        expect(await enter(draft, fileId, wrong)).toMatchObject({
          code: 'CODE_WRONG',
          params: { triesLeft: left },
        })
      expect(await enter(draft, fileId, wrong)).toMatchObject({
        code: code === 4 ? 'FILE_CODE_LOCKED' : 'CODE_VOIDED',
      })
      expect(await enter(draft, fileId, newestCode())).toMatchObject({
        code: code === 4 ? 'FILE_CODE_LOCKED' : 'CODE_VOIDED',
      })
      await stage.forward(draft, 301)
    }
    expect(await send(draft, fileId)).toMatchObject({ code: 'FILE_CODE_LOCKED' })

    // Deleting and adding it again resets nothing.
    await stage.say(draft, 'removeFile', { fileId })
    const again = randomUUID()
    await stage.say(draft, 'linkFile', othersFile(again))
    expect(await send(draft, again)).toMatchObject({ code: 'FILE_CODE_LOCKED' })
  })

  it('are counted once for one click, however often it is sent', async () => {
    const { draft, fileId } = await pendingFile()
    await send(draft, fileId)
    const proof = stage.proof(fileId, another(newestCode()))
    const key = randomUUID()
    const answers = await Promise.all(
      [1, 2, 3].map(() => stage.say(draft, 'enterCode', { fileId, proof }, { key })),
    )
    expect(answers).toEqual(Array(3).fill({ ok: false, code: 'CODE_WRONG', params: { triesLeft: 4 } }))
    expect((await stage.file(fileId)).wrongTries).toBe(1)
    expect(
      await stage.say(draft, 'enterCode', { fileId, proof: stage.proof(fileId, newestCode()) }, { key }),
    ).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
  })
})

describe('R27 the five minutes are those of the data set', () => {
  it('also when two backups of the project ask at the same moment', async () => {
    for (let i = 0; i < 4; i++) {
      await forgetMails(stage.owner)
      const one = await pendingFile()
      const two = await pendingFile(one.draft)
      const before = mails().length
      const said = await Promise.all([send(one.draft, one.fileId), send(two.draft, two.fileId)])
      expect(said.map((answer) => (answer.ok ? 'ok' : answer.code)).sort()).toEqual(['CODE_TOO_SOON', 'ok'])
      expect(mails()).toHaveLength(before + 1)
    }
  })
})

describe('R25 a mail that is late', () => {
  it('is sent once when the server is back, and its 48 hours start at the acceptance', async () => {
    const { draft, fileId } = await pendingFile()
    stage.outside.faults.set(['mail'], { mode: 'down' })
    const sent = mails().length
    expect(await send(draft, fileId)).toEqual({ ok: true })
    expect(await stage.file(fileId)).toMatchObject({
      consentStatus: 'sending',
      generation: 0,
      expiresAt: null,
    })
    expect(await send(draft, fileId)).toEqual({ ok: true }) // a nudge, no second generation
    stage.outside.faults.set(['mail'], { mode: 'ok' })
    const file = await until('the mail is accepted', async () => {
      const found = await stage.file(fileId)
      return found.consentStatus === 'sent' && found
    })
    expect(mails()).toHaveLength(sent + 1)
    const [mail] = stage.outside.inbox.newestFirst()
    const late = Math.abs((file.sentAt?.getTime() ?? 0) - Date.parse(mail?.at ?? ''))
    expect(late).toBeLessThan(1_000)
    expect((file.expiresAt?.getTime() ?? 0) - (file.sentAt?.getTime() ?? 0)).toBe(48 * 3_600_000)
    expect(await enter(draft, fileId, newestCode())).toEqual({ ok: true })
  })

  it('is given up after 24 hours of temporary refusals, and can be sent again at once', async () => {
    const { draft, fileId } = await pendingFile()
    stage.outside.faults.set(['mail'], { mode: 'error', status: 451 })
    await send(draft, fileId)
    expect((await stage.file(fileId)).consentStatus).toBe('sending')
    // Skipping a day would also skip through 1,440 attempts: let the request be older instead.
    await stage.owner
      .updateTable('consents')
      .set({ requestedAt: sql`clock_timestamp() - interval '24 hours' + interval '1 second'` })
      .where('fileId', '=', fileId)
      .execute()
    await stage.handleOf(draft).signal(reload)
    await until('it is given up', async () => (await stage.file(fileId)).consentStatus === 'undelivered')
    stage.outside.faults.set(['mail'], { mode: 'ok' })
    expect(await send(draft, fileId)).toEqual({ ok: true })
    expect(await enter(draft, fileId, newestCode())).toEqual({ ok: true })
  })

  it('is undelivered when the address is refused for good', async () => {
    const { draft, fileId } = await pendingFile()
    stage.outside.faults.set(['mail'], { mode: 'error', status: 550 })
    expect(await send(draft, fileId)).toEqual({ ok: true })
    expect((await stage.file(fileId)).consentStatus).toBe('undelivered')
  })
})
