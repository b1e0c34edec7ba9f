/** The transactions of activities: each may run twice and happens once (decision 001). */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { MockActivityEnvironment } from '@temporalio/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createAttempts } from '../../activities/attempts/attempt.ts'
import { createActivities, type Activities } from '../../activities/index.ts'
import type { Call, Recorded } from '../../activities/call.ts'
import { lockBackup, saveBackup } from '../../db/backups.ts'
import { isDatabaseOutage } from '../../db/outages.ts'
import { Unavailable } from '../../activities/ports/outside.ts'
import type { Cause } from '../../domain/backup/outside.ts'
import { checkJob, owed } from '../../domain/backup/owed.ts'
import { type Backup } from '../../domain/backup/state.ts'
import { hour, minute } from '../../domain/times.ts'
import type { Command, OwnCommand, PersonCommand } from '../../domain/backup/commands.ts'
import { custodian, system } from '../../domain/actor.ts'
import { changeOf } from '../../domain/backup/decision.ts'
import { codeOf, typedProof } from '../../runtime/codes.ts'
import { decideAs } from '../support/decide.ts'
import { aLine } from '../support/line.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps, isDown } from '../support/deps.ts'
import { createDraft, forgetMails, type Draft } from '../support/factories.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
let outside: ReturnType<typeof createDeps>
let act: Activities
beforeAll(async () => {
  database = await createDatabase()
  outside = createDeps(database)
  act = locally(createActivities(outside.deps))
})
afterAll(async () => {
  await outside.close()
  await database.close()
})

beforeEach(() => forgetMails(database.owner))

/** As local activities, which is how a command comes first. */
const locally = (activities: Activities): Activities =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      (...args: never[]) => new MockActivityEnvironment({ isLocal: true }).run(activity, ...args),
    ]),
  ) as unknown as Activities

/** In full minutes. */
const start = Math.ceil(Date.now() / minute) * minute
type Said<T extends PersonCommand['type']> = Call<Extract<PersonCommand, { type: T }>>
const call = <C extends Command>(draft: Draft, command: C, given: Partial<Call> = {}): Call<C> => ({
  ...{ backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now: start },
  ...given,
  command,
})
const ownCall = (draft: Draft, command: OwnCommand, now = start): Call<OwnCommand> =>
  call(draft, command, { key: null, actor: system, now })
const link = (draft: Draft, given: Partial<Said<'linkFile'>['command']> = {}, at: Partial<Call> = {}) =>
  call(
    draft,
    {
      ...{ type: 'linkFile', fileId: randomUUID(), dataType: 1, sampleCount: 50, mbPerSample: '2000' },
      ...{ depositorEmail: 'depositor@example.cn', accession: 'HRA000567' },
      ...given,
    },
    at,
  )
const proofOf = (fileId: string, typed: string) => typedProof(outside.deps.codeKeys, 'test', fileId, typed)
const codeFor = (fileId: string, generation = 1) => codeOf(outside.deps.codeKeys, 'test', fileId, generation)
const enter = (draft: Draft, fileId: string, typed: string, given: Partial<Call> = {}) =>
  call(draft, { type: 'enterCode', fileId, proof: proofOf(fileId, typed) } as const, given)
const wrongFor = (fileId: string) => String((Number(codeFor(fileId)) + 1) % 1_000_000).padStart(6, '0')

const tables = [
  ...['backups', 'data_files', 'consents', 'code_tries', 'counted', 'commands', 'owed', 'number_counters'],
  ...['numbers', 'report_syncs', 'audit', 'audit_heads', 'projects'],
]
/** Everything that is written down, as text. */
async function everything(): Promise<string> {
  const all = tables.map((table) => `(select coalesce(jsonb_agg(t order by t::text), '[]') from ${table} t)`)
  const { rows } = await sql<{ all: string }>`
    select jsonb_build_array(${sql.raw(all.join(', '))})::text as all`.execute(database.owner)
  return rows[0]?.all ?? ''
}
const row = (draft: Draft) =>
  database.owner.selectFrom('backups').selectAll().where('id', '=', draft.id).executeTakeFirstOrThrow()
