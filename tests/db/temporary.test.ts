/** A door runs as the owner of the tables: what the caller puts in the way in its own temporary schema is not seen. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createAccount, createDraft } from '../support/factories.ts'

const roles = ['hgrip_api', 'hgrip_worker'] as const
let database: TestDatabase
let superuser: pg.Client
const name = () => new URL(database.url('postgres')).pathname.slice(1)
beforeAll(async () => {
  database = await createDatabase()
  superuser = new pg.Client({ connectionString: database.url('postgres') })
  await superuser.connect()
})
afterAll(async () => {
  await superuser.end()
  await database.close()
})

let client: pg.Client
async function loginAs(role: (typeof roles)[number]): Promise<void> {
  client = new pg.Client({ connectionString: database.url(role) })
  await client.connect()
}
afterEach(() => client.end())

describe('nobody makes temporary tables', () => {
  it.each(roles)('%s', async (role) => {
    await loginAs(role)
    await expect(client.query('create temp table sessions (x int)')).rejects.toThrow(
      'permission denied to create temporary tables',
    )
  })
  it('and no other login comes in', async () => {
    await loginAs('hgrip_api')
    const { rows } = await client.query<{ said: string }>(
      `select a.privilege_type as said from pg_database d, aclexplode(d.datacl) a
         where d.datname in (current_database(), 'hgrip') and a.grantee = 0`,
    )
    expect(rows).toEqual([])
  })
})

describe('R57 with temporary tables, which somebody allowed again, the doors are not led astray', () => {
  beforeEach(() => superuser.query(`grant temporary on database ${name()} to public`))
  afterEach(() => superuser.query(`revoke temporary on database ${name()} from public`))

  /** Tables of the doors' names whose triggers and columns are the caller's; a trigger runs as whoever touches it. */
  async function setTraps(): Promise<void> {
    await client.query(`
      create function pg_temp.trap() returns trigger language plpgsql as $f$
        begin raise exception 'led astray, as %', current_user; end $f$;
      grant execute on function pg_temp.trap() to public`)
    const { rows } = await superuser.query<{ table: string; columns: string }>(
      `select relname as table, string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) as columns
         from pg_class c join pg_attribute a on a.attrelid = c.oid
         where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 group by 1`,
    )
    for (const { table, columns } of rows)
      await client.query(`
        create temp table ${table} (${columns});
        create trigger trap before insert or update or delete on pg_temp.${table}
          for each statement execute function pg_temp.trap();
        grant all on pg_temp.${table} to public`)
  }
  const doors: Record<(typeof roles)[number], [string, unknown[]][]> = {
    hgrip_api: [
      [`select sign_out('\\x00')`, []],
      [
        `select sign_in($1, '\\x01', null, 'token')`,
        [
          JSON.stringify({
            ...{ provider: 'hgrg', subject: randomUUID(), name: '示例甲', phone: '1', email: 'a@example.cn' },
            ...{ role: 'researcher', unitAuthorised: true, unitPath: [{ id: randomUUID(), name: '单位' }] },
          }),
        ],
      ],
      [`select find_session('\\x01', false)`, []],
      [`select end_sessions('hgrg', 'nobody', null)`, []],
      [`select take_request('somebody', 'read', 5)`, []],
      [`select audit_export('{}')`, []],
      [`select record_filing('filing', (select array_agg(number) from public.numbers), now())`, []],
    ],
    hgrip_worker: [
      [`select forget_ended()`, []],
      [`select apply_accounts('hgrg', $1)`, [JSON.stringify([{ subject: 'nobody', active: false }])]],
      [`select broken_audit(uuidv7())`, []],
      [`select lock_audit((select id from public.units limit 1))`, []],
      [
        `select append_audit(jsonb_build_object('unit_id', (select id from public.units limit 1), 'action', 'x'))`,
        [],
      ],
    ],
  }
  it('every door is tried', async () => {
    await loginAs('hgrip_api')
    const { rows } = await superuser.query<{ name: string; role: string }>(
      `select p.proname as name, a.grantee::regrole::text as role from pg_proc p, aclexplode(p.proacl) a
         where p.pronamespace = 'public'::regnamespace and p.prosecdef and a.grantee <> p.proowner`,
    )
    const tried = Object.entries<[string, unknown[]][]>(doors).flatMap(([role, calls]) =>
      calls.map(([call]) => `${/select (\w+)/.exec(call)?.[1]} ${role}`),
    )
    const asked = roles.flatMap((role) => [`actor_unit ${role}`, `actor_units ${role}`]) // below
    expect([...tried, ...asked].sort()).toEqual(rows.map((row) => `${row.name} ${row.role}`).sort())
  })
  it.each(roles)('what %s calls writes to our tables', async (role) => {
    const { accountId } = await createDraft(database.owner)
    await loginAs(role)
    await client.query(`select set_config('app.actor_id', $1, false)`, [accountId])
    await setTraps()
    for (const [call, values] of doors[role]) await client.query(call, values)
  })
  it.each(roles)('%s does not make itself an administrator by a row of its own', async (role) => {
    const { unitId } = await createDraft(database.owner)
    await createAccount(database.owner, unitId)
    await loginAs(role)
    await client.query(
      `create temp table accounts (id uuid, unit_id uuid, role text, active boolean, unit_authorised boolean);
       grant all on pg_temp.accounts to public`,
    )
    const me = randomUUID()
    await client.query(`insert into pg_temp.accounts values ($1, $2, 'legal_entity', true, true)`, [
      me,
      unitId,
    ])
    await client.query(`select set_config('app.actor_id', $1, false)`, [me])
    const { rows } = await client.query(`select actor_unit() as unit, array(select actor_units()) as units`)
    expect(rows).toEqual([{ unit: null, units: [] }])
  })
})
