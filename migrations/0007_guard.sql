-- Freezing: one user or one installation at a time, on record, with its reasons; wider only by two named persons, with an expiry.

-- Every freeze, by whom and why; `frozen_at` of the user or installation is what the gate reads.
create table guard.freeze (
  id bigint generated always as identity primary key,
  user_id bigint references access.app_user,
  installation_id bigint references access.installation,
  at timestamptz not null,
  by text not null,                         -- 'guard', 'decoy', 'person', or an operator's name
  reasons jsonb not null,                   -- [{"code": …, "fr": …, "en": …}]
  unproven boolean not null default false,  -- stops only questions without presence
  review_due_at timestamptz not null,       -- a human looks at every automatic one (GDPR article 22)
  reviewed_at timestamptz,
  reviewed_by text,
  lifted_at timestamptz,
  lifted_by text,
  lift_reason text,
  on_call_until timestamptz,                -- lifted for 12 hours by one operator, then it acts again
  on_call_by text,
  on_call_reason text,
  check ((user_id is null) <> (installation_id is null))
);
create index freeze_user on guard.freeze (user_id, at);
create index freeze_open on guard.freeze (at) where lifted_at is null;

-- A stop wider than one user or installation: two persons, a reason, an end.
create table guard.stop (
  id bigint generated always as identity primary key,
  scope text not null check (scope in ('establishment', 'vendor', 'platform')),
  subject text not null,                    -- establishment row number, vendor's name, or ''
  by_first text not null,
  by_second text not null,
  reason text not null check (trim(reason) <> ''),
  at timestamptz not null,
  until timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  check (lower(trim(by_first)) <> lower(trim(by_second)) and trim(by_first) <> '' and trim(by_second) <> ''),
  check (until > at and until <= at + interval '24 hours')
);
create index stop_open on guard.stop (until) where ended_at is null;

-- Automatic freezes in one hour, over the whole platform; past it the next ones wait for a human. Ours until calibrated.
create function gate.automatic_freezes_an_hour() returns int language sql immutable as $$ select 60 $$;
-- Whether nobody by name ordered a freeze: the guard, a decoy, another operator's signal.
create function gate.is_automatic(p_by text) returns boolean language sql immutable as $$ select p_by in ('guard', 'decoy') or p_by like 'peer %' $$;
create function gate.review_minutes() returns interval language sql immutable as $$ select interval '30 minutes' $$;

grant select, insert, update on guard.freeze, guard.stop to rempart_gate;
grant update (frozen_at, unproven_frozen_at, state) on access.installation to rempart_gate;

create function gate.note_freeze(f guard.freeze, p_purpose text, p_outcome text, p_detail text) returns void language sql volatile as $$
  insert into journal.entry (id, at, installation_id, establishment_id, user_id, professional_id, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), n.id, n.establishment_id, u.id, coalesce(u.professional_id, u.responsible_id), p_purpose, p_outcome, left(p_detail, 400)
    from (values (1)) one left join access.app_user u on u.id = f.user_id left join access.installation n on n.id = coalesce(f.installation_id, u.installation_id)
$$;

-- One user, wherever they ask: the same professional has a row in each installation.
create function gate.rows_of_user(p_user bigint) returns bigint[] language sql stable as $$
  select array_agg(o.id) from access.app_user u join access.app_user o on o.id = u.id or o.professional_id = u.professional_id where u.id = p_user
$$;

-- Who a question's key speaks for: a key of the portal is one person's, wherever they ask; a software's key is its
-- installation's, and says nothing about that person elsewhere.
create function gate.rows_of_key(p_user bigint) returns bigint[] language sql stable as $$
  select case when n.kind = 'portal' then gate.rows_of_user(u.id) else array[u.id] end
  from access.app_user u join access.installation n on n.id = u.installation_id where u.id = p_user
$$;

-- A freeze for what a key asked reaches as far as that key: whoever stole a software's gives the names they like. One ordered, by a person of
-- themselves, an operator or a peer, reaches the person wherever they ask.
create function gate.reach_of(p_user bigint, p_by text) returns bigint[] language sql stable as $$
  select case when p_by in ('guard', 'decoy') then gate.rows_of_key(p_user) else gate.rows_of_user(p_user) end
