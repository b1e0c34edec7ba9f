/** One data set across the backups of a unit, and what else linking it must know. */
import { sql } from 'kysely'
import { accessionKey } from '../domain/accessions.ts'
import { limits } from '../domain/backup/consent.ts'
import type { FactsOf } from '../domain/backup/facts.ts'
import { day } from '../domain/times.ts'
import { type Asked, inOneMessage } from './compiled.ts'
import type { Db, Trx } from './connect.ts'
import { wrongTries } from './consents.ts'
import { type CountedJson, countedIn, counting, holding, type Window } from './windows.ts'

/**
 * R20, R23, R28: what linking this data set must know, but the repository's answer. `holds`: others who link in the name
 * of this account wait until the transaction ends; without it nothing is certain, and no transaction is needed.
 */
export async function findLinkFacts(
  db: Db | Trx,
  of: {
    unitId: string
    projectId: string
    backupId: string
    fileId: string
    accession: string
    accountId: string
  },
  now: number,
  { holds }: { holds: boolean },
): Promise<Omit<FactsOf['linkFile'], 'checked'>> {
  const windows: Window[] = [
    { kind: 'mismatch', subject: of.accountId, limit: limits.mismatchesPerAccount, windowMs: day },
  ]
  type Found = {
    counts: CountedJson[]
    wrong: number | null
    elsewhere: FactsOf['linkFile']['elsewhere']
    wasRemoved: boolean
  }
  const facts = sql<Found>`
    select ${counting(windows, now)} as counts, ${wrongTries(of.projectId, of.accession)} as wrong,
      ${elsewhere(of)} as elsewhere,
      exists (select from data_files where id = ${of.fileId} and removed_at is not null) as was_removed`
  const held = (asked: Asked) => sql`select ${holding(windows)} as held`.execute(asked)
  const found = (asked: Asked) => facts.execute(asked)
  const { rows } = holds ? (await inOneMessage(db, held, found))[1] : await found(db)
  const [row] = rows
  const [mismatches = { count: 0, freeAt: now }] = countedIn(windows, row?.counts ?? [], now)
  return {
    elsewhere: row?.elsewhere ?? null,
    wrongTriesForLife: row?.wrong ?? 0,
    mismatches,
    wasRemoved: row?.wasRemoved ?? false,
  }
}

/**
 * R23: another live backup of the unit that links the same data set; its number and which it is only when it is the account's
 * own, of several the one with the newest number; null when there is none.
 */
const elsewhere = (of: { unitId: string; backupId: string; accession: string; accountId: string }) => sql`
  (select jsonb_build_object('number', max(number) filter (where is_own), 'own',
      (array_agg(jsonb_build_object('backupId', id, 'name', name, 'project', project) order by number desc nulls last)
        filter (where is_own))[1])
    from (select b.id, b.number, b.name, p.name as project, b.custodian_id = ${of.accountId} as is_own
      from data_files f join backups b on b.id = f.backup_id join projects p on p.id = b.project_id
      where f.accession_key = ${accessionKey(of.accession)} and f.removed_at is null and f.status <> 'mismatch'
        and b.unit_id = ${of.unitId} and b.id <> ${of.backupId} and b.stage <> 'discarded' limit 100) as others
    having count(*) > 0)`
