import { redirect } from '@sveltejs/kit'
import { createBackup } from '$contracts/backups.ts'
import { getProject } from '$contracts/projects.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import { many, one } from '#lib/forms/refused.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => ({
  project: await read(event, getProject, { params: event.params }),
  cmd: newCommand(),
})

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
