-- Written by `npm run schema` from the migrated database; a test holds it equal.

create table account_polls (
  provider text not null,
  as_of timestamp with time zone not null,
  constraint account_polls_pkey PRIMARY KEY (provider)
);

create table accounts (
  id uuid not null default uuidv7(),
  provider text not null,
  subject text not null,
  name text not null,
  phone text not null,
  email text not null,
  role text not null,
  unit_id uuid,
  unit_authorised boolean not null,
  active boolean not null default true,
  created_at timestamp with time zone not null default clock_timestamp(),
  signed_in_at timestamp with time zone not null default clock_timestamp(),
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_provider_subject_key UNIQUE (provider, subject),
  constraint accounts_role_check CHECK ((role = ANY (ARRAY['researcher'::text, 'unit_admin'::text, 'legal_entity'::text, 'operator'::text]))),
  constraint accounts_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units(id)
);

create table audit (
  id bigint not null generated always as identity,
  unit_id uuid not null,
  seq bigint not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  actor_id uuid,
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
  constraint audit_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES accounts(id),
  constraint audit_pkey PRIMARY KEY (id),
  constraint audit_unit_id_seq_key UNIQUE (unit_id, seq)
);

create table audit_heads (
  unit_id uuid not null,
  seq bigint not null,
  hash bytea not null,
  constraint audit_heads_pkey PRIMARY KEY (unit_id)
);

create table backups (
  id uuid not null default uuidv7(),
  reference text not null,
  project_id uuid not null,
  unit_id uuid not null,
  custodian_id uuid not null,
  custody_since timestamp with time zone not null default clock_timestamp(),
  name text not null,
  content_types text[] not null,
  stage text not null default 'draft'::text,
  version integer not null default 1,
  seen_version integer not null default 0,
  deadline timestamp with time zone,
  number text,
  check_code text,
  issued_at timestamp with time zone,
  snapshot jsonb,
  report_version integer not null default 0,
  report_acknowledged integer not null default 0,
  acknowledged_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  changed_at timestamp with time zone not null default clock_timestamp(),
  constraint backups_check CHECK (((stage = 'completed'::text) = ((number IS NOT NULL) AND (issued_at IS NOT NULL) AND (snapshot IS NOT NULL)))),
  constraint backups_custodian_id_fkey FOREIGN KEY (custodian_id) REFERENCES accounts(id),
  constraint backups_number_key UNIQUE (number),
  constraint backups_pkey PRIMARY KEY (id),
  constraint backups_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id),
  constraint backups_reference_key UNIQUE (reference),
  constraint backups_stage_check CHECK ((stage = ANY (ARRAY['draft'::text, 'completed'::text, 'discarded'::text]))),
  constraint backups_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units(id)
);

create table code_tries (
  project_id uuid not null,
  accession_key text not null,
  wrong integer not null,
  constraint code_tries_pkey PRIMARY KEY (project_id, accession_key),
  constraint code_tries_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id)
);

create table commands (
  key text not null,
  account_id uuid not null,
  body_hash text not null,
  hash_key_id text,
  answer jsonb not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint commands_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint commands_pkey PRIMARY KEY (key)
);

create table consents (
  file_id uuid not null,
  status text not null,
  generation integer not null,
  requested_at timestamp with time zone,
  sent_at timestamp with time zone,
  expires_at timestamp with time zone,
  wrong_tries integer not null,
  wrong_tries_next integer not null,
  trouble text,
  key_id text not null,
  smtp_code text,
  constraint consents_file_id_fkey FOREIGN KEY (file_id) REFERENCES data_files(id),
  constraint consents_pkey PRIMARY KEY (file_id),
  constraint consents_status_check CHECK ((status = ANY (ARRAY['unsent'::text, 'sending'::text, 'sent'::text, 'undelivered'::text, 'expired'::text, 'voided'::text])))
);

create table counted (
  id bigint not null generated always as identity,
  kind text not null,
  subject text not null,
  at timestamp with time zone not null,
  constraint counted_pkey PRIMARY KEY (id)
);

