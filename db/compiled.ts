/** Statements of the hot path, put together once: their text is always the same, only what they are asked with differs. */
import type { CompiledQuery } from 'kysely'
import type { Db, Trx } from './connect.ts'

/**
 * `compile` is called once, with a mark in place of each value; later calls only put their values where the marks stood.
 * It may not look at the values. Saves Kysely's builder and compiler, which cost as much as sending the statement.
 */
export function compiledOnce<Of extends Record<string, string | null>, Row>(
  compile: (db: Db | Trx, of: Of) => CompiledQuery<Row>,
): (db: Db | Trx, of: Of) => Promise<Row[]> {
  let known: { query: CompiledQuery<Row>; values: (of: Of) => unknown[] } | undefined
  return async (db, of) => {
    known ??= withMarks(of, (marks) => compile(db, marks))
    const { rows } = await db.executeQuery<Row>({ ...known.query, parameters: known.values(of) })
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
