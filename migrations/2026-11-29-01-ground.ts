/** Accounts, projects, backups, their files and consents, numbers, owed work, audit; roles and scopes. */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const tables = [
  `create table units (
    id uuid primary key default uuidv7(),
    provider text not null,
    external_id text not null,
    name text not null,
    parent_id uuid references units,
    unique (provider, external_id)
  )`,
  `create index units_parent on units (parent_id)`,
  // R46: each unit with itself and every unit above it, so that “whose units” is answered by an index. Kept by a trigger.
  `create table unit_ancestors (
    unit_id uuid not null references units,
    ancestor_id uuid not null references units,
    primary key (ancestor_id, unit_id)
  )`,
  `create index unit_ancestors_unit on unit_ancestors (unit_id)`,
  `create table accounts (
    id uuid primary key default uuidv7(),
    provider text not null,
    subject text not null,
    name text not null,
    phone text not null,
    email text not null,
    role text not null check (role in ('researcher', 'unit_admin', 'legal_entity', 'operator')),
    unit_id uuid references units,
    unit_authorised boolean not null,
    active boolean not null default true,
    created_at timestamptz not null default clock_timestamp(),
    signed_in_at timestamptz not null default clock_timestamp(),
    unique (provider, subject)
  )`,
  `create index accounts_unit on accounts (unit_id)`,
  `create index accounts_name on accounts (lower(normalize(name, nfkc)) text_pattern_ops)`,
  // What each account's claims say of a unit above another (null: it is a root); the tree follows where they agree.
  `create table unit_claims (
    account_id uuid not null references accounts,
    unit_id uuid not null references units,
    parent_id uuid references units,
    primary key (account_id, unit_id)
  )`,
  `create index unit_claims_unit on unit_claims (unit_id)`,
  // R6: 30 minutes idle, 12 hours at most; only the hash of the cookie is kept.
  `create table sessions (
    token_hash bytea primary key,
    account_id uuid not null references accounts,
    provider_session text,
    id_token text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null
  )`,
  `create index sessions_account on sessions (account_id)`,
  `create index sessions_end on sessions (ends_at)`,
  // A sign-in under way: taken once, by the browser that began it.
  `create table sign_ins (
    state_hash bytea primary key,
    browser_hash bytea not null,
    nonce text not null,
    code_verifier text not null,
    return_to text not null,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create table projects (
    id uuid primary key default uuidv7(),
    creator_id uuid not null references accounts,
    owner_id uuid not null references accounts,
    unit_id uuid not null references units,
    name text not null,
    name_key text not null,
    lead_name text not null,
    lead_email text not null,
    created_at timestamptz not null default clock_timestamp(),
    unique (creator_id, name_key)
  )`,
  // Lists come in the order of an index. With the unit in it, row-level security and the count read the index alone.
  `create index projects_owner on projects (owner_id, created_at desc, id desc) include (unit_id)`,
  `create index projects_unit on projects (unit_id)`,
  // R47: leads are looked for by the beginning of their names.
  `create index projects_lead on projects (lower(normalize(lead_name, nfkc)) text_pattern_ops)`,
  `create table backups (
    id uuid primary key default uuidv7(),
    reference text not null unique,
    project_id uuid not null references projects,
    unit_id uuid not null references units,
    custodian_id uuid not null references accounts,
    custody_since timestamptz not null default clock_timestamp(),
    name text not null,
    content_types text[] not null,
    stage text not null default 'draft' check (stage in ('draft', 'completed', 'discarded')),
    version integer not null default 1,
    seen_version integer not null default 0,
    deadline timestamptz,
    number text unique,
    check_code text,
    issued_at timestamptz,
    snapshot jsonb,
    report_version integer not null default 0,
    report_acknowledged integer not null default 0,
    acknowledged_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    changed_at timestamptz not null default clock_timestamp(),
    check ((stage = 'completed') = (number is not null and issued_at is not null and snapshot is not null))
  )`,
  `create index backups_project on backups (project_id, created_at desc, id desc)`,
  `create index backups_custodian_drafts on backups (custodian_id, changed_at desc, id desc) where stage = 'draft'`,
  // R47: of one unit; of many units, by the newest of all; of one custodian. Row-level security reads the custodian beside the unit.
  `create index backups_unit on backups (unit_id, stage, created_at desc, id desc) include (custodian_id)`,
  `create index backups_newest on backups (stage, created_at desc, id desc) include (unit_id, custodian_id)`,
  `create index backups_custodian on backups (custodian_id, stage, created_at desc, id desc) include (unit_id)`,
  // The sweep's three questions, each with its own index (decision 002).
  `create index backups_deadline on backups (deadline) where deadline is not null`,
  `create index backups_unseen on backups (changed_at) where seen_version < version`,
  `create index backups_drafts_changed on backups (changed_at) where stage <> 'completed'`,
  `create table data_files (
    id uuid primary key,
    backup_id uuid not null references backups,
    position integer not null,
    data_type smallint not null check (data_type between 1 and 10),
    sample_count integer not null check (sample_count >= 1),
    mb_per_sample numeric(10, 3) not null check (mb_per_sample > 0),
    depositor_email text not null,
    accession text not null,
    accession_key text not null,
    status text not null check (status in ('checking', 'mismatch', 'pending', 'done')),
    created_at timestamptz not null default clock_timestamp(),
    removed_at timestamptz
  )`,
  `create index data_files_backup on data_files (backup_id, position)`,
  // R23: one accession once in a backup, and the question whether another backup of the unit has it.
  `create unique index data_files_accession on data_files (backup_id, accession_key)
    where removed_at is null and status <> 'mismatch'`,
  // R27: files that were removed count, too.
  `create index data_files_elsewhere on data_files (accession_key)`,
  `create table consents (
    file_id uuid primary key references data_files,
    status text not null check (status in ('unsent', 'sending', 'sent', 'undelivered', 'expired', 'voided')),
    generation integer not null,
    requested_at timestamptz,
    sent_at timestamptz,
    expires_at timestamptz,
    wrong_tries integer not null,
    wrong_tries_next integer not null,
    trouble text,
    key_id text not null,
    smtp_code text
  )`,
  // R28: wrong codes for one accession in one project, over its life.
  `create table code_tries (
    project_id uuid not null references projects,
    accession_key text not null,
    wrong integer not null,
    primary key (project_id, accession_key)
  )`,
  // Limits per rolling day and week (R28); subjects are ids or lower-case addresses.
  `create table counted (
    id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    at timestamptz not null
  )`,
  `create index counted_subject on counted (kind, subject, at)`,
  `create index counted_at on counted (at)`,
  `create table commands (
    key text primary key,
    account_id uuid not null references accounts,
    body_hash text not null,
    hash_key_id text,
    answer jsonb not null,
    at timestamptz not null default clock_timestamp()
  )`,
  // What the outside world still owes a subject; comes and goes in the transaction that makes it so (decision 002).
  `create table owed (
    key text primary key,
    subject_kind text not null check (subject_kind in ('backup')),
    subject_id uuid not null,
    tries integer not null default 0,
    cause text,
    reason text,
    pause_ms integer not null default 0,
    created_at timestamptz not null default clock_timestamp(),
    last_at timestamptz,
    due_at timestamptz not null,
    held_until timestamptz,
    outcome jsonb,
    outcome_at timestamptz
  )`,
  `create index owed_due on owed (due_at)`,
  `create index owed_subject on owed (subject_id)`,
  // R53: what an operator should look at; one open row for each subject.
  `create table operator_items (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('recipientFull', 'unitDisputed')),
    subject text not null,
    opened_at timestamptz not null,
    last_at timestamptz not null,
    times integer not null default 1,
    closed_at timestamptz
  )`,
  `create unique index operator_items_open on operator_items (kind, subject) where closed_at is null`,
  `create table number_counters (day date primary key, last integer not null)`,
  `create table numbers (
    number text primary key,
    backup_id uuid not null unique references backups,
    issued_at timestamptz not null
  )`,
  // R33: the only gaps that are allowed, made by ops/after-restore.ts; `missing`: numbers issued before it that have no row.
  `create table number_gaps (
    day date not null,
    first integer not null,
    last integer not null,
    missing text[] not null,
    at timestamptz not null default clock_timestamp(),
    primary key (day, first),
    check (first <= last)
  )`,
  // R37: every version of an issued backup, as it is told to the report system.
  `create table report_syncs (
    backup_id uuid not null references backups,
    version integer not null,
    payload jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    acknowledged_at timestamptz,
    primary key (backup_id, version)
  )`,
  // R38: which backups a filing of the report system covers. A number that is not here may be of an old backup that nobody has claimed.
  `create table filings (
    number text not null,
    filing_number text not null,
    filed_at timestamptz not null,
    received_at timestamptz not null default clock_timestamp(),
    primary key (number, filing_number)
  )`,
  `create index filings_filing on filings (filing_number)`,
  `create table sweeps (name text primary key, last_good_at timestamptz not null)`,
  `create table audit (
    id bigint generated always as identity primary key,
    unit_id uuid not null, -- nil: the chain of the accounts
    seq bigint not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    actor_id uuid references accounts,
    action text not null,
    project_id uuid,
    backup_id uuid,
    file_id uuid,
    params jsonb not null,
    before jsonb,
    after jsonb,
    reason text,
    previous bytea not null,
    hash bytea not null,
    unique (unit_id, seq)
  )`,
  `create index audit_backup on audit (backup_id, id desc) where backup_id is not null`,
  `create table audit_heads (unit_id uuid primary key, seq bigint not null, hash bytea not null)`,
  // Requests per minute. Unlogged: a count that a crash forgets costs nothing, one that is flushed to disk would.
  `create unlogged table rate_limits (
    subject text not null,
    kind text not null,
    minute timestamptz not null,
    used integer not null,
    primary key (subject, kind, minute)
  )`,
  // Up to when the provider's list of accounts has been applied.
  `create table account_polls (provider text primary key, as_of timestamptz not null)`,
  // By which each process proves its keys at the start; written once for each id.
  `create table key_canaries (
    ring text not null,
    key_id text not null,
    canary bytea not null,
    primary key (ring, key_id)
  )`,
  // Commands are only the memory of their keys; it is deleted by age.
  `create index commands_at on commands (at)`,
]

