import type { ProcessKind } from '../kit/process.ts'
import { firstAttributes } from './attributes.ts'

export type BackupRef = { id: string; reference: string; unitId: string; projectId: string }
/** `since`: when the present wait began, from the run before. */
export type BackupInput = { backupId: string; since?: number }

/** One unfinished backup. */
export const backupProcess: ProcessKind<BackupRef, BackupInput> = {
  type: 'backup',
  workflowIdOf: ({ reference }) => `backup-${reference}`,
  input: ({ id }) => ({ backupId: id }),
  attributes: firstAttributes,
  summary: ({ reference }) => `备份 · Backup ${reference}`,
  details: ({ id }, publicUrl) => `[备份页 · Backup page](${publicUrl}/backups/${id})`,
}
