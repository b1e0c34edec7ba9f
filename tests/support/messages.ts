/** What a pool sends to Postgres and waits for, counted at the driver. */
import type pg from 'pg'

export type Cost = { roundTrips: number; statements: number; texts: string[] }

/** Call it before the pool's first use. A message is one round trip; the one that begins has two statements. */
export function countMessages(pool: pg.Pool) {
  const texts: string[] = []
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...asked: unknown[]) => unknown
    client.query = ((...asked: unknown[]) => {
      texts.push(textOf(asked[0]))
      return query(...asked)
    }) as typeof client.query
  })
  return {
    async during(work: () => Promise<unknown>): Promise<Cost> {
      texts.length = 0
      await work()
      const heard = texts.splice(0)
      const statements = heard.flatMap((text) => text.split(';').filter((part) => part.trim() !== ''))
      return { roundTrips: heard.length, statements: statements.length, texts: heard }
    },
  }
}

const textOf = (asked: unknown): string =>
  typeof asked === 'string' ? asked : (asked as { text: string }).text
