-- Signals between operators (OpenID Shared Signals): what a peer says of a professional's credential puts it under step-up, or
-- freezes it within that peer's ceiling; what we say goes out from an outbox. Names professionals alone, never an insured person.

create schema signals;

-- A peer that the operator knows: its public keys are pinned here, never fetched. Added by two persons; `verified_at` is set when it
-- has sent a verification event signed by one of them.
create table signals.peer (
  id smallint generated always as identity primary key,
  issuer text not null unique,              -- `iss` of its tokens, `aud` of ours to it
  name text not null,
  kind text not null check (kind in ('operator', 'identity-provider')),
  keys jsonb not null,                      -- JWK set, P-256 public keys alone
  sends_by text not null check (sends_by in ('push', 'poll')),       -- how ours reach it
  push_url text,
  polls_at text,                            -- where we fetch its tokens; null: it pushes to us
  status text not null default 'enabled' check (status in ('enabled', 'paused', 'disabled')),
  freezes_an_hour smallint not null default 20 check (freezes_an_hour between 0 and 60),
  verify_state text,
  verified_at timestamptz,
  added_at timestamptz not null,
  by_first text not null,
  by_second text not null,
  removed_at timestamptz,
  check (lower(trim(by_first)) <> lower(trim(by_second)) and trim(by_first) <> '' and trim(by_second) <> ''),
  check ((sends_by = 'push') = (push_url is not null))
);

-- A token of a peer that was taken: once for each `jti`. `subject` is its pseudonym (this pair, this week), not a number of anyone.
create table signals.received (
  id bigint generated always as identity primary key,
  peer_id smallint not null references signals.peer,
  jti text not null,
  event text not null,
  subject text not null,
  issued_at timestamptz not null,
  taken_at timestamptz not null,
  state text not null default 'new' check (state in ('new', 'waiting', 'frozen', 'step-up', 'already', 'nothing', 'retracted', 'expired')),
  professional_id bigint,
  freeze_id bigint,
  step_up_at timestamptz,
  step_up_was timestamptz,                  -- the touch that was asked for before, by the guard or another: taken back, it stands again
  applied_at timestamptz,
  unique (peer_id, jti)
);
create index received_open on signals.received (id) where state in ('new', 'waiting');
create index received_of on signals.received (peer_id, professional_id);
create index received_taken on signals.received (peer_id, taken_at);

-- What goes out: one row a peer and event. Kept until the peer has it, 30 days at most.
create table signals.outbox (
  id bigint generated always as identity primary key,
  peer_id smallint not null references signals.peer,
  jti uuid not null unique default gen_random_uuid(),
  event text not null,
  professional_id bigint,                   -- null: about the stream itself
  freeze_id bigint,
  reason jsonb,                             -- {"fr": …, "en": …}: words of ours, no identity
  state_text text,                          -- of a verification event: what the peer asked to hear back
  at timestamptz not null,
  next_at timestamptz not null,
  attempts smallint not null default 0,
  delivered_at timestamptz,
  given_up_at timestamptz,
  fault text
);
create index outbox_due on signals.outbox (next_at) where delivered_at is null and given_up_at is null;

-- What the desk must look at: a peer over its ceiling, one that cannot be reached, keys that do not agree.
create table signals.alarm (
  id bigint generated always as identity primary key,
  peer_id smallint not null references signals.peer,
  kind text not null check (kind in ('ceiling', 'flood', 'pair-key', 'unreachable', 'refused')),
  hour timestamptz not null,
  count int not null default 1,
  seen_at timestamptz,
  seen_by text,
  unique (peer_id, kind, hour)
);

grant usage on schema signals to rempart_gate, rempart_signals, rempart_desk;
grant select, insert, update on signals.peer, signals.outbox, signals.alarm to rempart_gate;
grant select, insert, update, delete on signals.received to rempart_gate;
grant delete on signals.outbox, signals.alarm to rempart_gate;
grant select on signals.peer, signals.received, signals.outbox, signals.alarm to rempart_desk;

