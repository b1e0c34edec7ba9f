import { redirect } from '@sveltejs/kit'
import { getBackup } from '$contracts/backups.ts'
import { submitBackup } from '$contracts/numbers.ts'
import { dropCommand, keptCommand } from '#lib/server/issuing.ts'
import { read, submitOnce } from '#lib/server/submit.ts'
import type { PageServerLoad } from './$types'

/** No number is shown that is not stored (R33): while it is issued, the same request is repeated. */
export const load: PageServerLoad = async (event) => {
  const { params } = event
  event.depends('app:backup')
  const backup = await read(event, getBackup, { params })
  if (backup.stage === 'completed') {
    if (keptCommand(event.cookies)) dropCommand(event.cookies, backup.id)
    return { backup }
  }
  const cmd = keptCommand(event.cookies)
  if (!cmd) redirect(303, `/backups/${backup.id}/submit`)
  const answer = await submitOnce(event, submitBackup, { params }, { cmd })
  if (answer.ok) return { backup: await read(event, getBackup, { params }) }
  if (answer.problem.status === 503) return { backup }
  dropCommand(event.cookies, backup.id)
  redirect(303, `/backups/${backup.id}/submit`)
}
