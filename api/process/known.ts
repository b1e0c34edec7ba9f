/** What this process has read and may use again instead of reading it once more before each command. */
import { LRUCache } from 'lru-cache'
import type { FoundBackup } from '../../db/lists/backups.ts'
import type { BackupRef } from '../../workflows/backup/process.ts'

/**
 * A backup as an account has read it, so its custodian's row-level security has let it through. The ids of a backup
 * never change. Stage, version and files may have moved on since; they decide nothing: the backup's process, or its
 * finished row, decides under its lock. Only what is final is believed: a stage other than draft, a file that is done.
 */
export type KnownBackup = BackupRef & {
  stage: FoundBackup['row']['stage']
  version: number
  /** Ids of its files, and which of them are done. */
  files: ReadonlyMap<string, { isDone: boolean }>
}
export type KnownProject = { id: string; unitId: string; unitName: string }

const mostBackups = 10_000
const mostProjects = 10_000

export type Known = ReturnType<typeof createKnown>
export function createKnown() {
  const backups = new LRUCache<string, KnownBackup>({ max: mostBackups })
  const projects = new LRUCache<string, KnownProject>({ max: mostProjects })
  const of = (accountId: string, id: string) => `${accountId}/${id}`
  return {
    backup: (accountId: string, backupId: string) => backups.get(of(accountId, backupId)),
    keepBackup(accountId: string, { row, files }: Pick<FoundBackup, 'row' | 'files'>): KnownBackup {
      const { id, reference, unitId, projectId, stage, version } = row
      const known = {
        ...{ id, reference, unitId, projectId, stage, version },
        files: new Map(files.map((file) => [file.id, { isDone: file.status === 'done' }])),
      }
      backups.set(of(accountId, id), known)
      return known
    },
    /** After a change that was not read: the next command reads the backup again. */
    forgetBackup: (accountId: string, backupId: string) => backups.delete(of(accountId, backupId)),
    project: (accountId: string, projectId: string) => projects.get(of(accountId, projectId)),
    keepProject(accountId: string, { id, unitId, unitName }: KnownProject): KnownProject {
      const known = { id, unitId, unitName }
      projects.set(of(accountId, id), known)
      return known
    },
  }
}