const functions = [
  `create function actor_id() returns uuid language sql stable
    as $$ select nullif(current_setting('app.actor_id', true), '')::uuid $$`,
  // In whose name the actor creates: the present unit, which has authorised the account (R3, R51).
  `create function actor_unit() returns uuid language sql stable security definer set search_path = public, pg_temp
    as $$ select unit_id from accounts where id = actor_id() and active and unit_authorised $$`,
  // R56: the units that a manager oversees: the own one, or every one below.
  `create function actor_units() returns setof uuid language sql stable rows 5 security definer set search_path = public, pg_temp as $$
    select t.unit_id from accounts a join unit_ancestors t on t.ancestor_id = a.unit_id
      where a.id = actor_id() and a.active
        and (a.role = 'legal_entity' or a.role = 'unit_admin' and t.unit_id = a.unit_id) $$`,
  // A new unit, or one that moved with every unit below it. Goes up from each, so the order of writing does not matter.
  `create function keep_unit_ancestors() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      with recursive below(id) as (
          select new.id union select u.id from units u join below b on u.parent_id = b.id),
        up(unit_id, ancestor_id) as (
          select id, id from below union select up.unit_id, u.parent_id from up join units u on u.id = up.ancestor_id
            where u.parent_id is not null),
        gone as (delete from unit_ancestors t using below b where t.unit_id = b.id
          and not exists (select from up where (up.unit_id, up.ancestor_id) = (t.unit_id, t.ancestor_id)))
      insert into unit_ancestors (unit_id, ancestor_id) select unit_id, ancestor_id from up on conflict do nothing;
      return null;
    end $$`,
  `create function audit_digest(previous bytea, entry audit) returns bytea language sql immutable as $$
    select sha256(previous || convert_to(jsonb_build_array(
      entry.unit_id, entry.seq, extract(epoch from entry.at), extract(epoch from entry.recorded_at),
      entry.actor_id, entry.action, entry.project_id, entry.backup_id, entry.file_id,
      entry.params, entry.before, entry.after, entry.reason)::text, 'UTF8')) $$`,
  // R57: the only way to write the audit; each row carries the hash of the one before it in its unit. The worker alone may
  // call it: what the API's role does is written by the doors below and by triggers, so it can neither invent nor leave out.
  `create function append_audit(entry jsonb) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare row audit; head audit_heads;
    begin
      row := jsonb_populate_record(null::audit, entry);
      row.recorded_at := clock_timestamp();
      row.at := coalesce(row.at, row.recorded_at);
      row.params := coalesce(row.params, '{}');
      insert into audit_heads values (row.unit_id, 0, '\\x') on conflict do nothing;
      select * into head from audit_heads where unit_id = row.unit_id for update;
      row.seq := head.seq + 1;
      row.previous := head.hash;
      row.hash := audit_digest(head.hash, row);
      insert into audit (unit_id, seq, at, recorded_at, actor_id, action, project_id, backup_id, file_id,
          params, before, after, reason, previous, hash)
        values (row.unit_id, row.seq, row.at, row.recorded_at, row.actor_id, row.action, row.project_id,
          row.backup_id, row.file_id, row.params, row.before, row.after, row.reason, row.previous, row.hash)
        returning id into row.id;
      update audit_heads set seq = row.seq, hash = row.hash where unit_id = row.unit_id;
      return row.id;
    end $$`,
  `create function audit_creation() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if tg_table_name = 'projects' then
        perform append_audit(jsonb_build_object('unit_id', new.unit_id, 'at', new.created_at, 'actor_id', new.creator_id,
          'action', 'projectCreated', 'project_id', new.id, 'after', jsonb_build_object(
            'name', new.name, 'leadName', new.lead_name, 'leadEmail', new.lead_email)));
      else
        perform append_audit(jsonb_build_object('unit_id', new.unit_id, 'at', new.created_at, 'actor_id', new.custodian_id,
          'action', 'backupCreated', 'project_id', new.project_id, 'backup_id', new.id, 'after', jsonb_build_object(
            'reference', new.reference, 'name', new.name, 'contentTypes', new.content_types)));
      end if;
      return null;
    end $$`,
  `create function lock_audit(unit uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      insert into audit_heads values (unit, 0, '\\x') on conflict do nothing;
      perform 1 from audit_heads where unit_id = unit for update;
    end $$`,
  // What happens to accounts has a chain of its own: an account has no unit, or another one tomorrow. Whoever writes to it
  // takes its head before any account or session, so nobody waits in a circle.
  `create function lock_accounts_audit() returns void language sql set search_path = public, pg_temp
    as $$ select lock_audit('00000000-0000-0000-0000-000000000000') $$`,
  `create function audit_account(account uuid, actor uuid, act text, params jsonb, before jsonb default null,
      after jsonb default null) returns void language sql set search_path = public, pg_temp as $$
    select append_audit(jsonb_build_object('unit_id', '00000000-0000-0000-0000-000000000000', 'actor_id', actor,
      'action', act, 'params', jsonb_build_object('accountId', account) || params, 'before', before, 'after', after)) $$`,
  // R2, R6: what the identity provider says of an account, at a sign-in or by its list.
  `create function audit_account_change() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform audit_account(new.id, null, case when new.active = old.active then 'accountChanged'
          when new.active then 'accountEnabled' else 'accountDisabled' end, '{}',
        jsonb_build_object('role', old.role, 'unitId', old.unit_id, 'unitAuthorised', old.unit_authorised,
          'name', old.name, 'phone', old.phone, 'email', old.email),
        jsonb_build_object('role', new.role, 'unitId', new.unit_id, 'unitAuthorised', new.unit_authorised,
          'name', new.name, 'phone', new.phone, 'email', new.email));
      return null;
    end $$`,
  // R46, R56: a unit's place in the tree decides who oversees it.
  `create function audit_unit_change() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform append_audit(jsonb_build_object('unit_id', '00000000-0000-0000-0000-000000000000',
        'action', 'unitChanged', 'params', jsonb_build_object('unitId', new.id),
        'before', jsonb_build_object('name', old.name, 'parentId', old.parent_id),
        'after', jsonb_build_object('name', new.name, 'parentId', new.parent_id)));
      return null;
    end $$`,
  // R33–R35, R63: whoever writes, also a door.
  `create function keep_issued() returns trigger language plpgsql set search_path = public, pg_temp as $$
    begin
      raise exception 'what is issued or ended does not change: % of %', tg_argv[0], tg_table_name
        using errcode = 'integrity_constraint_violation';
    end $$`,
  // The first seq of a unit whose row does not follow from the one before; null when the chain holds.
  `create function broken_audit(unit uuid) returns bigint language sql stable security definer set search_path = public, pg_temp as $$
    select min(seq) from (
      select a.seq, a.hash <> audit_digest(a.previous, a)
        or a.previous <> coalesce(lag(a.hash) over w, '\\x') or a.seq <> coalesce(lag(a.seq) over w, 0) + 1 as broken
      from audit a where a.unit_id = unit window w as (order by a.seq)
      union all
      select h.seq + 1, h.hash is distinct from (select hash from audit where unit_id = unit and seq = h.seq)
        and h.seq > 0 from audit_heads h where h.unit_id = unit
    ) chain where broken $$`,
  // R2: the own unit's id. Makes the units that are not known yet and writes new names; a known unit stays in its place.
  `create function place_unit(of_provider text, steps jsonb) returns uuid
    language plpgsql set search_path = public, pg_temp as $$
    declare step jsonb; unit uuid; above uuid;
    begin
      for i in reverse jsonb_array_length(steps) - 1 .. 0 loop -- from the root down
        step := steps->i;
        insert into units as u (provider, external_id, name, parent_id)
          values (of_provider, step->>'id', step->>'name', above)
          on conflict (provider, external_id) do update set name = excluded.name where u.name <> excluded.name;
        select id into unit from units where provider = of_provider and external_id = step->>'id';
        above := unit;
      end loop;
      return unit;
    end $$`,
  // R46: writes down what the account's claims say of the tree, instead of what they said before; returns whose place may change.
  `create function claim_units(account uuid, of_provider text, steps jsonb) returns setof uuid
    language sql set search_path = public, pg_temp as $$
    with claims as (
        select u.id as unit_id, p.id as parent_id
        from jsonb_array_elements(steps) with ordinality s(step, n)
        join units u on u.provider = of_provider and u.external_id = s.step->>'id'
        left join units p on p.provider = of_provider and p.external_id = steps->(n::integer)->>'id'
        where s.step->>'above' is distinct from 'unknown'),
      gone as (delete from unit_claims c where c.account_id = account
        and not exists (select from claims where claims.unit_id = c.unit_id) returning c.unit_id),
      come as (insert into unit_claims as c (account_id, unit_id, parent_id) select account, unit_id, parent_id from claims
        on conflict (account_id, unit_id) do update set parent_id = excluded.parent_id
          where c.parent_id is distinct from excluded.parent_id returning c.unit_id)
    select unit_id from gone union select unit_id from come $$`,
  // R46: a unit goes where the claims of all active accounts agree that it is. Where they do not, or where it would come below
  // itself, the tree stays as it is and an operator is asked. One move may make room for another, so what is stuck is tried again
  // until nothing moves.
  `create function settle_units(claimed uuid[]) returns void
    language plpgsql set search_path = public, pg_temp as $$
    declare tried uuid[]; stuck uuid[]; unit uuid; wanted uuid; ways integer;
    begin
      if cardinality(claimed) = 0 then return; end if;
      tried := array(select unnest(claimed) union
        select subject::uuid from operator_items where kind = 'unitDisputed' and closed_at is null);
      loop
        stuck := '{}';
        foreach unit in array tried loop
          select count(distinct coalesce(c.parent_id, unit)), min(c.parent_id::text)::uuid into ways, wanted
            from unit_claims c join accounts a on a.id = c.account_id where c.unit_id = unit and a.active;
          if ways > 1 or exists (select from unit_ancestors where unit_id = wanted and ancestor_id = unit) then
            stuck := stuck || unit;
          else
            update units set parent_id = wanted where ways = 1 and id = unit and parent_id is distinct from wanted;
            update operator_items set closed_at = clock_timestamp()
              where kind = 'unitDisputed' and subject = unit::text and closed_at is null;
          end if;
        end loop;
        exit when stuck = tried or stuck = '{}';
        tried := stuck;
      end loop;
      insert into operator_items as i (kind, subject, opened_at, last_at)
        select 'unitDisputed', each, clock_timestamp(), clock_timestamp() from unnest(stuck) each where each = any(claimed)
        on conflict (kind, subject) where closed_at is null do update set times = i.times + 1, last_at = excluded.last_at;
    end $$`,
  // R1, R2, R6: null for an account that the provider's list calls disabled, until the list says otherwise.
  `create function sign_in(identity jsonb, token_hash bytea, provider_session text, id_token text)
    returns uuid language plpgsql security definer set search_path = public, pg_temp as $$
    declare account uuid;
    begin
      if exists (select 1 from accounts a where a.provider = identity->>'provider'
          and a.subject = identity->>'subject' and not a.active) then
        return null;
      end if;
      perform lock_accounts_audit();
      insert into accounts (provider, subject, name, phone, email, role, unit_id, unit_authorised)
        values (identity->>'provider', identity->>'subject', identity->>'name', identity->>'phone',
          identity->>'email', identity->>'role',
          place_unit(identity->>'provider', coalesce(identity->'unitPath', '[]')),
          (identity->>'unitAuthorised')::boolean)
        on conflict (provider, subject) do update set name = excluded.name, phone = excluded.phone,
          email = excluded.email, role = excluded.role, unit_id = excluded.unit_id,
          unit_authorised = excluded.unit_authorised, signed_in_at = clock_timestamp()
        returning id into account;
      perform settle_units(array(select claim_units(account, identity->>'provider', coalesce(identity->'unitPath', '[]'))));
      insert into sessions values (sign_in.token_hash, account, sign_in.provider_session, sign_in.id_token,
        clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '12 hours');
      perform audit_account(id, id, 'signedIn', jsonb_build_object(
          'role', role, 'unitId', unit_id, 'unitAuthorised', unit_authorised)) from accounts where id = account;
      return account;
    end $$`,
  // R6: a live session and its account; being used keeps it alive, what a page asks by itself does not.
  `create function find_session(hash bytea, in_background boolean default false) returns table (
      account_id uuid, name text, email text, role text, unit_id uuid, unit_name text, unit_authorised boolean,
      id_token text, idle_ends_at timestamptz, ends_at timestamptz)
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      update sessions s set seen_at = clock_timestamp()
        where s.token_hash = hash and not in_background and s.seen_at < clock_timestamp() - interval '1 minute'
          and s.seen_at > clock_timestamp() - interval '30 minutes' and s.ends_at > clock_timestamp();
      return query select a.id, a.name, a.email, a.role, a.unit_id, u.name, a.unit_authorised, s.id_token,
          s.seen_at + interval '30 minutes', s.ends_at
        from sessions s join accounts a on a.id = s.account_id left join units u on u.id = a.unit_id
        where s.token_hash = hash and a.active
          and s.seen_at > clock_timestamp() - interval '30 minutes' and s.ends_at > clock_timestamp();
    end $$`,
  `create function sign_out(hash bytea) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare account uuid;
    begin
      if not exists (select from sessions where token_hash = hash) then return; end if;
      perform lock_accounts_audit();
      delete from sessions where token_hash = hash returning account_id into account;
      if found then perform audit_account(account, account, 'signedOut', '{"by": "person"}'); end if;
    end $$`,
  // What nobody needs any more: ended sessions, abandoned sign-ins, counts older than every limit's window, the
  // memory of keys after 30 days.
  `create function forget_ended() returns void language sql security definer set search_path = public, pg_temp as $$
    delete from sessions where ends_at < clock_timestamp() or seen_at < clock_timestamp() - interval '30 minutes';
    delete from sign_ins where created_at < clock_timestamp() - interval '1 hour';
    delete from counted where at < clock_timestamp() - interval '8 days';
    delete from rate_limits where minute < clock_timestamp() - interval '2 minutes';
    delete from commands where at < statement_timestamp() - interval '30 days';
  $$`,
  // Back-channel logout: the provider ends one session of a person, or all of them.
  `create function end_sessions(of_provider text, of_subject text, of_session text) returns integer
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare ended integer := 0; account uuid;
    begin
      perform lock_accounts_audit();
      for account in delete from sessions s using accounts a
        where a.id = s.account_id and a.provider = of_provider
          and (of_subject is null or a.subject = of_subject)
          and (of_session is null or s.provider_session = of_session)
          and (of_subject is not null or of_session is not null)
        returning a.id
      loop
        ended := ended + 1;
        perform audit_account(account, null, 'signedOut', '{"by": "provider"}');
      end loop;
      return ended;
    end $$`,
  // R6: writes what the provider's list says of accounts that we know, and ends the sessions of those that were
  // disabled, or have another role or unit. Who never signed in is not written down.
  `create function apply_accounts(of_provider text, listed jsonb) returns table (changed integer, ended integer)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare one jsonb; old accounts; unit uuid; gone integer; claimed uuid[] := '{}';
    begin
      changed := 0;
      ended := 0;
      perform lock_accounts_audit();
      for one in select value from jsonb_array_elements(listed) order by value->>'subject' loop
        select * into old from accounts a
          where a.provider = of_provider and a.subject = one->>'subject' for update;
        continue when not found;
        if not (one->>'active')::boolean then
          if old.active then
            update accounts set active = false where id = old.id;
            changed := changed + 1;
            claimed := claimed || array(select c.unit_id from unit_claims c where c.account_id = old.id);
          end if;
          delete from sessions where account_id = old.id;
        else
          if not old.active then
            claimed := claimed || array(select c.unit_id from unit_claims c where c.account_id = old.id);
          end if;
          unit := place_unit(of_provider, one->'unitPath');
          claimed := claimed || array(select claim_units(old.id, of_provider, one->'unitPath'));
          continue when (old.name, old.phone, old.email, old.role, old.unit_id, old.unit_authorised, old.active)
            is not distinct from (one->>'name', one->>'phone', one->>'email', one->>'role', unit,
              (one->>'unitAuthorised')::boolean, true);
          update accounts set name = one->>'name', phone = one->>'phone', email = one->>'email',
            role = one->>'role', unit_id = unit, unit_authorised = (one->>'unitAuthorised')::boolean, active = true
            where id = old.id;
          changed := changed + 1;
          continue when (old.role, old.unit_id) is not distinct from (one->>'role', unit);
          delete from sessions where account_id = old.id;
        end if;
        get diagnostics gone = row_count;
        ended := ended + gone;
      end loop;
      perform settle_units(array(select distinct unnest(claimed)));
      return next;
    end $$`,
  // R47, R57: what an account takes away of its units is written down before it has it.
  `create function audit_export(params jsonb) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if actor_id() is null then raise exception 'an export has an actor'; end if;
      perform lock_accounts_audit();
      perform audit_account(actor_id(), actor_id(), 'exported', params);
    end $$`,
  // R38: what a delivery of the report system covers, all of it or nothing. Only a number that was issued is recorded; a filing has one
  // date (differs: the one it has). The same delivery again records nothing more and is answered alike.
  `create function record_filing(of_filing text, of_numbers text[], of_time timestamptz,
      out recorded text[], out unknown text[], out differs timestamptz)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare one record;
    begin
      perform pg_advisory_xact_lock(hashtextextended('filing ' || of_filing, 0));
      select f.filed_at into differs from filings f where f.filing_number = of_filing and f.filed_at <> of_time limit 1;
      recorded := array(select n.number from numbers n where differs is null and n.number = any(of_numbers) order by n.number);
      unknown := array(select each from unnest(of_numbers) each where each not in (select number from numbers)
        group by each order by each);
      for one in
        with filed as (
          insert into filings (number, filing_number, filed_at) select unnest(recorded), of_filing, of_time
            on conflict do nothing returning number)
        select b.id, b.unit_id, b.project_id from filed join backups b on b.number = filed.number order by b.unit_id, b.id
      loop
        perform append_audit(jsonb_build_object('unit_id', one.unit_id, 'action', 'filed', 'project_id', one.project_id,
          'backup_id', one.id, 'params', jsonb_build_object('filingNumber', of_filing)));
      end loop;
    end $$`,
  // One more request of this kind in this minute: null, or when the next minute begins.
  `create function take_request(of_subject text, of_kind text, most integer) returns timestamptz
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare now_minute timestamptz := date_trunc('minute', clock_timestamp());
    begin
      insert into rate_limits as r values (of_subject, of_kind, now_minute, 1)
        on conflict (subject, kind, minute) do update set used = r.used + 1 where r.used < most;
      return case when found then null else now_minute + interval '1 minute' end;
    end $$`,
]

