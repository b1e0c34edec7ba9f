import { type BackupSummary, listDrafts } from '$contracts/backups.ts'
import { listProjects } from '$contracts/projects.ts'
import { asTyped } from '$domain/text.ts'
import { leadToLastPage, pagingOf } from '#lib/server/paging.ts'
import { read } from '#lib/server/submit.ts'
import type { PageServerLoad } from './$types'

type Drafts = { items: BackupSummary[]; total: number | { atLeast: number } }

/** In the panel until it is opened. */
const shownDrafts = 3

/** The nearest deadline first, then what waits for the reader, then what changed last. */
function urgent({ items, total }: Drafts, isAll: boolean) {
  const due = ({ deadline }: BackupSummary) => (deadline === null ? Number.MAX_VALUE : Date.parse(deadline))
  const isMine = ({ todos }: BackupSummary) => Number(todos.length > 0)
  const sorted = items.toSorted((a, b) => due(a) - due(b) || isMine(b) - isMine(a))
  return { items: isAll ? sorted : sorted.slice(0, shownDrafts), total }
}

const sorts = ['-createdAt', 'createdAt', 'name', '-name'] as const

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const sort = sorts.find((known) => known === searchParams.get('sort'))
  // A cell copied from a table brings its tabs along.
  const q = asTyped((searchParams.get('q') ?? '').replace(/\p{Cc}/gu, ' ')).slice(0, 100)
  const query = { ...pagingOf(event), sort, q: q === '' ? undefined : q }
  const [projects, drafts] = await Promise.all([
    read(event, listProjects, { query }),
    read(event, listDrafts, { query: { size: 100 } }),
  ])
  leadToLastPage(event, projects)
  return {
    projects,
    drafts: urgent(drafts, searchParams.get('drafts') === 'all'),
    q: query.q ?? '',
    sort: query.sort ?? '-createdAt',
    serverNow: drafts.serverNow,
  }
}
