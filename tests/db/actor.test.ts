/** Whose rows a connection shows: those of the transaction's actor, and none before and after it. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { asActor, readAs } from '../../db/actor.ts'
import { connect, type Db } from '../../db/connect.ts'
import { isDatabaseOutage } from '../../db/outages.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDraft, type Draft } from '../support/factories.ts'
import { aLine } from '../support/line.ts'
import { countMessages } from '../support/messages.ts'

let database: TestDatabase
let draft: Draft
beforeAll(async () => {
  database = await createDatabase()
  draft = await createDraft(database.owner)
})
afterAll(() => database.close())

const read = (db: Db) => db.selectFrom('backups').select('id').execute()
/** One connection, so that the next question comes by the same one. */
function oneConnection(url = database.url('hgrip_api')) {
  const { db, pool } = connect(url, { max: 1, statementMs: 500 })
  onTestFinished(() => db.destroy())
  return { db, pool, messages: countMessages(pool) }
}
const actorOf = async (db: Db) => {
  const { rows } = await sql<{ actor: string | null; pid: number }>`
    select nullif(current_setting('app.actor_id', true), '') as actor, pg_backend_pid() as pid`.execute(db)
  return rows[0]
}

describe.each([
  ['asActor', asActor],
  ['readAs', readAs],
])('R56 %s', (_, as) => {
  test('begins and names its actor in one message, before anything is read', async () => {
    const { db, messages } = oneConnection()
    const { texts, roundTrips, statements } = await messages.during(async () => {
      expect(await as(db, draft.accountId, read)).toEqual([{ id: draft.id }])
    })
    expect(texts[0]).toMatch(/^begin.*; select set_config\('app.actor_id', '[0-9a-f-]{36}', true\)$/)
    expect({ roundTrips, statements }).toEqual({ roundTrips: 2, statements: 4 })
  })

  test('leaves a connection without an actor after a success and after an error', async () => {
    const { db } = oneConnection()
    expect(await as(db, draft.accountId, actorOf)).toMatchObject({ actor: draft.accountId })
    const before = await actorOf(db)
    expect(before?.actor).toBeNull()
    await expect(as(db, draft.accountId, (trx) => sql`select 1 / 0`.execute(trx))).rejects.toThrow('zero')
    expect(await actorOf(db)).toEqual(before) // of the same connection
    await expect(as(db, draft.accountId, () => Promise.reject(new Error('ours')))).rejects.toThrow('ours')
    expect(await actorOf(db)).toEqual(before)
    expect(await read(db)).toEqual([])
  })

  test('leaves a connection without an actor after a statement that took too long', async () => {
    const { db } = oneConnection()
    const slow = as(db, draft.accountId, (trx) => sql`select pg_sleep(5)`.execute(trx))
    await expect(slow).rejects.toThrow('statement timeout')
    expect((await actorOf(db))?.actor).toBeNull()
    expect(await read(db)).toEqual([])
  })

  test('does not use a connection again that became silent', async () => {
    const line = await aLine(new URL(database.url('hgrip_api')))
    const { db } = oneConnection(line.url)
    const before = await actorOf(db)
    line.silence()
    const failed = await as(db, draft.accountId, read).catch((error: unknown) => error)
    expect(isDatabaseOutage(failed)).toBe(true)
    const after = await actorOf(db)
    expect(after?.actor).toBeNull()
    expect(after?.pid).not.toBe(before?.pid)
  })

  test('takes nothing but a uuid, and begins nothing then', async () => {
    const { db, messages } = oneConnection()
    for (const wrong of ['nonsense', `${draft.accountId}', true); select ('`, '']) {
      const { texts } = await messages.during(() => expect(as(db, wrong, read)).rejects.toThrow('no uuid'))
      expect(texts).toEqual([])
    }
    expect(await read(db)).toEqual([])
  })

  test('another transaction that it begins has no actor', async () => {
    const { db: other } = oneConnection()
    const seen = await as(oneConnection().db, draft.accountId, () =>
      other.transaction().execute((trx) => read(trx)),
    )
    expect(seen).toEqual([])
  })

  test('is over when it is over', async () => {
    const { db } = oneConnection()
    const kept = await as(db, draft.accountId, (trx) => Promise.resolve({ trx }))
    await expect(read(kept.trx)).rejects.toThrow()
  })
})

test('readAs refuses to write', async () => {
  const { db } = oneConnection()
  const key = { key: 'k', accountId: draft.accountId, bodyHash: 'h', answer: '{}' }
  const insert = (trx: Db) => trx.insertInto('commands').values(key).execute()
  await expect(readAs(db, draft.accountId, insert)).rejects.toThrow('read-only transaction')
  await expect(asActor(db, draft.accountId, insert)).resolves.toHaveLength(1)
})