create table data_files (
  id uuid not null,
  backup_id uuid not null,
  "position" integer not null,
  data_type smallint not null,
  sample_count integer not null,
  mb_per_sample numeric(10,3) not null,
  depositor_email text not null,
  accession text not null,
  accession_key text not null,
  status text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  removed_at timestamp with time zone,
  constraint data_files_backup_id_fkey FOREIGN KEY (backup_id) REFERENCES backups(id),
  constraint data_files_data_type_check CHECK (((data_type >= 1) AND (data_type <= 10))),
  constraint data_files_mb_per_sample_check CHECK ((mb_per_sample > (0)::numeric)),
  constraint data_files_pkey PRIMARY KEY (id),
  constraint data_files_sample_count_check CHECK ((sample_count >= 1)),
  constraint data_files_status_check CHECK ((status = ANY (ARRAY['checking'::text, 'mismatch'::text, 'pending'::text, 'done'::text])))
);

create table filings (
  number text not null,
  filing_number text not null,
  filed_at timestamp with time zone not null,
  received_at timestamp with time zone not null default clock_timestamp(),
  constraint filings_pkey PRIMARY KEY (number, filing_number)
);

create table key_canaries (
  ring text not null,
  key_id text not null,
  canary bytea not null,
  constraint key_canaries_pkey PRIMARY KEY (ring, key_id)
);

create table number_counters (
  day date not null,
  last integer not null,
  constraint number_counters_pkey PRIMARY KEY (day)
);

create table number_gaps (
  day date not null,
  first integer not null,
  last integer not null,
  missing text[] not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint number_gaps_check CHECK ((first <= last)),
  constraint number_gaps_pkey PRIMARY KEY (day, first)
);

create table numbers (
  number text not null,
  backup_id uuid not null,
  issued_at timestamp with time zone not null,
  constraint numbers_backup_id_fkey FOREIGN KEY (backup_id) REFERENCES backups(id),
  constraint numbers_backup_id_key UNIQUE (backup_id),
  constraint numbers_pkey PRIMARY KEY (number)
);

create table operator_items (
  id bigint not null generated always as identity,
  kind text not null,
  subject text not null,
  opened_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  times integer not null default 1,
  closed_at timestamp with time zone,
  constraint operator_items_kind_check CHECK ((kind = ANY (ARRAY['recipientFull'::text, 'unitDisputed'::text]))),
  constraint operator_items_pkey PRIMARY KEY (id)
);

create table owed (
  key text not null,
  subject_kind text not null,
  subject_id uuid not null,
  tries integer not null default 0,
  cause text,
  reason text,
  pause_ms integer not null default 0,
  created_at timestamp with time zone not null default clock_timestamp(),
  last_at timestamp with time zone,
  due_at timestamp with time zone not null,
  held_until timestamp with time zone,
  outcome jsonb,
  outcome_at timestamp with time zone,
  constraint owed_pkey PRIMARY KEY (key),
  constraint owed_subject_kind_check CHECK ((subject_kind = 'backup'::text))
);

create table projects (
  id uuid not null default uuidv7(),
  creator_id uuid not null,
  owner_id uuid not null,
  unit_id uuid not null,
  name text not null,
  name_key text not null,
  lead_name text not null,
  lead_email text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint projects_creator_id_fkey FOREIGN KEY (creator_id) REFERENCES accounts(id),
  constraint projects_creator_id_name_key_key UNIQUE (creator_id, name_key),
  constraint projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES accounts(id),
  constraint projects_pkey PRIMARY KEY (id),
  constraint projects_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units(id)
);

create unlogged table rate_limits (
  subject text not null,
  kind text not null,
  minute timestamp with time zone not null,
  used integer not null,
  constraint rate_limits_pkey PRIMARY KEY (subject, kind, minute)
);

create table report_syncs (
  backup_id uuid not null,
  version integer not null,
  payload jsonb not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  acknowledged_at timestamp with time zone,
  constraint report_syncs_backup_id_fkey FOREIGN KEY (backup_id) REFERENCES backups(id),
  constraint report_syncs_pkey PRIMARY KEY (backup_id, version)
);

create table sessions (
  token_hash bytea not null,
  account_id uuid not null,
  provider_session text,
  id_token text not null,
  created_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  constraint sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint sessions_pkey PRIMARY KEY (token_hash)
);