create function gate.signal_event(p_name text) returns text language sql immutable as $$
  select case p_name when 'session-revoked' then 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
    when 'verification' then 'https://schemas.openid.net/secevent/ssf/event-type/verification'
    else 'https://schemas.openid.net/secevent/risc/event-type/' || p_name end
$$;

-- Tokens of one peer taken in an hour, and of all its freezes: ours until calibrated.
create function gate.signals_an_hour() returns int language sql immutable as $$ select 600 $$;
create function gate.signal_lifetime() returns interval language sql immutable as $$ select interval '30 days' $$;

create function gate.raise_peer_alarm(p_peer smallint, p_kind text) returns void language sql volatile as $$
  insert into signals.alarm as a (peer_id, kind, hour) values (p_peer, p_kind, date_trunc('hour', gate.clock()))
    on conflict (peer_id, kind, hour) do update set count = a.count + 1
$$;

create function gate.note_signal(p_outcome text, p_professional bigint, p_detail text) returns void language sql volatile as $$
  insert into journal.entry (id, at, professional_id, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), p_professional, 'signal', p_outcome, left(p_detail, 400))
$$;

-- ── peers ─────────────────────────────────────────────────────────────────────────────────────────

-- A peer, by two persons. Its first verification event goes out at once. Null: not as it must be.
create function gate.add_peer(p_peer jsonb, p_by text, p_and text) returns smallint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number smallint;
begin
  if not gate.names_two(p_by, p_and) or coalesce(trim(p_peer->>'issuer'), '') = '' or coalesce(trim(p_peer->>'name'), '') = ''
     or p_peer->>'kind' not in ('operator', 'identity-provider') or jsonb_typeof(p_peer->'keys'->'keys') is distinct from 'array' then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  insert into signals.peer as p (issuer, name, kind, keys, sends_by, push_url, polls_at, freezes_an_hour, added_at, by_first, by_second)
    values (p_peer->>'issuer', p_peer->>'name', p_peer->>'kind', p_peer->'keys', case when p_peer->>'pushUrl' is null then 'poll' else 'push' end, p_peer->>'pushUrl', p_peer->>'pollsAt',
      least(coalesce((p_peer->>'freezesAnHour')::int, 20), 60), gate.clock(), p_by, p_and)
    on conflict (issuer) do update set name = excluded.name, kind = excluded.kind, keys = excluded.keys, sends_by = excluded.sends_by, push_url = excluded.push_url, polls_at = excluded.polls_at,
      freezes_an_hour = excluded.freezes_an_hour, added_at = excluded.added_at, by_first = excluded.by_first, by_second = excluded.by_second, removed_at = null, verified_at = null, verify_state = null, status = 'enabled'
      where p.removed_at is not null
    returning id into number;
  if number is null then return null; end if;
  insert into signals.outbox (peer_id, event, at, next_at) values (number, gate.signal_event('verification'), gate.clock(), gate.clock());
  perform gate.note_signal('peer-added', null, format('%s by %s and %s', p_peer->>'issuer', p_by, p_and));
  return number;
end $$;

