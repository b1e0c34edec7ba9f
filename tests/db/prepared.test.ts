/** Statements are planned once for a connection, and a changed schema fails none of them. */
import { randomUUID } from 'node:crypto'
import { MockActivityEnvironment } from '@temporalio/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createActivities } from '../../activities/index.ts'
import type { Recorded } from '../../activities/call.ts'
import { asActor } from '../../db/actor.ts'
import {
  findBackup,
  findTimeline,
  findWholeBackup,
  listDrafts,
  listProjectBackups,
} from '../../db/lists/backups.ts'
import { connect, type Db, inTransaction, mostPrepared } from '../../db/connect.ts'
import { listProjects } from '../../db/projects.ts'
import { custodian } from '../../domain/actor.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps } from '../support/deps.ts'
import { createDraft, ownFile } from '../support/factories.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.close())

function connected(role: 'hgrip_api' | 'hgrip_worker' | 'hgrip_migrate', max = 1): Db {
  const { db } = connect(database.url(role), { max })
  onTestFinished(() => db.destroy())
  return db
}
const preparedOn = async (db: Db): Promise<{ name: string; statement: string }[]> =>
  (
    await sql<{ name: string; statement: string }>`
      select name, statement from pg_prepared_statements order by prepare_time`.execute(db)
  ).rows

describe('a statement with parameters', () => {
  it('is prepared once for a connection, under the hash of its text', async () => {
    const db = connected('hgrip_worker')
    for (const n of [1, 2, 3]) {
      const { rows } = await sql<{ n: number }>`select ${n}::int as n`.execute(db)
      expect(rows).toEqual([{ n }])
    }
    const { rows } = await sql<{ name: string; runs: number }>`
      select name, (generic_plans + custom_plans)::int as runs from pg_prepared_statements`.execute(db)
    expect(rows).toEqual([{ name: expect.stringMatching(/^[0-9a-f]{32}$/) as string, runs: 3 }])
  })
  it('is not prepared any more once there are too many texts, and answers all the same', async () => {
    const db = connected('hgrip_worker')
    for (let n = 0; n < mostPrepared + 20; n++) {
      const { rows } = await sql<{ n: number }>`select ${n}::int + ${sql.lit(n)} as n`.execute(db)
      expect(rows).toEqual([{ n: 2 * n }])
    }
    expect(await preparedOn(db)).toHaveLength(mostPrepared)
  })
})

describe('a schema that changes under live connections', () => {
  const ask = (db: Db) => sql<{ a: string }>`select t.* from answers(${1}::int) t`.execute(db)
  const answersWith = (columns: string, values: string) =>
    sql
      .raw(
        `drop function if exists answers(int);
         create function answers(int) returns table (${columns}) language sql as $$ select ${values} $$;
         grant execute on function answers(int) to hgrip_worker`,
      )
      .execute(database.owner)

  it('a result of another form: the statement is planned anew', async () => {
    await answersWith('a text', `'one'`)
    const db = connected('hgrip_worker')
    expect((await ask(db)).rows).toEqual([{ a: 'one' }])
    await answersWith('a text, b text', `'two', 'more'`)
    expect((await ask(db)).rows).toEqual([{ a: 'two', b: 'more' }])
  })
  it('a result of another form within a transaction: all of it runs again, once', async () => {
    await answersWith('a text', `'one'`)
    const db = connected('hgrip_worker')
    await ask(db)
    await answersWith('a text, b text', `'two', 'more'`)
    let runs = 0
    const write = inTransaction(db, async (trx) => {
      runs += 1
      await sql`insert into sweeps values (${randomUUID()}, now())`.execute(trx)
      return (await ask(trx)).rows
    })
    expect(await write).toEqual([{ a: 'two', b: 'more' }])
    expect(runs).toBe(2)
    expect(await sql`select name from sweeps`.execute(database.owner)).toMatchObject({ rows: { length: 1 } })
    await sql`delete from sweeps`.execute(database.owner)
  })
  it('a column more in every table fails no read and no command', async () => {
    const outside = createDeps(database)
    onTestFinished(() => outside.close())
    const api = connected('hgrip_api', 4)
    const act = createActivities({ ...outside.deps, db: connected('hgrip_worker', 4) })
    const local = new MockActivityEnvironment({ isLocal: true })
    const now = Date.now()
    const page = { page: 1, size: 10 }

    /** A whole life, read after each step; returns its number. */
    async function life(): Promise<string | null> {
      const draft = await createDraft(database.owner)
      const fileId = randomUUID()
      const given = () => ({ backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now })
      const owner = { ownerId: draft.accountId, custodianId: draft.accountId }
      const read = () =>
        asActor(api, draft.accountId, async (trx) => {
          expect(await findBackup(trx, { backupId: draft.id, ...owner })).toBeDefined()
          await findWholeBackup(trx, { backupId: draft.id, ...owner })
          await findTimeline(trx, { backupId: draft.id, ...owner })
          await listProjects(trx, { ...owner, sort: '-createdAt' }, page)
          await listProjectBackups(trx, { projectId: draft.projectId, ...owner }, page)
          await listDrafts(trx, draft.accountId, page)
        })
      const edit = { type: 'editBackup', name: '新名称', contentTypes: ['wgs'] } as const
      const change = { type: 'editFile', fileId, sampleCount: 51, mbPerSample: '0.125' } as const
      const steps: (() => Promise<Recorded>)[] = [
        () => act.change({ ...given(), command: edit }),
        () => act.linkFile({ ...given(), command: { type: 'linkFile', ...ownFile(fileId) } }),
        () => act.change({ ...given(), command: change }),
        () => act.change({ ...given(), command: { type: 'submit' } }),
      ]
      let number: string | null = null
      for (const step of steps) {
        const { answer, mirror } = await local.run<[], Recorded, () => Promise<Recorded>>(step)
        expect(answer).toEqual({ ok: true })
        number = mirror.number
        await read()
      }
      return number
    }

    // Each connection has run each statement, and has plans of its own.
    for (let round = 0; round < 8; round++) await Promise.all([life(), life(), life(), life()])
    const { rows: tables } = await sql<{ name: string }>`
      select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname not like 'kysely%'`.execute(database.owner)
    const alter = async () => {
      for (const { name } of tables)
        await sql`alter table ${sql.id(name)} add column of_tomorrow text default 'new'`.execute(
          database.owner,
        )
    }
    const numbers = await Promise.all([alter().then(() => life()), life(), life(), life(), life()])
    expect(numbers.every((number) => /^BF\d{13}$/.test(number ?? ''))).toBe(true)
  })
})