const frozen = (table: string, name: string, event: string, when: string) =>
  `create trigger ${name} before ${event} on ${table} for each row when (${when}) execute function keep_issued('${name}')`
const ofIssued = [
  'id',
  'reference',
  'project_id',
  'unit_id',
  'number',
  'check_code',
  'issued_at',
  'snapshot',
  'name',
]
const rowOf = (version: string) =>
  [...ofIssued, 'content_types', 'created_at'].map((column) => `${version}.${column}`).join(', ')

const triggers = [
  // What the owner of the tables writes is a migration's.
  ...['projects', 'backups'].map(
    (
      table,
    ) => `create trigger audited after insert on ${table} for each row when (current_user <> 'hgrip_migrate')
      execute function audit_creation()`,
  ),
  `create trigger audited after update on accounts for each row
    when ((old.role, old.unit_id, old.unit_authorised, old.name, old.phone, old.email, old.active)
      is distinct from (new.role, new.unit_id, new.unit_authorised, new.name, new.phone, new.email, new.active))
    execute function audit_account_change()`,
  `create trigger audited after update on units for each row
    when ((old.name, old.parent_id) is distinct from (new.name, new.parent_id)) execute function audit_unit_change()`,
  `create trigger ancestors_of_new after insert on units for each row execute function keep_unit_ancestors()`,
  `create trigger ancestors_of_moved after update on units for each row
    when (old.parent_id is distinct from new.parent_id) execute function keep_unit_ancestors()`,
  frozen('backups', 'stage', 'update', `old.stage <> 'draft' and new.stage <> old.stage`),
  frozen(
    'backups',
    'issued',
    'update',
    `old.stage = 'completed' and (${rowOf('old')}) is distinct from (${rowOf('new')})`,
  ),
  frozen('number_counters', 'last', 'update', 'new.day <> old.day or new.last < old.last'),
]

