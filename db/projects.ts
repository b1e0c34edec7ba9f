import { sql } from 'kysely'
import { tidy } from '../domain/text.ts'
import type { Trx } from './connect.ts'
import { countRows, type Page, type PageOf } from './pages.ts'

export type ProjectRow = {
  id: string
  name: string
  leadName: string
  leadEmail: string
  unitId: string
  unitName: string
  createdAt: Date
}

const projects = (trx: Trx) => trx.selectFrom('projects as p').innerJoin('units as u', 'u.id', 'p.unitId')
const columns = [
  'p.id',
  'p.name',
  'p.leadName',
  'p.leadEmail',
  'p.unitId',
  'u.name as unitName',
  'p.createdAt',
] as const

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
  { page, size }: Page,
): Promise<PageOf<ProjectRow>> {
  const wanted = tidy(q)
  const query = projects(trx)
    .where('p.ownerId', '=', ownerId)
    .$if(wanted !== '', (all) =>
      all.where((eb) =>
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
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const items = await query
    .select(columns)
    .orderBy(sort.endsWith('name') ? 'p.nameKey' : 'p.createdAt', direction)
    .orderBy('p.id', direction)
    .limit(size)
    .offset((page - 1) * size)
    .execute()
  return { items, total: await countRows(trx, query) }
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, (sign) => `\\${sign}`)

export const findProject = (
  trx: Trx,
  { projectId, ownerId }: { projectId: string; ownerId: string },
): Promise<ProjectRow | undefined> =>
  projects(trx)
    .select(columns)
    .where('p.id', '=', projectId)
    .where('p.ownerId', '=', ownerId)
    .executeTakeFirst()

export type NewProject = {
  accountId: string
  unitId: string
  name: string
  leadName: string
  leadEmail: string
}

/** R8: undefined when the account has a project of this name (compared after trimming and NFKC). */
export async function insertProject(
  trx: Trx,
  { accountId, ...project }: NewProject,
): Promise<string | undefined> {
  const row = await trx
    .insertInto('projects')
    .values({ ...project, creatorId: accountId, ownerId: accountId, nameKey: tidy(project.name) })
    .onConflict((conflict) => conflict.columns(['creatorId', 'nameKey']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}
