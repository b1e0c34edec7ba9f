/** What a pool sends to Postgres: messages at the socket, statements at the driver. */
import type { Duplex } from 'node:stream'
import type pg from 'pg'

export type Cost = { roundTrips: number; statements: number; texts: string[] }

/** Call it before the pool's first use. What is written in one turn is one message, and its answers one round trip. */
export function countMessages(pool: pg.Pool) {
  const texts: string[] = []
  let writes = 0
  pool.on('connect', (client) => {
    countWrites(client.connection.stream, () => (writes += 1))
    const query = client.query.bind(client) as (...asked: unknown[]) => unknown
    client.query = ((...asked: unknown[]) => {
      texts.push(textOf(asked[0]))
      return query(...asked)
    }) as typeof client.query
  })
  return {
    async during(work: () => Promise<unknown>): Promise<Cost> {
      texts.length = 0
      writes = 0
      await work()
      const heard = texts.splice(0)
      const statements = heard.flatMap((text) => text.split(';').filter((part) => part.trim() !== ''))
      return { roundTrips: writes, statements: statements.length, texts: heard }
    },
  }
}

const textOf = (asked: unknown): string =>
  typeof asked === 'string' ? asked : (asked as { text: string }).text

/** A stream hands over what it has gathered by one of these two. */
function countWrites(stream: Duplex, count: () => void): void {
  for (const name of ['_write', '_writev'] as const) {
    const write = stream[name]?.bind(stream) as ((...given: unknown[]) => void) | undefined
    stream[name] = (...given: unknown[]) => {
      count()
      write?.(...given)
    }
  }
}
