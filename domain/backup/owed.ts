import type { Command } from './commands.ts'
import type { Backup } from './state.ts'

/** What the outside world still owes a backup; a key names one piece of work for ever. */
export type Job =
  | { kind: 'check'; key: string; fileId: string }
  | { kind: 'mail'; key: string; fileId: string; generation: number }
  | { kind: 'sync'; key: string; version: number }

/** The only definition of owed work: rows, running activities, the sweep and the operators' list follow it. */
export function owed(backup: Backup): Job[] {
  switch (backup.stage) {
    case 'discarded':
      return []
    case 'completed':
      return backup.report.acknowledged < backup.report.version
        ? [syncJob(backup.id, backup.report.acknowledged + 1)]
        : []
    case 'draft':
      return backup.files.flatMap((file): Job[] => {
        if (file.status === 'checking') return [checkJob(file.id)]
        if (file.status === 'pending' && file.consent.status === 'sending')
          return [mailJob(file.id, file.consent.generation + 1)]
        return []
      })
  }
}

export const checkJob = (fileId: string): Job => ({ kind: 'check', key: `check/${fileId}`, fileId })
const syncJob = (backupId: string, version: number): Job => ({
  kind: 'sync',
  key: `sync/${backupId}/${version}`,
  version,
})
const mailJob = (fileId: string, generation: number): Job => ({
  kind: 'mail',
  key: `mail/${fileId}/${generation}`,
  fileId,
  generation,
})

/** The piece of owed work that a person who gave this command waits for a moment to see done. */
export function awaitedJob(command: Command, jobs: readonly Job[]): Job | undefined {
  switch (command.type) {
    case 'sendCode':
      return jobs.find((job) => job.kind === 'mail' && job.fileId === command.fileId)
    case 'editFile':
    case 'submit':
      return jobs.find((job) => job.kind === 'sync')
    default:
      return undefined
  }
}