const scoped = [
  'accounts',
  'unit_claims',
  'sessions',
  'projects',
  'backups',
  'data_files',
  'consents',
  'code_tries',
  'counted',
  'commands',
  'operator_items',
  'owed',
  'numbers',
  'report_syncs',
  'filings',
  'audit',
  'audit_heads',
  'rate_limits',
  'account_polls',
]
const ofVisibleBackup = (table: string, backupId = `${table}.backup_id`) =>
  `create policy api_read on ${table} for select to hgrip_api
    using (exists (select 1 from backups b where b.id = ${backupId}))`

const policies = [
  ...scoped.flatMap((table) => [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    // Without it a backfill, and every door above, would see 0 rows, silently.
    `create policy migrate_all on ${table} to hgrip_migrate using (true) with check (true)`,
  ]),
  // Who left a unit is still seen by its managers, while it holds a project or a backup of theirs. With offset 0 each account is
  // looked up by an index; without it all projects and backups may be read at once.
  `create policy api_read on accounts for select to hgrip_api
    using (id = (select actor_id()) or unit_id in (select actor_units())
      or exists (select from projects p where p.owner_id = accounts.id and p.unit_id in (select actor_units()) offset 0)
      or exists (select from projects p where p.creator_id = accounts.id and p.unit_id in (select actor_units()) offset 0)
      or exists (select from backups b where b.custodian_id = accounts.id and b.unit_id in (select actor_units()) offset 0))`,
  `create policy api_read on projects for select to hgrip_api
    using (owner_id = (select actor_id()) or unit_id in (select actor_units()))`,
  `create policy api_create on projects for insert to hgrip_api
    with check (creator_id = (select actor_id()) and owner_id = creator_id and unit_id = (select actor_unit()))`,
  `create policy api_read on backups for select to hgrip_api
    using (custodian_id = (select actor_id()) or unit_id in (select actor_units()))`,
  `create policy api_create on backups for insert to hgrip_api
    with check (custodian_id = (select actor_id()) and unit_id = (select actor_unit())
      and exists (select 1 from projects p where p.id = project_id and p.owner_id = (select actor_id())
        and p.unit_id = backups.unit_id))`,
  ofVisibleBackup('data_files'),
  `create policy api_read on owed for select to hgrip_api
    using (subject_kind = 'backup' and exists (select 1 from backups b where b.id = subject_id))`,
  ofVisibleBackup('numbers'),
  `create policy api_read on filings for select to hgrip_api
    using (exists (select 1 from numbers n where n.number = filings.number))`,
  ofVisibleBackup('report_syncs'),
  ofVisibleBackup('audit'),
  `create policy api_read on consents for select to hgrip_api
    using (exists (select 1 from data_files f where f.id = file_id))`,
  `create policy api_read on code_tries for select to hgrip_api
    using (exists (select 1 from projects p where p.id = project_id))`,
  `create policy api_own on commands to hgrip_api
    using (account_id = (select actor_id())) with check (account_id = (select actor_id()))`,
  ...[
    'accounts',
    'projects',
    'backups',
    'data_files',
    'consents',
    'code_tries',
    'counted',
    'commands',
    'operator_items',
    'owed',
    'numbers',
    'report_syncs',
    'filings',
    'audit',
    'audit_heads',
    'account_polls',
  ].map((table) => `create policy worker_all on ${table} to hgrip_worker using (true) with check (true)`),
]

