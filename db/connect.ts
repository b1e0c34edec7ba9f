import { createHash } from 'node:crypto'
import { CamelCasePlugin, Kysely, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { ActorDialect } from './dialect.ts'
import { askTogether, isClosing, type Query, queryOf, writeTogether } from './together.ts'
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
    pipeline: true,
  })
  const nameOf = statementNames()
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => {
    // Nor does the pool listen to one in use that breaks between two statements; its user gets the error.
    client.on('error', () => undefined)
    writeTogether(client)
    hangUpWhenSilent(client)
    prepareStatements(client, nameOf)
    askTogether(client)
  })
  const db = new Kysely<Tables>({
    dialect: new ActorDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  return { db, pool }
}

/** A transaction that may run twice, see `againWhenStale`. */
export const inTransaction = <T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> =>
  againWhenStale(() => db.transaction().execute(work))

/**
 * Runs a transaction again when a change of the schema has made the plan of a prepared statement useless: the error
 * ended it, nothing was written, and the second run plans anew.
 */
export async function againWhenStale<T>(transaction: () => Promise<T>): Promise<T> {
  try {
    return await transaction()
  } catch (error) {
    if (!isStalePlan(error)) throw error
    return await transaction()
  }
}

/**
 * The server ends each statement in time; what has no answer after that waits in a connection whose other end is gone
 * without a word. The driver gives the statement up but keeps the connection, and the pool would hand it out again.
 */
function hangUpWhenSilent(client: pg.PoolClient): void {
  const query = queryOf(client)
  const watched: Query = (...asked) => {
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

/** Each connection keeps the plans of as many statements; the product has fewer. */
export const mostPrepared = 300

/**
 * The name under which a text is prepared: its hash. Texts beyond the first `mostPrepared` have none, so a statement
 * whose text varies without end costs planning, but no memory of the server.
 */
function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= mostPrepared) return known
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
    names.set(text, name)
    return name
  }
}

/**
 * Statements with parameters are prepared: Postgres plans them once for a connection instead of each time. With
 * row-level security planning costs a multiple of executing. A statement names its columns, so a new column changes
 * no result; where a plan became useless nevertheless, the connection forgets its plans, and the statement runs again,
 * or (in a transaction, which the error has ended) `inTransaction` does.
 */
function prepareStatements(client: pg.PoolClient, nameOf: (text: string) => string | undefined): void {
  const query = queryOf(client)
  let isStale = false
  async function forgetPlans(): Promise<void> {
    await query('deallocate all')
    // What the driver remembers as prepared; its types do not name it.
    const known = client.connection as unknown as { parsedStatements: Record<string, string> }
    known.parsedStatements = {}
    isStale = false
  }
  async function prepared(name: string, text: string, values: unknown[]): Promise<unknown> {
    try {
      return await query({ name, text, values })
    } catch (error) {
      if (!isStalePlan(error)) throw error
      isStale = true
      // Refused in a transaction, after whose rollback it is done. A closing statement was in one, though it has ended.
      await forgetPlans().catch(() => undefined)
      if (isStale || isClosing(text)) throw error
      return await query({ name, text, values })
    }
  }
  const preparing: Query = (...asked) => {
    const [text, values, callback] = asked
    if (typeof text !== 'string' || callback !== undefined) return query(...asked)
    if (text === 'rollback' && isStale) return (query(text) as Promise<unknown>).finally(forgetPlans)
    const name = Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined
    return name === undefined ? query(...asked) : prepared(name, text, values as unknown[])
  }
  client.query = preparing as typeof client.query
}

/** 0A000: “cached plan must not change result type”. */
const isStalePlan = (error: unknown): boolean =>
  error instanceof Error && /^cached plan must not change result type/.test(error.message)

/** Does the database answer? */
export const isReachable = (db: Db): Promise<boolean> =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
