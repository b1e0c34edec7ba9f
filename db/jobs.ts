/** What an attempt needs to know about the work it does; read without a lock. */
import { repositoryOf, type Repository } from '../domain/catalogue.ts'
import type { Db } from './connect.ts'
import type { Report } from './tables.ts'

/** The question for the repository. */
export async function findCheck(
  db: Db,
  fileId: string,
): Promise<{ repository: Repository; accession: string; account: string }> {
  const file = await db
    .selectFrom('dataFiles')
    .select(['dataType', 'accession', 'depositorEmail'])
    .where('id', '=', fileId)
    .executeTakeFirstOrThrow()
  return {
    repository: repositoryOf(file.dataType),
    accession: file.accession,
    account: file.depositorEmail,
  }
}

export type CodeRequest = {
  depositorEmail: string
  accession: string
  repository: Repository
  requester: string
  unit: string
  projectName: string
  reference: string
  keyId: string
}

/** R26: everything that the code's mail says, but the code. */
export async function findCodeLetter(db: Db, fileId: string): Promise<CodeRequest> {
  const { dataType, ...request } = await db
    .selectFrom('dataFiles as f')
    .innerJoin('consents as c', 'c.fileId', 'f.id')
    .innerJoin('backups as b', 'b.id', 'f.backupId')
    .innerJoin('projects as p', 'p.id', 'b.projectId')
    .innerJoin('units as u', 'u.id', 'b.unitId')
    .innerJoin('accounts as a', 'a.id', 'b.custodianId')
    .select(['f.depositorEmail', 'f.accession', 'f.dataType', 'a.name as requester', 'u.name as unit'])
    .select(['p.name as projectName', 'b.reference', 'c.keyId'])
    .where('f.id', '=', fileId)
    .executeTakeFirstOrThrow()
  return { ...request, repository: repositoryOf(dataType) }
}

/** R37: the version that the report system is to be told. `key` as in `owed`. */
export async function findReport(
  db: Db,
  key: string,
  version: number,
): Promise<{ number: string; report: Report }> {
  const row = await db
    .selectFrom('owed as o')
    .innerJoin('numbers as n', 'n.backupId', 'o.backupId')
    .innerJoin('reportSyncs as s', 's.backupId', 'o.backupId')
    .select(['n.number', 's.payload'])
    .where('o.key', '=', key)
    .where('s.version', '=', version)
    .executeTakeFirstOrThrow()
  return { number: row.number, report: row.payload }
}