const load = async (draft: Draft): Promise<Backup> => {
  const backup = await database.db.transaction().execute((trx) => lockBackup(trx, draft.id))
  if (!backup) throw new Error('no backup')
  return backup
}
const fileOf = async (draft: Draft, index = 0) => (await load(draft)).files[index]

/** Runs it twice: the second time answers the same and writes nothing. */
async function twice(run: () => Promise<Recorded>): Promise<Recorded> {
  const first = await run()
  const written = await everything()
  const second = await run()
  expect(second.answer).toEqual(first.answer)
  expect(await everything()).toBe(written)
  return first
}

const limits = { latestMs: 1_000 }

describe('decision 001: a person’s command may run twice and happens once', () => {
  it('through the whole life of a backup', async () => {
    const draft = await createDraft(database.owner)
    const edit = call(draft, { type: 'editBackup', name: '新名称', contentTypes: ['wgs'] })
    expect((await twice(() => act.change(edit))).answer).toEqual({ ok: true })

    const linked = link(draft)
    const { fileId } = linked.command
    const looked = outside.asked.lookups.length
    await twice(() => act.linkFile(linked))
    expect(outside.asked.lookups.length - looked).toBe(1) // the second time the repository is not asked

    const sent = call(draft, { type: 'sendCode', fileId } as const)
    const mailed = outside.asked.letters.length
    await twice(() => act.changeAndSettle(sent))
    expect(outside.asked.letters.length - mailed).toBe(1)
    expect((await fileOf(draft))?.consent).toMatchObject({ status: 'sent', generation: 1 })

    const wrong = enter(draft, fileId, wrongFor(fileId))
    const said = await twice(() => act.change(wrong))
    expect(said.answer).toEqual({ ok: false, code: 'CODE_WRONG', params: { triesLeft: 4 } })
    expect(await fileOf(draft)).toMatchObject({ wrongTriesForLife: 1, consent: { wrongTries: 1 } })

    const right = enter(draft, fileId, codeFor(fileId))
    expect((await twice(() => act.change(right))).answer).toEqual({
      ok: true,
    })
    const changed = call(draft, { type: 'editFile', fileId, sampleCount: 51, mbPerSample: '0.125' })
    await twice(() => act.changeAndSettle(changed))

    const submitted = call(draft, { type: 'submit' } as const)
    const { mirror } = await twice(() => act.changeAndSettle(submitted))
    expect(mirror.number).toMatch(/^BF\d{13}$/)
    expect(mirror.owed).toEqual([])
    // another click, another tab: the same number (R33)
    const again = await act.changeAndSettle(call(draft, { type: 'submit' }))
    expect([again.answer, again.mirror.number]).toEqual([{ ok: true }, mirror.number])
    expect(outside.asked.reports.filter((one) => one.startsWith(mirror.number ?? '-'))).toEqual([
      `${mirror.number}/1`,
    ])

    const { rows } = await sql<{ actions: string[] }>`
      select array_agg(action order by id) as actions from audit where backup_id = ${draft.id}`.execute(
      database.owner,
    )
    expect(rows[0]?.actions).toEqual([
      ...['backupEdited', 'fileAddedAndChecked', 'codeRequested', 'codeSent', 'codeWrong', 'fileAuthorised'],
      ...['fileEdited', 'numberIssued', 'numberSynced'],
    ])
  })
  it('removing and discarding', async () => {
    const draft = await createDraft(database.owner)
    const linked = link(draft)
    await act.linkFile(linked)
    const removed = call(draft, { type: 'removeFile', fileId: linked.command.fileId })
    expect((await twice(() => act.change(removed))).answer).toEqual({ ok: true })
    const discarded = call(draft, { type: 'discard' })
    expect((await twice(() => act.change(discarded))).answer).toEqual({ ok: true })
    expect((await row(draft)).stage).toBe('discarded')
  })
  it('R24 a removed file does not come back when the memory of its key is gone', async () => {
    const draft = await createDraft(database.owner)
    const linked = link(draft)
    await act.linkFile(linked)
    await act.change(call(draft, { type: 'removeFile', fileId: linked.command.fileId }))
    const { version } = await row(draft)
    const asked = outside.asked.lookups.length
    await database.owner.deleteFrom('commands').execute() // after 30 days
    const { answer, mirror } = await twice(() => act.linkFile(linked))
    expect(answer).toMatchObject({ ok: false, code: 'NOT_FOUND' })
    expect([mirror.owed, (await row(draft)).version, outside.asked.lookups.length]).toEqual([
      [],
      version,
      asked,
    ])
    expect((await act.linkFile(link(draft))).answer).toEqual({ ok: true })
  })
  it('a mismatch is counted once', async () => {
    const draft = await createDraft(database.owner)
    outside.answers.repositories = () => Promise.resolve('mismatch')
    const linked = link(draft)
    const { answer } = await twice(() => act.linkFile(linked))
    outside.answers.repositories = () => Promise.resolve('match')
    expect(answer).toMatchObject({ code: 'ACCOUNT_ACCESSION_MISMATCH' })
    const counted = await database.owner
      .selectFrom('counted')
      .select('kind')
      .where('subject', '=', draft.accountId)
      .execute()
    expect(counted).toEqual([{ kind: 'mismatch' }])
  })
  it('two at the same moment are one', async () => {
    const draft = await createDraft(database.owner)
    const edit = call(draft, { type: 'editBackup', name: '同时', contentTypes: ['wgs'] })
    const answers = await Promise.all([act.change(edit), act.change(edit), act.change(edit)])
    expect(answers.map(({ answer }) => answer)).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    expect((await row(draft)).version).toBe(2)
  })
  it('another body under the same key is refused, and changes nothing', async () => {
    const draft = await createDraft(database.owner)
    const linked = link(draft)
    const { fileId } = linked.command
    await act.linkFile(linked)
    await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }))
    const entered = enter(draft, fileId, wrongFor(fileId))
    await act.change(entered)
    const written = await everything()
    const others = [
      await act.linkFile({ ...linked, command: { ...linked.command, sampleCount: 51 } }),
      await act.change(call(draft, { type: 'discard' }, { key: linked.key })),
      await act.change(enter(draft, fileId, codeFor(fileId), { key: entered.key })), // R28: no second guess under one key
    ]
    expect(others.map(({ answer }) => answer)).toEqual(
      Array(3).fill({ ok: false, code: 'IDEMPOTENCY_KEY_REUSED', params: {} }),
    )
    expect(await everything()).toBe(written)
  })
  it('a refusal that counted nothing is decided anew', async () => {
    const draft = await createDraft(database.owner)
    const submitted = call(draft, { type: 'submit' } as const)
    expect((await act.changeAndSettle(submitted)).answer).toMatchObject({ code: 'NO_FILES' })
    await act.linkFile(link(draft, { depositorEmail: 'A@example.cn' }))
    expect((await act.changeAndSettle(submitted)).answer).toEqual({ ok: true })
  })
  it('R56 another person changes nothing', async () => {
    const [draft, other] = [await createDraft(database.owner), await createDraft(database.owner)]
    const linked = link(draft)
    const { fileId } = linked.command
    await act.linkFile(linked)
    await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }))
    const written = await everything()
    const as = { actor: custodian(other.accountId) }
    const answers = [
      await act.linkFile(link(draft, { accession: 'HRA000001' }, as)),
      await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }, as)),
      await act.change(enter(draft, fileId, codeFor(fileId), as)),
      await act.changeAndSettle(call(draft, { type: 'submit' }, as)),
      await act.change(call(draft, { type: 'discard' }, as)),
    ]
    expect(answers.map(({ answer }) => answer)).toEqual(
      Array(5).fill({ ok: false, code: 'NOT_FOUND', params: {} }),
    )
    expect(await everything()).toBe(written)
  })
})

