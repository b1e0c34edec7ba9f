/**
 * Every table × every role × select, insert, update, delete, against a model that is written here by hand: what is
 * granted, and which rows the policies let through. A table without an entry turns it red, with row-level security or
 * without. Foreign keys are dropped: a policy is asked before them, and a delete shows what it would take.
 */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

type Row = Record<string, unknown>
type Role = 'researcher' | 'unit_admin' | 'legal_entity' | 'operator'
type Account = { id: string; unit: string | null; role: Role; active?: false }
type Actor = Account | null
type Scope = (row: Row, me: Actor) => boolean
type Operation = 'select' | 'insert' | 'update' | 'delete'
type Model = {
  /** Names one row in messages and comparisons. */
  key: string
  rows: Row[]
  /** Rows that an account might try to insert; without it, those that are there. */
  wishes?: Row[]
  /** `insert(a,b)`, `update(a,b)`: only these columns. */
  granted: { api?: string; worker?: string }
  /** What the policies let through, were everything granted; absent: nothing. */
  api?: Partial<Record<Operation, Scope>>
  worker?: Scope
  /** Every role with the grant reads and writes all of it: no row in it belongs to a person. */
  open?: true
}

// A small world: a legal entity above two units, and a unit apart ------------------------------------------------

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const [top, one, two, apart] = [id(1), id(2), id(3), id(4)]
const parentOf: Record<string, string> = { [one]: top, [two]: top }
const accounts = {
  jia: { id: id(11), unit: one, role: 'researcher' },
  colleague: { id: id(12), unit: one, role: 'researcher' },
  cousin: { id: id(13), unit: two, role: 'researcher' },
  stranger: { id: id(14), unit: apart, role: 'researcher' },
  disabled: { id: id(15), unit: one, role: 'researcher', active: false },
  withoutUnit: { id: id(16), unit: null, role: 'researcher' },
  admin: { id: id(17), unit: one, role: 'unit_admin' },
  adminAtTheTop: { id: id(18), unit: top, role: 'unit_admin' },
  disabledAdmin: { id: id(19), unit: one, role: 'unit_admin', active: false },
  adminWithoutUnit: { id: id(20), unit: null, role: 'unit_admin' },
  legal: { id: id(21), unit: top, role: 'legal_entity' },
  disabledLegal: { id: id(22), unit: top, role: 'legal_entity', active: false },
  operator: { id: id(23), unit: one, role: 'operator' },
} satisfies Record<string, Account>
const actors: Record<string, Actor> = {
  'no account': null,
  'an unknown account': { id: id(99), unit: null, role: 'researcher' },
  ...accounts,
}

type Project = { id: string; owner: string; unit: string }
type Backup = { id: string; project: string; custodian: string; unit: string }
const projects: Project[] = [
  { id: id(31), owner: accounts.jia.id, unit: one },
  { id: id(32), owner: accounts.colleague.id, unit: one },
  { id: id(33), owner: accounts.cousin.id, unit: two },
  { id: id(34), owner: accounts.stranger.id, unit: apart },
  { id: id(35), owner: accounts.disabled.id, unit: one },
  { id: id(36), owner: accounts.withoutUnit.id, unit: one },
  // Moved to another unit meanwhile.
  { id: id(37), owner: accounts.jia.id, unit: two },
]
const backups: Backup[] = [
  ...projects.map(({ id: project, owner, unit }, i) => ({ id: id(41 + i), project, custodian: owner, unit })),
  // Handed over to another person than the project's owner.
  { id: id(48), project: id(31), custodian: accounts.colleague.id, unit: one },
  { id: id(49), project: id(33), custodian: accounts.stranger.id, unit: two },
]

// The model -------------------------------------------------------------------------------------------------------

const isBelow = (unit: string, above: string): boolean =>
  unit === above || (parentOf[unit] !== undefined && isBelow(parentOf[unit], above))
/** R46, R56: an administrator the own unit, a legal entity every unit below it too. */
function oversees(me: Actor, unit: unknown): boolean {
  if (!me || me.active === false || me.unit === null || typeof unit !== 'string') return false
  if (me.role === 'legal_entity') return isBelow(unit, me.unit)
  return me.role === 'unit_admin' && me.unit === unit
}
const unitOf = (me: Actor): string | null => (me?.active === false ? null : (me?.unit ?? null))