create table sign_ins (
  state_hash bytea not null,
  browser_hash bytea not null,
  nonce text not null,
  code_verifier text not null,
  return_to text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint sign_ins_pkey PRIMARY KEY (state_hash)
);

create table sweeps (
  name text not null,
  last_good_at timestamp with time zone not null,
  constraint sweeps_pkey PRIMARY KEY (name)
);

create table unit_ancestors (
  unit_id uuid not null,
  ancestor_id uuid not null,
  constraint unit_ancestors_ancestor_id_fkey FOREIGN KEY (ancestor_id) REFERENCES units(id),
  constraint unit_ancestors_pkey PRIMARY KEY (ancestor_id, unit_id),
  constraint unit_ancestors_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units(id)
);

create table unit_claims (
  account_id uuid not null,
  unit_id uuid not null,
  parent_id uuid,
  constraint unit_claims_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint unit_claims_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES units(id),
  constraint unit_claims_pkey PRIMARY KEY (account_id, unit_id),
  constraint unit_claims_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units(id)
);

create table units (
  id uuid not null default uuidv7(),
  provider text not null,
  external_id text not null,
  name text not null,
  parent_id uuid,
  constraint units_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES units(id),
  constraint units_pkey PRIMARY KEY (id),
  constraint units_provider_external_id_key UNIQUE (provider, external_id)
);


CREATE INDEX accounts_name ON public.accounts USING btree (lower(NORMALIZE(name, NFKC)) text_pattern_ops);
CREATE INDEX accounts_unit ON public.accounts USING btree (unit_id);
CREATE INDEX audit_backup ON public.audit USING btree (backup_id, id DESC) WHERE (backup_id IS NOT NULL);
CREATE INDEX backups_custodian ON public.backups USING btree (custodian_id, stage, created_at DESC, id DESC) INCLUDE (unit_id);
CREATE INDEX backups_custodian_drafts ON public.backups USING btree (custodian_id, changed_at DESC, id DESC) WHERE (stage = 'draft'::text);
CREATE INDEX backups_deadline ON public.backups USING btree (deadline) WHERE (deadline IS NOT NULL);
CREATE INDEX backups_drafts_changed ON public.backups USING btree (changed_at) WHERE (stage <> 'completed'::text);
CREATE INDEX backups_newest ON public.backups USING btree (stage, created_at DESC, id DESC) INCLUDE (unit_id, custodian_id);
CREATE INDEX backups_project ON public.backups USING btree (project_id, created_at DESC, id DESC);
CREATE INDEX backups_unit ON public.backups USING btree (unit_id, stage, created_at DESC, id DESC) INCLUDE (custodian_id);
CREATE INDEX backups_unseen ON public.backups USING btree (changed_at) WHERE (seen_version < version);
CREATE INDEX commands_at ON public.commands USING btree (at);
CREATE INDEX counted_at ON public.counted USING btree (at);
CREATE INDEX counted_subject ON public.counted USING btree (kind, subject, at);
CREATE UNIQUE INDEX data_files_accession ON public.data_files USING btree (backup_id, accession_key) WHERE ((removed_at IS NULL) AND (status <> 'mismatch'::text));
CREATE INDEX data_files_backup ON public.data_files USING btree (backup_id, "position");
CREATE INDEX data_files_elsewhere ON public.data_files USING btree (accession_key);
CREATE INDEX filings_filing ON public.filings USING btree (filing_number);
CREATE UNIQUE INDEX operator_items_open ON public.operator_items USING btree (kind, subject) WHERE (closed_at IS NULL);
CREATE INDEX owed_due ON public.owed USING btree (due_at);
CREATE INDEX owed_subject ON public.owed USING btree (subject_id);
CREATE INDEX projects_lead ON public.projects USING btree (lower(NORMALIZE(lead_name, NFKC)) text_pattern_ops);
CREATE INDEX projects_owner ON public.projects USING btree (owner_id, created_at DESC, id DESC) INCLUDE (unit_id);
CREATE INDEX projects_unit ON public.projects USING btree (unit_id);
CREATE INDEX sessions_account ON public.sessions USING btree (account_id);
CREATE INDEX sessions_end ON public.sessions USING btree (ends_at);
CREATE INDEX unit_ancestors_unit ON public.unit_ancestors USING btree (unit_id);
CREATE INDEX unit_claims_unit ON public.unit_claims USING btree (unit_id);
CREATE INDEX units_parent ON public.units USING btree (parent_id);

