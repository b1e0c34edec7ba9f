/** Long texts that a page only hands on: made here, so that no page carries their words as script. */
import type { Backup } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { showDate, showTime, sizeText } from '#lib/words/formats.ts'
import { m } from '#lib/paraglide/messages.js'

/** For each file whose depositor has a code: what the requester can send them. It holds no code (R31). */
export const requestTexts = (backup: Backup, files: readonly File[]): Record<string, string> =>
  Object.fromEntries(
    files.flatMap(({ id, status, consent, accession, repository, depositorEmail }) =>
      status === 'pending' && consent.status === 'sent' && consent.expiresAt
        ? [
            [
              id,
              m.request_text({
                project: backup.project.name,
                accession,
                repository,
                email: depositorEmail,
                time: showTime(consent.expiresAt),
                name: backup.custodian.name,
                unit: backup.project.unit.name,
              }),
            ],
          ]
        : [],
    ),
  )

/** Number, files, size and day in one line, as the form of the prior report asks for it. */
export const summaryOf = ({ number, issuedAt, fileCount, totalMb }: Backup): string | undefined =>
  number && issuedAt
    ? m.summary_line({
        number,
        files: m.files_count({ n: fileCount }),
        size: sizeText(totalMb),
        date: showDate(issuedAt),
      })
    : undefined
