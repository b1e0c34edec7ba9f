/** Long texts that a page only hands on: made here, so that no page carries their words as script. */
import type { RequestEvent } from '@sveltejs/kit'
import type { Backup } from '$contracts/backups.ts'
import type { File } from '$contracts/files.ts'
import { showDate, showTime, sizeText } from '#lib/words/formats.ts'
import { m } from '#lib/paraglide/messages.js'

/** What the requester sends the depositor of a code that was mailed; it holds no code. */
export const requestText = (backup: Backup, file: File): string | undefined =>
  file.status === 'pending' && file.consent.status === 'sent' && file.consent.expiresAt
    ? m.request_text({
        project: backup.project.name,
        accession: file.accession,
        repository: file.repository,
        email: file.depositorEmail,
        time: showTime(file.consent.expiresAt),
        name: backup.custodian.name,
      })
    : undefined

/** Number, files, size and date in one line, for the form of the prior report. */
export const issuedLine = ({ number, issuedAt, fileCount, totalMb }: Backup): string | undefined =>
  number && issuedAt
    ? m.summary_line({ number, n: fileCount, size: sizeText(totalMb), date: showDate(issuedAt) })
    : undefined

/** On paper: where the page is, and of when. */
export const printedLine = ({ url }: RequestEvent, now: string): string =>
  m.printed({ url: url.origin + url.pathname, time: showTime(now) })