$$;

-- Whose automatic freezes of thirty days count together: a person's in the portal, wherever they ask; of a software's name those of that name.
create function gate.counted_with(p_user bigint) returns bigint[] language sql stable as $$
  select case when n.kind = 'portal' then (select array_agg(o.id) from unnest(gate.rows_of_user(u.id)) r(id) join access.app_user o on o.id = r.id join access.installation m on m.id = o.installation_id and m.kind = 'portal') else array[u.id] end
  from access.app_user u join access.installation n on n.id = u.installation_id where u.id = p_user
$$;

create function gate.freeze_one(p_user bigint, p_installation bigint, p_by text, p_reasons jsonb) returns bigint language plpgsql volatile as $$
declare
  f guard.freeze;
  mine bigint[] := gate.reach_of(p_user, p_by);
begin
  perform set_config('synchronous_commit', 'on', true);
  if p_user is not null then
    perform from access.app_user u where u.id = any (mine) order by u.id for update;
    update access.app_user set frozen_at = least(frozen_at, gate.clock()) where id = any (mine);
  else
    update access.installation set frozen_at = least(frozen_at, gate.clock()) where id = p_installation;
  end if;
  if not found then return null; end if;
  insert into guard.freeze (user_id, installation_id, at, by, reasons, review_due_at)
    values (p_user, p_installation, gate.clock(), p_by, p_reasons, gate.review_due(gate.clock())) returning * into f;
  perform gate.note_freeze(f, 'freeze', case when p_user is null then 'installation' else 'user' end, p_by || ': ' || (select string_agg(r->>'code', ', ') from jsonb_array_elements(p_reasons) r));
  return f.id;
end $$;

-- The guard's own: one user, with reasons, and no more than so many keys an hour. Returns the freeze, 0 when a human must do it, null when nothing is left to stop.
create function gate.freeze_by_guard(p_user bigint, p_reasons jsonb) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  f_id bigint;
  n access.installation;
  nameless boolean;
begin
  if jsonb_typeof(p_reasons) is distinct from 'array' or jsonb_array_length(p_reasons) = 0 then return null; end if;
  perform pg_advisory_xact_lock(hashtextextended('automatic-freezes', 0));
  -- The whole of an establishment that asks as such: its questions without presence alone, so that no thief closes a hospital.
  nameless := exists (select from access.app_user u where u.id = p_user and u.pseudonym = '');
  -- One that was lifted on call does not act meanwhile: a new sign freezes anew.
  if exists (select from guard.freeze f where f.user_id = p_user and f.lifted_at is null and (nameless or not f.unproven) and coalesce(f.on_call_until <= gate.clock(), true)) then return null; end if;
  -- Names of one software's key whose questions without presence have stopped: no further freezes are spent on them.
  select x.* into n from access.app_user u join access.installation x on x.id = u.installation_id where u.id = p_user;
  if n.kind = 'software' and n.unproven_frozen_at <= gate.clock() then return null; end if;
  -- A software's names are counted by its key: whoever holds one picks as many as they like. Portal users are who Pro Santé Connect says.
  if (select count(distinct case when i.kind = 'software' then 'key ' || i.id else 'user ' || f.user_id end) from guard.freeze f join access.app_user u on u.id = f.user_id join access.installation i on i.id = u.installation_id
      where f.by = 'guard' and f.at > gate.clock() - interval '1 hour' and not (i.kind = 'software' and i.id = n.id)) >= gate.automatic_freezes_an_hour() then
    insert into journal.entry (id, at, installation_id, establishment_id, user_id, purpose, outcome, detail)
      values (nextval('journal.entry_id'), gate.clock(), n.id, n.establishment_id, p_user, 'freeze', 'held', 'too many automatic freezes in an hour, a human decides: ' || (select string_agg(r->>'code', ', ') from jsonb_array_elements(p_reasons) r));
    return 0;
  end if;
  f_id := case when nameless then gate.freeze_unproven(p_user, null, 'guard', p_reasons) else gate.freeze_one(p_user, null, 'guard', p_reasons) end;
  perform gate.freeze_installation_too((select u.installation_id from access.app_user u where u.id = p_user));
  return f_id;
