/** Columns whose values are fewer, or say more, than their type in Postgres; `db/tables.ts` takes them from here. */
import type { Role } from '../domain/accounts.ts'
import type { Consent, MailTrouble } from '../domain/backup/consent.ts'
import type { Answer, Count, ItemKind } from '../domain/backup/decision.ts'
import type { Cause, Outcome } from '../domain/backup/outside.ts'
import type { Backup, DataFile } from '../domain/backup/state.ts'
import type { ContentType, DataType } from '../domain/catalogue.ts'
import type { Report } from '../domain/backup/report.ts'

/** What fills a limit: a code is a mail, too, to its recipient and of its requester (R28). */
export type CountedKind = Exclude<Count, 'undelivered'> | 'mail' | 'ownMail'
/** The answer to a request that made something. */
export type Created = { ok: true; id: string }

export type Columns = {
  'accounts.role': Role
  'audit.params': Record<string, unknown>
  'audit.before': unknown
  'audit.after': unknown
  'backups.content_types': ContentType[]
  'backups.stage': Backup['stage']
  'backups.snapshot': Report
  'commands.answer': Answer | Created
  'consents.status': Consent['status']
  'consents.trouble': MailTrouble
  'counted.kind': CountedKind
  'data_files.data_type': DataType
  'data_files.status': DataFile['status']
  'operator_items.kind': ItemKind
  'owed.cause': Cause
  'owed.outcome': Outcome
  'owed.subject_kind': 'backup'
  'report_syncs.payload': Report
}