CREATE OR REPLACE FUNCTION public.actor_id()
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$ select nullif(current_setting('app.actor_id', true), '')::uuid $function$
;
CREATE OR REPLACE FUNCTION public.actor_unit()
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ select unit_id from accounts where id = actor_id() and active and unit_authorised $function$
;
CREATE OR REPLACE FUNCTION public.actor_units()
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 5
 SET search_path TO 'public', 'pg_temp'
AS $function$
    select t.unit_id from accounts a join unit_ancestors t on t.ancestor_id = a.unit_id
      where a.id = actor_id() and a.active
        and (a.role = 'legal_entity' or a.role = 'unit_admin' and t.unit_id = a.unit_id) $function$
;
CREATE OR REPLACE FUNCTION public.append_audit(entry jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare row audit; head audit_heads;
    begin
      row := jsonb_populate_record(null::audit, entry);
      row.recorded_at := clock_timestamp();
      row.at := coalesce(row.at, row.recorded_at);
      row.params := coalesce(row.params, '{}');
      insert into audit_heads values (row.unit_id, 0, '\x') on conflict do nothing;
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.apply_accounts(of_provider text, listed jsonb)
 RETURNS TABLE(changed integer, ended integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.audit_account(account uuid, actor uuid, act text, params jsonb, before jsonb DEFAULT NULL::jsonb, after jsonb DEFAULT NULL::jsonb)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$
    select append_audit(jsonb_build_object('unit_id', '00000000-0000-0000-0000-000000000000', 'actor_id', actor,
      'action', act, 'params', jsonb_build_object('accountId', account) || params, 'before', before, 'after', after)) $function$
;
CREATE OR REPLACE FUNCTION public.audit_account_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      perform audit_account(new.id, null, case when new.active = old.active then 'accountChanged'
          when new.active then 'accountEnabled' else 'accountDisabled' end, '{}',
        jsonb_build_object('role', old.role, 'unitId', old.unit_id, 'unitAuthorised', old.unit_authorised,
          'name', old.name, 'phone', old.phone, 'email', old.email),
        jsonb_build_object('role', new.role, 'unitId', new.unit_id, 'unitAuthorised', new.unit_authorised,
          'name', new.name, 'phone', new.phone, 'email', new.email));
      return null;
    end $function$
;
CREATE OR REPLACE FUNCTION public.audit_creation()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.audit_digest(previous bytea, entry audit)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE
AS $function$
    select sha256(previous || convert_to(jsonb_build_array(
      entry.unit_id, entry.seq, extract(epoch from entry.at), extract(epoch from entry.recorded_at),
      entry.actor_id, entry.action, entry.project_id, entry.backup_id, entry.file_id,
      entry.params, entry.before, entry.after, entry.reason)::text, 'UTF8')) $function$
;
CREATE OR REPLACE FUNCTION public.audit_export(params jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      if actor_id() is null then raise exception 'an export has an actor'; end if;
      perform lock_accounts_audit();
      perform audit_account(actor_id(), actor_id(), 'exported', params);
    end $function$
;
CREATE OR REPLACE FUNCTION public.audit_unit_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      perform append_audit(jsonb_build_object('unit_id', '00000000-0000-0000-0000-000000000000',
        'action', 'unitChanged', 'params', jsonb_build_object('unitId', new.id),
        'before', jsonb_build_object('name', old.name, 'parentId', old.parent_id),
        'after', jsonb_build_object('name', new.name, 'parentId', new.parent_id)));
      return null;
    end $function$
;
CREATE OR REPLACE FUNCTION public.broken_audit(unit uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    select min(seq) from (
      select a.seq, a.hash <> audit_digest(a.previous, a)
        or a.previous <> coalesce(lag(a.hash) over w, '\x') or a.seq <> coalesce(lag(a.seq) over w, 0) + 1 as broken
      from audit a where a.unit_id = unit window w as (order by a.seq)
      union all
      select h.seq + 1, h.hash is distinct from (select hash from audit where unit_id = unit and seq = h.seq)
        and h.seq > 0 from audit_heads h where h.unit_id = unit
    ) chain where broken $function$
;
CREATE OR REPLACE FUNCTION public.claim_units(account uuid, of_provider text, steps jsonb)
 RETURNS SETOF uuid
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    select unit_id from gone union select unit_id from come $function$
;
CREATE OR REPLACE FUNCTION public.end_sessions(of_provider text, of_subject text, of_session text)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.find_session(hash bytea, in_background boolean DEFAULT false)
 RETURNS TABLE(account_id uuid, name text, email text, role text, unit_id uuid, unit_name text, unit_authorised boolean, id_token text, idle_ends_at timestamp with time zone, ends_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      update sessions s set seen_at = clock_timestamp()
        where s.token_hash = hash and not in_background and s.seen_at < clock_timestamp() - interval '1 minute'
          and s.seen_at > clock_timestamp() - interval '30 minutes' and s.ends_at > clock_timestamp();
      return query select a.id, a.name, a.email, a.role, a.unit_id, u.name, a.unit_authorised, s.id_token,
          s.seen_at + interval '30 minutes', s.ends_at
        from sessions s join accounts a on a.id = s.account_id left join units u on u.id = a.unit_id
        where s.token_hash = hash and a.active
          and s.seen_at > clock_timestamp() - interval '30 minutes' and s.ends_at > clock_timestamp();
    end $function$
;
CREATE OR REPLACE FUNCTION public.forget_ended()
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    delete from sessions where ends_at < clock_timestamp() or seen_at < clock_timestamp() - interval '30 minutes';
    delete from sign_ins where created_at < clock_timestamp() - interval '1 hour';
    delete from counted where at < clock_timestamp() - interval '8 days';
    delete from rate_limits where minute < clock_timestamp() - interval '2 minutes';
    delete from commands where at < statement_timestamp() - interval '30 days';
  $function$
;
CREATE OR REPLACE FUNCTION public.keep_issued()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      raise exception 'what is issued or ended does not change: % of %', tg_argv[0], tg_table_name
        using errcode = 'integrity_constraint_violation';
    end $function$
;
CREATE OR REPLACE FUNCTION public.keep_unit_ancestors()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.lock_accounts_audit()
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'public', 'pg_temp'
AS $function$ select lock_audit('00000000-0000-0000-0000-000000000000') $function$
;
CREATE OR REPLACE FUNCTION public.lock_audit(unit uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    begin
      insert into audit_heads values (unit, 0, '\x') on conflict do nothing;
      perform 1 from audit_heads where unit_id = unit for update;
    end $function$
;
CREATE OR REPLACE FUNCTION public.place_unit(of_provider text, steps jsonb)
 RETURNS uuid
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.record_filing(of_filing text, of_numbers text[], of_time timestamp with time zone, OUT recorded text[], OUT unknown text[], OUT differs timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.settle_units(claimed uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.sign_in(identity jsonb, token_hash bytea, provider_session text, id_token text)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
    end $function$
;
CREATE OR REPLACE FUNCTION public.sign_out(hash bytea)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare account uuid;
    begin
      if not exists (select from sessions where token_hash = hash) then return; end if;
      perform lock_accounts_audit();
      delete from sessions where token_hash = hash returning account_id into account;
      if found then perform audit_account(account, account, 'signedOut', '{"by": "person"}'); end if;
    end $function$
;
CREATE OR REPLACE FUNCTION public.take_request(of_subject text, of_kind text, most integer)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare now_minute timestamptz := date_trunc('minute', clock_timestamp());
    begin
      insert into rate_limits as r values (of_subject, of_kind, now_minute, 1)
        on conflict (subject, kind, minute) do update set used = r.used + 1 where r.used < most;
      return case when found then null else now_minute + interval '1 minute' end;
    end $function$
;

CREATE TRIGGER audited AFTER UPDATE ON public.accounts FOR EACH ROW WHEN ((((((((old.role IS DISTINCT FROM new.role) OR (old.unit_id IS DISTINCT FROM new.unit_id)) OR (old.unit_authorised IS DISTINCT FROM new.unit_authorised)) OR (old.name IS DISTINCT FROM new.name)) OR (old.phone IS DISTINCT FROM new.phone)) OR (old.email IS DISTINCT FROM new.email)) OR (old.active IS DISTINCT FROM new.active))) EXECUTE FUNCTION audit_account_change();
CREATE TRIGGER audited AFTER INSERT ON public.backups FOR EACH ROW WHEN ((CURRENT_USER <> 'hgrip_migrate'::name)) EXECUTE FUNCTION audit_creation();
CREATE TRIGGER issued BEFORE UPDATE ON public.backups FOR EACH ROW WHEN (((old.stage = 'completed'::text) AND (((((((((((old.id IS DISTINCT FROM new.id) OR (old.reference IS DISTINCT FROM new.reference)) OR (old.project_id IS DISTINCT FROM new.project_id)) OR (old.unit_id IS DISTINCT FROM new.unit_id)) OR (old.number IS DISTINCT FROM new.number)) OR (old.check_code IS DISTINCT FROM new.check_code)) OR (old.issued_at IS DISTINCT FROM new.issued_at)) OR (old.snapshot IS DISTINCT FROM new.snapshot)) OR (old.name IS DISTINCT FROM new.name)) OR (old.content_types IS DISTINCT FROM new.content_types)) OR (old.created_at IS DISTINCT FROM new.created_at)))) EXECUTE FUNCTION keep_issued('issued');
CREATE TRIGGER stage BEFORE UPDATE ON public.backups FOR EACH ROW WHEN (((old.stage <> 'draft'::text) AND (new.stage <> old.stage))) EXECUTE FUNCTION keep_issued('stage');
CREATE TRIGGER last BEFORE UPDATE ON public.number_counters FOR EACH ROW WHEN (((new.day <> old.day) OR (new.last < old.last))) EXECUTE FUNCTION keep_issued('last');
CREATE TRIGGER audited AFTER INSERT ON public.projects FOR EACH ROW WHEN ((CURRENT_USER <> 'hgrip_migrate'::name)) EXECUTE FUNCTION audit_creation();
CREATE TRIGGER ancestors_of_moved AFTER UPDATE ON public.units FOR EACH ROW WHEN ((old.parent_id IS DISTINCT FROM new.parent_id)) EXECUTE FUNCTION keep_unit_ancestors();
CREATE TRIGGER ancestors_of_new AFTER INSERT ON public.units FOR EACH ROW EXECUTE FUNCTION keep_unit_ancestors();
CREATE TRIGGER audited AFTER UPDATE ON public.units FOR EACH ROW WHEN (((old.name IS DISTINCT FROM new.name) OR (old.parent_id IS DISTINCT FROM new.parent_id))) EXECUTE FUNCTION audit_unit_change();

alter table account_polls enable row level security;
alter table account_polls force row level security;
alter table accounts enable row level security;
alter table accounts force row level security;
alter table audit enable row level security;
alter table audit force row level security;
alter table audit_heads enable row level security;
alter table audit_heads force row level security;
alter table backups enable row level security;
alter table backups force row level security;
alter table code_tries enable row level security;
alter table code_tries force row level security;
alter table commands enable row level security;
alter table commands force row level security;
alter table consents enable row level security;
alter table consents force row level security;
alter table counted enable row level security;
alter table counted force row level security;
alter table data_files enable row level security;
alter table data_files force row level security;
alter table filings enable row level security;
alter table filings force row level security;
alter table numbers enable row level security;
alter table numbers force row level security;
alter table operator_items enable row level security;
alter table operator_items force row level security;
alter table owed enable row level security;
alter table owed force row level security;
alter table projects enable row level security;
alter table projects force row level security;
alter table rate_limits enable row level security;
alter table rate_limits force row level security;
alter table report_syncs enable row level security;
alter table report_syncs force row level security;
alter table sessions enable row level security;
alter table sessions force row level security;
alter table unit_claims enable row level security;
alter table unit_claims force row level security;

create policy migrate_all on account_polls as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on account_polls as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on accounts as permissive for select to hgrip_api using (((id = ( SELECT actor_id() AS actor_id)) OR (unit_id IN ( SELECT actor_units() AS actor_units)) OR (EXISTS ( SELECT
   FROM projects p
  WHERE ((p.owner_id = accounts.id) AND (p.unit_id IN ( SELECT actor_units() AS actor_units)))
 OFFSET 0)) OR (EXISTS ( SELECT
   FROM projects p
  WHERE ((p.creator_id = accounts.id) AND (p.unit_id IN ( SELECT actor_units() AS actor_units)))
 OFFSET 0)) OR (EXISTS ( SELECT
   FROM backups b
  WHERE ((b.custodian_id = accounts.id) AND (b.unit_id IN ( SELECT actor_units() AS actor_units)))
 OFFSET 0))));
create policy migrate_all on accounts as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on accounts as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on audit as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM backups b
  WHERE (b.id = audit.backup_id))));
create policy migrate_all on audit as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on audit as permissive for all to hgrip_worker using (true) with check (true);
create policy migrate_all on audit_heads as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on audit_heads as permissive for all to hgrip_worker using (true) with check (true);
create policy api_create on backups as permissive for insert to hgrip_api with check (((custodian_id = ( SELECT actor_id() AS actor_id)) AND (unit_id = ( SELECT actor_unit() AS actor_unit)) AND (EXISTS ( SELECT 1
   FROM projects p
  WHERE ((p.id = backups.project_id) AND (p.owner_id = ( SELECT actor_id() AS actor_id)) AND (p.unit_id = backups.unit_id))))));
create policy api_read on backups as permissive for select to hgrip_api using (((custodian_id = ( SELECT actor_id() AS actor_id)) OR (unit_id IN ( SELECT actor_units() AS actor_units))));
create policy migrate_all on backups as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on backups as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on code_tries as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM projects p
  WHERE (p.id = code_tries.project_id))));
create policy migrate_all on code_tries as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on code_tries as permissive for all to hgrip_worker using (true) with check (true);
create policy api_own on commands as permissive for all to hgrip_api using ((account_id = ( SELECT actor_id() AS actor_id))) with check ((account_id = ( SELECT actor_id() AS actor_id)));
create policy migrate_all on commands as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on commands as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on consents as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM data_files f
  WHERE (f.id = consents.file_id))));
