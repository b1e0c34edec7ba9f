import { listDrafts } from '$contracts/backups.ts'
import { listProjects } from '$contracts/projects.ts'
import { read } from '#lib/server/submit.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { searchParams } = event.url
  const asked = (name: string) => searchParams.get(name) ?? undefined
  const query = { page: asked('page'), size: asked('size'), sort: asked('sort'), q: asked('q')?.trim() }
  const [projects, drafts] = await Promise.all([
    read(event, listProjects, { query }),
    read(event, listDrafts, { query: { size: 3 } }),
  ])
  return {
    projects,
    drafts,
    q: query.q ?? '',
    sort: query.sort ?? '-createdAt',
    serverNow: new Date().toISOString(),
  }
}
