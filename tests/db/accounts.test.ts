import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  aloneWithAccounts,
  applyAccounts,
  findAccountsAsOf,
  keepAccountsAsOf,
  type ListedAccount,
} from '../../db/accounts.ts'
import { connect, type Db } from '../../db/connect.ts'
import { findSession, openSession, type Person } from '../../db/sessions.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let api: Db
let worker: Db
beforeAll(async () => {
  database = await createDatabase()
  api = connect(database.url('hgrip_api')).db
  worker = database.db
})
afterAll(async () => {
  await api.destroy()
  await database.close()
})

const person = (given: Partial<Person> = {}): Person => ({
  ...{ provider: 'hgrg', subject: randomUUID(), name: '示例甲', phone: '1', email: 'a@example.cn' },
  ...{ role: 'researcher', unitAuthorised: true },
  unitPath: [
    { id: 'lab', name: '实验室' },
    { id: 'institute', name: '研究所' },
  ],
  ...given,
})
async function signIn(who: Person) {
  const tokenHash = createHash('sha256').update(randomUUID()).digest()
  const session = { tokenHash, providerSession: null, idToken: 'id-token' }
  return { tokenHash, accountId: await openSession(api, who, session) }
}
const listed = ({ provider: _, ...who }: Person): ListedAccount => ({ ...who, active: true })
const disabled = ({ subject }: Person): ListedAccount => ({ subject, active: false })
const apply = (...accounts: ListedAccount[]) => applyAccounts(worker, 'hgrg', accounts)
const isAlive = async (tokenHash: Buffer) => (await findSession(api, tokenHash)) !== undefined

