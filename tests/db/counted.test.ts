import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  codeSubject,
  countedBy,
  countedIn,
  type CountedJson,
  counting,
  holding,
  type Window,
  writeCounted,
} from '../../db/windows.ts'
import type { CountedKind } from '../../db/columns.ts'
import type { Trx } from '../../db/connect.ts'
import { hour } from '../../domain/times.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { aFile, now } from '../domain/builders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.close())

const day = 24 * hour
const within = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => database.db.transaction().execute(work)
async function countWithin(
  trx: Trx,
  kind: CountedKind,
  subject: string,
  limit: number,
  windowMs: number,
  at: number,
) {
  const windows: Window[] = [{ kind, subject, limit, windowMs }]
  await sql`select ${holding(windows)}`.execute(trx)
  const { rows } = await sql<{ found: CountedJson[] }>`select ${counting(windows, at)} as found`.execute(trx)
  const [counted] = countedIn(windows, rows[0]?.found ?? [], at)
  if (!counted) throw new Error('not counted')
  return counted
}
const addCounted = (trx: Trx, ...of: Parameters<typeof countedBy>) =>
  sql`with ${sql.join(writeCounted(countedBy(...of)))} select 1`.execute(trx)
const wrongCode = (accountId: string, at: number) =>
  within((trx) => addCounted(trx, 'wrongCode', { accountId, projectId: 'p', file: undefined }, at))
const count = (accountId: string, at: number, limit = 3) =>
  within((trx) => countWithin(trx, 'wrongCode', accountId, limit, day, at))

describe('R28 limits per rolling day and week', () => {
  it('counts what is younger than the window, to the millisecond', async () => {
    const account = randomUUID()
    await wrongCode(account, now)
    expect(await count(account, now)).toMatchObject({ count: 1 })
    expect(await count(account, now + day - 1)).toEqual({ count: 1, freeAt: now + day })
    expect(await count(account, now + day)).toMatchObject({ count: 0 })
  })
  it('says when a place is free again, and it is', async () => {
    const account = randomUUID()
    for (const at of [now, now + hour, now + 2 * hour, now + 3 * hour]) await wrongCode(account, at)
    const full = await count(account, now + 4 * hour)
    expect(full).toEqual({ count: 3, freeAt: now + hour + day }) // the second leaves, two are left
    expect(await count(account, full.freeAt - 1)).toMatchObject({ count: 3 })
    expect(await count(account, full.freeAt)).toMatchObject({ count: 2 })
  })
  it('keeps accounts and kinds apart', async () => {
    const [account, other] = [randomUUID(), randomUUID()]
    await wrongCode(account, now)
    expect(await count(other, now)).toMatchObject({ count: 0 })
    const mismatches = await within((trx) => countWithin(trx, 'mismatch', account, 3, day, now))
    expect(mismatches.count).toBe(0)
  })
  it('a code counts for its data set in the project, in every version, and for its address, in upper and lower case', async () => {
    const projectId = randomUUID()
    const file = aFile({ accession: 'C_AA004835.1', depositorEmail: `X.${projectId}@Example.cn` })
    await within((trx) => addCounted(trx, 'code', { accountId: 'a', projectId, file }, now))
    const codes = await within((trx) =>
      countWithin(trx, 'code', codeSubject(projectId, 'C_AA004835.2'), 5, day, now),
    )
    const mails = await within((trx) =>
      countWithin(trx, 'mail', `x.${projectId}@example.cn`, 30, 7 * day, now),
    )
    expect([codes.count, mails.count]).toEqual([1, 1])
  })
  it('who asks for the same waits until the one before has finished', async () => {
    const account = randomUUID()
    await wrongCode(account, now)
    await wrongCode(account, now)
    let second: Promise<number> | undefined
    let hasAnswered = false
    const isWaiting = async () => {
      const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`.execute(
        database.owner,
      )
      return rows.length > 0
    }
    await within(async (trx) => {
      expect((await countWithin(trx, 'wrongCode', account, 3, day, now)).count).toBe(2)
      second = count(account, now).then((counted) => {
        hasAnswered = true
        return counted.count
      })
      while (!hasAnswered && !(await isWaiting())) continue
      await addCounted(trx, 'wrongCode', { accountId: account, projectId: 'p', file: undefined }, now)
    })
    expect(await second).toBe(3)
  })
})