describe('decision 002: what the outside answered may be told twice', () => {
  it('a check, an acceptance, a failure, an acknowledgement, a deadline', async () => {
    const draft = await createDraft(database.owner)
    outside.answers.repositories = isDown
    outside.answers.mailer = isDown
    outside.answers.reportSystem = isDown
    const linked = link(draft)
    const { fileId } = linked.command
    await act.linkFile(linked)
    const tell = (command: OwnCommand, now = start) =>
      twice(() => act.recordOutcome(ownCall(draft, command, now)))
    await tell({ type: 'recordCheck', fileId, answer: 'match' })
    await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }))
    await tell({ type: 'recordUndelivered', fileId, generation: 1, trouble: 'rejected' })
    await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }, { now: start + minute }))
    await tell({ type: 'recordAcceptance', fileId, generation: 1 }, start + minute)
    await tell({ type: 'expire' }, start + minute + 48 * hour)
    expect((await fileOf(draft))?.consent.status).toBe('expired')
    await act.change(call(draft, { type: 'removeFile', fileId }))
    outside.answers.repositories = () => Promise.resolve('match')
    await act.linkFile(link(draft, { depositorEmail: 'a@example.cn' }))
    await act.changeAndSettle(call(draft, { type: 'submit' }))
    expect((await row(draft)).acknowledgedAt).toBeNull()
    await tell({ type: 'recordSync', version: 1 })
    expect((await row(draft)).acknowledgedAt).not.toBeNull()
    outside.answers.mailer = () => Promise.resolve({ accepted: true })
    outside.answers.reportSystem = () => Promise.resolve()
  })
  it('an outcome that is kept is not asked for again by the next attempt', async () => {
    const draft = await createDraft(database.owner)
    const linked = link(draft)
    await act.linkFile(linked)
    const { fileId } = linked.command
    outside.answers.mailer = isDown
    await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }))
    outside.answers.mailer = () => Promise.resolve({ accepted: true })
    const [job] = owed(await load(draft))
    if (!job) throw new Error('nothing is owed')
    const mailed = outside.asked.letters.length
    const another = createDeps(database)
    const settled = [
      await outside.deps.attempts.attempt(job, limits, () => Promise.resolve({ kind: 'accepted' })),
      await another.deps.attempts.attempt(job, limits, () => Promise.reject(new Error('asked again'))),
    ]
    await another.close()
    expect(settled).toEqual([
      { outcome: { kind: 'accepted' }, agoMs: expect.any(Number) as number },
      { outcome: { kind: 'accepted' }, agoMs: expect.any(Number) as number },
    ])
    expect(outside.asked.letters.length).toBe(mailed)
    const kept = await database.owner
      .selectFrom('owed')
      .selectAll()
      .where('key', '=', job.key)
      .executeTakeFirst()
    expect(kept).toMatchObject({ tries: 2, cause: null, outcome: { kind: 'accepted' } })
  })
  it('one attempt at a time, over all processes', async () => {
    const draft = await createDraft(database.owner)
    outside.answers.repositories = isDown
    const linked = link(draft)
    await act.linkFile(linked)
    outside.answers.repositories = () => Promise.resolve('match')
    const job = checkJob(linked.command.fileId)
    const another = createDeps(database)
    let finish = (): void => undefined
    const began = new Promise<void>((begin) => {
      const first = outside.deps.attempts.attempt(job, limits, () => {
        begin()
        return new Promise((resolve) => (finish = () => resolve({ kind: 'checked', answer: 'match' })))
      })
      void first
    })
    await began
    const meanwhile = await another.deps.attempts.attempt(job, limits, () =>
      Promise.reject(new Error('two at once')),
    )
    expect(meanwhile).toMatchObject({ failed: { outsideCause: 'busy' } })
    const joined = outside.deps.attempts.attempt(job, limits, () => Promise.reject(new Error('two at once')))
    finish()
    expect(await joined).toMatchObject({ outcome: { kind: 'checked', answer: 'match' } })
    await another.close()
  })
  it('a claim that was asked for over a dead connection is not held', async () => {
    const line = await aLine(new URL(database.url('hgrip_worker')))
    const attempts = createAttempts(database.db, line.url, outside.deps.log)
    onTestFinished(() => attempts.close())
    const attempt = (fileId: string) =>
      attempts.attempt(checkJob(fileId), { ...limits, isNew: () => true }, async () => {
        await setTimeout(100)
        return isDown()
      })
    await attempt('one')
    await until('the claim is let go', async () => {
      const { rows } = await sql<object>`select 1 from pg_locks l join pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and d.datname = current_database()`.execute(database.owner)
      return rows.length === 0
    })
    line.silence()
    const [first] = await Promise.allSettled([attempt('one'), attempt('two')])
    expect(first.status === 'rejected' && isDatabaseOutage(first.reason)).toBe(true)
    for (const fileId of ['one', 'two'])
      expect(await attempt(fileId), fileId).toMatchObject({ failed: { outsideCause: 'refused' } })
  })
  it('R37 the pause grows for such a cause, and begins anew with another one, whatever an outage did before', async () => {
    const draft = await createDraft(database.owner)
    outside.answers.repositories = isDown
    const linked = link(draft)
    await act.linkFile(linked)
    outside.answers.repositories = () => Promise.resolve('match')
    const failing = (cause: Cause) =>
      outside.deps.attempts.attempt(checkJob(linked.command.fileId), limits, () =>
        Promise.reject(new Unavailable(cause, 'no')),
      )
    const pauses = async (times: number, cause: Cause) => {
      for (const _ of Array(times - 1).keys()) await failing(cause)
      return await failing(cause)
    }
    expect(await pauses(20, 'timeout')).toMatchObject({ pauseMs: 30_000 })
    expect(await failing('rejected')).toMatchObject({ pauseMs: 1_000, isNews: true })
    expect(await failing('rejected')).toMatchObject({ pauseMs: 2_000, isNews: false })
    expect(await pauses(20, 'rejected')).toMatchObject({ pauseMs: 3_600_000 })
    expect(await failing('malformed')).toMatchObject({ pauseMs: 1_000, isNews: true })
    expect(await failing('other-subject')).toMatchObject({ pauseMs: 2_000, isNews: true })
  })
  it('work that is not owed any more is gone', async () => {
    expect(
      await outside.deps.attempts.attempt(checkJob(randomUUID()), limits, () =>
        Promise.reject(new Error('asked')),
      ),
    ).toBe('gone')
  })
})

