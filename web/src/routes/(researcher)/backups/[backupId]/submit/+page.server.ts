import { redirect } from '@sveltejs/kit'
import { getBackup } from '$contracts/backups.ts'
import { submitBackup } from '$contracts/numbers.ts'
import { newCommand } from '#lib/server/command.ts'
import { keepCommand } from '#lib/server/issuing.ts'
import { one } from '#lib/forms/refused.ts'
import { read, refuseHere, submitOnce, typed } from '#lib/server/submit.ts'
import { blockingCount } from '#lib/server/progress.ts'
import { withReasons } from '#lib/words/reasons.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { params } = event
  const { files, ...backup } = await read(event, getBackup, { params })
  if (backup.stage === 'completed') redirect(303, `/backups/${backup.id}/result`)
  return {
    backup,
    files: withReasons(files, backup.serverNow),
    submission: { ready: blockingCount(files) === 0 },
    cmd: newCommand(),
  }
}

export const actions = {
  default: async (event) => {
    const values = await typed(event)
    const { backupId } = event.params
    if (!one(values, 'confirmed'))
      return refuseHere(values, [{ path: 'confirmed', code: 'AGREEMENT', params: {} }])
    const answer = await submitOnce(event, submitBackup, { params: { backupId } }, values)
    if (!answer.ok) return answer.failure
    if (answer.status === 202) keepCommand(event.cookies, backupId, one(values, 'cmd'))
    redirect(303, `/backups/${backupId}/result`)
  },
} satisfies Actions
