import { error, redirect } from '@sveltejs/kit'
import { getBackup, type Backup } from '$contracts/backups.ts'
import { linkFile } from '$contracts/files.ts'
import { isCorrectable } from '$domain/backup/files.ts'
import type { File } from '$contracts/files.ts'
import { dataTypeOf, offeredDataTypes, repositoryOf } from '$domain/catalogue.ts'
import { newCommand } from '#lib/server/command.ts'
import { m } from '#lib/paraglide/messages.js'
import { contentList, statusLabel } from '#lib/words/labels.ts'
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
  const linked = files.filter((file) => file.status !== 'mismatch')
  const last = failed ? undefined : linked.at(-1)
  const isOffered = last && offeredDataTypes(backup.contentTypes).includes(last.dataType)
  return {
    backup,
    failed,
    title: m.page_new_file(),
    ...(failed && correctionOf(failed)),
    held: failed ? heldBy(failed) : {},
    labels: labelsOfForm(),
    words: wordsOfForm(),
    aside: { label: m.file_of_backup(), facts: tellBackup(backup, linked) },
    preset: isOffered ? presetOf(last) : undefined,
    cmd: newCommand(),
  }
}

const labelsOfForm = () => ({
  dataType: m.label_data_type(),
  sampleCount: m.label_samples_total(),
  mbPerSample: m.label_size(),
  depositorEmail: m.label_account(),
  accession: m.label_accession(),
})

/** What the form says without knowing what is typed: it comes with the page, not with the script. */
const wordsOfForm = () => ({
  hintAccount: m.file_hint_account(),
  useLead: m.file_use_lead(),
  sameAsLead: m.file_same_as_lead(),
  otherThanLead: m.file_other_than_lead(),
  byTotal: m.size_by_total(),
  another: m.file_another(),
  select: m.select(),
  depositIn1: m.file_deposit_in_1(),
  depositIn2: m.file_deposit_in_2(),
  elsewhere: m.elsewhere_confirm(),
  goBack: m.go_back(),
})

const correctionOf = ({ status, accession }: File) => ({
  title: status === 'mismatch' ? m.correct_file({ accession }) : m.correct_account(),
  correction:
    (status === 'mismatch' ? m.problem_account_accession_mismatch() : m.correct_undelivered()) +
    m.sentence_end() +
    m.correct_replaces(),
})
/** What the form begins with (R21). */
const heldBy = ({ dataType, sampleCount, mbPerSample, depositorEmail, accession }: File): Values => ({
  dataType: String(dataType),
  sampleCount: String(sampleCount),
  mbPerSample,
  depositorEmail,
  accession,
})

/** What stands beside the form. */
const shownFiles = 10
function tellBackup(backup: Backup, linked: readonly File[]): { label: string; lines: string[] }[] {
  const newest = linked.slice(-shownFiles).reverse()
  return [
    { label: m.label_backup_name(), lines: [backup.name] },
    { label: m.label_content(), lines: [contentList(backup.contentTypes)] },
    { label: m.label_lead_email(), lines: [backup.project.leadEmail] },
    {
      label:
        linked.length > shownFiles
          ? m.file_linked_newest({ n: linked.length, shown: shownFiles })
          : m.file_linked({ n: linked.length }),
      lines: newest.map(({ accession, status }) => `${accession} ${statusLabel(status)}`),
    },
  ].filter(({ lines }) => lines.length > 0)
}

const presetOf = ({ dataType, depositorEmail, accession }: File) => ({
  text: m.file_as_last({ accession }),
  dataType: String(dataType),
  depositorEmail,
})

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
