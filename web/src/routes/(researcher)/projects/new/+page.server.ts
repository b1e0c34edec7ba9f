import { fail, redirect, type RequestEvent } from '@sveltejs/kit'
import { call } from '$contracts/call.ts'
import { createProject, listProjects, NewProject } from '$contracts/projects.ts'
import { comparable, isSameEmail } from '$domain/text.ts'
import { requireResearcher } from '#lib/server/access.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import type { Values } from '#lib/forms/refused.ts'
import { one } from '#lib/forms/refused.ts'
import { refuseHere, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { account } = requireResearcher(event)
  // A form without what it would offer is a form all the same.
  const [last] = await findProjects(event, { size: 1 })
  const isOther = last && !(last.leadName === account.name && isSameEmail(last.leadEmail, account.email))
  return { cmd: newCommand(), lastLead: isOther ? { name: last.leadName, email: last.leadEmail } : undefined }
}

/** The newest first; none when they cannot be read. */
async function findProjects(event: RequestEvent, query: { size: number; q?: string }) {
  const answer = await call(event.fetch, listProjects, { query })
  return answer.ok ? answer.body.items : []
}

/** R8, told before the question. Creating decides, also of names that this does not find. */
async function isTaken(event: RequestEvent, name: string): Promise<boolean> {
  // The search takes 100 units of UTF-16; a part of the name finds it too.
  const found = await findProjects(event, { size: 100, q: [...name].slice(0, 50).join('') })
  return found.some((project) => comparable(project.name) === comparable(name))
}

const bodyOf = (values: Values) => ({
  name: one(values, 'name'),
  leadName: one(values, 'leadName'),
  leadEmail: one(values, 'leadEmail'),
  agreed: one(values, 'agreed') === 'true',
})

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