describe('R28 wrong codes are counted durably, per accession and project', () => {
  it('also when two backups of the project try at the same moment', async () => {
    const first = await createDraft(database.owner)
    const drafts = [first, await createDraft(database.owner, first), await createDraft(database.owner, first)]
    const files: string[] = []
    for (const draft of drafts) {
      const linked = link(draft, { confirmDuplicate: true })
      files.push(linked.command.fileId)
      expect((await act.linkFile(linked)).answer).toEqual({ ok: true })
    }
    for (const [i, draft] of drafts.entries()) {
      const send = (at: number) =>
        act.changeAndSettle(call(draft, { type: 'sendCode', fileId: files[i] ?? '' }, { now: at }))
      // R27: one data set, one pause; another file of the project resets nothing.
      if (i > 0)
        expect((await send(start + (6 * i - 2) * minute)).answer).toMatchObject({ code: 'CODE_TOO_SOON' })
      expect((await send(start + 6 * i * minute)).answer).toEqual({ ok: true })
    }
    const tries = drafts.flatMap((draft, i) =>
      Array.from({ length: 3 }, () => {
        const fileId = files[i] ?? ''
        const now = start + 20 * minute
        return act.change(enter(draft, fileId, wrongFor(fileId), { now }))
      }),
    )
    await Promise.all(tries)
    const counted = await database.owner
      .selectFrom('codeTries')
      .select(['accessionKey', 'wrong'])
      .where('projectId', '=', first.projectId)
      .execute()
    expect(counted).toEqual([{ accessionKey: 'HRA000567', wrong: 9 }])
    expect(await Promise.all(drafts.map(async (draft) => (await fileOf(draft))?.wrongTriesForLife))).toEqual([
      9, 9, 9,
    ])
  })
  it('removing the file and adding it again resets nothing', async () => {
    const draft = await createDraft(database.owner)
    const linked = link(draft)
    const { fileId } = linked.command
    await act.linkFile(linked)
    await act.changeAndSettle(call(draft, { type: 'sendCode', fileId }))
    await act.change(enter(draft, fileId, wrongFor(fileId)))
    await act.change(call(draft, { type: 'removeFile', fileId }))
    await act.linkFile(link(draft))
    expect((await fileOf(draft))?.wrongTriesForLife).toBe(1)
  })
})

