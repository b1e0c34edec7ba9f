import { redirect } from '@sveltejs/kit'
import { getSnapshot, listAmendments } from '$contracts/amendments.ts'
import { getBackup } from '$contracts/backups.ts'
import { removeFile } from '$contracts/files.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import { one } from '#lib/forms/refused.ts'
import { progressOf } from '#lib/server/progress.ts'
import { tellTimeline } from '#lib/server/timeline.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import { issuedLine, printedLine, requestText } from '#lib/server/texts.ts'
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
    files,
    requests: Object.fromEntries(files.map((file) => [file.id, requestText(backup, file)])),
    issuedLine: issuedLine(backup),
    printed: printedLine(event, backup.serverNow),
    serverNow: backup.serverNow,
    progress: progressOf(backup, files),
    told: tellTimeline(backup, files, timeline),
    submitter: timeline.find((entry) => entry.action === 'numberIssued')?.actor ?? backup.custodian.name,
    cmd: newCommand(),
  }
}

export const actions = {
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
