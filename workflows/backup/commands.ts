/** Names and payloads of everything that is said to a backup's workflow (DESIGN §3). */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Mirror } from '../../domain/backup/state.ts'
import type { PersonCommand } from '../../domain/backup/commands.ts'
import type { Answer } from '../../domain/backup/decide.ts'
import { firstAttributes } from '../kit/attributes.ts'

export const backupWorkflow = 'backup'
/** The title in Temporal Web; holds no personal data and stays for ever. */
export const workflowIdOf = (reference: string): string => `backup-${reference}`

/**
 * A person's command. `key` makes it happen once: the same key with the same body is the same act.
 * Everything that was typed travels in here, encrypted; ids, names and summaries hold none of it.
 */
export type Said<C extends PersonCommand> = Omit<C, 'type'> & {
  key: string | null
  actor: string
  /** Of the HTTP request, for the logs. */
  requestId?: string | undefined
}
type CommandOf<T extends PersonCommand['type']> = Extract<PersonCommand, { type: T }>

const personUpdate = <T extends PersonCommand['type'], More = unknown>(type: T) =>
  defineUpdate<Answer, [Said<CommandOf<T>> & More]>(type)

export const editBackup = personUpdate('editBackup')
export const discard = personUpdate('discard')
export const linkFile = personUpdate('linkFile')
export const editFile = personUpdate('editFile')
export const removeFile = personUpdate('removeFile')
export const sendCode = personUpdate('sendCode')
/** `proof` is an HMAC of what was typed, never the code (R31). */
export const enterCode = personUpdate<'enterCode', { proof: string }>('enterCode')
export const submit = personUpdate('submit')
/** The row may have moved without us: look at it again. */
export const reload = defineSignal('reload')
export const progress = defineQuery<Mirror | null>('progress')

/** `since`: when the present wait began, from the run before. */
export type BackupInput = { backupId: string; since?: number }
export type BackupWorkflow = (input: BackupInput) => Promise<void>

/**
 * How a backup's workflow is started, by whoever finds it missing: creating a draft, a command that meets no
 * workflow, the sweep. A running one is left alone; a lost or finished one starts again from its row.
 */
export const backupStart = (
  backup: { id: string; reference: string; unitId: string; projectId: string },
  { taskQueue, publicUrl }: { taskQueue: string; publicUrl: string },
) => ({
  workflowId: workflowIdOf(backup.reference),
  taskQueue,
  args: [{ backupId: backup.id }] as [BackupInput],
  workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  // Measured: after a kill -9 of the worker everything answers again in 2.3 s instead of 10.6 s.
  workflowTaskTimeout: '2s' as const,
  typedSearchAttributes: firstAttributes(backup),
  staticSummary: `备份 · Backup ${backup.reference}`,
  staticDetails: `[备份页 · Backup page](${publicUrl}/backups/${backup.id})`,
})
