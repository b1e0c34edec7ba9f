/** A backup as one locked thing: loaded whole, saved by its difference. Only the worker's role can. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Backup, Completed, DataFile, Submitted } from '../domain/backup/state.ts'
import { wakeAt } from '../domain/backup/waits.ts'
import { owed } from '../domain/backup/owed.ts'
import type { Consent } from '../domain/backup/consent.ts'
import { backupNumber, checkCodeOf } from '../domain/numbers.ts'
import { accessionKey } from '../domain/accessions.ts'
import { repositoryOf } from '../domain/catalogue.ts'
import { totalMb } from '../domain/sizes.ts'
import { lockAudit } from './audit.ts'
import { backupOf } from './backups.ts'
import type { Db, Trx } from './connect.ts'
import type { Report } from './tables.ts'

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
  return backupOf(row, files)
}

/** Owed work should have begun, ended or been recorded by then; the sweep adds its grace. */
const firstDue = sql<Date>`clock_timestamp()`

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
      .where('id', 'in', removed)
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

/**
 * R33: draws the next serial of the day and makes the as-issued snapshot. The day is the one of this
 * moment in Asia/Shanghai; the counter's row stays locked until commit, so a rolled back number is not lost.
 */
async function issue(trx: Trx, backup: Submitted): Promise<Issued> {
  const report = await reportOf(trx, backup)
  await lockAudit(trx, backup.unitId) // the order of locks: backup, audit, counter
  const drawn = await trx
    .with('clock', (cte) =>
      cte.selectNoFrom(sql<Date>`date_trunc('milliseconds', clock_timestamp())`.as('at')),
    )
    .with('moment', (cte) =>
      cte
        .selectFrom('clock')
        .select(['clock.at', sql<string>`(clock.at at time zone 'Asia/Shanghai')::date`.as('day')]),
    )
    .with('drawn', (cte) =>
      cte
        .insertInto('numberCounters')
        .columns(['day', 'last'])
        .expression((eb) => eb.selectFrom('moment').select(['moment.day', sql<number>`1`.as('last')]))
        .onConflict((conflict) =>
          conflict.column('day').doUpdateSet({ last: sql<number>`number_counters.last + 1` }),
        )
        .returning(['day', 'last']),
    )
    .selectFrom('drawn')
    .innerJoin('moment', (join) => join.onTrue())
    .select(['drawn.day', 'drawn.last', 'moment.at'])
    .executeTakeFirstOrThrow()
  const number = backupNumber(drawn.day, drawn.last)
  await trx.insertInto('numbers').values({ number, backupId: backup.id, issuedAt: drawn.at }).execute()
  return { number, issuedAt: drawn.at, checkCode: checkCodeOf(randomBytes(5)), report }
}

async function reportOf(trx: Trx, backup: Backup | Submitted): Promise<Report> {
  const { unit, project, custodian } = await trx
    .selectFrom('projects as p')
    .innerJoin('units as u', 'u.id', 'p.unitId')
    .innerJoin('accounts as a', (join) => join.on('a.id', '=', backup.custodianId))
    .select(['u.externalId', 'u.name as unitName', 'p.name as projectName', 'p.leadName', 'p.leadEmail'])
    .select(['a.subject', 'a.name as custodianName'])
    .where('p.id', '=', backup.projectId)
    .executeTakeFirstOrThrow()
    .then((row) => ({
      unit: { id: row.externalId, name: row.unitName },
      project: {
        id: backup.projectId,
        name: row.projectName,
        leadName: row.leadName,
        leadEmail: row.leadEmail,
      },
      custodian: { id: backup.custodianId, subject: row.subject, name: row.custodianName },
    }))
  return {
    name: backup.name,
    unit,
    project,
    custodian,
    contentTypes: backup.contentTypes,
    files: backup.files.map((file) => ({
      dataType: file.dataType,
      repository: repositoryOf(file.dataType),
      accession: file.accession,
      depositorEmail: file.depositorEmail,
      sampleCount: file.sampleCount,
      mbPerSample: file.mbPerSample,
    })),
    sizeMb: totalMb(backup.files),
  }
}

/** R35, R37: what the report system is told of this version; nothing changes it later. */
async function saveReport(trx: Trx, backupId: string, version: number, report: Report): Promise<void> {
  await trx
    .insertInto('reportSyncs')
    .values({
      backupId,
      version,
      payload: JSON.stringify(report),
      acknowledgedAt: null,
    })
    .execute()
}

async function acknowledge(trx: Trx, backupId: string, version: number): Promise<void> {
  await trx
    .updateTable('reportSyncs')
    .set({ acknowledgedAt: sql<Date>`clock_timestamp()` })
    .where('backupId', '=', backupId)
    .where('version', '<=', version)
    .where('acknowledgedAt', 'is', null)
    .execute()
}

async function saveOwed(trx: Trx, before: Backup, after: Backup): Promise<void> {
  const was = new Set(owed(before).map((job) => job.key))
  const is = new Set(owed(after).map((job) => job.key))
  const gone = [...was].filter((key) => !is.has(key))
  const come = [...is].filter((key) => !was.has(key))
  if (gone.length > 0) await trx.deleteFrom('owed').where('key', 'in', gone).execute()
  if (come.length > 0)
    await trx
      .insertInto('owed')
      .values(
        come.map((key) => ({
          key,
          backupId: after.id,
          dueAt: firstDue,
          heldUntil: null,
          cause: null,
          lastAt: null,
          outcome: null,
          outcomeAt: null,
        })),
      )
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute()
}
