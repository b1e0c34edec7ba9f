/** What the migrations make of the database is written down, and says what it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { schemaSql } from '../../local/schema/sql.ts'
import { tablesTs } from '../../local/schema/tables.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createDatabase()
  client = new pg.Client({ connectionString: database.url('hgrip_migrate') })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.close()
})
const written = (file: string): string => readFileSync(join(import.meta.dirname, '../../db', file), 'utf8')

it('db/schema.sql is the schema of the migrated database; else: npm run schema', async () => {
  expect(await schemaSql(client)).toBe(written('schema.sql'))
})
it('db/tables.ts are its tables; else: npm run schema', async () => {
  expect(await tablesTs(client)).toBe(written('tables.ts'))
})

/** A change of each kind; none may go unseen. */
it.each([
  ['a column', 'alter table units add column colour text'],
  ['a default', `alter table owed alter column tries set default 1`],
  ['a check', 'alter table owed add check (tries < 10)'],
  ['an index', 'create index on owed (tries)'],
  ['the unlogged', 'alter table rate_limits set logged'],
  ['row-level security that is not forced', 'alter table owed no force row level security'],
  ['a policy', 'alter policy api_read on owed using (true)'],
  ['a right on a table', 'grant delete on backups to hgrip_api'],
  ['a right on a column', 'grant insert (number) on backups to hgrip_api'],
  ['a right to call', 'grant execute on function append_audit(jsonb) to public'],
  ['a right of the schema', 'grant create on schema public to hgrip_api'],
  ['a trigger', 'drop trigger issued on backups'],
  ['a trigger that is off', 'alter table backups disable trigger issued'],
  ['a function', 'alter function actor_units() security invoker'],
])('%s is part of it', async (_, change) => {
  await client.query('begin')
  await client.query(change)
  const changed = await schemaSql(client)
  await client.query('rollback')
  expect(changed).not.toBe(written('schema.sql'))
})
it.each([
  ['a view', 'create view all_units as select id from units'],
  ['a sequence of its own', 'create sequence serials'],
  ['a type', `create type colour as enum ('red')`],
])('%s cannot be written, and is not left out silently', async (_, change) => {
  await client.query('begin')
  await client.query(change)
  await expect(schemaSql(client)).rejects.toThrow('what schema.sql cannot say')
  await client.query('rollback')
})
