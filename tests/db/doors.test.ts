import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type Db } from '../../db/connect.ts'
import {
  beginSignIn,
  endSession,
  endSessions,
  findSession,
  openSession,
  takeSignIn,
  type Person,
} from '../../db/sessions.ts'
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

const hash = (text: string) => createHash('sha256').update(text).digest()
const person = (given: Partial<Person> = {}): Person => ({
  provider: 'hgrg',
  subject: randomUUID(),
  name: '示例甲',
  phone: '13800000001',
  email: 'a@example.cn',
  role: 'researcher',
  unitAuthorised: true,
  unitPath: [
    { id: 'lab', name: '实验室' },
    { id: 'institute', name: '研究所' },
    { id: 'academy', name: '科学院' },
  ],
  ...given,
})
async function signIn(who: Person, providerSession: string | null = null) {
  const token = hash(randomUUID())
  const accountId = await openSession(api, who, { tokenHash: token, providerSession, idToken: 'id-token' })
  if (accountId === undefined) throw new Error('The account is disabled')
  return { token, accountId }
}
const shift = (token: Buffer, column: 'seen_at' | 'ends_at', by: string) =>
  sql`update sessions set ${sql.ref(column)} = clock_timestamp() + ${by}::interval
    where token_hash = ${token}`.execute(database.owner)
const alive = async (token: Buffer) => (await findSession(api, token)) !== undefined

describe('R1, R2 signing in writes what the identity says', () => {
  it('account, the units up to the root, and a session', async () => {
    const who = person()
    const { token, accountId } = await signIn(who)
    expect(await findSession(api, token)).toMatchObject({
      ...{ accountId, name: '示例甲', email: 'a@example.cn', role: 'researcher', unitName: '实验室' },
      ...{ unitAuthorised: true, idToken: 'id-token' },
    })
    const units = await database.owner.selectFrom('units').selectAll().orderBy('id').execute()
    const nameOf = (id: string | null) => units.find((unit) => unit.id === id)?.name ?? null
    expect(units.map((unit) => [unit.name, nameOf(unit.parentId)])).toEqual([
      ['科学院', null],
      ['研究所', '科学院'],
      ['实验室', '研究所'],
    ])
  })
  it('R6 again: the same account, with what is true now; another provider’s is another one', async () => {
    const who = person()
    const first = await signIn(who)
    const again = {
      ...who,
      name: '示例乙',
      role: 'unit_admin' as const,
      unitAuthorised: false,
      unitPath: who.unitPath.slice(1),
    }
    const second = await signIn(again)
    expect(second.accountId).toBe(first.accountId)
    for (const token of [first.token, second.token])
      expect(await findSession(api, token)).toMatchObject({
        ...{ name: '示例乙', role: 'unit_admin', unitName: '研究所', unitAuthorised: false },
      })
    expect((await signIn({ ...who, provider: 'another' })).accountId).not.toBe(first.accountId)
  })
  it('without a unit', async () => {
    const { token } = await signIn(person({ unitPath: [], unitAuthorised: false }))
    expect(await findSession(api, token)).toMatchObject({ unitId: null, unitName: null })
  })
  it('takes no role that does not exist', async () => {
    await expect(signIn(person({ role: 'root' as never }))).rejects.toThrow('accounts_role_check')
  })
  it('people of one unit at the same moment make it once', async () => {
    const unitPath = [
      { id: randomUUID(), name: '新实验室' },
      { id: randomUUID(), name: '新研究所' },
    ]
    await Promise.all(Array.from({ length: 8 }, () => signIn(person({ unitPath }))))
    const made = await database.owner
      .selectFrom('units')
      .select('name')
      .where(
        'externalId',
        'in',
        unitPath.map((unit) => unit.id),
      )
      .execute()
    expect(made).toHaveLength(2)
  })
})

