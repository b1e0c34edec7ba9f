/** Fewer waits for Postgres: what is asked before an answer is needed goes in one message. */
import type pg from 'pg'
import { sql } from 'kysely'

export type Query = (...asked: unknown[]) => unknown
export const queryOf = (client: pg.PoolClient): Query => client.query.bind(client)

const mark = '/* closes */'
/**
 * At the end of a statement: its transaction asks nothing after it, so `commit` goes with it. When the statement fails,
 * Postgres makes a rollback of that commit.
 */
export const closes = sql.raw(` ${mark}`)
export const closing = (text: string): string => `${text} ${mark}`
export const isClosing = (text: string): boolean => text.endsWith(mark)

/** Everything that is asked in one turn of the event loop is one write to the socket. */
export function writeTogether(client: pg.PoolClient): void {
  const query = queryOf(client)
  const { stream } = client.connection
  let isCorked = false
  const written: Query = (...asked) => {
    if (!isCorked) {
      isCorked = true
      stream.cork()
      process.nextTick(() => {
        isCorked = false
        stream.uncork()
      })
    }
    return query(...asked)
  }
  client.query = written as typeof client.query
}

/**
 * The beginning of a transaction is not waited for: its first statement is, and fails when the beginning did. A closing
 * statement takes `commit` along; what the transaction's owner asks afterwards is answered with what came of that.
 */
export function askTogether(client: pg.PoolClient): void {
  const query = queryOf(client)
  const sent = (text: string): Promise<unknown> => {
    const answer = query(text) as Promise<unknown>
    answer.catch(() => undefined) // told by the statement that waits for it
    return answer
  }
  let begun: Promise<unknown> | undefined
  let ended: Promise<unknown> | undefined
  const asking: Query = (...asked) => {
    const [text] = asked
    if (typeof text !== 'string') return query(...asked)
    if (/^(begin|start transaction)\b/.test(text)) {
      begun = sent(text)
      return Promise.resolve({ command: 'BEGIN', rowCount: 0, rows: [] })
    }
    if (ended) {
      if (text !== 'commit' && text !== 'rollback') throw new Error('A statement follows the closing one')
      const end = ended
      ended = undefined
      return end
    }
    const first = begun
    begun = undefined
    const answer = query(...asked)
    if (isClosing(text)) ended = sent('commit')
    if (!first || !(answer instanceof Promise)) return answer
    answer.catch(() => undefined)
    return first.then(() => answer)
  }
  client.query = asking as typeof client.query
}
