import { expressionBuilder, sql } from 'kysely'
import { jsonBuildObject } from 'kysely/helpers/postgres'
import { comparable } from '../domain/text.ts'
import type { Trx } from './connect.ts'
import { dateOf, rowsOf } from './lists/nested.ts'
import { countOf, type Page, type PageOf, totalOf } from './lists/pages.ts'
import type { Tables } from './tables.ts'

export type ProjectRow = {
  id: string
  name: string
  leadName: string
  leadEmail: string
  unitId: string
  unitName: string
  createdAt: Date
}

export type ProjectFilter = {
  ownerId: string
  sort: '-createdAt' | 'createdAt' | 'name' | '-name'
  /** A part of the name, or a backup number. */
  q?: string | undefined
}

/** R10: the projects of one owner. */
export async function listProjects(
  trx: Trx,
  { ownerId, sort, q = '' }: ProjectFilter,
  page: Page,
): Promise<PageOf<ProjectRow>> {
  const wanted = comparable(q)
  const all = owned(trx, ownerId).$if(wanted !== '', (every) =>
    every.where((eb) =>
      eb.or([
        eb(sql`lower(p.name_key)`, 'like', `%${escapeLike(wanted.toLowerCase())}%`),
        eb.exists(
          eb
            .selectFrom('backups as b')
            .select('b.id')
            .whereRef('b.projectId', '=', 'p.id')
            .where('b.number', '=', wanted.toUpperCase()),
        ),
      ]),
    ),
  )
  const { items, counted } = await trx
    .selectNoFrom([pageOf(all, sort, page).as('items'), countOf(all).as('counted')])
    .executeTakeFirstOrThrow()
  const rows = items.map((item) => ({ ...item, createdAt: dateOf(item.createdAt) }))
  return { items: rows, total: totalOf(counted) }
}

const owned = (trx: Trx, ownerId: string) => trx.selectFrom('projects as p').where('p.ownerId', '=', ownerId)

/** Ordered twice: the page is cut in the order of an index, its rows are joined with their units, and ordered again. */
function pageOf(all: ReturnType<typeof owned>, sort: ProjectFilter['sort'], { page, size }: Page) {
  const column = sort.endsWith('name') ? 'p.nameKey' : 'p.createdAt'
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const rows = all
    .selectAll()
    .orderBy(column, direction)
    .orderBy('p.id', direction)
    .limit(size)
    .offset((page - 1) * size)
    .as('p')
  const projects = expressionBuilder<Tables>().selectFrom(rows).innerJoin('units as u', 'u.id', 'p.unitId')
  const eb = expressionBuilder(projects)
  const row = jsonBuildObject({
    id: eb.ref('p.id'),
    name: eb.ref('p.name'),
    leadName: eb.ref('p.leadName'),
    leadEmail: eb.ref('p.leadEmail'),
    unitId: eb.ref('p.unitId'),
    unitName: eb.ref('u.name'),
    createdAt: eb.ref('p.createdAt'),
  })
  const by = sql.raw(direction)
  return rowsOf(projects, row, sql`${eb.ref(column)} ${by}, p.id ${by}`)
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, (sign) => `\\${sign}`)

export const findProject = (
  trx: Trx,
  { projectId, ownerId }: { projectId: string; ownerId: string },
): Promise<ProjectRow | undefined> =>
  owned(trx, ownerId)
    .innerJoin('units as u', 'u.id', 'p.unitId')
    .select(['p.id', 'p.name', 'p.leadName', 'p.leadEmail', 'p.unitId', 'u.name as unitName', 'p.createdAt'])
    .where('p.id', '=', projectId)
    .executeTakeFirst()

export type NewProject = {
  accountId: string
  unitId: string
  name: string
  leadName: string
  leadEmail: string
}

/** R8: undefined when the account has a project of this name (compared by `comparable`). */
export async function insertProject(
  trx: Trx,
  { accountId, ...project }: NewProject,
): Promise<string | undefined> {
  const row = await trx
    .insertInto('projects')
    .values({ ...project, creatorId: accountId, ownerId: accountId, nameKey: comparable(project.name) })
    .onConflict((conflict) => conflict.columns(['creatorId', 'nameKey']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}
