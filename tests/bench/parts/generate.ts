/**
 * Fills a migrated database with as many rows as a country has: units, accounts, projects, backups with two files and
 * their consents each, numbers, what was reported, and a row of audit. Plain SQL, as the superuser, whom no policy
 * stops; triggers and foreign keys are off meanwhile, the rows are right by themselves.
 */
import pg from 'pg'

export type Sizes = { units: number; accounts: number; projects: number; backups: number }
/** 1,000,000 backups in 200,000 projects of 20,000 accounts of 5,000 units, or the same shares of another number. */
export const sizesFor = (backups: number): Sizes => ({
  units: Math.max(Math.round(backups / 200), 10),
  accounts: Math.max(Math.round(backups / 50), 20),
  projects: Math.max(Math.round(backups / 5), 100),
  backups,
})

/** Each gets the first projects, in this order; all others share the rest evenly. */
export type Heavy = { accountId: string; projects: number }

export async function generate(
  url: string,
  sizes: Sizes,
  heavy: readonly Heavy[],
  say: (line: string) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const run = async (what: string, text: string, values: unknown[] = []) => {
    const began = performance.now()
    await client.query(text, values)
    say(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
  try {
    await client.query(`set session_replication_role = 'replica'`)
    await client.query(`set synchronous_commit = 'off'`)
    await client.query(`create temporary table heavy (account_id uuid, first integer, last integer)`)
    let first = 1
    for (const { accountId, projects } of heavy) {
      await client.query('insert into heavy values ($1, $2, $3)', [accountId, first, first + projects - 1])
      first += projects
    }
    for (const [what, text] of statementsFor(sizes)) await run(what, text)
    await run('vacuum, analyze', 'vacuum (analyze)')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}

/** Ids are made of a kind and a number, so that each statement knows those of the others. */
const id = (kind: string, n: string) => `('${kind}0000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const unitOf = (n: string, { units }: Sizes) => id('aaaa', `1 + (${n}) % ${units}`)
const at = (n: string) => `timestamptz '2026-01-01' + make_interval(secs => (${n}) * 20)`

function statementsFor(sizes: Sizes): [string, string][] {
  const { units, accounts, projects, backups } = sizes
  const perProject = Math.max(Math.round(backups / projects), 1)
  const projectOf = `1 + (n - 1) / ${perProject} % ${projects}`
  const isDone = 'n % 20 <> 0' // one of twenty is a draft
  const serial = `lpad((n % 1000000)::text, 6, '0')`
  return [
    [
      `${units} units`,
      `insert into units (id, provider, external_id, name, parent_id)
         select ${id('aaaa', 'n')}, 'made', 'made-' || n, '单位 ' || n,
           case when n > 50 then ${id('aaaa', '1 + n % 50')} end
         from generate_series(1, ${units}) n`,
    ],
    [
      'their ancestors', // the trigger that keeps them is off
      `insert into unit_ancestors (unit_id, ancestor_id)
         with recursive up(unit_id, ancestor_id) as (
           select id, id from units union select up.unit_id, u.parent_id from up join units u on u.id = up.ancestor_id
             where u.parent_id is not null)
         select unit_id, ancestor_id from up on conflict do nothing`,
    ],
    [
      `${accounts} accounts`,
      `insert into accounts (id, provider, subject, name, phone, email, role, unit_id, unit_authorised)
         select ${id('bbbb', 'n')}, 'made', 'made-' || n, '人 ' || n, '1380000' || n, 'p' || n || '@made.example.cn',
           'researcher', ${unitOf('n', sizes)}, true
         from generate_series(1, ${accounts}) n`,
    ],
    [
      `${projects} projects`,
      `insert into projects (id, creator_id, owner_id, unit_id, name, name_key, lead_name, lead_email, created_at)
         select ${id('cccc', 'n')}, owner, owner, coalesce(a.unit_id, ${unitOf('n', sizes)}), '项目 ' || n,
           '项目 ' || n, '负责人', 'lead' || n || '@made.example.cn', ${at('n * 5')}
         from generate_series(1, ${projects}) n
         left join heavy h on n between h.first and h.last
         cross join lateral (select coalesce(h.account_id, ${id('bbbb', `1 + n % ${accounts}`)}) as owner) o
         join accounts a on a.id = owner`,
    ],
    [
      `${backups} backups`,
      `insert into backups (id, reference, project_id, unit_id, custodian_id, name, content_types, stage, version,
           seen_version, number, check_code, issued_at, snapshot, report_version, report_acknowledged, acknowledged_at,
           created_at, changed_at)
         select ${id('dddd', 'n')}, 'M' || lpad(to_hex(n), 8, '0'), p.id, p.unit_id, p.owner_id, '备份 ' || n,
           '{wgs}', case when ${isDone} then 'completed' else 'draft' end, 7, 7,
           case when ${isDone} then 'MADE' || n end, case when ${isDone} then 'ABCD' end,
           case when ${isDone} then ${at('n')} end,
           case when ${isDone} then jsonb_build_object('name', '备份 ' || n, 'contentTypes', '["wgs"]'::jsonb) end,
           case when ${isDone} then 1 else 0 end, case when ${isDone} then 1 else 0 end,
           case when ${isDone} then ${at('n')} end, ${at('n')}, ${at('n')}
         from generate_series(1, ${backups}) n
         join projects p on p.id = ${id('cccc', projectOf)}`,
    ],
    [
      `${2 * backups} files`,
      `insert into data_files (id, backup_id, position, data_type, sample_count, mb_per_sample, depositor_email,
           accession, accession_key, status, created_at)
         select ('eeee000' || k || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${id('dddd', 'n')}, k,
           case k when 1 then 1 else 3 end, 10, 123.456, 'd' || n || '@made.example.cn',
           case k when 1 then 'HRA' else 'GVM' end || ${serial}, case k when 1 then 'HRA' else 'GVM' end || ${serial},
           case when ${isDone} or k = 1 then 'done' else 'pending' end, ${at('n')}
         from generate_series(1, ${backups}) n cross join generate_series(1, 2) k`,
    ],
    [
      'consents',
      `insert into consents (file_id, status, generation, requested_at, sent_at, expires_at, wrong_tries,
           wrong_tries_next, key_id)
         select id, case position when 1 then 'unsent' else 'sent' end, position - 1,
           case position when 2 then created_at end, case position when 2 then created_at end,
           case position when 2 then created_at + interval '48 hours' end, 0, 0, 'k1'
         from data_files where id::text like 'eeee%'`,
    ],
    [
      'numbers',
      `insert into numbers (number, backup_id, issued_at)
         select number, id, issued_at from backups where number like 'MADE%'`,
    ],
    [
      'reports',
      `insert into report_syncs (backup_id, version, payload, created_at, acknowledged_at)
         select id, 1, snapshot, issued_at, issued_at from backups where number like 'MADE%'`,
    ],
    [
      'audit',
      `insert into audit (unit_id, seq, at, recorded_at, actor_id, action, project_id, backup_id, params, previous, hash)
         select unit_id, 1000000 + row_number() over (partition by unit_id order by id), created_at, created_at,
           custodian_id, 'backupCreated', project_id, id, '{}', '\\x00', '\\x00'
         from backups where id::text like 'dddd%'`,
    ],
  ]
}
