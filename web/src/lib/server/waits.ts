import type { Backup } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { needsStaff } from '$domain/backup/outside.ts'
import { contact } from '#lib/words/contact.ts'
import { showClock, showTime } from '#lib/words/formats.ts'
import { causeLabel } from '#lib/words/reasons.ts'
import { m } from '#lib/paraglide/messages.js'

export type PendingWait = { key: string; kind: 'info' | 'warn'; whom: string; text: string }

/** The present waits for others, pinned above the timeline: for whom, why, what happens next and when. */
export function pendingWaits(backup: Backup, files: readonly File[], isAmended: boolean): PendingWait[] {
  const staff = (key: string, text: string): PendingWait => ({
    ...{ key, kind: 'warn', whom: m.waiting_for_staff(), text },
  })
  const syncCause = backup.sync?.cause ?? null
  if (syncCause && needsStaff(syncCause))
    return [staff('sync', m.waiting_for_staff_report({ cause: causeLabel(syncCause), contact }))]
  if (backup.stage === 'completed')
    return backup.sync?.status === 'syncing'
      ? [
          {
            key: 'sync',
            kind: 'info',
            whom: m.waiting_for_report_system(),
            text: isAmended ? m.waiting_for_report_system_amended() : m.waiting_for_report_system_text(),
          },
        ]
      : []
  return files.flatMap((file): PendingWait[] => {
    const { accession, repository, id: key, check, mail } = file
    if (file.status === 'locked') return [staff(key, m.waiting_for_staff_text({ accession, contact }))]
    if (check?.cause && check.needsStaff)
      return [
        staff(
          key,
          m.waiting_for_staff_check({ repository, accession, cause: causeLabel(check.cause), contact }),
        ),
      ]
    if (mail?.cause && mail.needsStaff)
      return [staff(key, m.waiting_for_staff_mail({ accession, cause: causeLabel(mail.cause), contact }))]
    if (file.status === 'checking')
      return [
        {
          key,
          kind: 'info',
          whom: m.waiting_for_repository({ repository }),
          text: check?.nextAt
            ? m.waiting_for_repository_next({ accession, time: showClock(check.nextAt) })
            : m.waiting_for_repository_text({ accession }),
        },
      ]
    if (file.status !== 'pending') return []
    if (file.consent.status === 'sending')
      return [
        {
          key,
          kind: 'info',
          whom: m.waiting_for_mail(),
          text:
            mail?.cause && mail.nextAt
              ? m.waiting_for_mail_delayed({
                  accession,
                  cause: causeLabel(mail.cause),
                  time: showClock(mail.nextAt),
                })
              : m.waiting_for_mail_text({ accession }),
        },
      ]
    if (file.consent.status === 'sent' && file.consent.expiresAt)
      return [
        {
          key,
          kind: 'warn',
          whom: m.waiting_for_depositor(),
          text: m.waiting_for_depositor_text({ accession, time: showTime(file.consent.expiresAt) }),
        },
      ]
    return []
  })
}
