/** What a backup is; `decide.ts` says what may happen to it. Times are epoch milliseconds. */
import type { ContentType, DataType } from '../catalogue.ts'
import { triesPerAccession, type Consent } from './consent.ts'

type Common = {
  id: string
  reference: string
  projectId: string
  unitId: string
  custodianId: string
  /** Read with the row, owned by the project. */
  leadEmail: string
  name: string
  contentTypes: readonly ContentType[]
  version: number
  files: readonly DataFile[]
}
export type Draft = Common & { stage: 'draft' }
/** Locked (R34); only amounts are amended (R35). */
export type Completed = Common & { stage: 'completed'; number: string; issuedAt: number; report: Reported }
export type Discarded = Common & { stage: 'discarded' }
export type Backup = Draft | Completed | Discarded

/** A draft whose submission is accepted; the transaction that saves it draws the number (R33). */
export type Submitted = Common & { stage: 'submitted' }

/** R37: versions of the issued backup, and how far the report system has acknowledged them. */
export type Reported = { version: number; acknowledged: number }

export const stages = ['draft', 'completed', 'discarded'] as const satisfies readonly Backup['stage'][]

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

export const findFile = (backup: Pick<Backup, 'files'>, fileId: string): DataFile | undefined =>
  backup.files.find((file) => file.id === fileId)

/** A file as people see it: `locked` stands over 待验证 once 20 codes were wrong (R28). */
export const fileStatuses = ['checking', 'mismatch', 'pending', 'done', 'locked'] as const
export type FileStatus = (typeof fileStatuses)[number]
export const fileStatus = (file: Pick<DataFile, 'status' | 'wrongTriesForLife'>): FileStatus =>
  file.status === 'pending' && file.wrongTriesForLife >= triesPerAccession ? 'locked' : file.status

type WithStatus = { status: FileStatus }
/** R21: a 校验失败 row never counts as a file. */
export const countedFiles = <T extends WithStatus>(files: readonly T[]): T[] =>
  files.filter((file) => file.status !== 'mismatch')
/** R32: what still blocks the number, file by file. */
export const blockingFiles = <T extends WithStatus>(files: readonly T[]): T[] =>
  countedFiles(files).filter((file) => file.status !== 'done')
