import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CountedKind } from '../../db/columns.ts'
import { codeSubject, ownMailSubject } from '../../db/windows.ts'
import { hour, minute } from '../../domain/times.ts'
import { noConsent, requested, undelivered } from '../../domain/backup/consent.ts'
import { createProject, ownFile, othersFile, type Draft } from '../support/factories.ts'
import { startStage, type Stage } from '../support/stage.ts'
import { aFile, codeOfFile, sentAt, startFrom, startPending } from './arrange.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
afterEach(() => stage.outside.faults.set(['mail'], { mode: 'ok' }))

const day = 24 * hour
const send = (draft: Draft, fileId: string) => stage.say(draft, 'sendCode', { fileId })
const enter = (draft: Draft, fileId: string, typed: string) =>
  stage.say(draft, 'enterCode', { fileId, proof: stage.proof(fileId, typed) })
const wrongFor = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
const isoTime = (at: number) => new Date(at).toISOString()

/** So often, the oldest at `first` and then one a second. */
async function counted(kind: CountedKind, subject: string, count: number, first: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => ({ kind, subject, at: new Date(first + i * 1_000) }))
  await stage.owner.insertInto('counted').values(rows).execute()
}
/** One who had a mail to this recipient is whom the totals may refuse. */
const mailedBy = ({ accountId }: Draft, email: string, at: number) =>
  counted('ownMail', ownMailSubject(accountId, email), 1, at)
const countOf = async (kind: CountedKind, subject: string) =>
  (
    await stage.owner
      .selectFrom('counted')
      .select('id')
      .where('kind', '=', kind)
      .where('subject', '=', subject)
      .execute()
  ).length

describe('R28 5 codes in 24 hours for one data set', () => {
  it('refuses the sixth with its time, whether the mails arrive or not, and sends it after that', async () => {
    const { draft, fileId, email } = await startPending(stage)
    stage.outside.faults.set(['mail'], { mode: 'error', status: 550 })
    for (let i = 1; i <= 3; i++) expect(await send(draft, fileId)).toEqual({ ok: true })
    stage.outside.faults.set(['mail'], { mode: 'ok' })
    for (let i = 4; i <= 5; i++) {
      expect(await send(draft, fileId)).toEqual({ ok: true })
      await stage.forward(draft, 301)
    }
    const subject = codeSubject(draft.projectId, othersFile('').accession)
    const [oldest] = await stage.owner
      .selectFrom('counted')
      .select('at')
      .where('subject', '=', subject)
      .orderBy('at')
      .execute()
    const freeAt = (oldest?.at.getTime() ?? 0) + day
    expect(await send(draft, fileId)).toEqual({
      ok: false,
      code: 'CODE_SEND_LIMIT',
      params: { time: isoTime(freeAt) },
    })
    expect(stage.outside.codesTo(email)).toHaveLength(2)
    expect(await countOf('code', subject)).toBe(5) // a refused one is not counted

    // Removing the file and adding it again resets nothing; nor does another backup of the project.
    await stage.say(draft, 'removeFile', { fileId })
    const again = randomUUID()
    expect(await stage.say(draft, 'linkFile', othersFile(again))).toEqual({ ok: true })
    expect(await send(draft, again)).toMatchObject({ code: 'CODE_SEND_LIMIT' })

    await stage.forward(draft, 24 * 3600 - 2 * 301)
    expect(await send(draft, again)).toEqual({ ok: true })
    await stage.forward(draft, 301)
    expect(await send(draft, again)).toEqual({ ok: true }) // the second place is free, too
  })

  it('counts all backups of a project as one, and each project for itself', async () => {
    const { draft } = await startPending(stage)
    const first = Date.now() - hour
    await counted('code', codeSubject(draft.projectId, othersFile('').accession), 5, first)
    const file = aFile({ depositorEmail: 'sibling@example.cn' })
    const sibling = await startFrom(stage, { files: [file] }, draft)
    expect(await send(sibling, file.id)).toEqual({
      ok: false,
      code: 'CODE_SEND_LIMIT',
      params: { time: isoTime(first + day) },
    })
    const projectId = await createProject(stage.owner, draft)
    const elsewhere = aFile({ depositorEmail: 'elsewhere@example.cn' })
    const other = await startFrom(stage, { files: [elsewhere] }, { ...draft, projectId })
    expect(await send(other, elsewhere.id)).toEqual({ ok: true })
  })

  it('lets one of many clicks at the same moment take the last place', async () => {
    const [one, another] = await Promise.all([startPending(stage), startPending(stage)])
    const subject = codeSubject(one.draft.projectId, othersFile('').accession)
    await counted('code', subject, 4, Date.now() - hour)
    const file = aFile({ depositorEmail: another.email })
    const sibling = await startFrom(stage, { files: [file] }, one.draft)
    const answers = await Promise.all([send(one.draft, one.fileId), send(sibling, file.id)])
    expect(answers.map((answer) => answer.ok).sort()).toEqual([false, true])
    expect(await countOf('code', subject)).toBe(5)
  })
})

