import { error, redirect } from '@sveltejs/kit'
import { createBackup, getBackup } from '$contracts/backups.ts'
import { getProject } from '$contracts/projects.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import { many, one } from '#lib/forms/refused.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import { m } from '#lib/paraglide/messages.js'
import type { Actions, PageServerLoad } from './$types'

/** R12: a name holds 100 letters, with the suffix that tells the copy from its original. */
const longest = 100
function copyName(name: string): string {
  const rest = longest - [...m.copy_name({ name: '' })].length
  return m.copy_name({ name: [...name].slice(0, rest).join('') })
}

export const load: PageServerLoad = async (event) => {
  const { params, url } = event
  const from = url.searchParams.get('from')
  const [project, original] = await Promise.all([
    read(event, getProject, { params }),
    from ? read(event, getBackup, { params: { backupId: from } }) : null,
  ])
  if (original && (original.stage !== 'completed' || original.projectId !== project.id))
    error(404, { message: 'NOT_FOUND' })
  const copy = original && {
    of: original.name,
    name: copyName(original.name),
    contentTypes: original.contentTypes,
  }
  return { project, copy, cmd: newCommand() }
}

export const actions = {
  default: async (event) => {
    const values = await typed(event)
    const body = { name: one(values, 'name'), contentTypes: many(values, 'contentTypes') }
    const answer = await submit(event, createBackup, { params: event.params, body }, values)
    if (!answer.ok) return answer.failure
    setFlash(event.cookies, { code: 'backupAdded' })
    redirect(303, `/backups/${answer.body.id}`)
  },
} satisfies Actions
