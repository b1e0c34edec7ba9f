import { redirect } from '@sveltejs/kit'
import { getSnapshot, listAmendments } from '$contracts/amendments.ts'
import { getBackup } from '$contracts/backups.ts'
import { sendCode } from '$contracts/consents.ts'
import { removeFile } from '$contracts/files.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import { many, one } from '#lib/forms/refused.ts'
import { progressOf } from '#lib/server/progress.ts'
import { tellTimeline } from '#lib/server/timeline.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import { requestTexts, summaryOf } from '#lib/server/texts.ts'
import { withReasons } from '#lib/words/reasons.ts'
import type { Actions, PageServerLoad } from './$types'

const tabs = ['snapshot', 'amendments'] as const

export const load: PageServerLoad = async (event) => {
  const { params, url } = event
  event.depends('app:backup')
  const { files, timeline, ...backup } = await read(event, getBackup, { params })
  const isCompleted = backup.stage === 'completed'
  const tab = tabs.find((each) => isCompleted && each === url.searchParams.get('tab')) ?? 'current'
  const [amendments, snapshot] = await Promise.all([
    tab === 'amendments' ? read(event, listAmendments, { params }) : null,
    tab === 'snapshot' ? read(event, getSnapshot, { params }) : null,
  ])
  return {
    backup,
    tab,
    amendments: amendments?.items,
    snapshot,
    files: withReasons(files, backup.serverNow),
    requests: requestTexts(backup, files),
    summary: summaryOf(backup),
    serverNow: backup.serverNow,
    progress: progressOf(backup, files),
    told: tellTimeline(backup, files, timeline, url.searchParams.get('timeline') === 'all'),
    submitter: timeline.find((entry) => entry.action === 'numberIssued')?.actor ?? backup.custodian.name,
    cmd: newCommand(),
  }
}

export const actions = {
  /** A code for each of the files that have none that can be entered. */
  send: async (event) => {
    const values = await typed(event)
    const { backupId } = event.params
    const answers = await Promise.all(
      many(values, 'fileId').map((fileId) =>
        submit(event, sendCode, { params: { backupId, fileId } }, values),
      ),
    )
    const refused = answers.find((answer) => !answer.ok)
    if (refused && !refused.ok) return refused.failure
    const undelivered = answers.filter((answer) => answer.ok && answer.status === 200).length
    const n = answers.length - undelivered
    if (n > 0) setFlash(event.cookies, { code: 'codesSent', params: { n: String(n) } })
    redirect(303, `/backups/${backupId}#files`)
  },
  remove: async (event) => {
    const values = await typed(event)
    const { backupId } = event.params
    const params = { backupId, fileId: one(values, 'fileId') }
    const answer = await submit(event, removeFile, { params }, values)
    if (!answer.ok) return answer.failure
    setFlash(event.cookies, { code: 'fileRemoved', params: { accession: one(values, 'accession') } })
    redirect(303, `/backups/${backupId}#files`)
  },
} satisfies Actions
