/** What P6 says about a draft as a whole: counted from its files, on the server, which has the code for it. */
import type { Backup } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { isSameEmail } from '$domain/text.ts'

/** A 校验失败 row never counts as a file (R21). */
const countedFiles = (files: readonly File[]): File[] => files.filter((file) => file.status !== 'mismatch')

/** How many things still block the number (R32). */
export function blockingCount(files: readonly File[]): number {
  const counted = countedFiles(files)
  return counted.length === 0 ? 1 : counted.filter((file) => file.status !== 'done').length
}

type ConsentTask = {
  state: 'none' | 'done' | 'checking' | 'mailing' | 'mail-delayed' | 'waiting' | 'action'
  depositors: number
  until: string | null
}

/** 数据授权: what the depositors owe, and whether the researcher has to do something first. */
function consentTask(files: readonly File[], leadEmail: string): ConsentTask {
  const foreign = countedFiles(files).filter((file) => !isSameEmail(file.depositorEmail, leadEmail))
  const open = foreign.filter((file) => file.status !== 'done')
  const pending = (status: File['consent']['status']) =>
    open.filter((file) => file.status === 'pending' && file.consent.status === status)
  const [sent, sending] = [pending('sent'), pending('sending')]
  const depositors = new Set(sent.map((file) => file.depositorEmail.toLowerCase())).size
  const until =
    sent
      .map((file) => file.consent.expiresAt ?? '')
      .filter(Boolean)
      .sort()[0] ?? null
  const state = (): ConsentTask['state'] => {
    if (foreign.length === 0) return 'none'
    if (open.length === 0) return 'done'
    if (open.every((file) => file.status === 'checking')) return 'checking'
    if (!open.every((file) => file.status === 'checking' || [...sent, ...sending].includes(file)))
      return 'action'
    if (sending.some((file) => file.mail?.cause)) return 'mail-delayed'
    return sent.length > 0 ? 'waiting' : 'mailing'
  }
  return { state: state(), depositors, until }
}

export const progressOf = (backup: Backup, files: readonly File[]) => ({
  counted: countedFiles(files).length,
  checked: countedFiles(files).filter((file) => file.status !== 'checking').length,
  blocking: blockingCount(files),
  consents: consentTask(files, backup.project.leadEmail),
})
export type Progress = ReturnType<typeof progressOf>