const always: Scope = () => true
const ofAccount: Scope = (row, me) => row['account_id'] === me?.id
const seesProject: Scope = (row, me) => {
  const project = projects.find((known) => known.id === (row['project_id'] ?? row['id']))
  return project !== undefined && (project.owner === me?.id || oversees(me, project.unit))
}
const seesBackup: Scope = (row, me) => {
  // A row that belongs to a backup has its id, see `hanging`.
  const backup = backups.find(
    (known) => known.id === (row['backup_id'] ?? row['subject_id'] ?? row['file_id'] ?? row['id']),
  )
  return backup !== undefined && (backup.custodian === me?.id || oversees(me, backup.unit))
}
const createsProject: Scope = (row, me) =>
  me !== null &&
  row['creator_id'] === me.id &&
  row['owner_id'] === me.id &&
  unitOf(me) !== null &&
  row['unit_id'] === unitOf(me)
const createsBackup: Scope = (row, me) =>
  me !== null &&
  row['custodian_id'] === me.id &&
  row['unit_id'] === unitOf(me) && // the present one: who has left a unit draws no number in its name (R51)
  projects.some(
    (project) =>
      project.id === row['project_id'] && project.owner === me.id && project.unit === row['unit_id'],
  )

const at = '2026-11-22T06:00:00Z'
/** One row for each backup. */
const hanging = (columns: (backup: Backup, i: number) => Row): Row[] => backups.map(columns)
const projectRow = (project: Project, i: number | string): Row => ({
  ...{ id: project.id, creator_id: project.owner, owner_id: project.owner, unit_id: project.unit },
  ...{
    name: `项目 ${i}`,
    name_key: `项目 ${i}`,
    lead_name: '甲',
    lead_email: 'a@example.cn',
    created_at: at,
  },
})
const backupRow = (backup: Backup, i: number | string): Row => ({
  ...{ id: backup.id, reference: `REF-${i}`, project_id: backup.project, unit_id: backup.unit },
  ...{ custodian_id: backup.custodian, name: '备份', content_types: ['wgs'], stage: 'draft', version: 1 },
  ...{ seen_version: 0, report_version: 0, report_acknowledged: 0, created_at: at, changed_at: at },
})
const someUnits = [one, two, apart]
const somePeople = [accounts.jia, accounts.colleague, accounts.cousin, accounts.disabled].map((who) => who.id)
const ofBackup = { select: seesBackup }

