import { fail, redirect, type RequestEvent } from '@sveltejs/kit'
import { createProject, listProjects, NewProject } from '$contracts/projects.ts'
import { tidy } from '$domain/text.ts'
import { requireResearcher } from '#lib/server/access.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import type { Values } from '#lib/forms/refused.ts'
import { one } from '#lib/forms/refused.ts'
import { read, refuseHere, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = (event) => {
  requireResearcher(event)
  return { cmd: newCommand() }
}

const bodyOf = (values: Values) => ({
  name: one(values, 'name'),
  leadName: one(values, 'leadName'),
  leadEmail: one(values, 'leadEmail'),
  agreed: one(values, 'agreed') === 'true',
})

/** R8, told before the question; creating it decides. */
async function isTaken(event: RequestEvent, name: string): Promise<boolean> {
  const { items } = await read(event, listProjects, { query: { page: 1, size: 50, sort: 'name', q: name } })
  return items.some((project) => tidy(project.name) === tidy(name))
}

export const actions = {
  /** Shows what will be created before it is final (R9); the contract's own schema says what is missing. */
  review: async (event) => {
    const values = await typed(event)
    const checked = NewProject.safeParse(bodyOf(values))
    if (!checked.success)
      return refuseHere(
        values,
        checked.error.issues.map(({ path, message, ...issue }) => ({
          path: path.join('.'),
          code: message,
          params: 'params' in issue && issue.params ? issue.params : {},
        })),
      )
    const { agreed: _, ...review } = checked.data
    if (await isTaken(event, review.name))
      return refuseHere(values, [{ path: 'name', code: 'PROJECT_NAME_TAKEN', params: {} }])
    return fail(200, { review, asked: newCommand(), values, cmd: one(values, 'cmd') || newCommand() })
  },
  create: async (event) => {
    const values = await typed(event)
    const answer = await submit(event, createProject, { body: bodyOf(values) }, values)
    if (!answer.ok) return answer.failure
    setFlash(event.cookies, { code: 'projectCreated', row: answer.body.id })
    redirect(303, '/projects')
  },
} satisfies Actions
