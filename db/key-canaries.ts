/** Keys are known again by a canary for each id, so no process works with another key under a known id. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Db } from './connect.ts'
import { isDatabaseOutage } from './outages.ts'

export type KeyCanary = { ring: string; keyId: string; canary: Buffer }

/**
 * Keeps the canary of each id that is new. Throws, in one line, when a key is not the one that had its id before. While
 * the database does not answer, `waits` is told, and it asks again.
 */
export async function proveKeys(
  db: Db,
  canaries: readonly KeyCanary[],
  waits: (error: unknown) => void,
): Promise<void> {
  for (;;)
    try {
      const wrong = await findWrongKeys(db, canaries)
      if (wrong.length === 0) return
      const named = wrong.map(({ ring, keyId }) => `${ring}: ${keyId} is not the key that had this id before`)
      throw new Error(`Configuration is wrong: ${named.join('; ')}`)
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error
      waits(error)
      await pause(1_000)
    }
}

async function findWrongKeys(db: Db, canaries: readonly KeyCanary[]): Promise<KeyCanary[]> {
  // In one order for all, and read afterwards: of two processes that bring the same new id, the second waits, then sees
  // the first one's key.
  const nameOf = ({ ring, keyId }: Pick<KeyCanary, 'ring' | 'keyId'>) => `${ring} ${keyId}`
  const inOrder = canaries.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
  await db
    .insertInto('keyCanaries')
    .values(inOrder)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const kept = await db.selectFrom('keyCanaries').select(['ring', 'keyId', 'canary']).execute()
  const known = new Map(kept.map((row) => [nameOf(row), row.canary]))
  return inOrder.filter((own) => !known.get(nameOf(own))?.equals(own.canary))
}
