import { redirect } from '@sveltejs/kit'
import { editBackup, getBackup } from '$contracts/backups.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import type { Values } from '#lib/forms/refused.ts'
import { many, one } from '#lib/forms/refused.ts'
import { read, submit, typed, withLatest } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const backup = await read(event, getBackup, { params: event.params })
  // No redirect after a post: a person whose form came too late reads so there, and keeps the input.
  if (backup.stage === 'completed' && event.request.method === 'GET') redirect(303, `/backups/${backup.id}`)
  return { backup, cmd: newCommand() }
}

/** What the form was filled with; a request without it overwrites the present values. */
const baseOf = (values: Values) => ({
  ...('baseName' in values && { name: one(values, 'baseName') }),
  ...('baseContentTypes' in values && { contentTypes: one(values, 'baseContentTypes').split(',') }),
})

export const actions = {
  default: async (event) => {
    const values = await typed(event)
    const body = {
      name: one(values, 'name'),
      contentTypes: many(values, 'contentTypes'),
      base: baseOf(values),
    }
    const answer = await submit(event, editBackup, { params: event.params, body }, values)
    if (!answer.ok)
      return await withLatest(answer, async () => {
        const { name, contentTypes } = await read(event, getBackup, { params: event.params })
        return { name, contentTypes }
      })
    setFlash(event.cookies, { code: 'saved' })
    redirect(303, `/backups/${event.params.backupId}`)
  },
} satisfies Actions
