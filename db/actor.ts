import { againWhenStale, type Db, type Trx } from './connect.ts'
import { beginning } from './dialect.ts'

/**
 * Runs `work` in a transaction in which row-level security shows and accepts only what this account may
 * see and do (R56). The actor is set by the message that begins the transaction, and ends with it.
 */
export const asActor = <T>(db: Db, accountId: string, work: (trx: Trx) => Promise<T>): Promise<T> =>
  againWhenStale(() => beginning.run(accountId, () => db.transaction().execute(insideOf(work))))

/** The same for reading: the database refuses every write. */
export const readAs = <T>(db: Db, accountId: string, work: (trx: Trx) => Promise<T>): Promise<T> =>
  againWhenStale(() =>
    beginning.run(accountId, () => db.transaction().setAccessMode('read only').execute(insideOf(work))),
  )

/** Another transaction that `work` begins is not the actor's by chance. */
const insideOf =
  <T>(work: (trx: Trx) => Promise<T>) =>
  (trx: Trx): Promise<T> =>
    beginning.exit(() => work(trx))
