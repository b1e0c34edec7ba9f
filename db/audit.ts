import { sql } from 'kysely'
import type { Trx } from './connect.ts'

export type AuditEntry = {
  unitId: string
  at?: Date
  actorId: string | null
  action: string
  projectId?: string | null
  backupId?: string | null
  fileId?: string | null
  params?: object
  before?: unknown
  after?: unknown
  reason?: string
}

/**
 * R57: appends one row to the unit's hash chain, in the transaction of the change itself. For the worker: what the API
 * creates is written down by triggers, what its doors do by the doors.
 */
export async function appendAudit(trx: Trx, entry: AuditEntry): Promise<void> {
  await sql`select ${appendingAudit(entry)}`.execute(trx)
}

/** The same as an expression, for the statement that writes the change. */
export function appendingAudit(entry: AuditEntry) {
  const row = {
    unit_id: entry.unitId,
    at: entry.at,
    actor_id: entry.actorId,
    action: entry.action,
    project_id: entry.projectId,
    backup_id: entry.backupId,
    file_id: entry.fileId,
    params: entry.params ?? {},
    before: entry.before,
    after: entry.after,
    reason: entry.reason,
  }
  return sql`append_audit(${JSON.stringify(row)}::jsonb)`
}
