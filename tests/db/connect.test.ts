import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/connect.ts'
import { isDatabaseOutage } from '../../db/outages.ts'
import { createDatabase } from '../support/database.ts'
import { aLine } from '../support/line.ts'

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
  for (const one of failed) expect(one.status === 'rejected' && isDatabaseOutage(one.reason)).toBe(true)
  await expect(Promise.all([ask(), inTransaction()])).resolves.toHaveLength(2)
})
