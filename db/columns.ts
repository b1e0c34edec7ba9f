/** Columns whose values are fewer, or say more, than their type in Postgres; `db/tables.ts` takes them from here. */
import type { Role } from '../domain/accounts.ts'
import type { Consent, MailTrouble } from '../domain/backup/consent.ts'
import type { Answer } from '../domain/backup/decision.ts'
import type { Outcome } from '../domain/backup/outside.ts'
import type { Backup, DataFile } from '../domain/backup/state.ts'
import type { ContentType, DataType } from '../domain/catalogue.ts'
import type { Created } from './idempotency.ts'
import type { Report } from './reports.ts'
import type { CountedKind } from './windows.ts'

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
  'owed.outcome': Outcome
  'report_syncs.payload': Report
}
