/** R63 what is issued stays, whichever role of the running product asks, and also when the owner of the tables does. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { custodian } from '../../domain/actor.ts'
import { record } from '../../activities/record.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps } from '../support/deps.ts'
import { createDraft, ownFile, type Draft } from '../support/factories.ts'

/** All that the running product logs in as; the last one owns the tables and runs migrations. */
const product = ['hgrip_api', 'hgrip_worker'] as const
const everyone = [...product, 'hgrip_migrate'] as const

let database: TestDatabase
const clients = new Map<string, pg.Client>()
let issued: Draft
let discarded: Draft
beforeAll(async () => {
  database = await createDatabase()
  for (const role of everyone) {
    const client = new pg.Client({ connectionString: database.url(role) })
    await client.connect()
    clients.set(role, client)
  }
  const { deps, close } = createDeps(database)
  const say = (draft: Draft, command: Parameters<typeof record>[1]['command']) =>
    record(
      deps,
      {
        ...{ backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now: Date.now() },
        command,
      },
      { checked: 'match' },
    )
  issued = await createDraft(database.owner)
  await say(issued, { type: 'linkFile', ...ownFile(randomUUID()) } as never)
  await say(issued, { type: 'submit' } as never)
  discarded = await createDraft(database.owner)
  await say(discarded, { type: 'discard' } as never)
  await close()
})
afterAll(async () => {
  for (const client of clients.values()) await client.end()
  await database.close()
})

/** Undone again; how many rows it touched, or why not. As the actor whose backup it is. */
async function attempt(role: string, statement: string): Promise<number | string> {
  const client = clients.get(role)
  if (!client) throw new Error('There is no such role')
  await client.query('begin')
  try {
    await client.query(`select set_config('app.actor_id', $1, true)`, [issued.accountId])
    const { rowCount } = await client.query(statement)
    return rowCount ?? 0
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)
  } finally {
    await client.query('rollback')
  }
}
const refused = ['42501', '23000'] // no right to it; or kept by a trigger

const undoing = {
  'the number of a backup': `update backups set number = 'BF1999010199999' where number is not null`,
  'its absence': `update backups set number = null where number is not null`,
  'back to a draft': `update backups set stage = 'draft', number = null, issued_at = null, snapshot = null where stage = 'completed'`,
  'completed, then discarded': `update backups set stage = 'discarded', number = null where stage = 'completed'`,
  'discarded, then a draft': `update backups set stage = 'draft' where stage = 'discarded'`,
  'when it was issued': `update backups set issued_at = now() where number is not null`,
  'its check code': `update backups set check_code = 'X' where number is not null`,
  'the snapshot': `update backups set snapshot = '{}' where number is not null`,
  'its name': `update backups set name = 'x' where number is not null`,
  'its content types': `update backups set content_types = '{array}' where number is not null`,
  'its reference': `update backups set reference = 'x' where number is not null`,
  'its unit': `update backups set unit_id = uuidv7() where number is not null`,
  'a counter that goes down': `update number_counters set last = last - 1`,
  'a counter of another day': `update number_counters set day = day - 1`,
}
/** Nobody but the owner of the tables has a right to these. */
const withoutARight = {
  'the backup itself': `delete from backups`,
  'a number': `update numbers set number = 'BF1999010199999'`,
  'whose number': `update numbers set backup_id = uuidv7()`,
  'the time of a number': `update numbers set issued_at = now()`,
  'a number taken away': `delete from numbers`,
  'all numbers': `truncate numbers cascade`,
  'a counter taken away': `delete from number_counters`,
  'all counters': `truncate number_counters`,
  'what was reported': `update report_syncs set payload = '{}'`,
  'its version': `update report_syncs set version = 9`,
  'a report taken away': `delete from report_syncs`,
  'an accession': `update data_files set accession = 'HRA999999'`,
  'the account of a data set': `update data_files set depositor_email = 'x@example.cn'`,
  'the type of a data set': `update data_files set data_type = 2`,
  'the trigger': `alter table backups disable trigger all`,
  'row by row': `set session_replication_role = replica`,
}

describe('R63 what is issued', () => {
  it('every role that logs in to the running product is tried', async () => {
    const { rows } = (await clients
      .get('hgrip_migrate')
      ?.query(`select rolname from pg_roles where rolname like 'hgrip%' order by 1`)) ?? { rows: [] }
    expect(rows.map(({ rolname }: { rolname: string }) => rolname)).toEqual([...everyone].sort())
  })

  describe.each(everyone)('by %s', (role) => {
    it.each(Object.entries(undoing))('is kept: %s', async (_, statement) => {
      expect(refused).toContain(await attempt(role, statement))
    })
  })
  describe.each(product)('by %s', (role) => {
    it.each(Object.entries(withoutARight))('is kept: %s', async (_, statement) => {
      expect(refused).toContain(await attempt(role, statement))
    })
  })

  it.each([
    [`update backups set custodian_id = custodian_id, report_version = 2, version = version + 1`, 2],
    [`update backups set seen_version = version where stage = 'discarded'`, 1],
    [`update data_files set sample_count = 7, mb_per_sample = 8`, 1],
    [`update report_syncs set acknowledged_at = now()`, 1],
    [`update number_counters set last = last + 1`, 1],
  ])('what goes on after it goes on: %s', async (statement, rows) => {
    expect(await attempt('hgrip_worker', statement)).toBe(rows)
    expect(refused, 'not by the API').toContain(await attempt('hgrip_api', statement))
  })
})
