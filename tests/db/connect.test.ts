import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/connect.ts'
import { isOutage } from '../../db/outages.ts'
import { createDatabase } from '../support/database.ts'

/** Passes everything on until `silence`: from then on the connections that there are say nothing any more. */
async function aLine(to: URL) {
  const passing = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(Number(to.port), to.hostname)
    passing.add(near).add(far)
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.on('data', (data) => passing.has(near) && far.write(data))
    far.on('data', (data) => passing.has(far) && near.write(data))
    onTestFinished(() => void [near.destroy(), far.destroy()])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = new URL(to)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: url.href, silence: () => passing.clear() }
}

test('R54 a connection whose other end is gone without a word is not used again', async () => {
  const database = await createDatabase()
  onTestFinished(() => database.close())
  const line = await aLine(new URL(database.url('hgrip_worker')))
  const { db } = connect(line.url, { max: 2, statementMs: 500 })
  onTestFinished(() => db.destroy())
  const ask = () => sql`select 1`.execute(db)
  const inTransaction = () => db.transaction().execute((trx) => sql`select 1`.execute(trx))
  await Promise.all([ask(), inTransaction()])
  line.silence()
  const failed = await Promise.allSettled([ask(), inTransaction()])
  for (const one of failed) expect(one.status === 'rejected' && isOutage(one.reason)).toBe(true)
  await expect(Promise.all([ask(), inTransaction()])).resolves.toHaveLength(2)
})
