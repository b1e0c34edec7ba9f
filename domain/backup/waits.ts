/** Whom a backup waits for, and when it changes by itself. */
import { consentDeadline, statusAt } from './consent.ts'
import { needsStaff, type Cause } from './outside.ts'
import {
  fileStatus,
  type Backup,
  type Completed,
  type DataFile,
  type Discarded,
  type Draft,
} from './state.ts'

/** The reader's own first: what others owe must not hide it. */
export const waits = [
  'researcher',
  'depositor',
  'repository',
  'mail',
  'staff',
  'report-system',
  'ready',
] as const
export type Wait = (typeof waits)[number]

/** Whom one file waits for; null when it is 完成. */
export function fileWaitsFor(
  file: Pick<DataFile, 'status' | 'wrongTriesForLife' | 'consent'>,
  now: number,
): Exclude<Wait, 'ready' | 'report-system'> | null {
  switch (fileStatus(file)) {
    case 'done':
      return null
    case 'locked':
      return 'staff'
    case 'checking':
      return 'repository'
    case 'mismatch':
      return 'researcher'
    case 'pending':
      switch (statusAt(file.consent, now)) {
        case 'sending':
          return 'mail'
        case 'sent':
          return 'depositor'
        default:
          return 'researcher'
      }
  }
}

type Waiting = Pick<Draft | Discarded, 'stage' | 'files'> | Pick<Completed, 'stage' | 'files' | 'report'>

/** All that a backup waits for, in the order of `waits`; empty once nothing is owed by people or machines. */
export function waitingFor(backup: Waiting, now: number): Wait[] {
  if (backup.stage === 'discarded') return []
  if (backup.stage === 'completed')
    return backup.report.acknowledged < backup.report.version ? ['report-system'] : []
  if (backup.files.length === 0) return ['researcher']
  const found = new Set<Wait>(backup.files.map((file) => fileWaitsFor(file, now) ?? 'ready'))
  if (found.size > 1) found.delete('ready')
  return waits.filter((wait) => found.has(wait))
}

/** Staff have to act, too, where what is waited for gives no outage but an answer that helps nobody. */
export const withStaff = (found: readonly Wait[], causes: readonly (Cause | null)[]): Wait[] =>
  waits.filter((wait) => found.includes(wait) || (wait === 'staff' && causes.some(needsStaff)))

/** A moment that people are told: a code expires (R27), or a mail that no server accepted is given up. */
export type Deadline = { kind: 'code-expires' | 'mail-given-up'; fileId: string; at: number }

export function deadlines(backup: Backup): Deadline[] {
  if (backup.stage !== 'draft') return []
  return backup.files.flatMap((file): Deadline[] => {
    const at = file.status === 'pending' ? consentDeadline(file.consent) : null
    if (at === null) return []
    return [
      { kind: file.consent.status === 'sending' ? 'mail-given-up' : 'code-expires', fileId: file.id, at },
    ]
  })
}

/** The next moment at which the backup changes by itself, for the workflow's timer; null = never. */
export function wakeAt(backup: Backup): number | null {
  const all = deadlines(backup).map(({ at }) => at)
  return all.length > 0 ? Math.min(...all) : null
}
