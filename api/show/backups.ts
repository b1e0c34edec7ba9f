import type { z } from 'zod'
import type { BackupRow, FoundBackup, ListedBackup } from '../../db/lists/backups.ts'
import type { LinkedFile } from '../../db/files.ts'
import type { TimelineRow } from '../../db/lists/timeline.ts'
import { countedFiles, type Reported } from '../../domain/backup/state.ts'
import { todos, waitCounts } from '../../domain/backup/todos.ts'
import { waitingFor, withStaff } from '../../domain/backup/waits.ts'
import { statusAt } from '../../domain/backup/consent.ts'
import { totalMb } from '../../domain/sizes.ts'
import type { Backup, BackupSummary, TimelineEntry, WholeBackup } from '../contracts/backups.ts'
import { showFile } from './files.ts'
import { showProject } from './projects.ts'
import { isoTime } from './times.ts'

export function showSummary({ row, files }: ListedBackup, now: number): z.input<typeof BackupSummary> {
  const counted = countedFiles(files)
  const watched =
    row.stage === 'draft' ? files.map((file) => ({ ...file, cause: file.work?.cause ?? null })) : []
  return {
    id: row.id,
    reference: row.reference,
    projectId: row.projectId,
    name: row.name,
    contentTypes: row.contentTypes,
    // Only the request that deletes it finds a discarded backup, and that answer shows no backup.
    stage: row.stage === 'completed' ? 'completed' : 'draft',
    version: row.version,
    number: row.number,
    filingNumbers: row.filings.map(({ filingNumber }) => filingNumber),
    fileCount: counted.length,
    totalMb: totalMb(counted),
    createdAt: row.createdAt.toISOString(),
    issuedAt: row.issuedAt?.toISOString() ?? null,
    waitingFor: withStaff(
      waitingFor(
        row.stage === 'completed'
          ? { stage: row.stage, report: reportOf(row), files }
          : { stage: row.stage, files },
        now,
      ),
      row.stage === 'draft' ? watched.map(({ cause }) => cause) : [row.syncCause],
    ),
    waitCounts: waitCounts(watched, now),
    todos: row.stage === 'draft' ? todos(watched, now) : [],
    deadline: row.stage === 'draft' ? isoTime(nextExpiry(files, now)) : null,
  }
}

export const showBackup = (found: FoundBackup, now: number): z.input<typeof Backup> => ({
  ...showSummary(found, now),
  project: showProject(found.row.project),
  custodian: { id: found.row.custodianId, name: found.row.custodianName ?? '' },
  custodySince: found.row.custodySince.toISOString(),
  sync: syncOf(found.row),
  serverNow: isoTime(now),
})

export const showWholeBackup = (
  found: FoundBackup & { timeline: readonly TimelineRow[] },
  now: number,
): z.input<typeof WholeBackup> => ({
  ...showBackup(found, now),
  files: found.files.map((file) => showFile(file, now)),
  timeline: found.timeline.map(showFact),
})

export const showFact = (fact: TimelineRow): z.input<typeof TimelineEntry> => ({
  ...fact,
  at: fact.at.toISOString(),
})

/** R37: since when the report system knows everything, or since when it does not. */
function syncOf(row: BackupRow): z.input<typeof Backup>['sync'] {
  if (!row.issuedAt) return null
  const synced = row.reportAcknowledged >= row.reportVersion
  const since = (synced ? row.acknowledgedAt : row.behindSince) ?? row.issuedAt
  return { status: synced ? 'synced' : 'syncing', since: since.toISOString(), cause: row.syncCause }
}

/** The nearest moment at which a code expires. */
function nextExpiry(files: readonly LinkedFile[], now: number): number | null {
  const all = files
    .filter((file) => file.status === 'pending' && statusAt(file.consent, now) === 'sent')
    .map((file) => file.consent.expiresAt)
    .filter((at) => at !== null)
  return all.length > 0 ? Math.min(...all) : null
}

const reportOf = (row: BackupRow): Reported => ({
  version: row.reportVersion,
  acknowledged: row.reportAcknowledged,
})
