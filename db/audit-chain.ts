/** R57: do the chains of the audit still say what they said? */
import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** The last row of a chain; `hash` in hex. */
export type AuditHead = { unitId: string; seq: string; hash: string }
export type BrokenChain = { unitId: string; seq: string }

/**
 * Reads every chain from its first row, at one moment. Broken is one whose rows do not follow from each other, whose head
 * is not its last row, or that does not hold one of the `known` heads any more: those that were written down outside.
 */
export async function checkChains(
  db: Db,
  known: readonly AuditHead[],
): Promise<{ heads: AuditHead[]; broken: BrokenChain[] }> {
  const { rows } = await sql<{ unitId: string; seq: string | null; hash: string; broken: string | null }>`
    with known as (select unit_id, seq, decode(hash, 'hex') as hash from jsonb_to_recordset(${JSON.stringify(
      known.map(({ unitId, seq, hash }) => ({ unit_id: unitId, seq, hash })),
    )}::jsonb) as k (unit_id uuid, seq bigint, hash text)),
    chains as (select unit_id from audit_heads union select unit_id from audit union select unit_id from known)
    select c.unit_id, h.seq, encode(h.hash, 'hex') as hash, least(broken_audit(c.unit_id),
        case when h.seq is null then 1 end,
        (select min(k.seq) from known k where k.unit_id = c.unit_id and not exists (
          select from audit a where a.unit_id = k.unit_id and a.seq = k.seq and a.hash = k.hash))) as broken
    from chains c left join audit_heads h on h.unit_id = c.unit_id
    order by c.unit_id`.execute(db)
  return {
    heads: rows.flatMap(({ unitId, seq, hash }) => (seq === null ? [] : [{ unitId, seq, hash }])),
    broken: rows.flatMap(({ unitId, broken }) => (broken === null ? [] : [{ unitId, seq: broken }])),
  }
}
