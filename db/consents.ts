/** What the rules of a code must know of the data set's other files in the project (R27, R28). */
import { sql } from 'kysely'
import { accessionKey } from '../domain/accessions.ts'
import type { Db, Trx } from './connect.ts'

/** R28: wrong codes so far for this data set in this project; the row is held, so that tries queue up. */
export async function lockWrongTries(trx: Trx, projectId: string, accession: string): Promise<number> {
  const row = await trx
    .insertInto('codeTries')
    .values({ projectId, accessionKey: accessionKey(accession), wrong: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['projectId', 'accessionKey'])
        .doUpdateSet((eb) => ({ wrong: eb.ref('codeTries.wrong') })),
    )
    .returning('wrong')
    .executeTakeFirstOrThrow()
  return row.wrong
}

/** R28: wrong codes so far, without holding anything. */
export async function countWrongTries(db: Db | Trx, projectId: string, accession: string): Promise<number> {
  const row = await db
    .selectFrom('codeTries')
    .select('wrong')
    .where('projectId', '=', projectId)
    .where('accessionKey', '=', accessionKey(accession))
    .executeTakeFirst()
  return row?.wrong ?? 0
}

/** R27: when a code for this data set was mailed, or asked for, last by another file of the project, also a removed one. */
export async function findMailedAt(
  trx: Trx,
  projectId: string,
  file: { id: string; accession: string },
): Promise<number | null> {
  const row = await trx
    .selectFrom('dataFiles as f')
    .innerJoin('backups as b', 'b.id', 'f.backupId')
    .innerJoin('consents as c', 'c.fileId', 'f.id')
    .select(sql<Date | null>`max(greatest(c.sent_at, c.requested_at))`.as('at'))
    .where('f.accessionKey', '=', accessionKey(file.accession))
    .where('b.projectId', '=', projectId)
    .where('f.id', '<>', file.id)
    .executeTakeFirst()
  return row?.at?.getTime() ?? null
}

/** The key with which the codes of a file are made. */
export async function findCodeKeyId(db: Db | Trx, fileId: string): Promise<string | undefined> {
  const row = await db.selectFrom('consents').select('keyId').where('fileId', '=', fileId).executeTakeFirst()
  return row?.keyId
}
