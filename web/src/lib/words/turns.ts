/** Whose turn it is, and the button of what one can do about it. */
import { codeWords } from '$domain/words/statuses.ts'
import type { BackupSummary } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { inSentence, said, waitLabel } from '#lib/words/labels.ts'
import { m } from '#lib/paraglide/messages.js'

/**
 * `5 项待我处理 · 1 项等待平台工作人员`; without a file yet, whom the backup waits for. `labelOf`: as its custodian reads it,
 * or as someone else does.
 */
export const waitsText = (
  { waitCounts, waitingFor }: Pick<BackupSummary, 'waitCounts' | 'waitingFor'>,
  labelOf = waitLabel,
): string =>
  waitCounts.length > 0
    ? waitCounts
        .map(({ wait, files }) => m.wait_count({ n: files, wait: inSentence(labelOf(wait)) }))
        .join(' · ')
    : waitingFor.slice(0, 1).map(labelOf).join('')
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
