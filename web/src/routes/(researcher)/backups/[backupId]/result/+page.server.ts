import { redirect } from '@sveltejs/kit'
import { getSnapshot, type Snapshot } from '$contracts/amendments.ts'
import { type Backup, getBackup } from '$contracts/backups.ts'
import { submitBackup } from '$contracts/numbers.ts'
import { dropCommand, keptCommand } from '#lib/server/issuing.ts'
import { read, submitOnce } from '#lib/server/submit.ts'
import { issuedLine, printedLine } from '#lib/server/texts.ts'
import type { PageServerLoad } from './$types'

/** No number is shown that is not stored (R33): while it is issued, the same request is repeated. */
export const load: PageServerLoad = async (event) => {
  const { params } = event
  const shown = (backup: Backup, snapshot: Snapshot | null) => ({
    backup,
    snapshot,
    issuedLine: issuedLine(backup),
    printed: printedLine(event, backup.serverNow),
  })
  event.depends('app:backup')
  const backup = await read(event, getBackup, { params })
  if (backup.stage === 'completed') {
    if (keptCommand(event.cookies)) dropCommand(event.cookies, backup.id)
    return shown(backup, await read(event, getSnapshot, { params }))
  }
  const cmd = keptCommand(event.cookies)
  if (!cmd) redirect(303, `/backups/${backup.id}/submit`)
  const answer = await submitOnce(event, submitBackup, { params }, { cmd })
  if (answer.ok) {
    const [issued, snapshot] = await Promise.all([
      read(event, getBackup, { params }),
      read(event, getSnapshot, { params }),
    ])
    return shown(issued, snapshot)
  }
  if (answer.problem.status === 503) return shown(backup, null)
  dropCommand(event.cookies, backup.id)
  redirect(303, `/backups/${backup.id}/submit`)
}
