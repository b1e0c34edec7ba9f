/** The one name of each thing that a code stands for. */
import type { Backup } from '$domain/backup/state.ts'
import type { Wait } from '$domain/backup/waits.ts'
import { roleWords } from '$domain/words/roles.ts'
import { codeWords, stageWords, statusWords } from '$domain/words/statuses.ts'
import { contentWords, dataTypeWords, partWords } from '$domain/words/types.ts'
import { waitWords } from '$domain/words/waits.ts'
import type { Words } from '$domain/words/words.ts'
import type { ContentType, DataType } from '$domain/catalogue.ts'
import type { SubObject } from '$domain/accessions.ts'
import type { Role } from '$domain/accounts.ts'
import type { BackupSummary } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { isEnglish } from '#lib/words/language.ts'
import { m } from '#lib/paraglide/messages.js'

export const listed = (items: readonly string[]): string => items.join(m.list_separator())

/** A label inside a sentence: English ones lose their capital (`Enter the project name`). */
export const inSentence = (label: string): string =>
  isEnglish() && !/^[A-Z]{2}/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label

/** In the reader's language. */
export const said = ({ zh, en }: Words): string => (isEnglish() ? en : zh)

export const contentLabel = (content: ContentType): string => said(contentWords[content])
export const contentList = (chosen: readonly ContentType[]): string => listed(chosen.map(contentLabel))
export const dataTypeLabel = (dataType: DataType): string => said(dataTypeWords[dataType])
export const partLabel = (part: SubObject): string => said(partWords[part])
export const roleLabel = (role: Role): string => said(roleWords[role])
export const stageLabel = (stage: Backup['stage']): string => said(stageWords[stage])
export const statusLabel = (status: File['status']): string => said(statusWords[status])
export const waitLabel = (wait: Wait): string => said(waitWords[wait])
/** `5 项待我处理 · 1 项等待平台工作人员`; without a file yet, whom the backup waits for. */
export const waitsText = ({
  waitCounts,
  waitingFor,
}: Pick<BackupSummary, 'waitCounts' | 'waitingFor'>): string =>
  waitCounts.length > 0
    ? waitCounts
        .map(({ wait, files }) => m.wait_count({ n: files, wait: inSentence(waitLabel(wait)) }))
        .join(' · ')
    : waitingFor.slice(0, 1).map(waitLabel).join('')
/** The button of the next act: 发送 3 个验证码. */
export function todoLabel({ act, fileIds: { length: n } }: BackupSummary['todos'][number]): string {
  switch (act) {
    case 'add':
      return m.files_add()
    case 'send':
      return m.todo_send({ n })
    case 'correct':
      return m.todo_correct({ n })
    case 'submit':
      return m.task_submit()
  }
}

export function amountLabel(field: 'sampleCount' | 'mbPerSample'): string {
  switch (field) {
    case 'sampleCount':
      return m.label_samples()
    case 'mbPerSample':
      return m.label_mb_per_sample()
  }
}

/** The line below a file's tag: whom it waits for; '' once it is 完成. */
export function fileWaitLabel(file: WaitingFile): string {
  if (file.check?.needsStaff || file.mail?.needsStaff) return waitLabel('staff')
  switch (file.status) {
    case 'done':
      return ''
    case 'checking':
      return m.wait_repository_named({ repository: file.repository })
    case 'locked':
      return waitLabel('staff')
    case 'mismatch':
      return waitLabel('researcher')
    case 'pending':
      return file.mail?.cause ? m.wait_mail_delayed() : consentLabel(file.consent.status)
  }
}
export type WaitingFile = Pick<File, 'status' | 'consent' | 'repository' | 'check' | 'mail'>

/** A code that the reader has to see to: who, then why. */
const mine = (status: File['consent']['status']): string =>
  m.labelled({ label: waitLabel('researcher'), text: inSentence(said(codeWords[status])) })

function consentLabel(status: File['consent']['status']): string {
  switch (status) {
    case 'unsent':
      return mine('unsent')
    case 'sending':
      return waitLabel('mail')
    case 'sent':
      return m.wait_depositor_file()
    case 'undelivered':
      return mine('undelivered')
    case 'expired':
      return mine('expired')
    case 'voided':
      return mine('voided')
  }
}
