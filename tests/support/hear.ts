import type pg from 'pg'
import { connect } from '../../db/connect.ts'

export type Heard = { text: string; values: readonly unknown[] }

/** A pool as the product makes it, and each message that it sends: one is one round trip. */
export function hear(url: string, options?: Parameters<typeof connect>[1]) {
  const { db, pool } = connect(url, options)
  const heard: Heard[] = []
  pool.on('connect', (client: pg.PoolClient) => {
    const query = client.query.bind(client) as (...asked: unknown[]) => unknown
    const heardQuery = (...asked: unknown[]): unknown => {
      const [text, values] = asked
      heard.push({ text: String(text), values: Array.isArray(values) ? (values as unknown[]) : [] })
      return query(...asked)
    }
    client.query = heardQuery as typeof client.query
  })
  return { db, pool, heard }
}
export type Hearing = ReturnType<typeof hear>
