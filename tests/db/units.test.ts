/** R46: where units stand in the tree, as the claims of their people say it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyAccounts } from '../../db/accounts.ts'
import { connect, type Db } from '../../db/connect.ts'
import { openSession } from '../../db/sessions.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let api: Db
beforeAll(async () => {
  database = await createDatabase()
  api = connect(database.url('hgrip_api'), { max: 1 }).db
})
afterAll(async () => {
  await api.destroy()
  await database.close()
})

/** A person whose unit stands below these, the nearest first. */
const person = (...units: string[]) => ({
  ...{ provider: 'hgrg', subject: randomUUID(), name: '示例甲', phone: '1', email: 'a@example.cn' },
  ...{ role: 'researcher' as const, unitAuthorised: true, unitPath: units.map((id) => ({ id, name: id })) },
})
type Person = ReturnType<typeof person>
const signIn = (who: Person) =>
  openSession(api, who, { tokenHash: randomBytes(32), providerSession: null, idToken: 't' })
const apply = ({ provider: _, ...who }: Person, active = true) =>
  applyAccounts(database.db, 'hgrg', [active ? { ...who, active } : { subject: who.subject, active }])

const applyAll = (...people: Person[]) =>
  applyAccounts(
    database.db,
    'hgrg',
    people.map(({ provider: _, ...who }) => ({ ...who, active: true })),
  )

/** `a<b`: a stands below b. Only the units of a test, whose names begin with its mark. */
async function tree(mark: string): Promise<string[]> {
  const { rows } = await sql<{ edge: string }>`
    select u.name || '<' || p.name as edge from units u join units p on p.id = u.parent_id
    where u.name like ${`${mark}%`} order by 1`.execute(database.owner)
  return rows.map(({ edge }) => edge.replaceAll(mark, ''))
}
async function disputed(mark: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select u.name from operator_items i join units u on u.id::text = i.subject
    where i.kind = 'unitDisputed' and i.closed_at is null and u.name like ${`${mark}%`} order by 1`.execute(
    database.owner,
  )
  return rows.map(({ name }) => name.replaceAll(mark, ''))
}
/** The ancestors that are kept are those that a walk up the tree finds. */
async function expectAncestors(): Promise<void> {
  const { rows } = await sql<{ wrong: string }>`
    with recursive up as (
      select id as unit_id, id as ancestor_id, parent_id from units
      union all select up.unit_id, u.id, u.parent_id from up join units u on u.id = up.parent_id),
      walked as (select unit_id, ancestor_id from up)
    (select 'missing ' || unit_id as wrong from (table walked except select unit_id, ancestor_id from unit_ancestors) m)
    union all (select 'too many ' || unit_id from (select unit_id, ancestor_id from unit_ancestors except table walked) t)`.execute(
    database.owner,
  )
  expect(rows).toEqual([])
}

describe('R46 the tree', () => {
  it('follows the claims: whole paths, a move with all that is below, a root', async () => {
    const m = `${randomUUID().slice(0, 8)} `
    const [lab, group, institute, academy] = ['lab', 'group', 'institute', 'academy'].map(
      (name) => m + name,
    ) as [string, string, string, string]
    const [worker, head] = [person(lab, group, institute), person(group, institute)]
    await signIn(worker)
    await signIn(head)
    expect(await tree(m)).toEqual(['group<institute', 'lab<group'])
    await expectAncestors()
    const moved = ({ unitPath, ...who }: Person): Person => ({
      ...who,
      unitPath: [...unitPath, { id: academy, name: academy }],
    })
    await applyAll(moved(worker), moved(head))
    expect(await tree(m)).toEqual(['group<institute', 'institute<academy', 'lab<group'])
    await expectAncestors()
    await applyAll(
      ...[worker, head].map(({ unitPath, ...who }) => ({ ...who, unitPath: unitPath.slice(0, -1) })),
    )
    expect(await tree(m)).toEqual(['institute<academy', 'lab<group']) // group is a root; of the institute nobody says anything
    expect(await disputed(m)).toEqual([])
    await expectAncestors()
  })

  it('a contradiction changes nothing and is an operator’s; it closes when they agree', async () => {
    const m = `${randomUUID().slice(0, 8)} `
    const [lab, one, two] = ['lab', 'one', 'two'].map((name) => m + name) as [string, string, string]
    const [jia, yi] = [person(lab, one), person(lab, two)]
    await signIn(jia)
    await signIn(yi)
    expect(await tree(m)).toEqual(['lab<one'])
    expect(await disputed(m)).toEqual(['lab'])
    await apply({ ...jia, unitPath: yi.unitPath })
    expect(await tree(m)).toEqual(['lab<two'])
    expect(await disputed(m)).toEqual([])
    await expectAncestors()
  })

  it('who was disabled says nothing any more', async () => {
    const m = `${randomUUID().slice(0, 8)} `
    const [lab, one, two] = ['lab', 'one', 'two'].map((name) => m + name) as [string, string, string]
    const [jia, yi] = [person(lab, one), person(lab, two)]
    await signIn(jia)
    await signIn(yi)
    await apply(jia, false)
    expect(await tree(m)).toEqual(['lab<two'])
    expect(await disputed(m)).toEqual([])
    await apply(jia)
    expect(await disputed(m)).toEqual(['lab'])
    expect(await tree(m)).toEqual(['lab<two'])
  })

  it('a circle changes nothing and is an operator’s', async () => {
    const m = `${randomUUID().slice(0, 8)} `
    const [a, b] = ['a', 'b'].map((name) => m + name) as [string, string]
    await signIn(person(a, b)) // which says that b is a root, too
    const yi = person(b, a)
    await signIn(yi)
    expect(await tree(m)).toEqual(['a<b'])
    expect(await disputed(m)).toEqual(['a', 'b'])
    await apply(yi, false)
    expect(await disputed(m)).toEqual([])
    await expectAncestors()
  })

  it('two units that change places do so, in whatever order they come', async () => {
    for (let round = 0; round < 6; round++) {
      const m = `${randomUUID().slice(0, 8)} `
      const [a, b] = ['a', 'b'].map((name) => m + name) as [string, string]
      const who = person(a, b)
      await signIn(who)
      await apply({ ...who, unitPath: [b, a].map((id) => ({ id, name: id })) })
      expect(await tree(m)).toEqual(['b<a'])
      expect(await disputed(m)).toEqual([])
    }
    await expectAncestors()
  })
})