describe('R28 30 mails a day and 200 a week for one recipient, over all projects', () => {
  it('refuses the 31st of any project, with its time; another spelling is the same person', async () => {
    const email = `${randomUUID()}@example.cn`
    const first = Date.now() - hour
    await counted('mail', email, 29, first)
    const drafts = await Promise.all(
      [email, email.toUpperCase(), ` ${email} `].map(async (depositorEmail, i) => {
        const file = aFile({ depositorEmail, accession: `HRA00010${i}` })
        return { draft: await startFrom(stage, { files: [file] }), fileId: file.id }
      }),
    )
    for (const { draft } of drafts.slice(1)) await mailedBy(draft, email, first)
    const answers = []
    for (const { draft, fileId } of drafts) answers.push(await send(draft, fileId))
    const refused = { ok: false, code: 'CODE_SEND_LIMIT', params: { time: isoTime(first + day) } }
    expect(answers).toEqual([{ ok: true }, refused, refused])
    const [, second] = drafts
    if (!second) return expect.unreachable()
    await stage.forward(second.draft, 23 * 3600 + 1)
    expect(await send(second.draft, second.fileId)).toEqual({ ok: true })
  })

  it('refuses the 201st of the week although the day has room, until the oldest is a week old', async () => {
    const { draft, fileId, email } = await startPending(stage)
    const first = Date.now() - 7 * day + hour
    await counted('mail', email, 200, first)
    await mailedBy(draft, email, Date.now() - hour)
    expect(await send(draft, fileId)).toEqual({
      ok: false,
      code: 'CODE_SEND_LIMIT',
      params: { time: isoTime(first + 7 * day) },
    })
    await stage.forward(draft, 3601)
    expect(await send(draft, fileId)).toEqual({ ok: true })
  })

  it('names the later time when two limits are full', async () => {
    const { draft, fileId, email } = await startPending(stage)
    const [mails, codes] = [Date.now() - 2 * hour, Date.now() - hour]
    await counted('mail', email, 30, mails)
    await mailedBy(draft, email, mails)
    await counted('code', codeSubject(draft.projectId, othersFile('').accession), 5, codes)
    expect(await send(draft, fileId)).toMatchObject({ params: { time: isoTime(codes + day) } })
  })

  it('counts nothing for “send again” while the mail is on its way, nor refuses it', async () => {
    const file = aFile({
      depositorEmail: `${randomUUID()}@example.cn`,
      consent: requested(noConsent, Date.now() - minute),
    })
    stage.outside.faults.set(['mail'], { mode: 'down' })
    const draft = await startFrom(stage, { files: [file] })
    await counted('mail', file.depositorEmail, 30, Date.now() - hour)
    expect(await send(draft, file.id)).toEqual({ ok: true })
    expect(await countOf('mail', file.depositorEmail)).toBe(30)
  })

  it('stands for an undelivered mail, too', async () => {
    const consent = undelivered(requested(noConsent, Date.now() - minute), 'no-such-address')
    const { draft, fileId, email } = await startPending(stage, consent)
    await counted('mail', email, 30, Date.now() - hour)
    await mailedBy(draft, email, Date.now() - hour)
    expect(await send(draft, fileId)).toMatchObject({ code: 'CODE_SEND_LIMIT' })
  })
})

describe('R28 50 wrong codes a day for one account', () => {
  it('refuses every further try, right or wrong, with its time; then goes on', async () => {
    const { draft, fileId } = await startPending(stage, sentAt(Date.now() - minute))
    const right = codeOfFile(fileId, 1)
    const first = Date.now() - hour
    await counted('wrongCode', draft.accountId, 49, first)
    expect(await enter(draft, fileId, wrongFor(right))).toMatchObject({
      code: 'CODE_WRONG',
      params: { triesLeft: 4 },
    })
    const refused = { ok: false, code: 'RATE_LIMITED', params: { time: isoTime(first + day) } }
    expect(await enter(draft, fileId, wrongFor(right))).toEqual(refused)
    expect(await enter(draft, fileId, right)).toEqual(refused)
    expect((await stage.file(fileId)).wrongTries).toBe(1) // nothing more was compared
    expect(await countOf('wrongCode', draft.accountId)).toBe(50)

    // Another backup of the same account meets the same wall; another account does not.
    const file = aFile({ consent: sentAt(Date.now() - minute) })
    const sibling = await startFrom(stage, { files: [file] }, draft)
    expect(await enter(sibling, file.id, codeOfFile(file.id, 1))).toEqual(refused)
    const other = await startPending(stage, sentAt(Date.now() - minute))
    expect(await enter(other.draft, other.fileId, codeOfFile(other.fileId, 1))).toEqual({ ok: true })

    await stage.forward(draft, 23 * 3600 + 1)
    expect(await enter(draft, fileId, right)).toEqual({ ok: true })
  })
})

describe('R20, R28 20 mismatches a day for one account', () => {
  const wrongFile = () => ({ ...ownFile(randomUUID()), accession: 'HRA999999' })

  it('asks no repository any more, not even for a right one, until the time it names', async () => {
    const draft = await startFrom(stage, {})
    const first = Date.now() - hour
    await counted('mismatch', draft.accountId, 19, first)
    expect(await stage.say(draft, 'linkFile', wrongFile())).toMatchObject({
      code: 'ACCOUNT_ACCESSION_MISMATCH',
    })
    const asked = stage.outside.lookups.entries.length
    const refused = {
      ok: false,
      code: 'CHECK_DAILY_LIMIT',
      params: { limit: 20, time: isoTime(first + day) },
    }
    expect(await stage.say(draft, 'linkFile', wrongFile())).toEqual(refused)
    expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual(refused)
    expect(stage.outside.lookups.entries).toHaveLength(asked)
    await stage.forward(draft, 23 * 3600 + 1)
    expect(await stage.say(draft, 'linkFile', ownFile(randomUUID()))).toEqual({ ok: true })
  })

  it('counts one mismatch once for one click, however often it is sent', async () => {
    const draft = await startFrom(stage, {})
    const [key, file] = [randomUUID(), wrongFile()]
    await Promise.all([1, 2, 3].map(() => stage.say(draft, 'linkFile', file, { key })))
    expect(await countOf('mismatch', draft.accountId)).toBe(1)
  })
})
