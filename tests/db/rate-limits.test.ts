import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type Db } from '../../db/connect.ts'
import { admitRequest, type Incoming, takeRequest } from '../../db/rate-limits.ts'
import { openSession } from '../../db/sessions.ts'
import { forgetEnded } from '../../db/sweeps.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let api: Db
beforeAll(async () => {
  database = await createDatabase()
  api = connect(database.url('hgrip_api')).db
})
afterAll(async () => {
  await api.destroy()
  await database.close()
})

const limits = { reads: 3, writes: 2, anonymous: 4, signIns: 1, callbacks: 1, logouts: 1 }
const asked = (given: Partial<Incoming> = {}): Incoming => ({
  ...{ tokenHash: null, inBackground: false, kind: 'reads', from: `address ${randomUUID()}` },
  ...given,
})
const minuteOf = (at: Date) => Math.floor(at.getTime() / 60_000)

/** The window is the clock's minute: a test must not begin at the end of one. */
async function earlyInTheMinute(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 5_000) await new Promise((resolve) => setTimeout(resolve, left))
}

async function signIn() {
  const tokenHash = createHash('sha256').update(randomUUID()).digest()
  const accountId = await openSession(
    api,
    {
      ...{ provider: 'hgrg', subject: randomUUID(), name: '示例甲', phone: '1', email: 'a@example.cn' },
      ...{ role: 'researcher', unitAuthorised: true, unitPath: [{ id: 'unit', name: '示例单位' }] },
    },
    { tokenHash, providerSession: null, idToken: 'id-token' },
  )
  return { tokenHash, accountId }
}

/** How many of `times` requests at once went through. */
async function passed(times: number, incoming: Incoming): Promise<number> {
  const answers = await Promise.all(Array.from({ length: times }, () => admitRequest(api, incoming, limits)))
  return answers.filter(({ freeAt }) => freeAt === null).length
}

describe('general limits per minute', () => {
  it('of an account: reads and writes each have their own, wherever it comes from', async () => {
    await earlyInTheMinute()
    const { tokenHash, accountId } = await signIn()
    expect(await passed(5, asked({ tokenHash }))).toBe(limits.reads)
    expect(await passed(5, asked({ tokenHash, kind: 'writes' }))).toBe(limits.writes)
    const { session, freeAt } = await admitRequest(api, asked({ tokenHash }), limits)
    expect(session).toMatchObject({ accountId, name: '示例甲', role: 'researcher' })
    expect(minuteOf(freeAt ?? new Date(0))).toBe(minuteOf(new Date()) + 1)
    expect((freeAt?.getTime() ?? 1) % 60_000).toBe(0)
  })

  it('of an address without a session; other addresses and sign-ins are counted apart', async () => {
    await earlyInTheMinute()
    const here = asked()
    expect(await passed(7, here)).toBe(limits.anonymous)
    expect(await passed(1, asked())).toBe(1)
    const from = here.from ?? ''
    expect(await takeRequest(api, { from, kind: 'signIns' }, limits)).toBeNull()
    expect(await takeRequest(api, { from, kind: 'signIns' }, limits)).toBeInstanceOf(Date)
    expect((await signIn()).accountId).toBeDefined()
  })

  it('a cookie that means nothing is no way around the address', async () => {
    await earlyInTheMinute()
    const tokenHash = createHash('sha256').update('nobody').digest()
    const here = asked({ tokenHash })
    expect(await passed(7, here)).toBe(limits.anonymous)
    expect((await admitRequest(api, here, limits)).session).toBeUndefined()
  })

  it('begin anew with the minute; a request of an unknown address asks no database', async () => {
    const here = asked()
    await passed(7, here)
    await sql`update rate_limits set minute = minute - interval '1 minute'`.execute(database.owner)
    expect(await passed(1, here)).toBe(1)
    expect(await admitRequest(api, asked({ from: null }), limits)).toEqual({
      session: undefined,
      freeAt: null,
    })
  })

  it('old minutes are deleted, the present one is not', async () => {
    await sql`delete from rate_limits`.execute(database.owner)
    await passed(1, asked())
    await sql`update rate_limits set minute = minute - interval '3 minutes'`.execute(database.owner)
    await passed(1, asked())
    await forgetEnded(database.db)
    const { rows } = await sql`select 1 from rate_limits`.execute(database.owner)
    expect(rows).toHaveLength(1)
  })

  it('only the doors touch the counts', async () => {
    for (const db of [api, database.db])
      await expect(sql`delete from rate_limits`.execute(db)).rejects.toThrow('permission denied')
  })
})
