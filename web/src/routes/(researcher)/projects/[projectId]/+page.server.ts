import { redirect } from '@sveltejs/kit'
import { discardBackup, listProjectBackups } from '$contracts/backups.ts'
import { getProject } from '$contracts/projects.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import { one } from '#lib/forms/refused.ts'
import { leadToLastPage, pagingOf } from '#lib/server/paging.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { params } = event
  const [project, backups] = await Promise.all([
    read(event, getProject, { params }),
    read(event, listProjectBackups, { params, query: pagingOf(event) }),
  ])
  leadToLastPage(event, backups)
  return { project, backups, cmd: newCommand(), serverNow: backups.serverNow }
}

export const actions = {
  discard: async (event) => {
    const values = await typed(event)
    const params = { backupId: one(values, 'backupId') }
    const answer = await submit(event, discardBackup, { params }, values)
    if (!answer.ok) return answer.failure
    setFlash(event.cookies, { code: 'backupDiscarded' })
    redirect(303, `/projects/${event.params.projectId}`)
  },
} satisfies Actions
