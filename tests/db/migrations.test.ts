import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../migrations/migrate.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.close())

describe('migrations', () => {
  it('have all been applied, and applying them again is nothing to do', async () => {
    const files = readdirSync(join(import.meta.dirname, '../../migrations')).filter((file) =>
      /^\d{4}-/.test(file),
    )
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      database.owner,
    )
    expect(rows.map(({ name }) => `${name}.ts`)).toEqual(files.sort())
    expect(await migrate(database.url('hgrip_migrate'))).toEqual([])
  })
  it('two at the same moment do it once', async () => {
    const url = database.url('hgrip_migrate')
    expect(await Promise.all([migrate(url), migrate(url)])).toEqual([[], []])
  })
  it('refuse a database that others have made, in one line that says what to do, and change nothing', async () => {
    const other = await createDatabase()
    await sql`update kysely_migration set name = '2026-11-22-01-ground'`.execute(other.owner)
    await sql`drop table sweeps`.execute(other.owner)
    const refused = await migrate(other.url('hgrip_migrate')).catch((error: unknown) => String(error))
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(other.owner)
    const sweeps = await sql<{ oid: string | null }>`select to_regclass('sweeps')::text as oid`.execute(
      other.owner,
    )
    await other.close()
    expect(refused).toContain('npm start -- --fresh')
    expect(refused).not.toContain('\n')
    expect([rows, sweeps.rows]).toEqual([[{ name: '2026-11-22-01-ground' }], [{ oid: null }]])
  })
  it('force row-level security on every table that holds people’s things', async () => {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)
      order by relname`.execute(database.owner)
    expect(rows.map(({ name }) => name)).toEqual([
      ...[
        'key_canaries',
        'kysely_migration',
        'kysely_migration_lock',
        'number_counters',
        'number_gaps',
        'sign_ins',
        'sweeps',
        'unit_ancestors',
        'units',
      ],
    ])
  })
  it('give no role a way past it', async () => {
    const { rows } = await sql<{ rolname: string }>`
      select rolname from pg_roles where rolname like 'hgrip%' and (rolsuper or rolbypassrls or rolcreaterole)`.execute(
      database.owner,
    )
    expect(rows).toEqual([])
    const open = await sql<{ name: string }>`
      select p.proname as name from pg_proc p where p.pronamespace = 'public'::regnamespace
        and exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) where grantee = 0)`.execute(
      database.owner,
    )
    expect(open.rows).toEqual([])
  })
  it('every door looks names up in `public`, and in the caller’s temporary tables last', async () => {
    const { rows } = await sql<{ name: string }>`
      select proname as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
        and not coalesce('search_path=public, pg_temp' = any(proconfig), false)`.execute(database.owner)
    expect(rows).toEqual([])
  })
})
