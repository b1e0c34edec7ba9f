import { asActor, readAs } from '../../db/actor.ts'
import { createOnce } from '../../db/idempotency.ts'
import { findProject, insertProject, listProjects as readProjects } from '../../db/projects.ts'
import { refusal } from '../../domain/result.ts'
import { createProject, getProject, listProjects } from '../contracts/projects.ts'
import { type Api, mount } from '../http/mount.ts'
import { problem } from '../http/problems.ts'
import { showProject } from '../show/projects.ts'

export function mountProjects(api: Api): void {
  const { db, known } = api.deps

  mount(api, listProjects, {}, async ({ actor, query }) => {
    const filter = { ownerId: actor.accountId, sort: query.sort, q: query.q }
    const { items, total } = await readAs(db, actor.accountId, (trx) => readProjects(trx, filter, query))
    const { page, size } = query
    return { status: 200, body: { items: items.map(showProject), page, size, total } }
  })

  mount(api, createProject, {}, async ({ actor, body: { agreed: _, ...project }, command }) => {
    const { accountId, unit } = actor
    if (!unit) return problem('UNIT_NOT_AUTHORISED')
    return asActor(db, accountId, async (trx) => {
      const created = await createOnce(trx, { ...command, accountId }, async () => {
        const id = await insertProject(trx, { ...project, accountId, unitId: unit.id })
        if (id === undefined) return refusal('PROJECT_NAME_TAKEN') // R8
        return { ok: true, id }
      })
      if (!created.ok) return created
      const row = await findProject(trx, { projectId: created.id, ownerId: accountId })
      if (row) known.keepProject(accountId, row)
      return row ? { status: 201, body: showProject(row) } : problem('NOT_FOUND')
    })
  })

  mount(
    api,
    getProject,
    {
      find: async ({ actor: { accountId }, params }) => {
        const row = await readAs(db, accountId, (trx) => findProject(trx, { ...params, ownerId: accountId }))
        if (row) known.keepProject(accountId, row)
        return row
      },
    },
    ({ found }) => Promise.resolve({ status: 200, body: showProject(found) }),
  )
}
