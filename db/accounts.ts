/** The identity provider's list of accounts, as far as they are ours (R6). */
import { sql } from 'kysely'
import type { PersonClaims } from '../domain/accounts.ts'
import { alone } from './alone.ts'
import type { Db } from './connect.ts'

/** An account as the provider lists it; of a disabled one nothing else matters. */
export type ListedAccount = { subject: string; active: false } | (PersonClaims & { active: true })

/** One worker at a time; undefined when another one is at it. `work` asks the provider, which may take long. */
export const aloneWithAccounts = <T>(db: Db, work: (db: Db) => Promise<T>): Promise<T | undefined> =>
  alone(db, 'accounts', work)

/** Up to when the provider's list has been applied. */
export async function findAccountsAsOf(db: Db, provider: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('accountPolls')
    .select('asOf')
    .where('provider', '=', provider)
    .executeTakeFirst()
  return row?.asOf
}

export async function keepAccountsAsOf(db: Db, provider: string, asOf: Date): Promise<void> {
  await db
    .insertInto('accountPolls')
    .values({ provider, asOf })
    .onConflict((conflict) => conflict.column('provider').doUpdateSet({ asOf }))
    .execute()
}

/**
 * R6: writes what the provider says of accounts that we know, at once, and ends the sessions of those that
 * were disabled or have another role or unit. Run twice it changes nothing more.
 */
export async function applyAccounts(
  db: Db,
  provider: string,
  listed: readonly ListedAccount[],
): Promise<{ changed: number; ended: number }> {
  const { rows } = await sql<{ changed: number; ended: number }>`
    select * from apply_accounts(${provider}, ${JSON.stringify(listed)}::jsonb)`.execute(db)
  return rows[0] ?? { changed: 0, ended: 0 }
}