const model: Record<string, Model> = {
  units: {
    key: 'id',
    rows: [top, one, two, apart].map((unit) => ({
      ...{ id: unit, provider: 'hgrg', external_id: unit, name: '单位', parent_id: parentOf[unit] ?? null },
    })),
    granted: { api: 'select', worker: 'select' },
    open: true,
  },
  unit_ancestors: {
    key: 'unit_id',
    rows: [top, one, two, apart].flatMap((unit) =>
      [unit, parentOf[unit] ?? []].flat().map((above) => ({ unit_id: unit, ancestor_id: above })),
    ),
    granted: { api: 'select', worker: 'select' },
    open: true,
  },
  unit_claims: {
    key: 'account_id',
    rows: somePeople.map((account) => ({ account_id: account, unit_id: one, parent_id: top })),
    granted: {},
  },
  accounts: {
    key: 'id',
    rows: Object.values(accounts).map((account: Account) => ({
      ...{
        id: account.id,
        provider: 'hgrg',
        subject: account.id,
        name: '甲',
        phone: '1',
        email: 'a@example.cn',
      },
      ...{ role: account.role, unit_id: account.unit, unit_authorised: true, active: account.active ?? true },
      ...{ created_at: at, signed_in_at: at },
    })),
    granted: { api: 'select', worker: 'select' },
    // Who left is seen while the units have something of theirs.
    api: {
      select: (row, me) =>
        row['id'] === me?.id ||
        oversees(me, row['unit_id']) ||
        projects.some(({ owner, unit }) => owner === row['id'] && oversees(me, unit)) ||
        backups.some(({ custodian, unit }) => custodian === row['id'] && oversees(me, unit)),
    },
    worker: always,
  },
  sessions: {
    key: 'account_id',
    rows: somePeople.map((account, i) => ({
      ...{
        token_hash: `\\x0${i}`,
        account_id: account,
        id_token: 't',
        created_at: at,
        seen_at: at,
        ends_at: at,
      },
    })),
    granted: {},
  },
  sign_ins: {
    key: 'nonce',
    rows: [
      {
        ...{ state_hash: '\\x01', browser_hash: '\\x01', nonce: 'n', code_verifier: 'v', return_to: '/' },
        created_at: at,
      },
    ],
    granted: { api: 'select insert delete' },
    open: true,
  },
  projects: {
    key: 'id',
    rows: projects.map(projectRow),
    wishes: somePeople.flatMap((creator) =>
      somePeople.flatMap((owner) =>
        someUnits.map((unit) => ({
          ...projectRow({ id: id(60), owner, unit }, 'new'),
          creator_id: creator,
        })),
      ),
    ),
    granted: {
      api: 'select insert(creator_id,lead_email,lead_name,name,name_key,owner_id,unit_id)',
      worker: 'select update(id)',
    },
    api: { select: seesProject, insert: createsProject },
    worker: always,
  },
  backups: {
    key: 'id',
    rows: backups.map(backupRow),
    wishes: projects.flatMap(({ id: project }) =>
      somePeople.flatMap((custodian) =>
        someUnits.map((unit) => backupRow({ id: id(61), project, custodian, unit }, 'new')),
      ),
    ),
    granted: {
      api: 'select insert(content_types,custodian_id,name,project_id,reference,unit_id)',
      worker:
        'select update(acknowledged_at,changed_at,check_code,content_types,custodian_id,deadline,issued_at,name,number,' +
        'report_acknowledged,report_version,seen_version,snapshot,stage,version)',
    },
    api: { select: seesBackup, insert: createsBackup },
    worker: always,
  },
  data_files: {
    key: 'id',
    rows: hanging(({ id: backup }) => ({
      ...{ id: backup, backup_id: backup, position: 1, data_type: 1, sample_count: 1, mb_per_sample: 1 },
      ...{ depositor_email: 'b@example.cn', accession: 'HRA000001', accession_key: 'HRA000001' },
      ...{ status: 'pending', created_at: at },
    })),
    granted: { api: 'select', worker: 'select insert update(mb_per_sample,removed_at,sample_count,status)' },
    api: ofBackup,
    worker: always,
  },
  consents: {
    key: 'file_id',
    rows: hanging(({ id: backup }) => ({
      ...{
        file_id: backup,
        status: 'unsent',
        generation: 0,
        wrong_tries: 0,
        wrong_tries_next: 0,
        key_id: 'k',
      },
    })),
    granted: { api: 'select', worker: 'select insert update' },
    api: ofBackup,
    worker: always,
  },
  code_tries: {
    key: 'project_id',
    rows: projects.map(({ id: project }) => ({
      ...{ project_id: project, accession_key: 'HRA000001', wrong: 1 },
    })),
    granted: { api: 'select', worker: 'select insert update' },
    api: { select: seesProject },
    worker: always,
  },
  counted: {
    key: 'subject',
    rows: [{ id: 1, kind: 'mismatch', subject: accounts.jia.id, at }],
    granted: { worker: 'select insert update delete' },
    worker: always,
  },
  commands: {
    key: 'key',
    rows: Object.values(accounts).map(({ id: account }) => ({
      ...{ key: account, account_id: account, body_hash: '', hash_key_id: 'k', answer: {}, at },
    })),
    granted: { api: 'select insert', worker: 'select insert' },
    api: { select: ofAccount, insert: ofAccount, update: ofAccount, delete: ofAccount },
    worker: always,
  },
  operator_items: {
    key: 'subject',
    rows: [{ id: 1, kind: 'recipientFull', subject: 'b@example.cn', opened_at: at, last_at: at, times: 1 }],
    granted: { worker: 'select insert update' },
    worker: always,
  },
  owed: {
    key: 'subject_id',
    rows: hanging(({ id: backup }) => ({
      ...{ key: backup, subject_kind: 'backup', subject_id: backup, tries: 0, created_at: at, due_at: at },
    })),
    granted: { api: 'select', worker: 'select insert update delete' },
    api: ofBackup,
    worker: always,
  },
  number_counters: {
    key: 'day',
    rows: [{ day: '2026-11-22', last: 1 }],
    granted: { worker: 'select insert update(last)' },
    open: true,
  },
  numbers: {
    key: 'backup_id',
    rows: hanging(({ id: backup }) => ({ number: backup, backup_id: backup, issued_at: at })),
    granted: { api: 'select', worker: 'select insert' },
    api: ofBackup,
    worker: always,
  },
  filings: {
    key: 'number',
    rows: hanging(({ id: backup }) => ({
      number: backup,
      filing_number: '1',
      filed_at: at,
      received_at: at,
    })),
    granted: { api: 'select', worker: 'select' },
    api: { select: (row, me) => seesBackup({ id: row['number'] }, me) },
    worker: always,
  },
  number_gaps: {
    key: 'first',
    rows: [{ day: '2026-11-29', first: 1, last: 1000, missing: [], at }],
    granted: {},
    open: true,
  },
  report_syncs: {
    key: 'backup_id',
    rows: hanging(({ id: backup }) => ({ backup_id: backup, version: 1, payload: {}, created_at: at })),
    granted: { api: 'select', worker: 'select insert update(acknowledged_at)' },
    api: ofBackup,
    worker: always,
  },
  sweeps: {
    key: 'name',
    rows: [{ name: 'sweep', last_good_at: at }],
    granted: { worker: 'select insert update' },
    open: true,
  },
  audit: {
    key: 'backup_id',
    rows: hanging(({ id: backup, project, unit }, i) => ({
      ...{ id: i + 1, unit_id: unit, seq: i + 1, at, recorded_at: at, action: 'backupCreated' },
      ...{ project_id: project, backup_id: backup, params: {}, previous: '\\x', hash: '\\x' },
    })),
    granted: { api: 'select', worker: 'select' },
    api: ofBackup,
    worker: always,
  },
  audit_heads: {
    key: 'unit_id',
    rows: [one, two].map((unit) => ({ unit_id: unit, seq: 1, hash: '\\x' })),
    granted: { worker: 'select' },
    worker: always,
  },
  rate_limits: {
    key: 'subject',
    rows: [{ subject: accounts.jia.id, kind: 'read', minute: at, used: 1 }],
    granted: {},
  },
  account_polls: {
    key: 'provider',
    rows: [{ provider: 'hgrg', as_of: at }],
    granted: { worker: 'select insert update' },
    worker: always,
  },
  key_canaries: {
    key: 'key_id',
    rows: [{ ring: 'CODE_KEYS', key_id: 'k1', canary: '\\x01' }],
    granted: { api: 'select insert', worker: 'select insert' },
    open: true,
  },
  // Kysely's own: only migrations touch them.
  kysely_migration: { key: 'name', rows: [], granted: {}, open: true },
  kysely_migration_lock: { key: 'id', rows: [], granted: {}, open: true },
}

