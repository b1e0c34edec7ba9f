import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appendAudit } from '../../db/audit.ts'
import { connect, type Db } from '../../db/connect.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDraft, createUnit } from '../support/factories.ts'

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

const append = (unitId: string, action: string) =>
  database.db
    .transaction()
    .execute((trx) =>
      appendAudit(trx, { unitId, actorId: null, action, params: { 备注: action }, after: { n: 1.5 } }),
    )
const broken = async (unitId: string): Promise<string | null> => {
  const { rows } = await sql<{ seq: string | null }>`select broken_audit(${unitId}::uuid) as seq`.execute(
    superuser,
  )
  return rows[0]?.seq ?? null
}
async function chain(length = 5): Promise<string> {
  const unitId = await createUnit(database.owner)
  for (let i = 1; i <= length; i++) await append(unitId, `act ${i}`)
  expect(await broken(unitId)).toBeNull()
  return unitId
}
const tamper = (statement: ReturnType<typeof sql>) => statement.execute(superuser)

describe('R57 each row carries the hash of the one before it in its unit', () => {
  it('is gapless from the first row on, and holds', async () => {
    const unitId = await chain()
    const rows = await database.owner
      .selectFrom('audit')
      .select(['seq', 'previous', 'hash', 'action', 'params', 'after'])
      .where('unitId', '=', unitId)
      .orderBy('seq')
      .execute()
    expect(rows.map((row) => row.seq)).toEqual(['1', '2', '3', '4', '5'])
    expect(rows[0]?.previous).toEqual(Buffer.alloc(0))
    for (const [i, row] of rows.entries()) if (i > 0) expect(row.previous).toEqual(rows[i - 1]?.hash)
    expect(rows[0]).toMatchObject({ action: 'act 1', params: { 备注: 'act 1' }, after: { n: 1.5 } })
  })
  it('an empty chain holds', async () => {
    expect(await broken(await createUnit(database.owner))).toBeNull()
  })
  it('a rolled back row leaves no gap', async () => {
    const unitId = await chain(1)
    await expect(
      database.db.transaction().execute(async (trx) => {
        await appendAudit(trx, { unitId, actorId: null, action: 'never' })
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    await append(unitId, 'act 2')
    expect(await broken(unitId)).toBeNull()
  })
  it('many writers at once, on several units, keep every chain gapless', async () => {
    const units = [await chain(1), await chain(1), await chain(1)]
    const acts = Array.from({ length: 45 }, (_, i) => append(units[i % 3] ?? '', `act ${i}`))
    await Promise.all(acts)
    for (const unitId of units) {
      expect(await broken(unitId)).toBeNull()
      const { rows } = await sql<{ seqs: number[] }>`
        select array_agg(seq::int order by seq) as seqs from audit where unit_id = ${unitId}`.execute(
        superuser,
      )
      expect(rows[0]?.seqs).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    }
  })
})

describe('R57 a chain that was tampered with, even by the superuser, is found', () => {
  const columns: [string, string][] = [
    ['at', `at + interval '1 second'`],
    ['recorded_at', `recorded_at - interval '1 second'`],
    ['actor_id', `(select id from accounts limit 1)`],
    ['action', `'another'`],
    ['project_id', 'uuidv7()'],
    ['backup_id', 'uuidv7()'],
    ['file_id', 'uuidv7()'],
    ['params', `'{}'`],
    ['before', `'{"n": 1}'`],
    ['after', `'{"n": 1.6}'`],
    ['reason', `'because'`],
    ['hash', `sha256('x')`],
    ['previous', `sha256('x')`],
  ]
  it.each(columns)('a changed %s', async (column, value) => {
    await createDraft(database.owner)
    const unitId = await chain()
    await tamper(
      sql`update audit set ${sql.ref(column)} = ${sql.raw(value)} where unit_id = ${unitId} and seq = 3`,
    )
    expect(await broken(unitId)).toBe('3')
  })
  it.each([
    [1, '2'],
    [3, '4'],
    [5, '6'],
  ])('row %i removed', async (seq, at) => {
    const unitId = await chain()
    await tamper(sql`delete from audit where unit_id = ${unitId} and seq = ${seq}`)
    expect(await broken(unitId)).toBe(at)
  })
  it('all rows removed', async () => {
    const unitId = await chain()
    await tamper(sql`delete from audit where unit_id = ${unitId}`)
    expect(await broken(unitId)).toBe('6')
  })
  it('two rows in the other order', async () => {
    const unitId = await chain()
    await tamper(sql`update audit set seq = seq + 100 where unit_id = ${unitId} and seq in (2, 3)`)
    await tamper(sql`update audit set seq = 105 - seq where unit_id = ${unitId} and seq > 100`)
    const { rows } = await sql<{ action: string }>`
      select action from audit where unit_id = ${unitId} order by seq`.execute(superuser)
    expect(rows.map((row) => row.action)).toEqual(['act 1', 'act 3', 'act 2', 'act 4', 'act 5'])
    expect(await broken(unitId)).toBe('2')
  })
  it('a row put in between', async () => {
    const unitId = await chain()
    await tamper(sql`update audit set seq = seq + 1 where unit_id = ${unitId} and seq = 5`)
    await tamper(sql`insert into audit (unit_id, seq, at, recorded_at, action, params, previous, hash)
      select unit_id, 5, at, recorded_at, 'put', params, hash, sha256('x') from audit
      where unit_id = ${unitId} and seq = 4`)
    expect(await broken(unitId)).toBe('5')
  })
  it('another unit’s chain stays whole', async () => {
    const [tampered, whole] = [await chain(), await chain()]
    await tamper(sql`update audit set action = 'x' where unit_id = ${tampered} and seq = 1`)
    expect([await broken(tampered), await broken(whole)]).toEqual(['1', null])
  })
})
