/** Fewer messages, and the same answers: what a transaction means does not change. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../db/connect.ts'
import { asActor, readAs } from '../../db/actor.ts'
import { type Asked, compiledOnce, inOneMessage } from '../../db/compiled.ts'
import { closes } from '../../db/together.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { countMessages } from '../support/messages.ts'

let database: TestDatabase
let own: ReturnType<typeof connect>
let messages: ReturnType<typeof countMessages>
beforeAll(async () => {
  database = await createDatabase()
  own = connect(database.url('hgrip_migrate'), { max: 1 })
  messages = countMessages(own.pool)
  await sql`create table notes (id integer primary key, text text not null)`.execute(own.db)
})
afterAll(async () => {
  await own.db.destroy()
  await database.close()
})
const notes = async () =>
  (await sql<{ text: string }>`select text from notes order by id`.execute(database.owner)).rows
const insert = (id: number, text: string, end = closes) =>
  sql`insert into notes values (${id}, ${text})${end}`
const nothing = sql.raw('')

describe('what is asked before an answer is needed goes in one message', () => {
  it('a transaction of one statement is one message', async () => {
    await own.db.transaction().execute((trx) => insert(1, 'once').execute(trx)) // prepared
    const cost = await messages.during(() =>
      own.db.transaction().execute((trx) => insert(2, 'twice').execute(trx)),
    )
    expect(cost).toMatchObject({ roundTrips: 1, statements: 3 })
    expect(await notes()).toEqual([{ text: 'once' }, { text: 'twice' }])
  })
  it('two statements of which none waits for the other too', async () => {
    const select = compiledOnce((db: Asked, { n }: { n: string }) =>
      sql<{ n: number }>`select ${n}::int as n`.compile(db),
    )
    const both = () =>
      own.db.transaction().execute((trx) =>
        inOneMessage(
          trx,
          (asked) => select(asked, { n: '1' }),
          (asked) => select(asked, { n: '2' }),
        ),
      )
    await both()
    expect((await messages.during(both)).roundTrips).toBe(2) // commit is the second
    expect(await both()).toEqual([[{ n: 1 }], [{ n: 2 }]])
  })
  it('an actor’s read is one message', async () => {
    const actor = '019d3c53-0000-7000-8000-000000000001'
    const who = () =>
      readAs(own.db, actor, async (trx) => {
        const { rows } = await sql<{
          id: string
        }>`select current_setting('app.actor_id') as id${closes}`.execute(trx)
        return rows[0]?.id
      })
    expect(await who()).toBe(actor)
    expect((await messages.during(who)).roundTrips).toBe(1)
  })
})

describe('a transaction means what it meant', () => {
  it('a closing statement that fails leaves nothing of it, tells its error, and the connection goes on', async () => {
    const twice = own.db.transaction().execute(async (trx) => {
      await insert(10, 'before', nothing).execute(trx)
      await insert(1, 'the key is taken').execute(trx)
    })
    await expect(twice).rejects.toThrow('notes_pkey')
    expect(await notes()).not.toContainEqual({ text: 'before' })
    await own.db.transaction().execute((trx) => insert(11, 'after').execute(trx))
    expect(await notes()).toContainEqual({ text: 'after' })
  })
  it('a statement after the closing one is refused', async () => {
    const late = own.db.transaction().execute(async (trx) => {
      await insert(20, 'closes').execute(trx)
      await insert(21, 'late').execute(trx)
    })
    await expect(late).rejects.toThrow('A statement follows the closing one')
    expect(await notes()).not.toContainEqual({ text: 'late' })
    await own.db.transaction().execute((trx) => insert(22, 'goes on').execute(trx))
    expect(await notes()).toContainEqual({ text: 'goes on' })
  })
  it('work that throws rolls back what it did', async () => {
    const thrown = own.db.transaction().execute(async (trx) => {
      await insert(30, 'thrown away', nothing).execute(trx)
      throw new Error('no')
    })
    await expect(thrown).rejects.toThrow('no')
    expect(await notes()).not.toContainEqual({ text: 'thrown away' })
  })
  it('a beginning that fails is told by the first statement', async () => {
    const nobody = asActor(own.db, 'no uuid', (trx) => insert(40, 'nobody’s').execute(trx))
    await expect(nobody).rejects.toThrow('The actor is no uuid')
    const broken = own.db
      .transaction()
      .setIsolationLevel('none' as 'serializable')
      .execute((trx) => insert(41, 'without a transaction', nothing).execute(trx))
    await expect(broken).rejects.toThrow(/syntax error|isolation level/)
    expect(await notes()).not.toContainEqual({ text: 'nobody’s' })
  })
  it('a closing statement whose plan is useless does not run outside of its transaction', async () => {
    const read = (trx: typeof own.db) => sql`select * from notes where id > ${0}${closes}`.execute(trx)
    await own.db.transaction().execute(read)
    await sql`alter table notes add column more integer`.execute(database.owner)
    const again = own.db.transaction().execute(read)
    await expect(again).rejects.toThrow('cached plan must not change result type')
    expect((await own.db.transaction().execute(read)).rows[0]).toHaveProperty('more')
  })
})
