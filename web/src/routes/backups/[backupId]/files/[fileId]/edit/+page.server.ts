import { error, redirect } from '@sveltejs/kit'
import { getBackup } from '$contracts/backups.ts'
import { editFile, listFiles } from '$contracts/files.ts'
import { totalMb } from '$domain/sizes.ts'
import { sizeText } from '#lib/formats.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import { one, read, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad, RequestEvent } from './$types'

async function readFiles(event: RequestEvent) {
  const { params } = event
  const [backup, { items }] = await Promise.all([
    read(event, getBackup, { params }),
    read(event, listFiles, { params }),
  ])
  const file = items.find((each) => each.id === params.fileId)
  if (!file) error(404, { message: 'NOT_FOUND' })
  return { backup, file, total: totalMb(items.filter((each) => each.status !== 'mismatch')) }
}

export const load: PageServerLoad = async (event) => {
  const { backup, ...rest } = await readFiles(event)
  if (backup.stage === 'completed') redirect(303, `/backups/${backup.id}`)
  return { backup, ...rest, cmd: newCommand() }
}

export const actions = {
  default: async (event) => {
    const values = await typed(event)
    const body = { sampleCount: one(values, 'sampleCount'), mbPerSample: one(values, 'mbPerSample') }
    const before = await readFiles(event)
    const answer = await submit(event, editFile, { params: event.params, body }, values)
    if (!answer.ok) return answer.failure
    const after = await readFiles(event)
    setFlash(event.cookies, {
      code: 'fileSaved',
      row: event.params.fileId,
      params: { a: sizeText(before.total), b: sizeText(after.total) },
    })
    redirect(303, `/backups/${event.params.backupId}`)
  },
} satisfies Actions
