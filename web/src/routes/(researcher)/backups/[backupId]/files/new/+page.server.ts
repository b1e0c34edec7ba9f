import { error, redirect } from '@sveltejs/kit'
import { getBackup } from '$contracts/backups.ts'
import { linkFile } from '$contracts/files.ts'
import { isCorrectable } from '$domain/backup/files.ts'
import { dataTypeOf, repositoryOf } from '$domain/catalogue.ts'
import { newCommand } from '#lib/server/command.ts'
import { setFlash } from '#lib/server/flash.ts'
import type { Values } from '#lib/forms/refused.ts'
import { one } from '#lib/forms/refused.ts'
import { read, submit, typed } from '#lib/server/submit.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { params, url } = event
  const { files, ...backup } = await read(event, getBackup, { params })
  // No redirect after a post: a person whose form came too late reads so there, and keeps the input.
  if (backup.stage === 'completed' && event.request.method === 'GET') redirect(303, `/backups/${backup.id}`)
  const from = url.searchParams.get('from')
  const failed = from ? files.find((file) => file.id === from) : null
  if (failed === undefined) error(404, { message: 'NOT_FOUND' })
  if (failed && !isCorrectable(failed) && event.request.method === 'GET')
    redirect(303, `/backups/${backup.id}`)
  return { backup, failed, cmd: newCommand() }
}

const bodyOf = (values: Values) => ({
  dataType: Number(one(values, 'dataType')),
  sampleCount: one(values, 'sampleCount'),
  mbPerSample: one(values, 'mbPerSample'),
  depositorEmail: one(values, 'depositorEmail'),
  accession: one(values, 'accession'),
  ...(one(values, 'confirmDuplicate') && { confirmDuplicate: true }),
  ...(one(values, 'replaces') && { replaces: one(values, 'replaces') }),
})

export const actions = {
  default: async (event) => {
    const values = await typed(event)
    const { backupId } = event.params
    const answer = await submit(event, linkFile, { params: { backupId }, body: bodyOf(values) }, values)
    if (!answer.ok) return answer.failure
    const file = 'accession' in answer.body ? answer.body : undefined
    const dataType = dataTypeOf(one(values, 'dataType'))
    setFlash(event.cookies, {
      code:
        file?.status === 'done' ? 'fileDone' : file?.status === 'pending' ? 'filePending' : 'fileChecking',
      params: {
        ...(file && { accession: file.accession }),
        ...(dataType && { repository: repositoryOf(dataType) }),
      },
      ...(file && { row: file.id }),
    })
    if (one(values, 'next') === 'another') {
      // Type and account stay; an account is no part of an address (R59), so this is no redirect.
      const { dataType = '', depositorEmail = '' } = values
      return { added: newCommand(), values: { dataType, depositorEmail } as Values, cmd: newCommand() }
    }
    redirect(303, `/backups/${backupId}`)
  },
} satisfies Actions
