/** R57 sign-ins and sign-outs, what becomes of accounts, look-ups that add nothing: each is a row, and the chain holds. */
import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { record } from '../../activities/record.ts'
import { applyAccounts } from '../../db/accounts.ts'
import { connect, type Db } from '../../db/connect.ts'
import { endSession, endSessions, findSession, openSession, type Person } from '../../db/sessions.ts'
import { forgetEnded } from '../../db/sweeps.ts'
import { custodian } from '../../domain/actor.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps } from '../support/deps.ts'
import { createDraft, othersFile } from '../support/factories.ts'

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

const accountsChain = '00000000-0000-0000-0000-000000000000'
const person = (given: Partial<Person> = {}): Person => ({
  ...{ provider: 'hgrg', subject: randomUUID(), name: '示例甲', phone: '1', email: 'a@example.cn' },
  ...{ role: 'researcher', unitAuthorised: true, unitPath: [{ id: 'lab', name: '实验室' }] },
  ...given,
})
async function signIn(who: Person, providerSession: string | null = null) {
  const tokenHash = createHash('sha256').update(randomUUID()).digest()
  const accountId = await openSession(api, who, { tokenHash, providerSession, idToken: 't' })
  return { tokenHash, accountId: accountId ?? '' }
}
const list = (...who: Person[]) =>
  applyAccounts(
    database.db,
    'hgrg',
    who.map(({ provider: _, ...one }) => ({ ...one, active: true })),
  )
async function rowsOf(accountId: string) {
  const rows = await database.owner
    .selectFrom('audit')
    .select(['action', 'actorId', 'params', 'before', 'after'])
    .where('unitId', '=', accountsChain)
    .where(sql`params->>'accountId'`, '=', accountId)
    .orderBy('id')
    .execute()
  return rows.map(({ action, actorId, params, before, after }) => ({
    act: actorId === accountId ? `${action} by itself` : actorId === null ? action : 'by another',
    by: (params as { by?: string }).by,
    role: (params as { role?: string }).role,
    before: before as Record<string, unknown> | null,
    after: after as Record<string, unknown> | null,
  }))
}
const acts = async (accountId: string) =>
  (await rowsOf(accountId)).map(({ act, by }) => (by ? `${act}, ${by}` : act))

