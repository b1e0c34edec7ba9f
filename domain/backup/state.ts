/** What a backup is; `decide.ts` says what may happen to it. Times are epoch milliseconds. */
import type { Consent } from './consent.ts'
import { consentDeadline, statusAt, triesPerAccession } from './consent.ts'
import type { ContentType, DataType, Repository } from '../catalogue.ts'
import { repositoryOf } from '../catalogue.ts'

export type Backup = {
  id: string
  reference: string
  projectId: string
  unitId: string
  custodianId: string
  /** Read with the row, owned by the project. */
  leadEmail: string
  name: string
  contentTypes: readonly ContentType[]
  stage: 'draft' | 'completed' | 'discarded'
  version: number
  files: readonly DataFile[]
  /** `next` in a decision: the transaction that saves it draws the number and its time. */
  number: string | null
  issuedAt: number | null
  /** R37: versions of the issued backup, and how far the report system has acknowledged them. */
  report: { version: number; acknowledged: number }
}

export type DataFile = {
  id: string
  dataType: DataType
  sampleCount: number
  /** Decimal string in MB. */
  mbPerSample: string
  depositorEmail: string
  accession: string
  status: 'checking' | 'mismatch' | 'pending' | 'done'
  consent: Consent
  /** Wrong codes for this accession in this project, over its life (R28). */
  wrongTriesForLife: number
}

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
        if (file.status === 'checking') return [{ kind: 'check', key: `check/${file.id}`, fileId: file.id }]
        if (file.status === 'pending' && file.consent.status === 'sending')
          return [mailJob(file.id, file.consent.generation + 1)]
        return []
      })
  }
}
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

/** The next moment at which the backup changes by itself; null = never. */
export function deadline(backup: Backup): number | null {
  if (backup.stage !== 'draft') return null
  const all = backup.files
    .filter((file) => file.status === 'pending')
    .map((file) => consentDeadline(file.consent))
    .filter((at) => at !== null)
  return all.length > 0 ? Math.min(...all) : null
}

/** A file as people see it: `locked` stands over 待验证 once 20 codes were wrong (R28). */
export type FileStatus = DataFile['status'] | 'locked'
export const fileStatus = (file: Pick<DataFile, 'status' | 'wrongTriesForLife'>): FileStatus =>
  file.status === 'pending' && file.wrongTriesForLife >= triesPerAccession ? 'locked' : file.status

/** Whom a backup waits for, most urgent first (UX §2.6). */
export const waits = [
  'staff',
  'researcher',
  'depositor',
  'repository',
  'mail',
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

/** All that a backup waits for, in the order of `waits`; empty once nobody owes anything. */
export function waitingFor(
  backup: { stage: Backup['stage']; report: Backup['report']; files: readonly DataFile[] },
  now: number,
): Wait[] {
  if (backup.stage === 'discarded') return []
  if (backup.stage === 'completed')
    return backup.report.acknowledged < backup.report.version ? ['report-system'] : []
  if (backup.files.length === 0) return ['researcher']
  const found = new Set<Wait>(backup.files.map((file) => fileWaitsFor(file, now) ?? 'ready'))
  if (found.size > 1) found.delete('ready')
  return waits.filter((wait) => found.has(wait))
}

/** What still blocks the number, file by file (R32). A 校验失败 row never counts as a file (R21). */
export const blockingFiles = (files: readonly DataFile[]): DataFile[] =>
  files.filter((file) => file.status !== 'done' && file.status !== 'mismatch')
export const countedFiles = (files: readonly DataFile[]): DataFile[] =>
  files.filter((file) => file.status !== 'mismatch')

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
  deadline: number | null
  owed: readonly Job[]
  waitingFor: readonly Wait[]
  files: readonly MirrorFile[]
}
export type MirrorFile = {
  id: string
  accession: string
  repository: Repository
  status: FileStatus
  consent: Pick<Consent, 'status' | 'sentAt' | 'expiresAt' | 'wrongTries'>
}

export function mirrorOf(backup: Backup, now: number): Mirror {
  return {
    backupId: backup.id,
    reference: backup.reference,
    projectId: backup.projectId,
    unitId: backup.unitId,
    stage: backup.stage,
    version: backup.version,
    number: backup.number,
    deadline: deadline(backup),
    owed: owed(backup),
    waitingFor: waitingFor(backup, now),
    files: backup.files.map((file) => ({
      id: file.id,
      accession: file.accession,
      repository: repositoryOf(file.dataType),
      status: fileStatus(file),
      consent: {
        status: file.consent.status,
        sentAt: file.consent.sentAt,
        expiresAt: file.consent.expiresAt,
        wrongTries: file.consent.wrongTries,
      },
    })),
  }
}

/** Nothing is left to wait for: discarded, or the number is issued and acknowledged. */
export const isFinished = (mirror: Pick<Mirror, 'stage' | 'owed'>): boolean =>
  mirror.stage !== 'draft' && mirror.owed.length === 0