create policy migrate_all on consents as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on consents as permissive for all to hgrip_worker using (true) with check (true);
create policy migrate_all on counted as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on counted as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on data_files as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM backups b
  WHERE (b.id = data_files.backup_id))));
create policy migrate_all on data_files as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on data_files as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on filings as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM numbers n
  WHERE (n.number = filings.number))));
create policy migrate_all on filings as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on filings as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on numbers as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM backups b
  WHERE (b.id = numbers.backup_id))));
create policy migrate_all on numbers as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on numbers as permissive for all to hgrip_worker using (true) with check (true);
create policy migrate_all on operator_items as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on operator_items as permissive for all to hgrip_worker using (true) with check (true);
create policy api_read on owed as permissive for select to hgrip_api using (((subject_kind = 'backup'::text) AND (EXISTS ( SELECT 1
   FROM backups b
  WHERE (b.id = owed.subject_id)))));
create policy migrate_all on owed as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on owed as permissive for all to hgrip_worker using (true) with check (true);
create policy api_create on projects as permissive for insert to hgrip_api with check (((creator_id = ( SELECT actor_id() AS actor_id)) AND (owner_id = creator_id) AND (unit_id = ( SELECT actor_unit() AS actor_unit))));
create policy api_read on projects as permissive for select to hgrip_api using (((owner_id = ( SELECT actor_id() AS actor_id)) OR (unit_id IN ( SELECT actor_units() AS actor_units))));
create policy migrate_all on projects as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on projects as permissive for all to hgrip_worker using (true) with check (true);
create policy migrate_all on rate_limits as permissive for all to hgrip_migrate using (true) with check (true);
create policy api_read on report_syncs as permissive for select to hgrip_api using ((EXISTS ( SELECT 1
   FROM backups b
  WHERE (b.id = report_syncs.backup_id))));
