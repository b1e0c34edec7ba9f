/** R27, R28: what one requester's mails do to another's, over projects and units. */
import { randomUUID } from 'node:crypto'
import { MockActivityEnvironment } from '@temporalio/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Recorded } from '../../activities/call.ts'
import { createActivities } from '../../activities/index.ts'
import { custodian } from '../../domain/actor.ts'
import type { PersonCommand } from '../../domain/backup/commands.ts'
import { limits } from '../../domain/backup/consent.ts'
import { hour, minute } from '../../domain/times.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps } from '../support/deps.ts'
import { createDraft, forgetMails, type Draft } from '../support/factories.ts'

let database: TestDatabase
let outside: ReturnType<typeof createDeps>
let jia: Draft
let yi: Draft
beforeAll(async () => {
  database = await createDatabase()
  outside = createDeps(database)
})
afterAll(async () => {
  await outside.close()
  await database.close()
})
beforeEach(async () => {
  await forgetMails(database.owner)
  await sql`delete from operator_items`.execute(database.owner)
  jia = await createDraft(database.owner)
  yi = await createDraft(database.owner)
})

const start = Math.ceil(Date.now() / minute) * minute
async function say(draft: Draft, command: PersonCommand, now: number, how: 'linkFile' | 'changeAndSettle') {
  const call = { backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now, command }
  const act = createActivities(outside.deps)[how] as (given: typeof call) => Promise<Recorded>
  const { answer } = await new MockActivityEnvironment({ isLocal: true }).run<
    [typeof call],
    Recorded,
    typeof act
  >(act, call)
  return answer
}
/** A file of this data set that waits for its depositor. */
async function linked(draft: Draft, accession: string, depositorEmail = 'depositor@example.cn') {
  const fileId = randomUUID()
  const command = { type: 'linkFile', fileId, dataType: 1, sampleCount: 50, mbPerSample: '2000' } as const
  const answer = await say(draft, { ...command, depositorEmail, accession }, start, 'linkFile')
  expect(answer).toEqual({ ok: true })
  return fileId
}
const send = (draft: Draft, fileId: string, now = start) =>
  say(draft, { type: 'sendCode', fileId }, now, 'changeAndSettle')
const accession = (n: number) => `HRA${String(n).padStart(6, '0')}`
const counted = async (kind: 'mail' | 'ownMail') =>
  (await database.owner.selectFrom('counted').selectAll().where('kind', '=', kind).execute()).length
const items = () => database.owner.selectFrom('operatorItems').select(['kind', 'subject', 'times']).execute()

describe('R27 five minutes', () => {
  it('are those of data set and recipient, whoever asks; the answer names nobody', async () => {
    const [mine, others] = [await linked(jia, accession(1)), await linked(yi, accession(1))]
    expect(await send(jia, mine)).toEqual({ ok: true })
    expect(await send(yi, others, start + 4 * minute)).toEqual({
      ok: false,
      code: 'CODE_TOO_SOON',
      params: { time: expect.stringMatching(/Z$/) as string },
    })
    const another = await linked(yi, accession(2))
    expect(await send(yi, another, start + 4 * minute)).toEqual({ ok: true })
    expect(await send(yi, others, start + 6 * minute)).toEqual({ ok: true })
  })
})

describe('R28 mails to one recipient', () => {
  it('are ten a day from one requester, who holds back nobody else', async () => {
    const file = await linked(yi, accession(99))
    for (let n = 1; n <= limits.mailsPerRequesterDay; n++)
      expect(await send(jia, await linked(jia, accession(n)), start + n)).toEqual({ ok: true })
    const one = await linked(jia, accession(11))
    expect(await send(jia, one, start + hour)).toEqual({
      ok: false,
      code: 'CODE_SEND_LIMIT',
      params: { time: new Date(start + 1 + 24 * hour).toISOString() },
    })
    expect(await send(jia, await linked(jia, accession(12), 'other@example.cn'), start + hour)).toEqual({
      ok: true,
    })
    expect(await send(yi, file, start + hour)).toEqual({ ok: true })
    expect(await send(jia, one, start + 1 + 24 * hour)).toEqual({ ok: true })
  })

  it('count no more when they cannot arrive', async () => {
    const file = await linked(jia, accession(1))
    outside.answers.mailer = () => Promise.resolve({ accepted: false, trouble: 'no-such-address' })
    onTestFinished(() => void (outside.answers.mailer = () => Promise.resolve({ accepted: true })))
    await send(jia, file)
    expect([await counted('mail'), await counted('ownMail')]).toEqual([0, 0])
  })

  it('refuse nobody’s first one when others filled the day; an operator is told once', async () => {
    const row = (n: number) => ({
      kind: 'mail' as const,
      subject: 'depositor@example.cn',
      at: new Date(start - n),
    })
    await database.owner
      .insertInto('counted')
      .values(Array.from({ length: limits.mailsPerRecipientDay }, (_, n) => row(n + 1)))
      .execute()
    expect(await send(jia, await linked(jia, accession(1)))).toEqual({ ok: true })
    expect(await send(yi, await linked(yi, accession(2)), start + 1)).toEqual({ ok: true })
    expect(await items()).toEqual([{ kind: 'recipientFull', subject: 'depositor@example.cn', times: 2 }])
    expect(await send(jia, await linked(jia, accession(3)), start + 2)).toMatchObject({
      code: 'CODE_SEND_LIMIT',
    })
  })
})
