/** Statements of the hot path, put together once: their text is always the same, only what they are asked with differs. */
import type { CompiledQuery, QueryExecutor } from 'kysely'
import type { Db, Trx } from './connect.ts'
import { closing } from './together.ts'

/** What a compiled statement needs of a connection. */
export type Asked = Pick<Trx, 'getExecutor'> & { executeQuery: QueryExecutor['executeQuery'] }

/**
 * Two statements of one transaction in one message, one after the other, though the second knows nothing of the first one's answer;
 * Kysely itself waits for each. They may use `asked` only: `trx` would wait for them. The first one's error is told, since it makes the
 * second fail too.
 */
export function inOneMessage<A, B>(
  trx: Pick<Trx, 'getExecutor'>,
  first: (asked: Asked) => Promise<A>,
  second: (asked: Asked) => Promise<B>,
): Promise<[A, B]> {
  const executor = trx.getExecutor()
  return executor.provideConnection(async (connection) => {
    const each = executor.withConnectionProvider({ provideConnection: (consumer) => consumer(connection) })
    const asked = { getExecutor: () => each, executeQuery: each.executeQuery.bind(each) }
    const [one, two] = [first(asked), second(asked)]
    two.catch(() => undefined)
    return [await one, await two]
  })
}

/**
 * `compile` is called once, with a mark in place of each value; later calls only put their values where the marks stood.
 * It may not look at the values. Saves Kysely's builder and compiler, which cost as much as sending the statement.
 * `isLast`: its transaction asks nothing after it (see `closes`).
 */
export function compiledOnce<Of extends Record<string, string | null>, Row, On extends Asked = Db | Trx>(
  compile: (db: On, of: Of) => CompiledQuery<Row>,
): (db: On, of: Of, isLast?: boolean) => Promise<Row[]> {
  let known: { query: CompiledQuery<Row>; values: (of: Of) => unknown[] } | undefined
  return async (db, of, isLast = false) => {
    known ??= withMarks(of, (marks) => compile(db, marks))
    const text = isLast ? closing(known.query.sql) : known.query.sql
    const { rows } = await db.executeQuery<Row>({ ...known.query, sql: text, parameters: known.values(of) })
    return rows
  }
}

function withMarks<Of extends Record<string, string | null>, Row>(
  of: Of,
  compile: (marks: Of) => CompiledQuery<Row>,
) {
  const names = Object.keys(of)
  const marks = Object.fromEntries(names.map((name) => [name, `mark:${name}`])) as Of
  const query = compile(marks)
  const places = query.parameters.map((value) => names.find((name) => marks[name] === value))
  const values = (given: Of) =>
    query.parameters.map((value, i) => {
      const name = places[i]
      return name === undefined ? value : given[name]
    })
  return { query, values }
}