end $$;

-- One weak signal: a touch (or Pro Santé Connect again) before further questions without presence through the portal.
-- A software's user has the floor of a day until a professional of the place has answered for them (0018).
-- What an alarm over many says of one user (`p_of_key` false) asks no other name of their software.
create function gate.demand_step_up(p_user bigint, p_reasons jsonb, p_of_key boolean default true) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if jsonb_typeof(p_reasons) is distinct from 'array' or jsonb_array_length(p_reasons) = 0 then return false; end if;
  update access.app_user set step_up_from = gate.clock(), asked_of_key = p_of_key
    where id = p_user and coalesce(frozen_at > gate.clock(), true);
  if not found then return false; end if;
  insert into journal.entry (id, at, installation_id, user_id, professional_id, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), u.installation_id, u.id, coalesce(u.professional_id, u.responsible_id), 'signal', 'step-up', (select string_agg(r->>'code', ', ') from jsonb_array_elements(p_reasons) r)
    from access.app_user u where u.id = p_user;
  return true;
end $$;

-- The stream that the detectors read: no person, no identity. Entries commit out of order:
-- what was missing among the last ones is asked for by number.
create function gate.read_trace(p_after bigint, p_missing bigint[], p_limit int) returns table (entry bigint, at timestamptz, user_id bigint, installation_id bigint, insurer_id smallint, outcome text, who uuid, area uuid, root uuid, place uuid, device uuid, network uuid, peer_group text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.entry_id, t.at, t.user_id, t.installation_id, t.insurer_id, t.outcome, t.who, t.area, t.root, t.place, t.device, t.network, e.peer_group
  from (select * from guard.trace x where x.entry_id > p_after union all select * from guard.trace x where x.entry_id = any (p_missing)) t
  cross join lateral (select x.establishment_id from access.installation x where x.id = t.installation_id limit 1) n
  cross join lateral (select x.peer_group from access.establishment x where x.id = n.establishment_id limit 1) e
  -- what led to a freeze does not lead to the next one
  where not exists (select from guard.freeze f where f.user_id = t.user_id and f.at >= t.at) order by t.entry_id limit least(p_limit, 20000)
$$;

-- Where the stream of the last 30 days begins: a guard that starts remembers that far.
create function gate.trace_start() returns bigint language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select coalesce(min(t.entry_id), (select last_value from journal.entry_id)) from guard.trace t where t.at > gate.clock() - interval '30 days' $$;

-- Up to where the guard has looked and acted: what came while it was down is acted on when it starts again. Null: it never looked.
create table guard.looked (
  one boolean primary key default true check (one),
  entry bigint not null
);
grant select, insert, update on guard.looked to rempart_gate;
create function gate.looked_until() returns bigint language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select l.entry from guard.looked l $$;
create function gate.note_looked(p_entry bigint) returns void language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into guard.looked as l (entry) values (p_entry) on conflict (one) do update set entry = greatest(l.entry, excluded.entry)
$$;

-- An operator's: one user of an installation by pseudonym, or the installation.
create function gate.freeze_by_operator(p_client uuid, p_pseudonym text, p_by text, p_reason text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  n access.installation;
  u access.app_user;
begin
  if not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' then return null; end if;
  select * into n from access.installation x where x.client_id = p_client;
  if n.id is null then return null; end if;
  if p_pseudonym is null then return gate.freeze_one(null, n.id, p_by, jsonb_build_array(jsonb_build_object('code', 'operator', 'fr', p_reason, 'en', p_reason))); end if;
  select * into u from access.app_user x where x.installation_id = n.id and x.pseudonym = p_pseudonym;
  if u.id is null then return null; end if;
  return gate.freeze_one(u.id, null, p_by, jsonb_build_array(jsonb_build_object('code', 'operator', 'fr', p_reason, 'en', p_reason)));
end $$;

-- After one freeze was lifted: what no other open freeze holds goes on.
create function gate.thaw(f guard.freeze) returns void language plpgsql volatile as $$
declare
  mine constant bigint[] := gate.rows_of_user(f.user_id);
begin
  if f.user_id is not null then
    update access.app_user u set frozen_at = case when u.frozen_at is not null then o.whole end, unproven_frozen_at = case when u.unproven_frozen_at is not null then o.part end
      from (select m.id, min(coalesce(x.on_call_until, x.at)) filter (where not x.unproven) as whole, min(coalesce(x.on_call_until, x.at)) filter (where x.unproven) as part
        from unnest(mine) m(id) left join guard.freeze x on x.user_id = any (mine) and x.lifted_at is null and m.id = any (gate.reach_of(x.user_id, x.by)) group by m.id) o
      where u.id = o.id;
  else
    update access.installation n set frozen_at = case when n.frozen_at is not null then o.whole end, unproven_frozen_at = case when n.unproven_frozen_at is not null then o.part end
      from (select min(coalesce(x.on_call_until, x.at)) filter (where not x.unproven) as whole, min(coalesce(x.on_call_until, x.at)) filter (where x.unproven) as part from guard.freeze x where x.installation_id = f.installation_id and x.lifted_at is null) o
      where n.id = f.installation_id;
  end if;
end $$;

-- Lifts one freeze; what was counted stays counted.
create function gate.lift_one(p_freeze bigint, p_by text, p_reason text) returns boolean language plpgsql volatile as $$
declare
  f guard.freeze;
begin
  perform set_config('synchronous_commit', 'on', true);
  update guard.freeze set lifted_at = gate.clock(), lifted_by = p_by, lift_reason = p_reason, reviewed_at = case when p_by = 'person' then reviewed_at else gate.clock() end,
      reviewed_by = case when p_by = 'person' then reviewed_by else p_by end where id = p_freeze and lifted_at is null returning * into f;
  if f.id is null then return false; end if;
  perform gate.thaw(f);
  perform gate.watch_after(f);
  perform gate.uncontain(f.id);
  perform gate.note_freeze(f, 'unfreeze', case when f.user_id is null then 'installation' else 'user' end, p_by || ': ' || p_reason);
  return true;
end $$;

create function gate.lift_by_operator(p_freeze bigint, p_by text, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' then return false; end if;
  return gate.lift_one(p_freeze, p_by, p_reason);
end $$;

-- The users whose freezes a person lifts by signing in: their portal rows as one, each name of theirs in a software, and each name of a software they
-- answer for that is nobody else's. Each counts by itself: whoever stole a software's key uses up nobody's first freeze elsewhere.
create function gate.own_askers(p_user bigint) returns table (mine bigint[]) language sql stable as $$
  select gate.counted_with(p_user)
  union all select array[x.id] from unnest(gate.rows_of_user(p_user)) r(id) join access.app_user x on x.id = r.id join access.installation n on n.id = x.installation_id and n.kind = 'software' where coalesce(x.frozen_at, x.unproven_frozen_at) is not null
  union all select array[x.id] from access.app_user u join access.installation n on n.responsible_id = u.professional_id and n.kind = 'software'
    join access.app_user x on x.installation_id = n.id and x.professional_id is null and coalesce(x.frozen_at, x.unproven_frozen_at) is not null where u.id = p_user
$$;

-- After an automatic freeze (the guard's, or a peer's signal) the person signs in again through Pro Santé Connect and goes on; a second one in 30 days,
-- one's own, an operator's, or one that a human has looked at and kept, needs the operator.
create function gate.lift_own(p_user bigint) returns boolean language plpgsql volatile as $$
declare
  asker record;
  open_id bigint;
  lifted boolean := false;
begin
  if exists (select from guard.freeze f where f.user_id = any (gate.rows_of_user(p_user)) and f.lifted_at is null and not gate.is_automatic(f.by)) then return false; end if;
  for asker in select o.mine from gate.own_askers(p_user) o loop
    select min(f.id) into open_id from guard.freeze f where f.user_id = any (asker.mine) and f.lifted_at is null having bool_and(gate.is_automatic(f.by) and f.reviewed_at is null) and count(*) = 1;
    continue when open_id is null or (select count(*) from guard.freeze f where f.user_id = any (asker.mine) and gate.is_automatic(f.by) and f.at > gate.clock() - interval '30 days') > 1;
    lifted := gate.lift_one(open_id, 'person', 'signed in again through Pro Santé Connect') or lifted;
  end loop;
  return lifted;
end $$;

-- The touch that was asked for was given: of this user, and of the one that their questions are charged to. False: none was.
create function gate.end_touch(p_user bigint) returns boolean language plpgsql volatile as $$
begin
  update access.app_user x set step_up_from = null
    where x.step_up_from is not null and (x.id = p_user or x.id in (select a.subject from gate.asker_of(p_user) a where a.scope = 'u'));
  return found;
end $$;

-- An operator answers for one user of whom the guard wants a touch, where nobody of the place can give it. False: it is not asked for, or it is not said who and why.
create function gate.give_touch(p_client uuid, p_pseudonym text, p_order jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  u access.app_user;
begin
  if not gate.names_person(p_order->>'by') or coalesce(trim(p_order->>'reason'), '') = '' then return false; end if;
  perform set_config('synchronous_commit', 'on', true);
  select x.* into u from access.app_user x join access.installation n on n.id = x.installation_id where n.client_id = p_client and x.pseudonym = p_pseudonym;
  if not gate.end_touch(u.id) then return false; end if;
  insert into journal.entry (id, at, installation_id, establishment_id, user_id, professional_id, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), n.id, n.establishment_id, u.id, coalesce(u.professional_id, u.responsible_id, n.responsible_id), 'signal', 'touch-given', left((p_order->>'by') || ': ' || (p_order->>'reason'), 400)
    from access.installation n where n.id = u.installation_id;
  return true;
end $$;

-- A stop of an establishment, a vendor's software or the platform. Returns its number, null when it is not as it must be.
create function gate.stop_widely(p_scope text, p_subject text, p_order jsonb) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number bigint;
  hours numeric := (p_order->>'hours')::numeric;
  subject_id text := case p_scope when 'establishment' then (select e.id::text from access.establishment e where e.identifier = p_subject) when 'vendor' then p_subject else '' end;
begin
  if subject_id is null or hours is null or hours <= 0 or hours > 24 or coalesce(trim(p_order->>'reason'), '') = '' or not gate.names_two(p_order->>'by', p_order->>'and') then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  insert into guard.stop (scope, subject, by_first, by_second, reason, at, until)
    values (p_scope, subject_id, p_order->>'by', p_order->>'and', p_order->>'reason', gate.clock(), gate.clock() + make_interval(secs => hours * 3600)) returning id into number;
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'stop', p_scope,
    left(format('%s: by %s and %s, %s hours: %s', p_subject, p_order->>'by', p_order->>'and', hours, p_order->>'reason'), 400));
  return number;
end $$;

create function gate.end_stop(p_id bigint, p_by text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.names_person(p_by) then return false; end if;
  update guard.stop set ended_at = gate.clock(), ended_by = p_by where id = p_id and ended_at is null and until > gate.clock();
  if not found then return false; end if;
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'stop', 'ended', left(format('%s by %s', p_id, p_by), 400));
  return true;
end $$;

-- Ends one installation for good: its sessions end, it gets no token.
create function gate.suspend(p_client uuid, p_by text, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  n access.installation;
begin
  if not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' then return false; end if;
  perform set_config('synchronous_commit', 'on', true);
  update access.installation set state = 'suspended' where client_id = p_client returning * into n;
  if n.id is null then return false; end if;
  delete from access.session where installation_id = n.id;
  insert into journal.entry (id, at, installation_id, establishment_id, purpose, outcome, detail)
    values (nextval('journal.entry_id'), gate.clock(), n.id, n.establishment_id, 'freeze', 'suspended', left(p_by || ': ' || p_reason, 400));
  return true;
end $$;

call gate.seal_functions();

grant usage on schema guard, gate, journal, access to rempart_guard;
grant execute on function gate.freeze_by_guard, gate.demand_step_up, gate.read_trace, gate.trace_start, gate.looked_until, gate.note_looked to rempart_guard;
grant execute on function gate.freeze_by_operator, gate.lift_by_operator, gate.stop_widely, gate.end_stop, gate.suspend, gate.give_touch to rempart_desk;
grant select on guard.freeze, guard.stop to rempart_desk;
