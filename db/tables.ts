/** Written by `npm run schema` from the migrated database; a test holds it equal. Numerics are strings, times are Dates. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Columns } from './columns.ts'

/** Read as a value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>
type NullableJson<T> = ColumnType<T | null, string | null, string | null>

export type Tables = {
  accountPolls: {
    provider: string
    asOf: Date
  }
  accounts: {
    id: Generated<string>
    provider: string
    subject: string
    name: string
    phone: string
    email: string
    role: Columns['accounts.role']
    unitId: string | null
    unitAuthorised: boolean
    active: Generated<boolean>
    createdAt: Generated<Date>
    signedInAt: Generated<Date>
  }
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
    params: Json<Columns['audit.params']>
    before: NullableJson<Columns['audit.before']>
    after: NullableJson<Columns['audit.after']>
    reason: string | null
    previous: Buffer
    hash: Buffer
  }
  auditHeads: {
    unitId: string
    seq: string
    hash: Buffer
  }
  backups: {
    id: Generated<string>
    reference: string
    projectId: string
    unitId: string
    custodianId: string
    custodySince: Generated<Date>
    name: string
    contentTypes: Columns['backups.content_types']
    stage: Generated<Columns['backups.stage']>
    version: Generated<number>
    seenVersion: Generated<number>
    deadline: Date | null
    number: string | null
    checkCode: string | null
    issuedAt: Date | null
    snapshot: NullableJson<Columns['backups.snapshot']>
    reportVersion: Generated<number>
    reportAcknowledged: Generated<number>
    acknowledgedAt: Date | null
    createdAt: Generated<Date>
    changedAt: Generated<Date>
  }
  codeTries: {
    projectId: string
    accessionKey: string
    wrong: number
  }
  commands: {
    key: string
    accountId: string
    bodyHash: string
    hashKeyId: string | null
    answer: Json<Columns['commands.answer']>
    at: Generated<Date>
  }
  consents: {
    fileId: string
    status: Columns['consents.status']
    generation: number
    requestedAt: Date | null
    sentAt: Date | null
    expiresAt: Date | null
    wrongTries: number
    wrongTriesNext: number
    trouble: Columns['consents.trouble'] | null
    keyId: string
    smtpCode: string | null
  }
  counted: {
    id: GeneratedAlways<string>
    kind: Columns['counted.kind']
    subject: string
    at: Date
  }
  dataFiles: {
    id: string
    backupId: string
    position: number
    dataType: Columns['data_files.data_type']
    sampleCount: number
    mbPerSample: string
    depositorEmail: string
    accession: string
    accessionKey: string
    status: Columns['data_files.status']
    createdAt: Generated<Date>
    removedAt: Date | null
  }
  filings: {
    number: string
    filingNumber: string
    filedAt: Date
    receivedAt: Generated<Date>
  }
  keyCanaries: {
    ring: string
    keyId: string
    canary: Buffer
  }
  numberCounters: {
    day: string
    last: number
  }
  numberGaps: {
    day: string
    first: number
    last: number
    missing: string[]
    at: Generated<Date>
  }
  numbers: {
    number: string
    backupId: string
    issuedAt: Date
  }
  operatorItems: {
    id: GeneratedAlways<string>
    kind: Columns['operator_items.kind']
    subject: string
    openedAt: Date
    lastAt: Date
    times: Generated<number>
    closedAt: Date | null
  }
  owed: {
    key: string
    subjectKind: Columns['owed.subject_kind']
    subjectId: string
    tries: Generated<number>
    cause: Columns['owed.cause'] | null
    reason: string | null
    pauseMs: Generated<number>
    createdAt: Generated<Date>
    lastAt: Date | null
    dueAt: Date
    heldUntil: Date | null
    outcome: NullableJson<Columns['owed.outcome']>
    outcomeAt: Date | null
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
    createdAt: Generated<Date>
  }
  rateLimits: {
    subject: string
    kind: string
    minute: Date
    used: number
  }
  reportSyncs: {
    backupId: string
    version: number
    payload: Json<Columns['report_syncs.payload']>
    createdAt: Generated<Date>
    acknowledgedAt: Date | null
  }
  sessions: {
    tokenHash: Buffer
    accountId: string
    providerSession: string | null
    idToken: string
    createdAt: Date
    seenAt: Date
    endsAt: Date
  }
  signIns: {
    stateHash: Buffer
    browserHash: Buffer
    nonce: string
    codeVerifier: string
    returnTo: string
    createdAt: Generated<Date>
  }
  sweeps: {
    name: string
    lastGoodAt: Date
  }
  unitAncestors: {
    unitId: string
    ancestorId: string
  }
  unitClaims: {
    accountId: string
    unitId: string
    parentId: string | null
  }
  units: {
    id: Generated<string>
    provider: string
    externalId: string
    name: string
    parentId: string | null
  }
}