describe('R6 what the provider’s list says', () => {
  it('a disabled account loses its sessions at once, and cannot sign in until the list says otherwise', async () => {
    const who = person()
    const sessions = [await signIn(who), await signIn(who)]
    const other = await signIn(person())
    expect(await apply(disabled(who))).toEqual({ changed: 1, ended: 2 })
    for (const { tokenHash } of sessions) expect(await isAlive(tokenHash)).toBe(false)
    expect(await isAlive(other.tokenHash)).toBe(true)
    expect((await signIn(who)).accountId).toBeUndefined()
    expect(await apply(disabled(who))).toEqual({ changed: 0, ended: 0 })
    expect(await apply(listed(who))).toEqual({ changed: 1, ended: 0 })
    expect((await signIn(who)).accountId).toBeDefined()
  })

  it('a disabled account writes nothing by trying to sign in', async () => {
    const who = person()
    await signIn(who)
    await apply(disabled(who))
    await signIn({ ...who, name: '示例乙', role: 'operator', unitPath: [{ id: 'new', name: '新单位' }] })
    const row = await database.owner
      .selectFrom('accounts')
      .select(['name', 'role', 'active'])
      .where('subject', '=', who.subject)
      .executeTakeFirst()
    expect(row).toEqual({ name: '示例甲', role: 'researcher', active: false })
    expect(
      await database.owner.selectFrom('units').select('id').where('name', '=', '新单位').execute(),
    ).toEqual([])
  })

  it('a new authorisation or name is true at once, and the session goes on', async () => {
    const who = person()
    const { tokenHash } = await signIn(who)
    expect(await apply(listed({ ...who, unitAuthorised: false, name: '示例乙' }))).toEqual({
      changed: 1,
      ended: 0,
    })
    expect(await findSession(api, tokenHash)).toMatchObject({ unitAuthorised: false, name: '示例乙' })
  })

  it.each<[string, Partial<Person>]>([
    ['role', { role: 'unit_admin' }],
    ['unit', { unitPath: [{ id: 'institute', name: '研究所' }] }],
    ['unit that is not known yet', { unitPath: [{ id: randomUUID(), name: '新单位' }] }],
    ['no unit', { unitPath: [] }],
  ])('a new %s ends the sessions, and the next one has it', async (_, change) => {
    const who = person()
    const { tokenHash } = await signIn(who)
    expect(await apply(listed(who))).toEqual({ changed: 0, ended: 0 })
    expect(await apply(listed({ ...who, ...change }))).toEqual({ changed: 1, ended: 1 })
    expect(await isAlive(tokenHash)).toBe(false)
    expect(await apply(listed({ ...who, ...change }))).toEqual({ changed: 0, ended: 0 })
    const next = await signIn({ ...who, ...change })
    const [unit] = change.unitPath ?? who.unitPath
    expect(await findSession(api, next.tokenHash)).toMatchObject({
      role: change.role ?? 'researcher',
      unitName: unit?.name ?? null,
    })
  })

  it('a unit that was renamed or moved in the tree is written for all its accounts', async () => {
    const unit = { id: randomUUID(), name: '实验室' }
    const who = person({ unitPath: [unit, { id: 'institute', name: '研究所' }] })
    const { tokenHash } = await signIn(who)
    const moved = {
      ...who,
      unitPath: [
        { ...unit, name: '新名' },
        { id: 'academy', name: '科学院' },
      ],
    }
    expect(await apply(listed(moved))).toEqual({ changed: 0, ended: 0 })
    expect(await findSession(api, tokenHash)).toMatchObject({ unitName: '新名' })
    const { rows } = await sql<{ name: string }>`
      select p.name from units u join units p on p.id = u.parent_id where u.external_id = ${unit.id}`.execute(
      database.owner,
    )
    expect(rows).toEqual([{ name: '科学院' }])
  })

  it('R46 a unit named without a path stays below the one above it, at a sign-in and in the list', async () => {
    const unit = { id: randomUUID(), name: '实验室' }
    const above = async () => {
      const { rows } = await sql<{ above: string | null; name: string }>`
        select p.name as above, u.name from units u left join units p on p.id = u.parent_id
        where u.external_id = ${unit.id}`.execute(database.owner)
      return rows[0]
    }
    const who = person({ unitPath: [{ ...unit, above: 'unknown' }] })
    await signIn(who)
    expect(await above()).toEqual({ above: null, name: '实验室' })
    await signIn(person({ unitPath: [unit, { id: 'institute', name: '研究所' }] }))
    await signIn({ ...who, unitPath: [{ ...unit, name: '新名', above: 'unknown' }] })
    expect(await above()).toEqual({ above: '研究所', name: '新名' })
    await apply(listed(who))
    expect(await above()).toEqual({ above: '研究所', name: '实验室' })
    await apply(listed({ ...who, unitPath: [unit] })) // a path of itself alone: a root, which the colleague contradicts
    expect(await above()).toEqual({ above: '研究所', name: '实验室' })
  })

  it('who never signed in is not written down; another provider’s account is another one', async () => {
    const [unknown, theirs] = [person(), person({ provider: 'another' })]
    const { tokenHash } = await signIn(theirs)
    expect(await apply(listed(unknown), disabled(theirs))).toEqual({ changed: 0, ended: 0 })
    expect(await isAlive(tokenHash)).toBe(true)
    const rows = await database.owner
      .selectFrom('accounts')
      .select('id')
      .where('subject', '=', unknown.subject)
      .execute()
    expect(rows).toEqual([])
  })

  it('is not the API’s to say', async () => {
    await expect(applyAccounts(api, 'hgrg', [])).rejects.toThrow('permission denied')
  })
})

describe('the list is read by one worker at a time, from where it ended', () => {
  it('remembers up to when', async () => {
    expect(await findAccountsAsOf(worker, 'hgrg')).toBeUndefined()
    for (const day of ['2026-11-22', '2026-11-23']) {
      await keepAccountsAsOf(worker, 'hgrg', new Date(`${day}T01:02:03.456Z`))
      expect((await findAccountsAsOf(worker, 'hgrg'))?.toISOString()).toBe(`${day}T01:02:03.456Z`)
    }
  })

  it('the second one goes home; afterwards it is free again, also after a failure', async () => {
    const other = connect(database.url('hgrip_worker')).db
    const inside = await aloneWithAccounts(worker, () =>
      aloneWithAccounts(other, () => Promise.resolve('both')).then((both) => both ?? 'alone'),
    )
    expect(inside).toBe('alone')
    const failing = aloneWithAccounts(worker, () => Promise.reject(new Error('no answer')))
    await expect(failing).rejects.toThrow('no answer')
    expect(await aloneWithAccounts(other, () => Promise.resolve('free'))).toBe('free')
    await other.destroy()
  })
})
