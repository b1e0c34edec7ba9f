/** What a command reads beside its backup stays as it was read until the command has committed. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Recorded } from '../../activities/call.ts'
import { custodian } from '../../domain/actor.ts'
import { record } from '../../activities/record.ts'
import type { LinkFile } from '../../domain/backup/commands.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeps } from '../support/deps.ts'
import { createDraft, othersFile, type Draft } from '../support/factories.ts'
import { until } from '../support/stage.ts'

let database: TestDatabase
let outside: ReturnType<typeof createDeps>
let lead: pg.Client
beforeAll(async () => {
  database = await createDatabase()
  outside = createDeps(database)
  lead = new pg.Client({ connectionString: database.url('hgrip_migrate') })
  await lead.connect()
})
afterAll(async () => {
  await lead.end()
  await outside.close()
  await database.close()
})
let draft: Draft
beforeEach(async () => {
  draft = await createDraft(database.owner)
})

const depositor = othersFile('').depositorEmail
/**
 * A file of the depositor: 完成 at once when that is the lead's address, 待验证 otherwise (R22). `meanwhile` runs while
 * the command holds its backup and waits for the account's limit, which another connection has taken.
 */
async function link(meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<Recorded> {
  const command: LinkFile = { type: 'linkFile', ...othersFile(randomUUID()) }
  const limit = `mismatch/${draft.accountId}`
  const holder = new pg.Client(database.url('postgres'))
  await holder.connect()
  await holder.query('select pg_advisory_lock(hashtextextended($1, 0))', [limit])
  const call = { backupId: draft.id, key: randomUUID(), actor: custodian(draft.accountId), now: Date.now() }
  const recorded = record<'linkFile'>(outside.deps, { ...call, command }, { checked: 'match' })
  try {
    await until('the command waits for the limit', () => isWaiting('hgrip_worker'))
    await meanwhile()
  } finally {
    await holder.end()
  }
  return await recorded
}
const changeLead = () =>
  lead.query('update projects set lead_email = $1 where id = $2', [depositor, draft.projectId])
const statusOfFile = async () =>
  (
    await database.owner
      .selectFrom('dataFiles')
      .select('status')
      .where('backupId', '=', draft.id)
      .executeTakeFirstOrThrow()
  ).status
/** Does a connection of this role wait for a lock of another one, in this database? */
const isWaiting = async (role: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: database.url('postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `select 1 from pg_stat_activity where datname = current_database() and usename = $1
         and cardinality(pg_blocking_pids(pid)) > 0`,
      [role],
    )
    return rowCount !== 0
  } finally {
    await client.end()
  }
}

describe('R9, R22 the lead’s e-mail that a command decides by', () => {
  it('does not change while the command is under way', async () => {
    const order: string[] = []
    let changed: Promise<unknown> = Promise.resolve()
    await link(async () => {
      changed = changeLead().then(() => order.push('changed'))
      await until('the change waits', () => isWaiting('hgrip_migrate'))
      order.push('decides')
    })
    order.push('committed')
    await changed
    expect(order[0]).toBe('decides')
    expect(order).toHaveLength(3)
    expect(await statusOfFile()).toBe('pending') // by the address that it had
  })

  it('is the new one for a command that came while it was being changed', async () => {
    await lead.query('begin')
    await changeLead()
    const linked = link()
    await until('the command waits', () => isWaiting('hgrip_worker'))
    await lead.query('commit')
    expect((await linked).answer).toEqual({ ok: true })
    expect(await statusOfFile()).toBe('done')
  })

  it('keeps no command from another of the same project', async () => {
    await link(async () => {
      const other = await createDraft(database.owner, draft)
      const both = record(outside.deps, {
        ...{ backupId: other.id, key: randomUUID(), actor: custodian(draft.accountId), now: Date.now() },
        command: { type: 'editBackup', name: '另一个', contentTypes: ['wgs'] },
      })
      expect((await both).answer).toEqual({ ok: true })
    })
  })
})
