/** What the report system is told of an issued backup, and how far it has acknowledged it (R37). */
import { sql } from 'kysely'
import type { Report } from '../domain/backup/report.ts'
import type { Backup, Submitted } from '../domain/backup/state.ts'
import { repositoryOf } from '../domain/catalogue.ts'
import { totalMb } from '../domain/sizes.ts'
import type { Db, Trx } from './connect.ts'

/** The backup as it is now, with what its project, unit and custodian are called now. */
export async function reportOf(trx: Trx, backup: Backup | Submitted): Promise<Report> {
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
export const writeReport = (backupId: string, version: number, report: Report) => sql`
  report as (insert into report_syncs (backup_id, version, payload)
    values (${backupId}, ${version}, ${JSON.stringify(report)}))`

/** R37: the report system has this version, and those before it. */
export const writeAcknowledged = (backupId: string, version: number) => sql`
  acknowledged as (update report_syncs set acknowledged_at = clock_timestamp()
    where backup_id = ${backupId} and version <= ${version} and acknowledged_at is null)`

/** R37: the version that the report system is to be told. `key` as in `owed`. */
export async function findReport(
  db: Db,
  key: string,
  version: number,
): Promise<{ number: string; report: Report }> {
  const row = await db
    .selectFrom('owed as o')
    .innerJoin('numbers as n', 'n.backupId', 'o.subjectId')
    .innerJoin('reportSyncs as s', 's.backupId', 'o.subjectId')
    .select(['n.number', 's.payload'])
    .where('o.key', '=', key)
    .where('s.version', '=', version)
    .executeTakeFirstOrThrow()
  return { number: row.number, report: row.payload }
}
