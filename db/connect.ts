import { CamelCasePlugin, Kysely, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { ActorDialect } from './actor.ts'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>

// A day stays the text `2026-11-22`: as a Date it would mean another day elsewhere.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

/** A pool as one role; `statementMs` ends a statement, and a wait for a lock, that takes longer. */
export function connect(url: string, { max = 10, statementMs = 4_000 } = {}): { db: Db; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementMs,
    lock_timeout: statementMs,
    idle_in_transaction_session_timeout: 10_000,
    query_timeout: statementMs + 1_000,
  })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  // Nor does the pool listen to one in use that breaks between two statements; whoever uses it finds out.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    hangUpWhenSilent(client)
  })
  const db = new Kysely<Tables>({
    dialect: new ActorDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  return { db, pool }
}

/**
 * The server ends each statement in time; what has no answer after that waits in a connection whose other end is gone
 * without a word. The driver gives the statement up but keeps the connection, and the pool would hand it out again.
 */
function hangUpWhenSilent(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...asked: unknown[]) => unknown
  const watched = (...asked: unknown[]): unknown => {
    const answer = query(...asked)
    if (!(answer instanceof Promise)) return answer
    return answer.catch(async (error: unknown) => {
      if (error instanceof Error && error.message === 'Query read timeout') {
        const gone = new Promise((resolve) => client.once('end', resolve))
        client.connection.stream.destroy()
        await gone // before it goes back to the pool
      }
      throw error
    })
  }
  client.query = watched as typeof client.query
}

/** Does the database answer? */
export const isReachable = (db: Db): Promise<boolean> =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