const grants = [
  `revoke all on all functions in schema public from public`,
  `grant usage on schema public to hgrip_api, hgrip_worker`,
  `grant select on units, unit_ancestors to hgrip_api, hgrip_worker`,
  `grant select on accounts, projects, backups, data_files, consents, code_tries, owed, numbers, report_syncs,
    filings, audit to hgrip_api, hgrip_worker`,
  `grant select on audit_heads to hgrip_worker`, // to write them down outside of the database
  // Everything else is what the table says of a new one.
  `grant insert (creator_id, owner_id, unit_id, name, name_key, lead_name, lead_email) on projects to hgrip_api`,
  `grant insert (reference, project_id, unit_id, custodian_id, name, content_types) on backups to hgrip_api`,
  `grant select, insert on key_canaries to hgrip_api, hgrip_worker`,
  `grant select, insert on commands to hgrip_api, hgrip_worker`,
  `grant select, insert, delete on sign_ins to hgrip_api`,
  `grant update (id) on projects to hgrip_worker`, // only to lock: the lead e-mail is read for share
  `grant update (name, content_types, custodian_id, stage, version, seen_version, deadline, number, check_code, issued_at,
    snapshot, report_version, report_acknowledged, acknowledged_at, changed_at) on backups to hgrip_worker`,
  `grant insert, update on consents, code_tries, sweeps to hgrip_worker`,
  // R34, R63: what stands in these is written once, but for the columns that are named.
  `grant insert on data_files, number_counters, numbers, report_syncs to hgrip_worker`,
  `grant update (sample_count, mb_per_sample, status, removed_at) on data_files to hgrip_worker`,
  `grant update (last) on number_counters to hgrip_worker`,
  `grant update (acknowledged_at) on report_syncs to hgrip_worker`,
  `grant select on number_counters, sweeps to hgrip_worker`,
  `grant select, insert, update, delete on owed, counted to hgrip_worker`,
  `grant select, insert, update on operator_items to hgrip_worker`,
  `grant select, insert, update on account_polls to hgrip_worker`,
  `grant execute on function append_audit(jsonb), lock_audit(uuid), broken_audit(uuid), forget_ended(), apply_accounts(text, jsonb)
    to hgrip_worker`,
  `grant execute on function actor_id(), actor_unit(), actor_units() to hgrip_api, hgrip_worker`,
  `grant execute on function sign_in(jsonb, bytea, text, text), find_session(bytea, boolean), sign_out(bytea),
    end_sessions(text, text, text), take_request(text, text, integer), record_filing(text, text[], timestamptz), audit_export(jsonb) to hgrip_api`,
]

const statements = [...tables, ...functions, ...triggers, ...policies, ...grants]
