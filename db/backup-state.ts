/** The state of a backup as rules see it: loaded whole and locked, saved by its difference. Only the worker's role can. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Backup, Completed, DataFile, Submitted } from '../domain/backup/state.ts'
import { wakeAt } from '../domain/backup/waits.ts'
import type { Consent } from '../domain/backup/consent.ts'
import { checkCodeOf } from '../domain/numbers.ts'
import { accessionKey } from '../domain/accessions.ts'
import { plainDecimal } from '../domain/sizes.ts'
import { lockAudit } from './audit.ts'
import type { Db, Trx } from './connect.ts'
import { drawNumber } from './numbers.ts'
import { saveOwed } from './owed.ts'
import { acknowledge, type Report, reportOf, saveReport } from './reports.ts'

/** Locks the row and returns the backup as it is now; undefined when there is none. */
export const lockBackup = (trx: Trx, backupId: string): Promise<Backup | undefined> =>
  load(trx, backupId, true)

/** Without a lock: for looking, never for deciding what is written. `seen`: the workflow itself looks. */
export async function readBackup(
  db: Db,
  backupId: string,
  { seen = false } = {},
): Promise<Backup | undefined> {
  const backup = await load(db, backupId, false)
  if (backup && seen)
    await db
      .updateTable('backups')
      .set({ seenVersion: backup.version })
      .where('id', '=', backupId)
      .where('seenVersion', '<', backup.version)
      .execute()
  return backup
}

// Two statements: one that waits for the lock can return the parent fresh and the children stale.
async function load(db: Db | Trx, backupId: string, lock: boolean): Promise<Backup | undefined> {
  const row = await db
    .selectFrom('backups as b')
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .select(['b.id', 'b.reference', 'b.projectId', 'b.unitId', 'b.custodianId', 'b.name', 'b.contentTypes'])
    .select(['b.stage', 'b.version', 'b.number', 'b.issuedAt', 'b.reportVersion', 'b.reportAcknowledged'])
    .select('p.leadEmail')
    .where('b.id', '=', backupId)
    .$if(lock, (query) => query.forUpdate('b').forShare('p'))
    .executeTakeFirst()
  if (!row) return undefined
  const files = await db
    .selectFrom('dataFiles as f')
    .innerJoin('consents as c', 'c.fileId', 'f.id')
    .leftJoin('codeTries as t', (join) =>
      join.on('t.projectId', '=', row.projectId).onRef('t.accessionKey', '=', 'f.accessionKey'),
    )
    .select(['f.id', 'f.dataType', 'f.sampleCount', 'f.mbPerSample', 'f.depositorEmail', 'f.accession'])
    .select(['f.status', 'c.status as consentStatus', 'c.generation', 'c.requestedAt', 'c.sentAt'])
    .select(['c.expiresAt', 'c.wrongTries', 'c.wrongTriesNext', 'c.trouble', 't.wrong'])
    .where('f.backupId', '=', backupId)
    .where('f.removedAt', 'is', null)
    .orderBy('f.position')
    .execute()
  return backupOf(
    row,
    files.map((file) => ({
      id: file.id,
      dataType: file.dataType,
      sampleCount: file.sampleCount,
      mbPerSample: plainDecimal(file.mbPerSample),
      depositorEmail: file.depositorEmail,
      accession: file.accession,
      status: file.status,
      wrongTriesForLife: file.wrong ?? 0,
      consent: {
        status: file.consentStatus,
        generation: file.generation,
        requestedAt: file.requestedAt?.getTime() ?? null,
        sentAt: file.sentAt?.getTime() ?? null,
        expiresAt: file.expiresAt?.getTime() ?? null,
        wrongTries: file.wrongTries,
        wrongTriesNext: file.wrongTriesNext,
        trouble: file.trouble,
      },
    })),
  )
}

type Row = {
  id: string
  reference: string
  projectId: string
  unitId: string
  custodianId: string
  leadEmail: string
  name: string
  contentTypes: Backup['contentTypes']
  version: number
  stage: Backup['stage']
  number: string | null
  issuedAt: Date | null
  reportVersion: number
  reportAcknowledged: number
}

/** The backup as the rules see it. Throws for a completed row without a number: the database allows none. */
export function backupOf(row: Row, files: readonly DataFile[]): Backup {
  const { id, reference, projectId, unitId, custodianId, leadEmail, name, contentTypes, version } = row
  const common = {
    id,
    reference,
    projectId,
    unitId,
    custodianId,
    leadEmail,
    name,
    contentTypes,
    version,
    files,
  }
  const { stage, number, issuedAt } = row
  if (stage !== 'completed') return { ...common, stage }
  if (number === null || issuedAt === null) throw new Error(`${reference} is completed and has no number`)
  const report = { version: row.reportVersion, acknowledged: row.reportAcknowledged }
  return { ...common, stage, number, issuedAt: issuedAt.getTime(), report }
}

/**
 * Writes what differs between the two, `version + 1`, the deadline and the rows of `owed`, and returns the
 * backup as it now stands: with its number, when this is the transaction that issues it (R33).
 * `seen`: the workflow itself does it, so it knows.
 */
