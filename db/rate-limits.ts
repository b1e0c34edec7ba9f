/** General limits of requests per minute. They are counted before there is an actor, so through a door. */
import { sql } from 'kysely'
import type { Db } from './connect.ts'
import type { LiveSession } from './sessions.ts'

export type LimitKind = 'reads' | 'writes' | 'anonymous' | 'signIns' | 'callbacks' | 'logouts'
export type Limits = Readonly<Record<LimitKind, number>>
export type Incoming = {
  /** Of the session's cookie; null without one. */
  tokenHash: Buffer | null
  /** Asked by a page on its own: it does not keep the session alive (R6). */
  inBackground: boolean
  kind: 'reads' | 'writes'
  /** Stands for the client's address; null when it is not known; then the request is not counted. */
  from: string | null
}

/**
 * Whose request it is and whether it is one too many, in one round trip: counted for the account, without a
 * session for the address. `freeAt`: when requests of its kind go again; null while they do.
 */
export async function admitRequest(
  db: Db,
  { tokenHash, inBackground, kind, from }: Incoming,
  limits: Limits,
): Promise<{ session: LiveSession | undefined; freeAt: Date | null }> {
  if (tokenHash === null && from === null) return { session: undefined, freeAt: null }
  // The columns of a session are all there, or all null.
  type Row = { freeAt: Date | null } & (LiveSession | { accountId: null })
  const { rows } = await sql<Row>`
    select s.*, clock_timestamp() as now, case
        when s.account_id is not null then take_request(s.account_id::text, ${kind}, ${limits[kind]})
        when ${from}::text is not null then take_request(${from}, 'anonymous', ${limits.anonymous})
      end as free_at
    from (select 1) as one left join find_session(${tokenHash}::bytea, ${inBackground}) s on true`.execute(db)
  const { freeAt, ...session } = rows[0] ?? { freeAt: null, accountId: null }
  return { session: session.accountId === null ? undefined : session, freeAt }
}

/** One more of this kind from there; when it goes again if it is one too many, else null. */
export async function takeRequest(
  db: Db,
  { from, kind }: { from: string; kind: LimitKind },
  limits: Limits,
): Promise<Date | null> {
  const { rows } = await sql<{ freeAt: Date | null }>`
    select take_request(${from}, ${kind}, ${limits[kind]}) as free_at`.execute(db)
  return rows[0]?.freeAt ?? null
}
