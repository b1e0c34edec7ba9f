import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { keepAnswer } from '../../db/idempotency.ts'
import { lockBackup, saveBackup } from '../../db/backups.ts'
import { connect, type Db } from '../../db/connect.ts'
import { changeOf } from '../../domain/backup/decision.ts'
import { decideAs, issuedOf } from '../support/decide.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDraft, type Draft } from '../support/factories.ts'

let database: TestDatabase
let superuser: Db
beforeAll(async () => {
  database = await createDatabase()
  superuser = connect(database.url('postgres')).db
})
afterAll(async () => {
  await superuser.destroy()
  await database.close()
})

/** A draft that only its submission is missing from. */
async function ready(given: Partial<Draft> = {}): Promise<Draft> {
  const draft = await createDraft(database.owner, given)
  await sql`
    with f as (insert into data_files values (${draft.id}, ${draft.id}, 1, 1, 1, 1, 'a@example.cn', 'HRA000001', 'HRA000001', 'done'))
    insert into consents values (${draft.id}, 'unsent', 0, null, null, null, 0, 0, null, 'k')`.execute(
    database.owner,
  )
  return draft
}
const submit = (
  draft: Draft,
  db: Db = database.db,
  beside: Parameters<typeof saveBackup>[4] = {},
): Promise<string> =>
  db.transaction().execute(async (trx) => {
    const state = await lockBackup(trx, draft.id)
    if (!state) throw new Error('no backup')
    const change = changeOf(decideAs(state, { type: 'submit' }, {}, draft.accountId, Date.now()))
    const after = change
      ? await saveBackup(trx, state, change.state, { seen: true, keyId: 'k' }, beside)
      : state
    return issuedOf(after).number ?? 'none'
  })
const serialOf = (number: string): number => Number(number.slice('BFyyyymmdd'.length))

/** Sets the database's clock for new connections: our own `clock_timestamp` stands before Postgres's. */
async function setClock(at: string | null): Promise<void> {
  await sql`create or replace function public.clock_timestamp() returns timestamptz language sql volatile
    as ${sql.raw(`$$ select ${at === null ? 'pg_catalog.clock_timestamp()' : `'${at}'::timestamptz`} $$`)}`.execute(
    superuser,
  )
  await sql`grant execute on function public.clock_timestamp() to public`.execute(superuser)
}
const connectWithClock = (): Db => {
  const url = new URL(database.url('hgrip_worker'))
  url.searchParams.set('options', '-c search_path=public,pg_catalog -c timezone=America/Los_Angeles')
  return connect(url.href).db
}

describe('R33 every backup gets one number, and the serials of a day have no gap', () => {
  afterEach(() => setClock(null))

  it('20 at the same moment: 20 serials without a gap', async () => {
    const drafts = await Promise.all(Array.from({ length: 20 }, () => ready()))
    const numbers = await Promise.all(drafts.map((draft) => submit(draft)))
    // unless midnight has passed meanwhile
    const byDay = Map.groupBy(numbers, (number) => number.slice(0, 'BFyyyymmdd'.length))
    for (const ofDay of byDay.values()) {
      const serials = ofDay.map(serialOf).sort((a, b) => a - b)
      const first = serials[0] ?? 0
      expect(serials).toEqual(serials.map((_, i) => first + i))
    }
    const kept = await database.owner.selectFrom('numbers').select(['number', 'backupId']).execute()
    expect(kept.map(({ number }) => number).sort()).toEqual([...numbers].sort())
    for (const [i, draft] of drafts.entries())
      expect(kept.find(({ backupId }) => backupId === draft.id)?.number).toBe(numbers[i])
  })
  it('one backup, 20 at the same moment: one number', async () => {
    const draft = await ready()
    const numbers = await Promise.all(Array.from({ length: 20 }, () => submit(draft)))
    expect(new Set(numbers).size).toBe(1)
    const { version } = await database.owner
      .selectFrom('backups')
      .select('version')
      .where('id', '=', draft.id)
      .executeTakeFirstOrThrow()
    expect(version).toBe(2)
  })
  it('a number that was rolled back goes to the next backup, and to no other before', async () => {
    await setClock('2026-03-01T10:00:00+08')
    const db = connectWithClock()
    const [before, fails, after] = [await ready(), await ready(), await ready()]
    const drawn: string[] = [await submit(before, db)]
    const answer = {
      key: 'twice',
      accountId: before.accountId,
      hashKeyId: null,
      bodyHash: '',
      answer: { ok: true } as const,
    }
    await db.transaction().execute((trx) => keepAnswer(trx, answer))
    await expect(submit(fails, db, { answer })).rejects.toThrow('commands_pkey')
    drawn.push(await submit(after, db), await submit(fails, db))
    await db.destroy()
    expect(drawn).toEqual(['BF2026030100001', 'BF2026030100002', 'BF2026030100003'])
  })
  it.each([
    ['2026-05-22T23:59:59.999+08:00', 'BF2026052200001'],
    ['2026-05-23T00:00:00.000+08:00', 'BF2026052300001'],
    ['2026-05-23T07:59:59.999+08:00', 'BF2026052300002'], // still the 22nd in UTC
    ['2026-12-31T16:00:00.000Z', 'BF2027010100001'],
  ])('the day is the one in Asia/Shanghai, not the session’s: %s → %s', async (at, number) => {
    await setClock(at)
    const db = connectWithClock()
    const draft = await ready()
    expect(await submit(draft, db)).toBe(number)
    await db.destroy()
    const row = await database.owner
      .selectFrom('backups')
      .select(['issuedAt', 'number'])
      .where('id', '=', draft.id)
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ issuedAt: new Date(at), number })
  })
  it('goes on after 99,999', async () => {
    await setClock('2026-04-01T10:00:00+08')
    await sql`insert into number_counters values ('2026-04-01', 99998)`.execute(superuser)
    const db = connectWithClock()
    const drawn = [await submit(await ready(), db), await submit(await ready(), db)]
    await db.destroy()
    expect(drawn).toEqual(['BF2026040199999', 'BF20260401100000'])
  })
  it('is one of a kind, for every backup and for ever', async () => {
    const [one, other] = [await ready(), await ready()]
    const number = await submit(one)
    await expect(
      sql`insert into numbers values (${number}, ${other.id}, now())`.execute(database.owner),
    ).rejects.toThrow('numbers_pkey')
    await expect(
      sql`insert into numbers values ('BF2026000000001', ${one.id}, now())`.execute(database.owner),
    ).rejects.toThrow('numbers_backup_id_key')
  })
})