describe('what was saved is what is loaded', () => {
  it('after every command of a long life, with its owed work and its deadline', async () => {
    const draft = await createDraft(database.owner, { contentTypes: ['wgs', 'array'] })
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()]
    const file = (fileId: string, accession: string, depositorEmail: string): Command => ({
      ...{ type: 'linkFile', fileId, dataType: 1, sampleCount: 99_999_999, mbPerSample: '9999999.999' },
      ...{ accession, depositorEmail },
    })
    const person: [Command, object?][] = [
      [file(a, 'HRA000001', 'B.C@Example.cn'), { checked: null }],
      [{ ...file(b, 'GWHAAAA00000000.2', 'a@example.cn'), dataType: 2 } as Command, { checked: 'match' }],
      [file(c, 'HRA000003', 'd@example.cn'), { checked: 'match' }],
      [{ type: 'recordCheck', fileId: a, answer: 'match' }],
      [{ type: 'sendCode', fileId: a }],
      [{ type: 'recordUndelivered', fileId: a, generation: 1, trouble: 'no-such-address' }],
      [{ type: 'sendCode', fileId: a }],
      [{ type: 'recordAcceptance', fileId: a, generation: 1 }],
      [{ type: 'enterCode', fileId: a, proof: '-' }, { isRight: false }],
      [{ type: 'sendCode', fileId: c }],
      ...Array.from({ length: 5 }, (): [Command, object] => [
        { type: 'enterCode', fileId: c, proof: '-' },
        { isRight: false },
      ]),
      [{ type: 'editFile', fileId: c, sampleCount: 1, mbPerSample: '0.001' }],
      [{ type: 'editBackup', name: '又一个 name', contentTypes: ['wgs'] }],
      [{ type: 'removeFile', fileId: c }],
      [{ type: 'enterCode', fileId: a, proof: '-' }, { isRight: true }],
      [{ type: 'submit' }],
      [{ type: 'recordSync', version: 1 }],
    ]
    for (const [command, facts = {}] of person) {
      const after = await database.db.transaction().execute(async (trx) => {
        const state = await lockBackup(trx, draft.id)
        if (!state) throw new Error('no backup')
        const change = changeOf(decideAs(state, command, facts, draft.accountId, start))
        if (!change) throw new Error(`${command.type} changes nothing`)
        return saveBackup(trx, state, change.state, { seen: false, keyId: 'test' })
      })
      expect(await load(draft), command.type).toEqual(after)
      const keys = await database.owner
        .selectFrom('owed')
        .select('key')
        .where('subjectId', '=', draft.id)
        .execute()
      expect(keys.map(({ key }) => key)).toEqual(owed(after).map(({ key }) => key))
    }
    const last = await row(draft)
    expect(last).toMatchObject({
      version: 1 + person.length,
      seenVersion: 0,
      deadline: null,
      reportVersion: 1,
    })
    expect(last.checkCode).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/)
    // R34, R36: the as-issued snapshot, exact
    expect(last.snapshot).toMatchObject({
      name: '又一个 name',
      sizeMb: '1999999979800000.002',
      files: [
        { accession: 'HRA000001', depositorEmail: 'B.C@Example.cn', sampleCount: 99_999_999 },
        { accession: 'GWHAAAA00000000.2', repository: 'GWH', mbPerSample: '9999999.999' },
      ],
    })
  })
  it('the deadline is in the row, to the millisecond', async () => {
    const draft = await createDraft(database.owner)
    const linked = link(draft)
    await act.linkFile(linked)
    await act.changeAndSettle(
      call(draft, { type: 'sendCode', fileId: linked.command.fileId }, { now: start + 7 }),
    )
    const file = await fileOf(draft)
    expect((await row(draft)).deadline?.getTime()).toBe((file?.consent.sentAt ?? 0) + 48 * hour)
  })
  it('a row of another form does not fit: the database refuses what the rules would', async () => {
    const draft = await createDraft(database.owner)
    await act.linkFile(link(draft))
    for (const [column, value] of [
      ['sample_count', 0],
      ['mb_per_sample', 0],
      ['data_type', 11],
      ['status', 'finished'],
    ] as const)
      await expect(
        sql`update data_files set ${sql.ref(column)} = ${value} where backup_id = ${draft.id}`.execute(
          database.owner,
        ),
      ).rejects.toThrow('check constraint')
    await expect(
      sql`update backups set stage = 'completed' where id = ${draft.id}`.execute(database.owner),
    ).rejects.toThrow('check constraint')
  })
})
