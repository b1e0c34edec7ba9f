/** The rows, in camel case (CamelCasePlugin). Numerics are strings, times are Dates. */
import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely'
import type { Answer } from '../domain/backup/decision.ts'
import type { Backup, DataFile } from '../domain/backup/state.ts'
import type { Role } from '../domain/accounts.ts'
import type { Consent, MailTrouble } from '../domain/backup/consent.ts'
import type { Outcome } from '../domain/backup/outside.ts'
import type { ContentType, DataType } from '../domain/catalogue.ts'

type Jsonb<T> = ColumnType<T, string, string>
/** Filled by the database when it is made. */
type Made = ColumnType<Date, Date | undefined, Date>

export type Tables = {
  units: {
    id: Generated<string>
    provider: string
    externalId: string
    name: string
    parentId: string | null
  }
  accounts: {
    id: Generated<string>
    provider: string
    subject: string
    name: string
    phone: string
    email: string
    role: Role
    unitId: string | null
    unitAuthorised: boolean
    active: Generated<boolean>
    createdAt: Made
    signedInAt: Made
  }
  signIns: {
    stateHash: Buffer
    browserHash: Buffer
    nonce: string
    codeVerifier: string
    returnTo: string
    createdAt: Made
  }
  projects: {
    id: Generated<string>
    creatorId: string
    ownerId: string
    unitId: string
    name: string
    nameKey: string
    leadName: string
    leadEmail: string
    createdAt: Made
  }
  backups: {
    id: Generated<string>
    reference: string
    projectId: string
    unitId: string
    custodianId: string
    name: string
    contentTypes: ContentType[]
    stage: Generated<Backup['stage']>
    version: Generated<number>
    seenVersion: Generated<number>
    deadline: Date | null
    number: string | null
    checkCode: string | null
    issuedAt: Date | null
    snapshot: JSONColumnType<Report | null, string | null, string | null>
    reportVersion: Generated<number>
    reportAcknowledged: Generated<number>
    acknowledgedAt: Date | null
    createdAt: Made
    changedAt: Made
  }
  dataFiles: {
    id: string
    backupId: string
    position: number
    dataType: DataType
    sampleCount: number
    mbPerSample: string
    depositorEmail: string
    accession: string
    accessionKey: string
    status: DataFile['status']
    createdAt: Made
    removedAt: Date | null
  }
  consents: {
    fileId: string
    status: Consent['status']
    generation: number
    requestedAt: Date | null
    sentAt: Date | null
    expiresAt: Date | null
    wrongTries: number
    wrongTriesNext: number
    trouble: MailTrouble | null
    keyId: string
  }
  codeTries: { projectId: string; accessionKey: string; wrong: number }
  counted: { id: GeneratedAlways<string>; kind: CountedKind; subject: string; at: Date }
  commands: {
    key: string
    accountId: string
    bodyHash: string
    answer: Jsonb<Answer | { id: string }>
    at: Made
  }
  owed: {
    key: string
    backupId: string
    tries: Generated<number>
    cause: string | null
    createdAt: Made
    lastAt: Date | null
    dueAt: Date
    /** Until when the outside asked to be left alone (Retry-After). */
    heldUntil: Date | null
    outcome: JSONColumnType<Outcome | null, string | null, string | null>
    outcomeAt: Date | null
  }
  numberCounters: { day: string; last: number }
  numbers: { number: string; backupId: string; issuedAt: Date }
  reportSyncs: {
    backupId: string
    version: number
    payload: Jsonb<Report>
    createdAt: Made
    acknowledgedAt: Date | null
  }
  sweeps: { name: string; lastGoodAt: Date }
  accountPolls: { provider: string; asOf: Date }
  audit: {
    id: GeneratedAlways<string>
    unitId: string
    seq: string
    at: Date
    recordedAt: Date
    actorId: string | null
    action: string
    projectId: string | null
    backupId: string | null
    fileId: string | null
    params: Jsonb<Record<string, unknown>>
    before: unknown
    after: unknown
    reason: string | null
    previous: Buffer
    hash: Buffer
  }
}

export type CountedKind = 'code' | 'mail' | 'wrongCode' | 'mismatch'

/** One version of an issued backup: the as-issued snapshot, and what the report system is told (R37). */
export type Report = {
  name: string
  unit: { id: string; name: string }
  project: { id: string; name: string; leadName: string; leadEmail: string }
  custodian: { id: string; subject: string; name: string }
  contentTypes: readonly ContentType[]
  files: readonly {
    dataType: DataType
    repository: string
    accession: string
    depositorEmail: string
    sampleCount: number
    mbPerSample: string
  }[]
  sizeMb: string
}