describe('R57 what becomes of an account', () => {
  it('a sign-in with the role it had, and a sign-out; one without a session is none', async () => {
    const { tokenHash, accountId } = await signIn(person({ role: 'unit_admin' }))
    await findSession(api, tokenHash)
    await endSession(api, tokenHash)
    await endSession(api, tokenHash)
    expect(await acts(accountId)).toEqual(['signedIn by itself', 'signedOut by itself, person'])
    expect((await rowsOf(accountId))[0]?.role).toBe('unit_admin')
  })
  it('what the provider ends', async () => {
    const who = person()
    const { accountId } = await signIn(who, 'here')
    await signIn(who, 'there')
    await endSessions(api, { provider: 'hgrg', subject: null, providerSession: 'here' })
    await endSessions(api, { provider: 'hgrg', subject: who.subject, providerSession: null })
    expect(await acts(accountId)).toEqual([
      ...['signedIn by itself', 'signedIn by itself', 'signedOut, provider', 'signedOut, provider'],
    ])
  })
  it('disabled and enabled, another role, another unit, another authorisation, another address', async () => {
    const who = person()
    const { accountId } = await signIn(who)
    await applyAccounts(database.db, 'hgrg', [{ subject: who.subject, active: false }])
    await applyAccounts(database.db, 'hgrg', [{ subject: who.subject, active: false }])
    await list(who)
    await list(who)
    await list({ ...who, role: 'legal_entity' })
    await list({ ...who, role: 'legal_entity', unitPath: [{ id: randomUUID(), name: '新单位' }] })
    const moved = { ...who, role: 'legal_entity' as const, unitPath: [], unitAuthorised: false }
    await list(moved)
    await list({ ...moved, email: 'b@example.cn' })
    expect(await acts(accountId)).toEqual([
      'signedIn by itself',
      'accountDisabled',
      'accountEnabled',
      ...['accountChanged', 'accountChanged', 'accountChanged', 'accountChanged'],
    ])
    const changes = (await rowsOf(accountId)).slice(3)
    const of = (key: string) => changes.map(({ before, after }) => [before?.[key], after?.[key]])
    expect(of('role')[0]).toEqual(['researcher', 'legal_entity'])
    expect(of('unitId')[1]?.[0]).not.toEqual(of('unitId')[1]?.[1])
    expect(of('unitAuthorised')[2]).toEqual([true, false])
    expect(of('email')[3]).toEqual(['a@example.cn', 'b@example.cn'])
  })
  it('a change that a sign-in brings', async () => {
    const who = person()
    const { accountId } = await signIn(who)
    await signIn({ ...who, role: 'operator' })
    expect(await acts(accountId)).toEqual(['signedIn by itself', 'accountChanged', 'signedIn by itself'])
  })
  it('a unit that is renamed or moved in the tree', async () => {
    const lab = { id: randomUUID(), name: '实验室' }
    const who = person({ unitPath: [lab] })
    await signIn(who)
    await list({ ...who, unitPath: [lab, { id: randomUUID(), name: '研究所' }] })
    const { rows } = await sql<{ before: object; after: { parentId: string } }>`
      select before, after from audit a join units u on u.id = (a.params->>'unitId')::uuid
      where a.action = 'unitChanged' and u.external_id = ${lab.id}`.execute(database.owner)
    expect(rows).toHaveLength(1)
    expect(rows[0]?.before).toEqual({ name: '实验室', parentId: null })
    expect(rows[0]?.after.parentId).toEqual(expect.any(String))
  })
  it('many at once wait in no circle, and the chain holds', async () => {
    const people = Array.from({ length: 8 }, () => person())
    const live = await Promise.all(people.map((who) => signIn(who)))
    for (let round = 0; round < 5; round++)
      await Promise.all([
        ...people.map((who) => signIn({ ...who, role: round % 2 ? 'researcher' : 'operator' })),
        list(...people),
        list(...people.toReversed()),
        ...live.map(({ tokenHash }) => endSession(api, tokenHash)),
        ...people.map(({ subject }) =>
          endSessions(api, { provider: 'hgrg', subject, providerSession: null }),
        ),
        forgetEnded(database.db),
      ])
    const { rows } = await sql<{ seq: string | null }>`
      select broken_audit(${accountsChain}::uuid) as seq`.execute(database.owner)
    expect(rows).toEqual([{ seq: null }])
  })
})

describe('R20, R57 a look-up that adds nothing', () => {
  it('is a row with what was asked; the backup has no new version; repeated under its key it is one', async () => {
    const draft = await createDraft(database.owner)
    const { deps, close } = createDeps(database)
    const call = {
      ...{ backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now: Date.now() },
      command: { type: 'linkFile', ...othersFile(randomUUID()) } as never,
    }
    for (const _ of [1, 2])
      expect((await record(deps, call, { checked: 'mismatch' })).answer).toMatchObject({
        code: 'ACCOUNT_ACCESSION_MISMATCH',
      })
    await close()
    const rows = await database.owner
      .selectFrom('audit')
      .select(['action', 'actorId', 'projectId', 'backupId', 'params'])
      .where('unitId', '=', draft.unitId)
      .execute()
    expect(rows).toEqual([
      {
        ...{ action: 'lookUpRefused', actorId: draft.accountId, projectId: draft.projectId, backupId: null },
        params: {
          ...{ backupId: draft.id, repository: 'GSA-Human', accession: 'HRA000570' },
          depositorEmail: 'depositor@example.cn',
        },
      },
    ])
  })
})
