import { repositoryOf, type Repository } from '../catalogue.ts'
import type { Consent } from './consent.ts'
import type { Trouble } from './outside.ts'
import { owed, type Job } from './owed.ts'
import { fileStatus, type Backup, type FileStatus } from './state.ts'
import { deadlines, waitingFor, wakeAt, type Deadline, type Wait } from './waits.ts'

/**
 * The workflow's view of the row: no personal data, nothing that decides. It sets the timer, starts
 * owed work and writes the words in Temporal Web.
 */
export type Mirror = {
  backupId: string
  reference: string
  projectId: string
  unitId: string
  stage: Backup['stage']
  version: number
  number: string | null
  /** For the timer. */
  wakeAt: number | null
  /** For people. */
  deadlines: readonly Deadline[]
  owed: readonly Job[]
  waitingFor: readonly Wait[]
  files: readonly MirrorFile[]
  /** Only after a look. */
  troubles?: readonly Trouble[]
}
type MirrorFile = {
  id: string
  accession: string
  repository: Repository
  status: FileStatus
  /** Absent in histories of earlier versions. */
  wrongTriesForLife?: number
  consent: Pick<Consent, 'status' | 'sentAt' | 'expiresAt' | 'wrongTries'> &
    Partial<Pick<Consent, 'trouble' | 'smtpCode'>>
}

export function mirrorOf(backup: Backup, now: number): Mirror {
  return {
    backupId: backup.id,
    reference: backup.reference,
    projectId: backup.projectId,
    unitId: backup.unitId,
    stage: backup.stage,
    version: backup.version,
    number: backup.stage === 'completed' ? backup.number : null,
    wakeAt: wakeAt(backup),
    deadlines: deadlines(backup),
    owed: owed(backup),
    waitingFor: waitingFor(backup, now),
    files: backup.files.map((file) => ({
      id: file.id,
      accession: file.accession,
      repository: repositoryOf(file.dataType),
      status: fileStatus(file),
      wrongTriesForLife: file.wrongTriesForLife,
      consent: {
        status: file.consent.status,
        sentAt: file.consent.sentAt,
        expiresAt: file.consent.expiresAt,
        wrongTries: file.consent.wrongTries,
        trouble: file.consent.trouble,
        smtpCode: file.consent.smtpCode,
      },
    })),
  }
}

export const nearestDeadline = ({ deadlines }: Pick<Mirror, 'deadlines'>): number | null =>
  deadlines.length > 0 ? Math.min(...deadlines.map(({ at }) => at)) : null

/** Nothing is left to wait for: discarded, or the number is issued and acknowledged. */
export const isFinished = (mirror: Pick<Mirror, 'stage' | 'owed'>): boolean =>
  mirror.stage !== 'draft' && mirror.owed.length === 0