describe('R6 a session ends after 30 idle minutes, or 12 hours', () => {
  it('29 minutes and 58 seconds are not 30, and being used keeps it alive', async () => {
    const { token } = await signIn(person())
    await shift(token, 'seen_at', '-29 minutes -58 seconds')
    expect(await alive(token)).toBe(true)
    const found = await findSession(api, token)
    const idleLeft = (found?.idleEndsAt.getTime() ?? 0) - Date.now()
    expect(idleLeft).toBeGreaterThan(29 * 60_000)
    expect(idleLeft).toBeLessThanOrEqual(30 * 60_000 + 1_000)
  })
  it('what a page asks by itself does not keep it alive', async () => {
    const { token } = await signIn(person())
    await shift(token, 'seen_at', '-29 minutes -50 seconds')
    const seen = async () =>
      (await findSession(api, token, { inBackground: true }))?.idleEndsAt.getTime() ?? 0
    expect(await seen()).toBeLessThan(Date.now() + 11_000)
    expect(await seen()).toBeGreaterThan(Date.now())
    await shift(token, 'seen_at', '-30 minutes')
    expect(await seen()).toBe(0)
  })
  it('30 idle minutes are the end, for good', async () => {
    const { token } = await signIn(person())
    await shift(token, 'seen_at', '-30 minutes')
    expect(await alive(token)).toBe(false)
    expect(await alive(token)).toBe(false) // asking did not wake it
  })
  it('12 hours are the end, however busy', async () => {
    const { token } = await signIn(person())
    const found = await findSession(api, token)
    expect((found?.endsAt.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(12 * 3_600_000)
    expect((found?.endsAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(12 * 3_600_000 - 60_000)
    await shift(token, 'ends_at', '0 seconds')
    expect(await alive(token)).toBe(false)
  })
  it('a disabled account has none', async () => {
    const { token, accountId } = await signIn(person())
    await database.owner.updateTable('accounts').set({ active: false }).where('id', '=', accountId).execute()
    expect(await alive(token)).toBe(false)
  })
  it('no session is found by a hash that was never issued', async () => {
    expect(await findSession(api, hash('nobody'))).toBeUndefined()
    expect(await findSession(api, Buffer.alloc(0))).toBeUndefined()
  })
})

describe('what has ended is deleted', () => {
  it('the memory of a key after 30 days', async () => {
    const { accountId } = await signIn(person())
    const keep = (key: string, age: string) =>
      sql`insert into commands values (${key}, ${accountId}, '', 'k', '{}', clock_timestamp() - ${age}::interval)`.execute(
        database.owner,
      )
    const [young, old] = [randomUUID(), randomUUID()]
    await keep(young, '29 days 23 hours')
    await keep(old, '30 days 1 second')
    await forgetEnded(database.db)
    const left = await database.owner
      .selectFrom('commands')
      .select('key')
      .where('key', 'in', [young, old])
      .execute()
    expect(left).toEqual([{ key: young }])
  })
})

describe('R6 signing out', () => {
  it('ends this session and no other', async () => {
    const who = person()
    const [one, other] = [await signIn(who), await signIn(who)]
    await endSession(api, one.token)
    expect([await alive(one.token), await alive(other.token)]).toEqual([false, true])
  })
  it('at the provider: all of a person, or one session', async () => {
    const [who, another] = [person(), person()]
    const sessions = [await signIn(who, 'a'), await signIn(who, 'b'), await signIn(another, 'a')]
    const states = async () => {
      const all: boolean[] = []
      for (const { token } of sessions) all.push(await alive(token))
      return all
    }
    const of = { provider: 'hgrg', subject: null, providerSession: null }
    expect(await endSessions(api, of)).toBe(0)
    expect(await endSessions(api, { ...of, subject: who.subject, providerSession: 'c' })).toBe(0)
    expect(await endSessions(api, { ...of, provider: 'another', subject: who.subject })).toBe(0)
    expect(await states()).toEqual([true, true, true])
    expect(await endSessions(api, { ...of, subject: who.subject, providerSession: 'a' })).toBe(1)
    expect(await states()).toEqual([false, true, true])
    expect(await endSessions(api, { ...of, subject: who.subject })).toBe(1)
    expect(await states()).toEqual([false, false, true])
    expect(await endSessions(api, { ...of, providerSession: 'a' })).toBe(1)
    expect(await states()).toEqual([false, false, false])
  })
})

describe('R1 a sign-in under way', () => {
  const begin = async () => {
    const signIn = {
      ...{ stateHash: randomBytes(32), browserHash: randomBytes(32), nonce: 'n' },
      ...{ codeVerifier: 'v', returnTo: '/projects' },
    }
    await beginSignIn(api, signIn)
    return signIn
  }
  it('is taken once, by the browser that began it', async () => {
    const begun = await begin()
    const { stateHash } = begun
    expect(await takeSignIn(api, { stateHash, browserHash: randomBytes(32) })).toBeUndefined()
    const takes = await Promise.all([takeSignIn(api, begun), takeSignIn(api, begun)])
    expect(takes.filter((one) => one !== undefined)).toEqual([
      { nonce: 'n', codeVerifier: 'v', returnTo: '/projects' },
    ])
  })
  it('within 10 minutes', async () => {
    const age = (stateHash: Buffer, by: string) =>
      sql`update sign_ins set created_at = clock_timestamp() - ${by}::interval where state_hash = ${stateHash}`.execute(
        database.owner,
      )
    const [young, old] = [await begin(), await begin()]
    await age(young.stateHash, '9 minutes 58 seconds')
    await age(old.stateHash, '10 minutes 1 second')
    expect(await takeSignIn(api, young)).toBeDefined()
    expect(await takeSignIn(api, old)).toBeUndefined()
    await begin() // the next one sweeps
    const left = await database.owner.selectFrom('signIns').select('stateHash').execute()
    expect(left.filter((row) => row.stateHash.equals(old.stateHash))).toEqual([])
  })
})
