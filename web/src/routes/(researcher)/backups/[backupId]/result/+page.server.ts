import { redirect } from '@sveltejs/kit'
import { getSnapshot } from '$contracts/amendments.ts'
import { getBackup, type WholeBackup } from '$contracts/backups.ts'
import { submitBackup } from '$contracts/numbers.ts'
import { dropCommand, keptCommand } from '#lib/server/issuing.ts'
import { read, submitOnce } from '#lib/server/submit.ts'
import type { PageServerLoad } from './$types'

/** No number is shown that is not stored (R33): while it is issued, the same request is repeated. */
export const load: PageServerLoad = async (event) => {
  const { params } = event
  const shown = async ({ files: _, timeline, ...backup }: WholeBackup) => ({
    backup,
    /** What the number was issued for; amendments came later. */
    issued: backup.stage === 'completed' ? await read(event, getSnapshot, { params }) : null,
    /** The number itself; an amendment may be on its way. */
    isNumberSynced: timeline.some(({ action }) => action === 'numberSynced'),
  })
  event.depends('app:backup')
  const backup = await read(event, getBackup, { params })
  if (backup.stage === 'completed') {
    if (keptCommand(event.cookies)) dropCommand(event.cookies, backup.id)
    return await shown(backup)
  }
  const cmd = keptCommand(event.cookies)
  if (!cmd) redirect(303, `/backups/${backup.id}/submit`)
  const answer = await submitOnce(event, submitBackup, { params }, { cmd })
  if (answer.ok) return await shown(await read(event, getBackup, { params }))
  if (answer.problem.status === 503) return await shown(backup)
  dropCommand(event.cookies, backup.id)
  redirect(303, `/backups/${backup.id}/submit`)
}