create policy migrate_all on report_syncs as permissive for all to hgrip_migrate using (true) with check (true);
create policy worker_all on report_syncs as permissive for all to hgrip_worker using (true) with check (true);
create policy migrate_all on sessions as permissive for all to hgrip_migrate using (true) with check (true);
create policy migrate_all on unit_claims as permissive for all to hgrip_migrate using (true) with check (true);

grant insert, select, update on account_polls to hgrip_worker;
grant select on accounts to hgrip_api;
grant select on accounts to hgrip_worker;
grant select on audit to hgrip_api;
grant select on audit to hgrip_worker;
grant select on audit_heads to hgrip_worker;
grant select on backups to hgrip_api;
grant select on backups to hgrip_worker;
grant insert, select, update on code_tries to hgrip_worker;
grant select on code_tries to hgrip_api;
grant insert, select on commands to hgrip_api;
grant insert, select on commands to hgrip_worker;
grant insert, select, update on consents to hgrip_worker;
grant select on consents to hgrip_api;
grant delete, insert, select, update on counted to hgrip_worker;
grant insert, select on data_files to hgrip_worker;
grant select on data_files to hgrip_api;
grant select on filings to hgrip_api;
grant select on filings to hgrip_worker;
grant insert, select on key_canaries to hgrip_api;
grant insert, select on key_canaries to hgrip_worker;
grant insert, select on number_counters to hgrip_worker;
grant insert, select on numbers to hgrip_worker;
grant select on numbers to hgrip_api;
grant insert, select, update on operator_items to hgrip_worker;
grant delete, insert, select, update on owed to hgrip_worker;
grant select on owed to hgrip_api;
grant select on projects to hgrip_api;
grant select on projects to hgrip_worker;
grant insert, select on report_syncs to hgrip_worker;
grant select on report_syncs to hgrip_api;
grant delete, insert, select on sign_ins to hgrip_api;
grant insert, select, update on sweeps to hgrip_worker;
grant select on unit_ancestors to hgrip_api;
grant select on unit_ancestors to hgrip_worker;
grant select on units to hgrip_api;
grant select on units to hgrip_worker;
grant insert (reference, project_id, unit_id, custodian_id, name, content_types) on backups to hgrip_api;
grant update (custodian_id, name, content_types, stage, version, seen_version, deadline, number, check_code, issued_at, snapshot, report_version, report_acknowledged, acknowledged_at, changed_at) on backups to hgrip_worker;
grant update (sample_count, mb_per_sample, status, removed_at) on data_files to hgrip_worker;
grant update (last) on number_counters to hgrip_worker;
grant insert (creator_id, owner_id, unit_id, name, name_key, lead_name, lead_email) on projects to hgrip_api;
grant update (id) on projects to hgrip_worker;
grant update (acknowledged_at) on report_syncs to hgrip_worker;
grant execute on function actor_id() to hgrip_api;
grant execute on function actor_id() to hgrip_worker;
grant execute on function actor_unit() to hgrip_api;
grant execute on function actor_unit() to hgrip_worker;
grant execute on function actor_units() to hgrip_api;
grant execute on function actor_units() to hgrip_worker;
grant execute on function append_audit(jsonb) to hgrip_worker;
grant execute on function apply_accounts(text,jsonb) to hgrip_worker;
grant execute on function audit_export(jsonb) to hgrip_api;
grant execute on function broken_audit(uuid) to hgrip_worker;
grant execute on function end_sessions(text,text,text) to hgrip_api;
grant execute on function find_session(bytea,boolean) to hgrip_api;
grant execute on function forget_ended() to hgrip_worker;
grant execute on function lock_audit(uuid) to hgrip_worker;
grant execute on function record_filing(text,text[],timestamp with time zone) to hgrip_api;
grant execute on function sign_in(jsonb,bytea,text,text) to hgrip_api;
grant execute on function sign_out(bytea) to hgrip_api;
grant execute on function take_request(text,text,integer) to hgrip_api;
grant usage on schema public to hgrip_api;
grant usage on schema public to hgrip_worker;
grant usage on schema public to public;