// What the database does ------------------------------------------------------------------------------------------

let database: TestDatabase
let owner: pg.Client
let clients: Record<'api' | 'worker', pg.Client>
beforeAll(async () => {
  database = await createDatabase()
  owner = new pg.Client({ connectionString: database.url('hgrip_migrate') })
  clients = {
    api: new pg.Client({ connectionString: database.url('hgrip_api') }),
    worker: new pg.Client({ connectionString: database.url('hgrip_worker') }),
  }
  await Promise.all([owner, clients.api, clients.worker].map((client) => client.connect()))
  const foreignKeys = await owner.query<{ table: string; name: string }>(
    `select conrelid::regclass::text as table, conname as name from pg_constraint
       where contype = 'f' and connamespace = 'public'::regnamespace`,
  )
  for (const { table, name } of foreignKeys.rows)
    await owner.query(`alter table ${table} drop constraint ${pg.escapeIdentifier(name)}`)
  await owner.query('alter table units disable trigger user') // it would fill the ancestors itself
  for (const [table, { rows }] of Object.entries(model))
    for (const row of rows) await insert(owner, table, row, Object.keys(row))
})
afterAll(async () => {
  await Promise.all([owner, clients.api, clients.worker].map((client) => client.end()))
  await database.close()
})

async function insert(client: pg.Client, table: string, row: Row, columns: readonly string[]): Promise<void> {
  const names = columns.map((column) => pg.escapeIdentifier(column)).join(', ')
  await client.query(
    `insert into ${table} (${names}) overriding system value
       select ${names} from jsonb_populate_record(null::${table}, $1)`,
    [JSON.stringify(row)],
  )
}

