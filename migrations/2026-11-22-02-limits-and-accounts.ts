/** General request limits; the provider's list of accounts; sessions that a page alone does not keep alive. */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const tables = [
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
  // Commands are only the memory of their keys; it is deleted by age.
  `create index commands_at on commands (at)`,
]

const functions = [
  // One more request of this kind in this minute: null, or when the next minute begins.
  `create function take_request(of_subject text, of_kind text, most integer) returns timestamptz
    language plpgsql security definer set search_path = public as $$
    declare now_minute timestamptz := date_trunc('minute', clock_timestamp());
    begin
      insert into rate_limits as r values (of_subject, of_kind, now_minute, 1)
        on conflict (subject, kind, minute) do update set used = r.used + 1 where r.used < most;
      return case when found then null else now_minute + interval '1 minute' end;
    end $$`,
  // R6: a live session and its account; being used keeps it alive, what a page asks by itself does not.
  `drop function find_session(bytea)`,
  `create function find_session(hash bytea, in_background boolean default false) returns table (
      account_id uuid, name text, email text, role text, unit_id uuid, unit_name text, unit_authorised boolean,
      id_token text, idle_ends_at timestamptz, ends_at timestamptz)
    language plpgsql security definer set search_path = public as $$
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
  // R2: the own unit's id; what is known already is not written again.
  `create function place_unit(of_provider text, steps jsonb) returns uuid
    language plpgsql set search_path = public as $$
    declare step jsonb; unit uuid; above uuid;
    begin
      for i in reverse jsonb_array_length(steps) - 1 .. 0 loop -- from the root down
        step := steps->i;
        select id into unit from units where provider = of_provider and external_id = step->>'id'
          and name = step->>'name' and parent_id is not distinct from above;
        if not found then
          insert into units (provider, external_id, name, parent_id)
            values (of_provider, step->>'id', step->>'name', above)
            on conflict (provider, external_id) do update set name = excluded.name, parent_id = excluded.parent_id
            returning id into unit;
        end if;
        above := unit;
      end loop;
      return unit;
    end $$`,
  // R1, R2, R6: null for an account that the provider's list calls disabled, until the list says otherwise.
  `create or replace function sign_in(identity jsonb, token_hash bytea, provider_session text, id_token text)
    returns uuid language plpgsql security definer set search_path = public as $$
    declare account uuid;
    begin
      if exists (select 1 from accounts a where a.provider = identity->>'provider'
          and a.subject = identity->>'subject' and not a.active) then
        return null;
      end if;
      insert into accounts (provider, subject, name, phone, email, role, unit_id, unit_authorised)
        values (identity->>'provider', identity->>'subject', identity->>'name', identity->>'phone',
          identity->>'email', identity->>'role',
          place_unit(identity->>'provider', coalesce(identity->'unitPath', '[]')),
          (identity->>'unitAuthorised')::boolean)
        on conflict (provider, subject) do update set name = excluded.name, phone = excluded.phone,
          email = excluded.email, role = excluded.role, unit_id = excluded.unit_id,
          unit_authorised = excluded.unit_authorised, signed_in_at = clock_timestamp()
        returning id into account;
      insert into sessions values (sign_in.token_hash, account, sign_in.provider_session, sign_in.id_token,
        clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '12 hours');
      return account;
    end $$`,
  // R6: writes what the provider's list says of accounts that we know, and ends the sessions of those that were
  // disabled, or have another role or unit. Who never signed in is not written down.
  `create function apply_accounts(of_provider text, listed jsonb) returns table (changed integer, ended integer)
    language plpgsql security definer set search_path = public as $$
    declare one jsonb; old accounts; unit uuid; gone integer;
    begin
      changed := 0;
      ended := 0;
      for one in select value from jsonb_array_elements(listed) order by value->>'subject' loop
        select * into old from accounts a
          where a.provider = of_provider and a.subject = one->>'subject' for update;
        continue when not found;
        if not (one->>'active')::boolean then
          if old.active then
            update accounts set active = false where id = old.id;
            changed := changed + 1;
          end if;
          delete from sessions where account_id = old.id;
        else
          unit := place_unit(of_provider, one->'unitPath');
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
      return next;
    end $$`,
  // What nobody needs any more: ended sessions, abandoned sign-ins, counts older than every limit's window, the
  // memory of keys after 30 days.
  `create or replace function forget_ended() returns void language sql security definer set search_path = public as $$
    delete from sessions where ends_at < clock_timestamp() or seen_at < clock_timestamp() - interval '30 minutes';
    delete from sign_ins where created_at < clock_timestamp() - interval '1 hour';
    delete from counted where at < clock_timestamp() - interval '8 days';
    delete from rate_limits where minute < clock_timestamp() - interval '2 minutes';
    delete from commands where at < statement_timestamp() - interval '30 days';
  $$`,
]

const policies = ['rate_limits', 'account_polls'].flatMap((table) => [
  `alter table ${table} enable row level security`,
  `alter table ${table} force row level security`,
  `create policy migrate_all on ${table} to hgrip_migrate using (true) with check (true)`,
])

const grants = [
  `revoke all on all functions in schema public from public`,
  `create policy worker_all on account_polls to hgrip_worker using (true) with check (true)`,
  `grant select, insert, update on account_polls to hgrip_worker`,
  `grant execute on function apply_accounts(text, jsonb) to hgrip_worker`,
  `grant execute on function take_request(text, text, integer), find_session(bytea, boolean) to hgrip_api`,
]

const statements = [...tables, ...functions, ...policies, ...grants]