-- No further: what it did stays until lifted, nothing of it is taken any more.
create function gate.remove_peer(p_issuer text, p_by text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number smallint;
begin
  if not gate.names_person(p_by) then return false; end if;
  perform set_config('synchronous_commit', 'on', true);
  update signals.peer set removed_at = gate.clock(), status = 'disabled' where issuer = p_issuer and removed_at is null returning id into number;
  if number is null then return false; end if;
  update signals.outbox set given_up_at = gate.clock(), fault = 'peer removed' where peer_id = number and delivered_at is null and given_up_at is null;
  perform gate.note_signal('peer-removed', null, format('%s by %s', p_issuer, p_by));
  return true;
end $$;

create function gate.see_peer_alarm(p_id bigint, p_by text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.names_person(p_by) then return false; end if;
  update signals.alarm set seen_at = gate.clock(), seen_by = p_by where id = p_id and seen_at is null;
  return found;
end $$;

-- A verification event signed by a pinned key came in. Told to say what we asked for, it must say it.
create function gate.verify_peer(p_peer smallint, p_state text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  was signals.peer;
begin
  select * into was from signals.peer p where p.id = p_peer and p.removed_at is null for update;
  if was.id is null or (p_state is not null and p_state is distinct from was.verify_state) then return false; end if;
  if was.verified_at is null then perform gate.note_signal('peer-verified', null, was.issuer); end if;
  update signals.peer set verified_at = coalesce(verified_at, gate.clock()), verify_state = null where id = p_peer;
  return true;
end $$;

-- ── receiving ─────────────────────────────────────────────────────────────────────────────────────

-- Takes a token whose signature the process has verified. Says nothing of its subject: that is looked at later, apart.
-- Codes: taken, known (the same jti again), unverified, too-many, old.
create function gate.take_signal(p_peer smallint, p_token jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  now_at timestamptz := gate.clock();
  issued timestamptz := to_timestamp((p_token->>'iat')::numeric);
begin
  perform set_config('synchronous_commit', 'on', true);
  perform pg_advisory_xact_lock(hashtextextended('signals-of', p_peer));
  if not exists (select from signals.peer p where p.id = p_peer and p.verified_at is not null and p.removed_at is null) then return 'unverified'; end if;
  if issued < now_at - gate.signal_lifetime() or issued > now_at + interval '2 minutes' then return 'old'; end if;
  if exists (select from signals.received r where r.peer_id = p_peer and r.jti = p_token->>'jti') then return 'known'; end if;
  if (select count(*) from signals.received r where r.peer_id = p_peer and r.taken_at > now_at - interval '1 hour') >= gate.signals_an_hour() then
    perform gate.raise_peer_alarm(p_peer, 'flood');
    return 'too-many';
  end if;
  insert into signals.received (peer_id, jti, event, subject, issued_at, taken_at) values (p_peer, left(p_token->>'jti', 200), left(p_token->>'event', 200), left(p_token->>'subject', 200), issued, now_at);
  return 'taken';
end $$;

-- What is to be looked at: new ones, and those whose professional has asked here since. The others wait unread: a peer that names
-- thousands who never come holds nobody's signal up.
create function gate.open_signals(p_limit int) returns table (id bigint, peer_id smallint, subject text, professional_id bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.id, r.peer_id, r.subject, r.professional_id from signals.received r
    where r.state = 'new' or (r.state = 'waiting' and exists (select from access.app_user u where u.professional_id = r.professional_id)) order by r.state = 'waiting', r.id limit least(p_limit, 2000)
$$;

create function gate.peer_freezes_left(p_peer smallint) returns int language sql stable as $$
  select least((select p.freezes_an_hour from signals.peer p where p.id = p_peer)
      - (select count(*) from signals.received r join guard.freeze f on f.id = r.freeze_id where r.peer_id = p_peer and f.at > gate.clock() - interval '1 hour'),
    gate.automatic_freezes_an_hour() - (select count(*) from signals.received r join guard.freeze f on f.id = r.freeze_id where f.at > gate.clock() - interval '1 hour'))::int
$$;

-- A retraction reaches what this peer's own tokens did to this professional, and nothing else.
create function gate.retract_signals(r signals.received, p_professional bigint, p_issuer text) returns text language plpgsql volatile as $$
declare
  mine signals.received;
  reached boolean := false;
begin
  for mine in select * from signals.received o where o.peer_id = r.peer_id and o.professional_id = p_professional and o.state in ('frozen', 'step-up', 'already', 'waiting') and o.id < r.id order by o.id loop
    reached := true;
    -- What a human has looked at and kept is theirs.
    if mine.freeze_id is not null and not exists (select from guard.freeze f where f.id = mine.freeze_id and f.reviewed_at is not null) then perform gate.lift_one(mine.freeze_id, 'peer ' || p_issuer, 'its peer took the signal back'); end if;
    update access.app_user u set step_up_from = mine.step_up_was where u.professional_id = p_professional and u.step_up_from = mine.step_up_at;
    update signals.received set state = 'retracted', applied_at = gate.clock() where id = mine.id;
  end loop;
  if reached then perform gate.note_signal('retracted', p_professional, p_issuer); end if;
  return case when reached then 'retracted' else 'nothing' end;
end $$;

create function gate.ask_touch_of(p_professional bigint, p_issuer text, p_outcome text) returns timestamptz language plpgsql volatile as $$
declare
  now_at timestamptz := gate.clock();
begin
  update access.app_user set step_up_from = now_at, asked_of_key = false where professional_id = p_professional and frozen_at is null;
  perform gate.note_signal(p_outcome, p_professional, p_issuer);
  return now_at;
end $$;

-- Acts on one taken token. `p_professional` is whom its pseudonym means here; null: nobody of ours.
-- Codes: what was done, as in `state`.
create function gate.apply_signal(p_id bigint, p_professional bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r signals.received;
  peer signals.peer;
  user_row bigint;
  outcome text;
  frozen_by bigint;
  touched timestamptz;
  touch_was timestamptz;
begin
  perform set_config('synchronous_commit', 'on', true);
  select x.* into r from signals.received x where x.id = p_id and x.state in ('new', 'waiting');
  if r.id is null then return 'nothing'; end if;
  perform pg_advisory_xact_lock(hashtextextended('peer-freezes', 0));
  select x.* into r from signals.received x where x.id = p_id and x.state in ('new', 'waiting') for update;
  select x.* into peer from signals.peer x where x.id = r.peer_id and x.verified_at is not null and x.removed_at is null;
  if r.id is null then return 'nothing'; end if;
  select min(u.id), max(u.step_up_from) into user_row, touch_was from access.app_user u where u.professional_id = p_professional;
  outcome := case when peer.id is null or p_professional is null then 'nothing'
    when r.issued_at < gate.clock() - gate.signal_lifetime() then 'expired'
    when r.event = gate.signal_event('account-enabled') then gate.retract_signals(r, p_professional, peer.issuer)
    -- It came late: its peer has taken it back already.
    when exists (select from signals.received o where o.peer_id = r.peer_id and o.professional_id = p_professional and o.event = gate.signal_event('account-enabled') and o.issued_at > r.issued_at) then 'nothing'
    when user_row is null then 'waiting'
    -- A freeze of a software's name says nothing of the person elsewhere.
    when not exists (select from access.app_user u where u.professional_id = p_professional and coalesce(u.frozen_at > gate.clock(), true)) then 'already'
    when r.event = gate.signal_event('session-revoked') then 'step-up'
    -- A person has just lifted this peer's freeze of the same professional: saying it again is not enough to stop them again.
    when exists (select from signals.received o join guard.freeze f on f.id = o.freeze_id where o.peer_id = r.peer_id and o.professional_id = p_professional
      and f.lifted_at > gate.clock() - interval '24 hours' and gate.names_person(f.lifted_by)) then 'step-up'
    when gate.peer_freezes_left(r.peer_id) > 0 then 'frozen'
    else 'over' end;
  if outcome = 'frozen' then
    frozen_by := gate.freeze_one(user_row, null, 'peer ' || peer.issuer, jsonb_build_array(jsonb_build_object('code', 'peer-signal', 'fr', peer.name || ' signale que vos moyens de connexion sont compromis.', 'en', peer.name || ' reports that your credentials are compromised.')));
  elsif outcome = 'step-up' then
    touched := gate.ask_touch_of(p_professional, peer.issuer, 'step-up');
  elsif outcome = 'over' then
    touched := gate.ask_touch_of(p_professional, peer.issuer, 'over-ceiling');
    perform gate.raise_peer_alarm(r.peer_id, 'ceiling');
    outcome := 'step-up';
  end if;
  update signals.received set state = outcome, professional_id = p_professional, freeze_id = frozen_by, step_up_at = touched, step_up_was = case when touched is not null then touch_was end, applied_at = gate.clock() where id = r.id;
  return outcome;
end $$;

-- Every hour: signals of 30 days ago act no more; what is a day older is forgotten. Returns how many freezes ended with their signal.
create function gate.sweep_signals() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  old signals.received;
  ended int := 0;
begin
  for old in select r.* from signals.received r join guard.freeze f on f.id = r.freeze_id where f.lifted_at is null and f.reviewed_at is null and r.issued_at < gate.clock() - gate.signal_lifetime() loop
    if gate.lift_one(old.freeze_id, 'signals', 'the signal is 30 days old') then ended := ended + 1; end if;
  end loop;
  delete from signals.received where issued_at < gate.clock() - gate.signal_lifetime() - interval '1 day';
  delete from signals.outbox where at < gate.clock() - gate.signal_lifetime();
  delete from signals.alarm where hour < gate.clock() - interval '1 year';
  return ended;
end $$;

-- ── sending ───────────────────────────────────────────────────────────────────────────────────────

-- One row for each peer in force, about one professional. Never what a peer told us: signals do not go round.
create function gate.put_signals(p_event text, p_freeze guard.freeze, p_reason jsonb) returns int language plpgsql volatile as $$
declare
  about bigint := (select u.professional_id from access.app_user u where u.id = p_freeze.user_id);
  put int;
begin
  if about is null or p_freeze."by" like 'peer %' then return 0; end if;
  insert into signals.outbox (peer_id, event, professional_id, freeze_id, reason, at, next_at)
    select p.id, gate.signal_event(p_event), about, p_freeze.id, p_reason, gate.clock(), gate.clock() from signals.peer p where p.removed_at is null and p.verified_at is not null and p.status <> 'disabled'
      and not exists (select from signals.outbox o where o.peer_id = p.id and o.freeze_id = p_freeze.id and o.event = gate.signal_event(p_event));
  get diagnostics put = row_count;
  return put;
end $$;

-- A freeze by the guard or a decoy says `session-revoked` (a touch elsewhere); by the person themself, `credential-compromise`; an operator's
-- freeze says nothing until somebody decides that it is a compromise. Lifting takes back what was said.
create function gate.tell_of_freeze() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new."by" in ('guard', 'decoy', 'person') then
    perform gate.put_signals(case new."by" when 'person' then 'credential-compromise' else 'session-revoked' end, new,
      case when new."by" <> 'person' then '{"fr": "Le gardien a gelé ce compte.", "en": "The guard froze this account."}' else '{"fr": "La personne dit que ce n’était pas elle.", "en": "The person says that it was not them."}' end::jsonb);
  elsif tg_op = 'UPDATE' and old.lifted_at is null and new.lifted_at is not null and exists (select from signals.outbox o where o.freeze_id = new.id) then
    perform gate.put_signals('account-enabled', new, '{"fr": "Le gel est levé.", "en": "The freeze was lifted."}');
  end if;
  return null;
end $$;
create trigger freeze_is_told after insert or update of lifted_at on guard.freeze for each row execute function gate.tell_of_freeze();

-- The decision at an incident: this freeze is a compromise, and peers are told. Returns how many; null: not as it must be.
create function gate.signal_compromise(p_freeze bigint, p_by text, p_reason text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  f guard.freeze;
  put int;
begin
  select * into f from guard.freeze x where x.id = p_freeze and x.lifted_at is null;
  if f.id is null or not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  put := gate.put_signals('credential-compromise', f, '{"fr": "L’opérateur tient ces moyens de connexion pour compromis.", "en": "The operator holds these credentials for compromised."}');
  perform gate.note_signal('sent', (select u.professional_id from access.app_user u where u.id = f.user_id), format('to %s peers by %s: %s', put, p_by, p_reason));
  return put;
end $$;

-- Taken back though the freeze stays: we were wrong to call it a compromise. Reaches the peers that were told. Null: not as it must be.
create function gate.retract_compromise(p_freeze bigint, p_by text, p_reason text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  f guard.freeze;
  put int;
begin
  select * into f from guard.freeze x where x.id = p_freeze;
  if f.id is null or not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' or not exists (select from signals.outbox o where o.freeze_id = f.id and o.event <> gate.signal_event('account-enabled')) then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  put := gate.put_signals('account-enabled', f, '{"fr": "L’opérateur retire son signal.", "en": "The operator takes its signal back."}');
  perform gate.note_signal('taken-back', (select u.professional_id from access.app_user u where u.id = f.user_id), format('to %s peers by %s: %s', put, p_by, p_reason));
  return put;
end $$;

-- Due rows, claimed: tried again after 5 s, 10 s, 20 s … an hour at most unless said delivered. `p_peer` null: those we push.
create function gate.due_signals(p_peer smallint, p_limit int) returns table (id bigint, peer_id smallint, jti uuid, event text, rpps text, reason jsonb, state_text text, at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query
    with due as (
      select o.id from signals.outbox o join signals.peer p on p.id = o.peer_id
      where o.delivered_at is null and o.given_up_at is null and p.status = 'enabled' and p.removed_at is null
        -- One after the other about one professional: taking back never overtakes what it takes back.
        and not exists (select from signals.outbox e where e.peer_id = o.peer_id and e.professional_id = o.professional_id and e.id < o.id and e.delivered_at is null and e.given_up_at is null)
        and (case when p_peer is null then p.sends_by = 'push' and o.next_at <= gate.clock() else o.peer_id = p_peer and p.sends_by = 'poll' end)
      order by o.id limit least(p_limit, 100) for update of o skip locked),
    claimed as (
      update signals.outbox o set attempts = least(o.attempts + 1, 1000), next_at = gate.clock() + least(interval '1 hour', interval '5 seconds' * (2 ^ least(o.attempts, 10)))
      from due where o.id = due.id returning o.*)
    select c.id, c.peer_id, c.jti, c.event, d.rpps, c.reason, c.state_text, c.at from claimed c left join access.professional d on d.id = c.professional_id order by c.id;
end $$;

-- How a delivery ended. Faults: null delivered; `refused` the peer will never take it; anything else is tried again.
create function gate.end_delivery(p_peer smallint, p_jti uuid, p_fault text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o signals.outbox;
begin
  update signals.outbox x set delivered_at = case when p_fault is null then gate.clock() end, given_up_at = case when p_fault = 'refused' then gate.clock() end, fault = left(p_fault, 100)
    where x.peer_id = p_peer and x.jti = p_jti and x.delivered_at is null and x.given_up_at is null returning * into o;
  if o.id is null then return false; end if;
  if p_fault = 'refused' then perform gate.raise_peer_alarm(p_peer, 'refused'); end if;
  if p_fault is not null and o.attempts = 4 then perform gate.raise_peer_alarm(p_peer, 'unreachable'); end if;
  return true;
end $$;

-- A peer's own doings over its stream, after it has proven its key: pause, go on, ask for a verification event.
create function gate.change_stream(p_peer smallint, p_change jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from signals.peer p where p.id = p_peer and p.removed_at is null) then return false; end if;
  if p_change ? 'status' then
    update signals.peer set status = p_change->>'status' where id = p_peer and p_change->>'status' in ('enabled', 'paused', 'disabled');
    if found then perform gate.note_signal('stream-' || (p_change->>'status'), null, (select p.issuer from signals.peer p where p.id = p_peer)); end if;
    return found;
  end if;
  if exists (select from signals.outbox o where o.peer_id = p_peer and o.event = gate.signal_event('verification') and o.at > gate.clock() - interval '1 minute' and o.delivered_at is null) then return false; end if;
  insert into signals.outbox (peer_id, event, state_text, at, next_at) values (p_peer, gate.signal_event('verification'), nullif(left(p_change->>'verify', 200), ''), gate.clock(), gate.clock());
  return true;
end $$;

create function gate.alarm_of_peer(p_peer smallint, p_kind text) returns void language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select gate.raise_peer_alarm(p_peer, p_kind) $$;

-- The verification page's entries of notices that were sent, in an order that says nothing (docs/formats/notice-code.md).
create function gate.list_notices(p_after bytea, p_limit int) returns table (prefix text, entry bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select n.prefix, n.entry from incidents.notice_entry n join incidents.document d on d.id = n.document_id join incidents.incident i on i.id = d.incident_id
  where d.sent_at is not null and not i.drill and n.entry > p_after order by n.entry limit least(p_limit, 50000)
$$;
create index notice_in_order on incidents.notice_entry (entry);

-- ── the desk ──────────────────────────────────────────────────────────────────────────────────────

create function desk.event_name(p_event text) returns text language sql immutable as $$ select regexp_replace(p_event, '^.*/', '') $$;

-- What peers said and what it did, what we said and who has it, and what must be looked at. Names no professional: a look does.
create function desk.signals(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
begin
  return jsonb_build_object(
    'peers', (select coalesce(jsonb_agg(jsonb_build_object('issuer', p.issuer, 'name', p.name, 'kind', p.kind, 'status', p.status, 'verifiedAt', p.verified_at, 'freezesAnHour', p.freezes_an_hour, 'freezesLeft', greatest(gate.peer_freezes_left(p.id), 0)) order by p.name), '[]')
      from signals.peer p where p.removed_at is null),
    'alarms', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'peer', p.name, 'kind', a.kind, 'hour', a.hour, 'count', a.count) order by a.id desc), '[]') from signals.alarm a join signals.peer p on p.id = a.peer_id where a.seen_at is null),
    'received', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'peer', p.name, 'event', desk.event_name(r.event), 'takenAt', r.taken_at, 'state', r.state, 'freeze', r.freeze_id, 'appliedAt', r.applied_at) order by r.id desc), '[]')
      from (select * from signals.received x order by x.id desc limit 100) r join signals.peer p on p.id = r.peer_id),
    'sent', (select coalesce(jsonb_agg(jsonb_build_object('freeze', t.freeze_id, 'event', desk.event_name(t.event), 'at', t.at, 'peers', t.peers, 'delivered', t.delivered, 'givenUp', t.given_up, 'takenBack', t.taken_back) order by t.at desc), '[]')
      from (select x.freeze_id, x.event, min(x.at) as at, count(*) as peers, count(x.delivered_at) as delivered, count(x.given_up_at) as given_up,
          exists (select from signals.outbox b where b.freeze_id = x.freeze_id and b.event = gate.signal_event('account-enabled')) as taken_back
        from signals.outbox x where x.freeze_id is not null group by x.freeze_id, x.event order by 3 desc limit 100) t),
    'tellable', (select coalesce(jsonb_agg(f.id order by f.id desc), '[]') from guard.freeze f join access.app_user u on u.id = f.user_id and u.professional_id is not null
      where f.lifted_at is null and f.by not like 'peer %' and not exists (select from signals.outbox x where x.freeze_id = f.id and x.event = gate.signal_event('credential-compromise'))));
end $$;

create function desk.see_peer_alarm(p_caller jsonb, p_alarm bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'review');
begin
  return gate.see_peer_alarm(p_alarm, o.name);
end $$;

-- Tells the peers that a freeze is a compromise, or takes it back. Returns how many are told; null: there is nothing to tell.
create function desk.signal(p_caller jsonb, p_freeze bigint, p_back boolean, p_reason text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'incident');
begin
  return case when p_back then gate.retract_compromise(p_freeze, o.name, p_reason) else gate.signal_compromise(p_freeze, o.name, p_reason) end;
end $$;

do $$
declare f record;
begin
  for f in select p.oid::regprocedure as name from pg_proc p where p.oid in ('desk.event_name'::regproc, 'desk.signals'::regproc, 'desk.see_peer_alarm'::regproc, 'desk.signal'::regproc) loop
    execute format('revoke all on function %s from public', f.name);
    execute format('alter function %s owner to rempart_gate', f.name);
  end loop;
end $$;
grant execute on function desk.signals, desk.see_peer_alarm, desk.signal to rempart_officer;

call gate.seal_functions();

grant usage on schema gate, access to rempart_signals;
grant select on signals.peer to rempart_signals;
grant select (id, rpps) on access.professional to rempart_signals;
grant execute on function gate.verify_peer, gate.take_signal, gate.open_signals, gate.apply_signal, gate.sweep_signals, gate.due_signals, gate.end_delivery, gate.change_stream, gate.alarm_of_peer, gate.note_refusals to rempart_signals;
grant execute on function gate.add_peer, gate.remove_peer, gate.see_peer_alarm, gate.signal_compromise, gate.retract_compromise, gate.list_notices to rempart_desk;