const isForbidden = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '42501' // by a grant or by a policy
/** A constraint is asked after every policy. */
const isConstraint = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code?.startsWith('23') === true

/** Runs it as this actor and takes it back again; undefined when it is forbidden. */
async function attempt<T>(client: pg.Client, me: Actor, work: () => Promise<T>): Promise<T | undefined> {
  await client.query('begin')
  try {
    if (me) await client.query(`select set_config('app.actor_id', $1, true)`, [me.id])
    return await work()
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  } finally {
    await client.query('rollback')
  }
}

const keysOf = (rows: readonly Row[], key: string) => rows.map((row) => String(row[key])).sort()

/** Which rows are read, may be inserted, are updated, are deleted. */
async function does(
  client: pg.Client,
  me: Actor,
  table: string,
  { key, rows, wishes = rows }: Model,
  { insert: columns, update: [updated = key] = [] }: { insert?: string[]; update?: string[] } = {},
): Promise<Record<Operation, string[]>> {
  const all = async (statement: string): Promise<string[]> =>
    (await attempt(client, me, async () => {
      const answer = await client.query<Row>(statement)
      return answer.rows.map((row) => String(row['key'])).sort()
    })) ?? []
  const inserted: string[] = []
  for (const row of wishes) {
    const done = await attempt(client, me, async () => {
      await insert(client, table, row, columns ?? Object.keys(row)).catch((error: unknown) => {
        if (!isConstraint(error)) throw error
      })
      return true
    })
    if (done) inserted.push(JSON.stringify(row))
  }
  return {
    select: await all(`select ${key}::text as key from ${table}`),
    insert: inserted,
    update: await all(`update ${table} set ${updated} = ${updated} returning ${key}::text as key`),
    delete: await all(`delete from ${table} returning ${key}::text as key`),
  }
}

/** The same, as the model has it. */
function may(
  who: 'api' | 'worker',
  me: Actor,
  { key, rows, wishes = rows, ...of }: Model,
  granted: (operation: Operation) => boolean,
): Record<Operation, string[]> {
  const scope = (operation: Operation): Scope =>
    (of.open ? always : who === 'worker' ? of.worker : of.api?.[operation]) ?? (() => false)
  const passed = (operation: Operation, from: readonly Row[]): Row[] =>
    granted(operation) ? from.filter((row) => scope(operation)(row, me)) : []
  return {
    select: keysOf(passed('select', rows), key),
    insert: passed('insert', wishes).map((row) => JSON.stringify(row)),
    update: keysOf(passed('update', rows), key),
    delete: keysOf(passed('delete', rows), key),
  }
}

const tables = Object.entries(model)
const ours = tables.filter(([table]) => !table.startsWith('kysely_'))
const words = (granted = '') => granted.split(' ').filter((word) => word !== '')
const columnsGranted = (granted = '') =>
  Object.fromEntries(
    [...granted.matchAll(/(\w+)\(([^)]*)\)/g)].map(([, act = '', columns = '']) => [act, columns.split(',')]),
  )

