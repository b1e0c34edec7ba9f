/** Sign-ins and sessions. There is no actor yet, so everything here goes through doors (decision 005). */
import { sql } from 'kysely'
import type { PersonClaims } from '../domain/accounts.ts'
import type { Db } from './connect.ts'
import type { Tables } from './tables.ts'

/** Who the identity provider says it is (R2). */
export type Person = PersonClaims & { provider: string }

export type LiveSession = {
  accountId: string
  name: string
  email: string
  role: Tables['accounts']['role']
  unitId: string | null
  unitName: string | null
  unitAuthorised: boolean
  idToken: string
  idleEndsAt: Date
  endsAt: Date
  /** The database's clock. */
  now: Date
}

/**
 * Writes what the identity says and opens a session (R2, R6); returns the account's id. Undefined, and nothing
 * written, while the provider's list calls the account disabled.
 */
export async function openSession(
  db: Db,
  person: Person,
  session: { tokenHash: Buffer; providerSession: string | null; idToken: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ accountId: string | null }>`
    select sign_in(${JSON.stringify(person)}::jsonb, ${session.tokenHash}, ${session.providerSession},
      ${session.idToken}) as account_id`.execute(db)
  return rows[0]?.accountId ?? undefined
}

/**
 * A live session and its account; being asked for keeps it alive (30 minutes idle, 12 hours at most), unless
 * it is a page that asks on its own (`inBackground`, R6).
 */
export async function findSession(
  db: Db,
  tokenHash: Buffer,
  { inBackground = false } = {},
): Promise<LiveSession | undefined> {
  const { rows } = await sql<LiveSession>`
    select s.*, clock_timestamp() as now from find_session(${tokenHash}, ${inBackground}) s`.execute(db)
  return rows[0]
}

export async function endSession(db: Db, tokenHash: Buffer): Promise<void> {
  await sql`select sign_out(${tokenHash})`.execute(db)
}

/** Back-channel logout: one session of a person at the provider, or all of them; returns how many ended. */
export async function endSessions(
  db: Db,
  of: { provider: string; subject: string | null; providerSession: string | null },
): Promise<number> {
  const { rows } = await sql<{ ended: number }>`
    select end_sessions(${of.provider}, ${of.subject}, ${of.providerSession}) as ended`.execute(db)
  return rows[0]?.ended ?? 0
}

export type SignIn = Omit<Tables['signIns'], 'createdAt'>
const lifetime = sql<Date>`clock_timestamp() - interval '10 minutes'`

/** Stores a sign-in that has begun, and deletes the ones that were not finished within 10 minutes. */
export async function beginSignIn(db: Db, signIn: SignIn): Promise<void> {
  await db.deleteFrom('signIns').where('createdAt', '<', lifetime).execute()
  await db.insertInto('signIns').values(signIn).execute()
}

/** Takes a sign-in, once: only the browser that began it, and within 10 minutes. */
export const takeSignIn = (
  db: Db,
  { stateHash, browserHash }: Pick<SignIn, 'stateHash' | 'browserHash'>,
): Promise<Pick<SignIn, 'nonce' | 'codeVerifier' | 'returnTo'> | undefined> =>
  db
    .deleteFrom('signIns')
    .where('stateHash', '=', stateHash)
    .where('browserHash', '=', browserHash)
    .where('createdAt', '>=', lifetime)
    .returning(['nonce', 'codeVerifier', 'returnTo'])
    .executeTakeFirst()
