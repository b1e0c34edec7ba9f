/** One data set across the backups of a unit. */
import { accessionKey } from '../domain/accessions.ts'
import type { Trx } from './connect.ts'

/**
 * R23: another live backup of the unit that links the same data set, its number only when it is the actor's
 * own; null when there is none.
 */
export async function findElsewhere(
  trx: Trx,
  of: { unitId: string; backupId: string; accession: string; actor: string | null },
): Promise<{ number: string | null } | null> {
  const rows = await trx
    .selectFrom('dataFiles as f')
    .innerJoin('backups as b', 'b.id', 'f.backupId')
    .select(['b.number', 'b.custodianId'])
    .where('f.accessionKey', '=', accessionKey(of.accession))
    .where('f.removedAt', 'is', null)
    .where('f.status', '<>', 'mismatch')
    .where('b.unitId', '=', of.unitId)
    .where('b.id', '<>', of.backupId)
    .where('b.stage', '<>', 'discarded')
    .limit(100)
    .execute()
  if (rows.length === 0) return null
  const own = rows.find((row) => row.custodianId === of.actor && row.number !== null)
  return { number: own?.number ?? null }
}
