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

/** R57: appends one row to the unit's hash chain, in the transaction of the change itself. */
export async function appendAudit(trx: Trx, entry: AuditEntry): Promise<void> {
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
  await sql`select append_audit(${JSON.stringify(row)}::jsonb)`.execute(trx)
}

/** Takes the unit's place in the chain early, where the order of locks asks for it. */
export async function lockAudit(trx: Trx, unitId: string): Promise<void> {
  await sql`select lock_audit(${unitId}::uuid)`.execute(trx)
}
