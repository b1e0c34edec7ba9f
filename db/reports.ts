/** What the report system is told of an issued backup, and how far it has acknowledged it (R37). */
import { sql } from 'kysely'
import type { Report } from '../domain/backup/report.ts'
import type { Backup, Submitted } from '../domain/backup/state.ts'
import { repositoryOf } from '../domain/catalogue.ts'
import { totalMb } from '../domain/sizes.ts'
import type { Db, Trx } from './connect.ts'

/** The backup as it is now, with what its project, unit and custodian are called now. */
export async function reportOf(asked: Pick<Trx, 'getExecutor'>, backup: Backup | Submitted): Promise<Report> {
  const { rows } = await sql<{
    unit: Report['unit']
    project: Report['project']
    custodian: Report['custodian']
  }>`
    select jsonb_build_object('id', u.external_id, 'name', u.name) as unit,
      jsonb_build_object('id', p.id, 'name', p.name, 'leadName', p.lead_name, 'leadEmail', p.lead_email) as project,
      jsonb_build_object('id', a.id, 'subject', a.subject, 'name', a.name) as custodian
    from projects p join units u on u.id = p.unit_id join accounts a on a.id = ${backup.custodianId}
    where p.id = ${backup.projectId}`.execute(asked)
  const [about] = rows
  if (!about) throw new Error('A backup has a project, a unit and a custodian')
  const { unit, project, custodian } = about
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