describe('R56 what each role may do to each table', () => {
  it('is said for every table that there is', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select relname as name from pg_class
         where relkind in ('r', 'p', 'f') and relnamespace = 'public'::regnamespace`,
    )
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(model).sort())
    const views = await owner.query(
      `select relname from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace`,
    )
    expect(views.rows, 'a view passes the policies of its tables by').toEqual([])
  })

  it('row-level security is on, also for the owner, wherever it is not said to be open', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select relname as name from pg_class
         where relnamespace = 'public'::regnamespace and relkind = 'r'
           and relrowsecurity and relforcerowsecurity`,
    )
    const closed = tables.filter(([, { open }]) => !open).map(([table]) => table)
    expect(rows.map(({ name }) => name).sort()).toEqual(closed.sort())
  })

  it('is granted exactly as the model says, and nothing to PUBLIC', async () => {
    const { rows } = await owner.query<{ name: string; role: string; said: string }>(
      `with held as (
         select c.relname as name, lower(a.privilege_type) as said, a.grantee
           from pg_class c, aclexplode(c.relacl) a
           where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         union all
         select c.relname, lower(a.privilege_type) || '(' || string_agg(t.attname, ',' order by t.attname) || ')', a.grantee
           from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
           where c.relnamespace = 'public'::regnamespace group by c.relname, a.privilege_type, a.grantee)
       select name, coalesce(r.rolname, 'public') as role, string_agg(said, ' ') as said
         from held left join pg_roles r on r.oid = held.grantee
         where r.rolname is distinct from 'hgrip_migrate' group by 1, 2`,
    )
    const held = rows.map(({ name, role, said }) => `${name} ${role}: ${words(said).sort().join(' ')}`)
    const expected = tables.flatMap(([table, { granted }]) =>
      (['api', 'worker'] as const).flatMap((who) =>
        granted[who] ? [`${table} hgrip_${who}: ${words(granted[who]).sort().join(' ')}`] : [],
      ),
    )
    expect(held.sort()).toEqual(expected.sort())
  })

  describe.each(['as it is granted', 'by the policies alone'] as const)('%s', (how) => {
    const isAll = how === 'by the policies alone'
    beforeAll(async () => {
      for (const [table] of isAll ? ours : [])
        await owner.query(`grant all on ${table} to hgrip_api, hgrip_worker`)
    })
    const columnsOf = (who: 'api' | 'worker', of: Model) => (isAll ? {} : columnsGranted(of.granted[who]))
    const grantedTo = (who: 'api' | 'worker', of: Model) => (operation: Operation) =>
      isAll || words(of.granted[who]).some((word) => word.split('(')[0] === operation)

    it.each(ours)('%s', async (table, of) => {
      for (const [name, me] of Object.entries(actors)) {
        const done = await does(clients.api, me, table, of, columnsOf('api', of))
        expect(done, `the API as ${name}`).toEqual(may('api', me, of, grantedTo('api', of)))
      }
      for (const me of [null, accounts.jia])
        expect(await does(clients.worker, me, table, of, columnsOf('worker', of)), 'the worker').toEqual(
          may('worker', me, of, grantedTo('worker', of)),
        )
    })
  })

  it('no account gives its own row away', async () => {
    // After the grants of the block above: what stops it is the policy.
    const give = (account: string) =>
      attempt(clients.api, accounts.jia, async () => {
        const { rowCount } = await clients.api.query(
          `update commands set account_id = $1 where key = '${accounts.jia.id}'`,
          [account],
        )
        return rowCount
      })
    expect(await give(accounts.jia.id)).toBe(1)
    expect(await give(accounts.colleague.id)).toBeUndefined()
  })

  it('the model is not empty: each kind of actor sees something of its own', () => {
    const sees = (me: Actor) =>
      tables.flatMap(([table, of]) =>
        of.open || may('api', me, of, () => true).select.length === 0 ? [] : [table],
      )
    expect(sees(null)).toEqual([])
    for (const who of [accounts.jia, accounts.cousin, accounts.admin, accounts.legal])
      expect(sees(who).length).toBeGreaterThan(8)
    const seen = (me: Actor) => backups.filter((backup) => seesBackup({ backup_id: backup.id }, me)).length
    expect([accounts.jia, accounts.admin, accounts.adminAtTheTop, accounts.legal].map(seen)).toEqual([
      2, 5, 0, 8,
    ])
  })
})