export async function saveBackup(
  trx: Trx,
  before: Backup,
  decided: Backup | Submitted,
  by: { seen: boolean; keyId: string },
): Promise<Backup> {
  const version = before.version + 1
  await saveFiles(trx, before, decided, by.keyId)
  const issued = decided.stage === 'submitted' ? await issue(trx, decided) : undefined
  const after: Backup = {
    ...(decided.stage === 'submitted' ? completedOf(decided, issued) : decided),
    version,
  }
  const due = wakeAt(after)
  const told = reportedOf(after)
  const isAcknowledged = told.acknowledged > reportedOf(before).acknowledged
  await trx
    .updateTable('backups')
    .set({
      name: after.name,
      contentTypes: [...after.contentTypes],
      custodianId: after.custodianId,
      stage: after.stage,
      version,
      deadline: due === null ? null : new Date(due),
      reportVersion: told.version,
      reportAcknowledged: told.acknowledged,
      changedAt: sql<Date>`clock_timestamp()`,
      ...(by.seen && { seenVersion: version }),
      ...(isAcknowledged && { acknowledgedAt: sql<Date>`clock_timestamp()` }),
      ...(issued && {
        number: issued.number,
        issuedAt: issued.issuedAt,
        checkCode: issued.checkCode,
        snapshot: JSON.stringify(issued.report),
      }),
    })
    .where('id', '=', after.id)
    .execute()
  if (told.version > reportedOf(before).version)
    await saveReport(trx, after.id, told.version, issued?.report ?? (await reportOf(trx, after)))
  if (isAcknowledged) await acknowledge(trx, after.id, told.acknowledged)
  await saveOwed(trx, before, after)
  return after
}

const neverReported = { version: 0, acknowledged: 0 }
const reportedOf = (backup: Backup): Completed['report'] =>
  backup.stage === 'completed' ? backup.report : neverReported

/** The submitted draft with the number that this transaction has drawn. */
function completedOf(submitted: Submitted, issued: Issued | undefined): Completed {
  if (!issued) throw new Error('A submission draws a number')
  const { number, issuedAt } = issued
  const report = { version: 1, acknowledged: 0 }
  return { ...submitted, stage: 'completed', number, issuedAt: issuedAt.getTime(), report }
}

async function saveFiles(trx: Trx, before: Backup, after: Backup | Submitted, keyId: string): Promise<void> {
  const known = new Map(before.files.map((file) => [file.id, file]))
  const kept = new Set(after.files.map((file) => file.id))
  const removed = before.files.filter((file) => !kept.has(file.id)).map((file) => file.id)
  if (removed.length > 0)
    await trx
      .updateTable('dataFiles')
      .set({ removedAt: sql<Date>`clock_timestamp()` })
      .where('id', '=', sql<string>`any(${removed}::uuid[])`)
      .execute()
  for (const file of after.files) {
    const old = known.get(file.id)
    if (!old) await insertFile(trx, after.id, file, keyId)
    else if (old !== file) await updateFile(trx, after.projectId, old, file)
  }
}

async function insertFile(trx: Trx, backupId: string, file: DataFile, keyId: string): Promise<void> {
  await trx
    .insertInto('dataFiles')
    .values((eb) => ({
      ...fileColumns(file),
      id: file.id,
      backupId,
      position: eb
        .selectFrom('dataFiles')
        .select(sql<number>`coalesce(max(position), 0) + 1`.as('next'))
        .where('backupId', '=', backupId),
      dataType: file.dataType,
      depositorEmail: file.depositorEmail,
      accession: file.accession,
      accessionKey: accessionKey(file.accession),
      removedAt: null,
    }))
    .execute()
  await trx
    .insertInto('consents')
    .values({ fileId: file.id, keyId, ...consentColumns(file.consent) })
    .execute()
}

async function updateFile(trx: Trx, projectId: string, old: DataFile, file: DataFile): Promise<void> {
  await trx.updateTable('dataFiles').set(fileColumns(file)).where('id', '=', file.id).execute()
  if (file.consent !== old.consent) {
    await trx
      .updateTable('consents')
      .set(consentColumns(file.consent))
      .where('fileId', '=', file.id)
      .execute()
  }
  if (file.wrongTriesForLife !== old.wrongTriesForLife)
    await trx
      .insertInto('codeTries')
      .values({ projectId, accessionKey: accessionKey(file.accession), wrong: file.wrongTriesForLife })
      .onConflict((conflict) =>
        conflict.columns(['projectId', 'accessionKey']).doUpdateSet({ wrong: file.wrongTriesForLife }),
      )
      .execute()
}

const fileColumns = (file: DataFile) => ({
  sampleCount: file.sampleCount,
  mbPerSample: file.mbPerSample,
  status: file.status,
})
const consentColumns = (consent: Consent) => ({
  status: consent.status,
  generation: consent.generation,
  requestedAt: date(consent.requestedAt),
  sentAt: date(consent.sentAt),
  expiresAt: date(consent.expiresAt),
  wrongTries: consent.wrongTries,
  wrongTriesNext: consent.wrongTriesNext,
  trouble: consent.trouble,
})
const date = (at: number | null): Date | null => (at === null ? null : new Date(at))

type Issued = { number: string; issuedAt: Date; checkCode: string; report: Report }

/** R33: the number, and the as-issued snapshot. */
async function issue(trx: Trx, backup: Submitted): Promise<Issued> {
  const report = await reportOf(trx, backup)
  await lockAudit(trx, backup.unitId) // the order of locks: backup, audit, counter
  return { ...(await drawNumber(trx, backup.id)), checkCode: checkCodeOf(randomBytes(5)), report }
}
