-- Decoy persons, and what follows a freeze.
--
-- A decoy is a person of the register like any other: made by the intake among the lines of a load, with its own
-- reference, rows, indexes and seal. The database holds only keyed tags of its indexes and a sealed record, all of one
-- size: without the key ring nobody can tell which rows are decoys (docs/decisions/guard.md).

-- Decoys of an epoch give way when a newer one is open and their insurer's next full file comes.
create table guard.decoy_epoch (
  epoch int primary key,
  opened_at timestamptz not null default clock_timestamp(),
  per_mille int not null check (per_mille between 0 and 200),   -- of an insurer's persons
  by_first text not null,
  by_second text not null,
  reason text not null
);
-- Two in a hundred: who reads persons at random meets one within 35 in the middle case. Ours until calibrated.
insert into guard.decoy_epoch (epoch, per_mille, by_first, by_second, reason) values (1, 20, 'migration', 'migration', 'starting assumption');

create table guard.decoy (
  id uuid primary key,
  insurer_id smallint not null,
  epoch int not null,
  load_id bigint not null,                  -- the last load that carries it
  sealed bytea not null,                    -- what it is, under the decoy key: for the next full file
  hit_at timestamptz,                       -- it froze somebody once, and is known to them
  retired_at timestamptz
) with (toast_tuple_target = 8160);
-- As good as random, and read whole: to try to make it smaller is wasted.
alter table guard.decoy alter sealed set storage external;
create index decoy_insurer on guard.decoy (insurer_id) where retired_at is null;

-- Keyed hashes of a decoy's blind indexes: two each.
create table guard.decoy_tag (
  tag uuid primary key,
  decoy_id uuid not null references guard.decoy on delete cascade
);

create index decoy_tag_decoy on guard.decoy_tag (decoy_id);

grant select on guard.decoy_epoch to rempart_intake, rempart_desk, rempart_gate;
grant insert on guard.decoy_epoch to rempart_gate;
grant select, insert, update on guard.decoy to rempart_intake;
grant select, insert, delete on guard.decoy_tag to rempart_intake;
grant select (id, insurer_id, epoch, load_id, hit_at, retired_at) on guard.decoy to rempart_desk;
grant select, update (hit_at) on guard.decoy to rempart_gate;
grant select on guard.decoy_tag to rempart_gate;

-- Opens an epoch: two named persons, a reason. Returns its number, null when something is missing.
create function gate.open_decoy_epoch(p_order jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  opened int;
begin
  if not gate.names_two(p_order->>'by', p_order->>'and') or coalesce(trim(p_order->>'reason'), '') = ''
     or coalesce((p_order->>'perMille')::int, 20) not between 0 and 200 then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  insert into guard.decoy_epoch (epoch, opened_at, per_mille, by_first, by_second, reason)
    select max(e.epoch) + 1, gate.clock(), coalesce((p_order->>'perMille')::int, (select x.per_mille from guard.decoy_epoch x order by x.epoch desc limit 1)), p_order->>'by', p_order->>'and', p_order->>'reason' from guard.decoy_epoch e
    returning epoch into opened;
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'decoys', 'epoch', left(format('%s by %s and %s: %s', opened, p_order->>'by', p_order->>'and', p_order->>'reason'), 400));
  return opened;
end $$;

-- Stops questions without presence of one user (or of an installation that asks without naming one); those with a card or
-- about a known patient go on.
create function gate.freeze_unproven(p_user bigint, p_installation bigint, p_by text, p_reasons jsonb) returns bigint language plpgsql volatile as $$
declare
  f guard.freeze;
  mine bigint[] := gate.rows_of_key(p_user);
begin
  if p_user is not null then
    perform from access.app_user u where u.id = any (mine) order by u.id for update;
    update access.app_user u set unproven_frozen_at = least(u.unproven_frozen_at, gate.clock()) where u.id = any (mine);
  else
    update access.installation n set unproven_frozen_at = least(n.unproven_frozen_at, gate.clock()) where n.id = p_installation;
  end if;
  if not found then return null; end if;
  insert into guard.freeze (user_id, installation_id, at, by, reasons, unproven, review_due_at)
    values (p_user, case when p_user is null then p_installation end, gate.clock(), p_by, p_reasons, true, gate.review_due(gate.clock())) returning * into f;
  perform gate.note_freeze(f, 'freeze', case when p_user is null then 'installation-unproven' else 'user-unproven' end, p_by || ': ' || (select string_agg(r->>'code', ', ') from jsonb_array_elements(p_reasons) r));
  return f.id;
end $$;

-- A decoy was asked about: by this user's own key. First the questions without presence; a second time in 30 days all of them.
create function gate.freeze_by_decoy(p_user bigint, p_installation bigint) returns void language plpgsql volatile as $$
declare
  reasons constant jsonb := '[{"code": "decoy", "fr": "Une question portait sur une personne fictive, placée pour repérer la lecture de listes.", "en": "A question was about a made-up person, placed to notice the reading of lists."}]';
begin
  if p_user is not null and exists (select from guard.freeze f where f.user_id = any (gate.counted_with(p_user)) and f.by in ('guard', 'decoy') and f.at > gate.clock() - interval '30 days') then
    perform gate.freeze_one(p_user, null, 'decoy', reasons);
  else
    perform gate.freeze_unproven(p_user, p_installation, 'decoy', reasons);
  end if;
  perform gate.freeze_installation_too(p_installation);
end $$;

-- Three users of one software's key frozen automatically within a day: its questions without presence stop, since whoever
-- holds the key picks the next pseudonym. Never the portal, whose users are who Pro Santé Connect says; never anything wider.
create function gate.freeze_installation_too(p_installation bigint) returns void language plpgsql volatile as $$
begin
  if exists (select from access.installation n where n.id = p_installation and (n.kind <> 'software' or n.unproven_frozen_at <= gate.clock())) then return; end if;
  if (select count(distinct f.user_id) from guard.freeze f join access.app_user u on u.id = f.user_id
      where u.installation_id = p_installation and f.by in ('guard', 'decoy') and f.at > gate.clock() - interval '1 day') < 3 then return; end if;
  perform gate.freeze_unproven(null, p_installation, 'guard', '[{"code": "installation", "fr": "Plusieurs utilisateurs de ce logiciel ont été gelés le même jour.", "en": "Several users of this software were frozen on the same day."}]');
end $$;

-- Decoys among the questions of a batch. `p_tags`: first each question's by NIR, then each one's by adhérent number.
-- The question that hits is answered like any other; what the same user asks after it, in this batch too, is refused.
-- Noticed even when a ceiling or a step-up refuses it, if its proof was never seen. A decoy freezes once.
create function gate.notice_decoys(work gate.work[], p_tags uuid[], p_now timestamptz) returns gate.work[] language plpgsql volatile as $$
declare
  n constant int := cardinality(work);
  hit record;
begin
  if p_tags is null or not exists (select from guard.decoy_tag t where t.tag = any (p_tags)) then return work; end if;
  perform from guard.decoy d where d.id in (select t.decoy_id from guard.decoy_tag t where t.tag = any (p_tags)) order by d.id for update;
  for hit in
    select (t.at - 1) % n + 1 as ord, g.decoy_id from unnest(p_tags) with ordinality t(tag, at) join guard.decoy_tag g on g.tag = t.tag order by 1
  loop
    continue when work[hit.ord].retried or not coalesce(work[hit.ord].code in ('ceiling', 'step-up'), true);
    continue when work[hit.ord].code is not null and not gate.spend(work[hit.ord].proof);
    update guard.decoy d set hit_at = p_now where d.id = hit.decoy_id and d.hit_at is null and d.retired_at is null;
    continue when not found;
    perform gate.freeze_by_decoy(work[hit.ord].user_id, work[hit.ord].installation);
    work := (select array_agg(gate.marked(w, case when w.ord > hit.ord and w.class = 'u' and w.code is null and not w.retried
        and w.installation = work[hit.ord].installation and w.user_id is not distinct from work[hit.ord].user_id then 'frozen-unproven' else w.code end) order by w.ord) from unnest(work) w);
  end loop;
  return work;
end $$;

-- ── the clock of reviews ──────────────────────────────────────────────────────────────────────────

-- When an operator is there, by weekday (1 Monday), Europe/Paris. Dated: a change is a new row. Ours until calibrated.
create table guard.opening (
  valid_from date not null,
  weekday smallint not null check (weekday between 1 and 7),
  opens time not null,
  closes time not null check (closes > opens),
  primary key (valid_from, weekday)
);
insert into guard.opening select date '2026-01-01', d, time '08:00', case when d = 6 then time '13:00' else time '19:00' end from generate_series(1, 6) d;

-- Public holidays; a test compares them with @socialgouv/jours-feries.
create table guard.closed_day (day date primary key);
insert into guard.closed_day values
  ('2026-01-01'), ('2026-04-06'), ('2026-05-01'), ('2026-05-08'), ('2026-05-14'), ('2026-05-25'), ('2026-07-14'), ('2026-08-15'), ('2026-11-01'), ('2026-11-11'), ('2026-12-25'),
  ('2027-01-01'), ('2027-03-29'), ('2027-05-01'), ('2027-05-06'), ('2027-05-08'), ('2027-05-17'), ('2027-07-14'), ('2027-08-15'), ('2027-11-01'), ('2027-11-11'), ('2027-12-25'),
  ('2028-01-01'), ('2028-04-17'), ('2028-05-01'), ('2028-05-08'), ('2028-05-25'), ('2028-06-05'), ('2028-07-14'), ('2028-08-15'), ('2028-11-01'), ('2028-11-11'), ('2028-12-25'),
  ('2029-01-01'), ('2029-04-02'), ('2029-05-01'), ('2029-05-08'), ('2029-05-10'), ('2029-05-21'), ('2029-07-14'), ('2029-08-15'), ('2029-11-01'), ('2029-11-11'), ('2029-12-25'),
  ('2030-01-01'), ('2030-04-22'), ('2030-05-01'), ('2030-05-08'), ('2030-05-30'), ('2030-06-10'), ('2030-07-14'), ('2030-08-15'), ('2030-11-01'), ('2030-11-11'), ('2030-12-25'),
  ('2031-01-01'), ('2031-04-14'), ('2031-05-01'), ('2031-05-08'), ('2031-05-22'), ('2031-06-02'), ('2031-07-14'), ('2031-08-15'), ('2031-11-01'), ('2031-11-11'), ('2031-12-25'),
  ('2032-01-01'), ('2032-03-29'), ('2032-05-01'), ('2032-05-06'), ('2032-05-08'), ('2032-05-17'), ('2032-07-14'), ('2032-08-15'), ('2032-11-01'), ('2032-11-11'), ('2032-12-25'),
  ('2033-01-01'), ('2033-04-18'), ('2033-05-01'), ('2033-05-08'), ('2033-05-26'), ('2033-06-06'), ('2033-07-14'), ('2033-08-15'), ('2033-11-01'), ('2033-11-11'), ('2033-12-25'),
  ('2034-01-01'), ('2034-04-10'), ('2034-05-01'), ('2034-05-08'), ('2034-05-18'), ('2034-05-29'), ('2034-07-14'), ('2034-08-15'), ('2034-11-01'), ('2034-11-11'), ('2034-12-25'),
  ('2035-01-01'), ('2035-03-26'), ('2035-05-01'), ('2035-05-03'), ('2035-05-08'), ('2035-05-14'), ('2035-07-14'), ('2035-08-15'), ('2035-11-01'), ('2035-11-11'), ('2035-12-25');

-- Thirty minutes of opening time later: when a human must have looked at it.
create function gate.review_due(p_at timestamptz) returns timestamptz language plpgsql stable as $$
declare
  remaining interval := gate.review_minutes();
  open record;
begin
  for open in
    select (d.day + o.opens) at time zone 'Europe/Paris' as opens, (d.day + o.closes) at time zone 'Europe/Paris' as closes
    from (select gate.civil_day(p_at) + i as day from generate_series(0, 14) i) d
    cross join lateral (select x.* from guard.opening x where x.weekday = extract(isodow from d.day) and x.valid_from <= d.day order by x.valid_from desc limit 1) o
    where not exists (select from guard.closed_day c where c.day = d.day) order by 1
  loop
    continue when open.closes <= p_at;
    if greatest(open.opens, p_at) + remaining <= open.closes then return greatest(open.opens, p_at) + remaining; end if;
    remaining := remaining - (open.closes - greatest(open.opens, p_at));
  end loop;
  return p_at + gate.review_minutes();
end $$;

-- ── after a freeze ────────────────────────────────────────────────────────────────────────────────

-- For seven days a touch at every tenth person without presence.
create index app_user_watched on access.app_user (watched_until) where watched_until is not null;

create function gate.watch_after(f guard.freeze) returns void language sql volatile as $$
  update access.app_user set watched_until = gate.clock() + interval '7 days', watched_told = 0
    where f.by in ('guard', 'decoy') and id = any (gate.reach_of(f.user_id, f.by))
$$;

-- No batch takes a watched user past the tenth person: the rest is asked again, and meets the step-up.
create function gate.pace_watched(work gate.work[], p_now timestamptz) returns gate.work[] language plpgsql volatile as $$
begin
  if not exists (select from access.app_user u where u.watched_until > p_now) then return work; end if;
  return (select array_agg(gate.marked(r.w, case when r.nth > 10 - r.told then 'busy' else (r.w).code end) order by (r.w).ord) from (
    select x as w, u.watched_told as told, row_number() over (partition by x.user_id, u.id is null, x.code is null and not x.retried and x.class = 'u' order by x.ord)
        * (x.code is null and not x.retried and x.class = 'u' and u.id is not null)::int as nth
    from unnest(work) x
    left join access.installation n on n.id = x.installation
    left join access.app_user u on u.id = x.user_id and u.watched_until > p_now and n.kind = 'portal') r);
end $$;

create function gate.count_watched(hits gate.hit[], p_now timestamptz) returns void language plpgsql volatile as $$
begin
  if not exists (select from access.app_user u where u.watched_until > p_now) then return; end if;
  update access.app_user u set watched_told = case when u.watched_told + c.n >= 10 then 0 else u.watched_told + c.n end,
      step_up_from = case when u.watched_told + c.n >= 10 then p_now else u.step_up_from end
    from (select w.user_id, count(*)::int as n from unnest(hits) f cross join lateral (select (f.w).*) w
      where w.class = 'u' and (f.new_a or f.outcome = 'no') group by 1 order by 1) c
    where u.id = c.user_id and u.watched_until > p_now;
end $$;

-- One appeal a freeze: a fixed word for why, so that nobody writes a name into it.
create table guard.appeal (
  freeze_id bigint primary key,             -- guard.freeze
  at timestamptz not null,
  reason text not null check (reason in ('remplacement', 'liste', 'saisie', 'formation', 'pas-moi', 'autre')),
  due_at timestamptz not null,
  answered_at timestamptz,
  answered_by text,
  answer text check (answer in ('lifted', 'kept'))
);
grant select, insert, update on guard.appeal to rempart_gate;
grant select on guard.appeal to rempart_desk;
grant select on guard.opening, guard.closed_day to rempart_gate, rempart_desk;

-- Who calls about a freeze: a portal's sign-in that Pro Santé Connect confirmed (or would have, were it not frozen), or a
-- software's key naming its user. The row of the user, or of the installation alone.
create function gate.frozen_caller(p_session uuid, p_jkt uuid, p_proof uuid, p_user text) returns table (user_id bigint, installation_id bigint) language plpgsql volatile as $$
begin
  if not gate.spend(p_proof) then return; end if;
  return query select case when n.kind = 'portal' then si.user_id else u.id end, n.id
    from access.session s join access.installation n on n.id = s.installation_id
    left join access.sign_in si on si.id = s.sign_in_id and si.jkt = p_jkt and si.ended_at is null
    left join access.app_user u on u.installation_id = n.id and n.kind = 'software' and u.pseudonym = coalesce(p_user, '')
    where s.secret_hash = p_session and s.jkt = p_jkt and s.expires_at > gate.clock() and n.kind in ('portal', 'software') and n.state = 'active'
      and (n.kind = 'software' or (si.user_id is not null and (si.confirmed_at is not null or si.started_at > gate.clock() - interval '10 minutes')));
end $$;

create function gate.freezes_of(p_user bigint, p_installation bigint) returns setof guard.freeze language sql stable as $$
  select f.* from guard.freeze f where f.lifted_at is null
    and ((f.user_id = any (gate.rows_of_user(p_user)) and p_user = any (gate.reach_of(f.user_id, f.by))) or f.installation_id = p_installation
      or f.user_id = (select x.id from access.app_user x where x.installation_id = p_installation and x.pseudonym = ''))
$$;

create function gate.freeze_words(f guard.freeze) returns jsonb language sql stable as $$
  select jsonb_build_object('freeze', f.id, 'at', f.at, 'reasons', f.reasons, 'unproven', f.unproven, 'installation', f.installation_id is not null, 'automatic', gate.is_automatic(f.by), 'reviewDueAt', f.review_due_at,
    'reviewedAt', f.reviewed_at, 'onCallUntil', f.on_call_until,
    'selfLift', gate.is_automatic(f.by) and f.reviewed_at is null
      and exists (select from access.app_user u join access.installation n on n.id = u.installation_id where u.id = f.user_id and coalesce(u.professional_id, u.responsible_id, n.responsible_id) is not null) and (select count(*) from guard.freeze o where o.user_id = any (gate.counted_with(f.user_id)) and gate.is_automatic(o.by) and o.at > gate.clock() - interval '30 days') < 2,
    'appeal', (select jsonb_build_object('at', a.at, 'dueAt', a.due_at, 'answeredAt', a.answered_at, 'answer', a.answer) from guard.appeal a where a.freeze_id = f.id))
$$;

-- One's own freezes with their reasons in words, and what may be done. No person is in it. Null: no such caller.
create function gate.show_freezes(p_session uuid, p_jkt uuid, p_proof uuid, p_user text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  caller record;
begin
  select * into caller from gate.frozen_caller(p_session, p_jkt, p_proof, p_user);
  if caller.installation_id is null then return null; end if;
  return (select coalesce(jsonb_agg(gate.freeze_words(f) order by f.id), '[]') from gate.freezes_of(caller.user_id, caller.installation_id) f);
end $$;

-- An appeal against every open freeze of this caller; each has its clock. Returns them as show_freezes does; null: no such
-- caller, empty: nothing to appeal against.
create function gate.appeal(p_session uuid, p_jkt uuid, p_proof uuid, p_order jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  caller record;
  f guard.freeze;
begin
  select * into caller from gate.frozen_caller(p_session, p_jkt, p_proof, p_order->>'user');
  if caller.installation_id is null then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  for f in select * from gate.freezes_of(caller.user_id, caller.installation_id) loop
    insert into guard.appeal (freeze_id, at, reason, due_at) values (f.id, gate.clock(), p_order->>'reason', gate.review_due(gate.clock())) on conflict (freeze_id) do nothing;
    if found then perform gate.note_freeze(f, 'appeal', 'received', p_order->>'reason'); end if;
  end loop;
  return (select coalesce(jsonb_agg(gate.freeze_words(x) order by x.id), '[]') from gate.freezes_of(caller.user_id, caller.installation_id) x);
end $$;

-- A human looks at a freeze: it is lifted, or kept. Not by who lifted it on call.
create function gate.review_freeze(p_freeze bigint, p_lift boolean, p_order jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  f guard.freeze;
begin
  if not gate.names_person(p_order->>'by') or coalesce(trim(p_order->>'reason'), '') = '' then return false; end if;
  perform set_config('synchronous_commit', 'on', true);
  select * into f from guard.freeze x where x.id = p_freeze and x.lifted_at is null for update;
  if f.id is null or lower(trim(f.on_call_by)) = lower(trim(p_order->>'by')) then return false; end if;
  update guard.appeal set answered_at = gate.clock(), answered_by = p_order->>'by', answer = case when p_lift then 'lifted' else 'kept' end where freeze_id = p_freeze and answered_at is null;
  if p_lift then return gate.lift_one(p_freeze, p_order->>'by', p_order->>'reason'); end if;
  update guard.freeze set reviewed_at = gate.clock(), reviewed_by = p_order->>'by', on_call_until = null where id = p_freeze;
  if f.on_call_until is not null then perform gate.set_frozen(f, gate.clock()); end if;
  perform gate.note_freeze(f, 'review', 'kept', (p_order->>'by') || ': ' || (p_order->>'reason'));
  return true;
end $$;

-- From when a freeze acts.
create function gate.set_frozen(f guard.freeze, p_from timestamptz) returns void language plpgsql volatile as $$
begin
  update access.app_user u set frozen_at = case when f.unproven then u.frozen_at else p_from end, unproven_frozen_at = case when f.unproven then p_from else u.unproven_frozen_at end
    where f.user_id is not null and u.id = any (gate.reach_of(f.user_id, f."by")) and case when f.unproven then u.unproven_frozen_at else u.frozen_at end is not null;
  update access.installation n set frozen_at = case when f.unproven then n.frozen_at else p_from end, unproven_frozen_at = case when f.unproven then p_from else n.unproven_frozen_at end
    where f.user_id is null and n.id = f.installation_id;
end $$;

-- A pharmacy on duty or a hospital: one operator on call lifts an automatic freeze for 12 hours, once; then it acts again
-- unless a second one has reviewed it.
create function gate.lift_on_call(p_freeze bigint, p_by text, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  f guard.freeze;
begin
  if not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' then return false; end if;
  perform set_config('synchronous_commit', 'on', true);
  select * into f from guard.freeze x where x.id = p_freeze and x.lifted_at is null and x.on_call_by is null and x.by in ('guard', 'decoy') for update;
  if f.id is null or not exists (select from access.installation n join access.establishment e on e.id = n.establishment_id
      where n.id = coalesce(f.installation_id, (select u.installation_id from access.app_user u where u.id = f.user_id)) and e.peer_group in ('pharmacy', 'hospital')) then return false; end if;
  -- Another freeze that is open stays what it is.
  if exists (select from guard.freeze o where o.id <> f.id and o.lifted_at is null and coalesce(o.on_call_until <= gate.clock(), true) and (gate.reach_of(o.user_id, o.by) && gate.reach_of(f.user_id, f."by") or (f.user_id is null and o.installation_id = f.installation_id))) then return false; end if;
  update guard.freeze set on_call_by = p_by, on_call_reason = p_reason, on_call_until = gate.clock() + interval '12 hours' where id = p_freeze returning * into f;
  -- One that was lifted on call before acts again when its time is over.
  perform gate.set_frozen(f, least(f.on_call_until, (select min(o.on_call_until) from guard.freeze o where o.id <> f.id and o.lifted_at is null and o.on_call_until > gate.clock()
    and (gate.reach_of(o.user_id, o.by) && gate.reach_of(f.user_id, f."by") or (f.user_id is null and o.installation_id = f.installation_id)))));
  perform gate.watch_after(f);
  perform gate.uncontain(f.id);
  perform gate.note_freeze(f, 'unfreeze', 'on-call', p_by || ' for 12 hours: ' || p_reason);
  return true;
end $$;

-- ── those above: vendors and the platform ─────────────────────────────────────────────────────────

-- What batches told without presence, one lump a batch and vendor: nothing is shared by two batches. Folded each second.
create table gate.handed_up (at timestamptz not null, vendor text not null, persons int not null);
create table gate.above (
  scope text not null check (scope in ('vendor', 'platform')),
  subject text not null,
  u int[],
  u_at timestamptz,
  primary key (scope, subject)
);

-- Above its ceiling: an entry, and a line that the desk reads. While it lasts, who asks more than is usual for them is asked
-- for a touch; nobody is refused.
create table guard.alarm (
  id bigint generated always as identity primary key,
  scope text not null check (scope in ('establishment', 'vendor', 'platform')),
  subject text not null,
  at timestamptz not null,
  until timestamptz not null,
  span text not null check (span in ('minute', 'hour', 'day', 'month')),
  told int not null,
  ceiling int not null,
  seen_at timestamptz,
  seen_by text
);
create index alarm_until on guard.alarm (until);
grant select, insert, delete on gate.handed_up to rempart_gate;
grant select, insert, update on gate.above to rempart_gate;
grant select, insert, update on guard.alarm to rempart_gate;
grant select on guard.alarm to rempart_desk, rempart_guard;

insert into guard.ceiling (peer_group, scope, class, valid_from, per_minute, per_hour, per_day, per_month, source)
values ('vendor', 'v', 'u', '2026-01-01', 300, 1500, 4000, 60000, 'starting assumption'), ('platform', 'p', 'u', '2026-01-01', 600, 3000, 8000, 120000, 'starting assumption');

create function gate.hand_up(hits gate.hit[], p_now timestamptz) returns void language sql volatile as $$
  insert into gate.handed_up (at, vendor, persons)
    select p_now, n.vendor, count(*) from unnest(hits) f cross join lateral (select (f.w).*) w
    cross join lateral (select x.vendor from access.installation x where x.id = w.installation limit 1) n
    where f.new_e and w.class = 'u' group by n.vendor
$$;

create function gate.raise_alarm(p_scope text, p_subject text, p_span text, p_told int, p_ceiling int) returns void language plpgsql volatile as $$
begin
  if exists (select from guard.alarm a where a.scope = p_scope and a.subject = p_subject and a.until > gate.clock()) then return; end if;
  insert into guard.alarm (scope, subject, at, until, span, told, ceiling) values (p_scope, p_subject, gate.clock(), gate.clock() + interval '1 hour', p_span, p_told, p_ceiling);
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'alarm', p_scope,
    left(format('%s: %s persons without presence in a %s, ceiling %s', p_subject, p_told, p_span, p_ceiling), 400));
end $$;

-- The ceiling of data, or a third more than the busiest day of the last four weeks: what is usual is no alarm.
create function gate.usual_above(ring int[], limits int[]) returns int[] language sql immutable as $$
  select array(select ceil(l * greatest(1.0, 1.3 * (select max(b) from unnest(ring[46:75]) b) / limits[3]))::int from unnest(limits) l)
$$;

-- Adds what was handed up to the vendors' and the platform's sums and raises alarms. By the guard each second, by any
-- answering process now and then; two at once do it once. Returns how many lumps.
create function gate.fold_above() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  lumps int := 0;
  more record;
  ring int[];
  limits int[];
  at_i int;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('fold-above', 0)) then return 0; end if;
  for more in
    with gone as (delete from gate.handed_up h where h.ctid = any (array(select x.ctid from gate.handed_up x limit 20000)) returning h.vendor, h.persons)
    select 'vendor' as scope, g.vendor as subject, sum(g.persons)::int as persons, count(*)::int as lumps from gone g group by g.vendor
    union all select 'platform', '', sum(g.persons)::int, 0 from gone g having count(*) > 0
  loop
    lumps := lumps + more.lumps;
    insert into gate.above (scope, subject) values (more.scope, more.subject) on conflict do nothing;
    update gate.above a set u = gate.ring_add(gate.ring_advance(a.u, a.u_at, gate.clock()), more.persons), u_at = greatest(a.u_at, gate.clock())
      where a.scope = more.scope and a.subject = more.subject returning a.u into ring;
    select c.limits into limits from gate.ceilings_on(gate.civil_day(gate.clock())) c where c.peer_group = more.scope and c.class = 'u';
    continue when limits is null;
    limits := gate.usual_above(ring, limits);
    select min(i) into at_i from generate_series(1, 4) i where ring[76 + i] > limits[i];
    if at_i is not null then perform gate.raise_alarm(more.scope, more.subject, (array['minute', 'hour', 'day', 'month'])[at_i], ring[76 + at_i], limits[at_i]); end if;
  end loop;
  return lumps;
end $$;

create function gate.see_alarm(p_alarm bigint, p_by text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.names_person(p_by) then return false; end if;
  update guard.alarm set seen_at = gate.clock(), seen_by = p_by where id = p_alarm and seen_at is null;
  return found;
end $$;

-- What a caller was told of today without presence, by what the establishment remembers of its day.
create function gate.told_today(p_establishment bigint, p_key bigint, p_now timestamptz) returns int language sql stable as $$
  select count(*)::int from gate.told t where t.establishment_id = p_establishment and t.day = gate.civil_day(p_now) and t.class = 'u' and p_key = any (t.askers)
$$;

-- More than half as much again as on this caller's own active days of the last month, and more than ten.
create function gate.above_habit(p_scope "char", p_subject bigint, p_establishment bigint, p_now timestamptz) returns boolean language plpgsql stable as $$
declare
  ring int[];
  today int;
begin
  select gate.ring_advance(m.u, m.u_at, p_now) into ring from gate.meter m where m.scope = p_scope and m.subject = p_subject and m.u is not null;
  today := coalesce(ring[76], gate.told_today(p_establishment, case p_scope when 'p' then -p_subject else coalesce(p_subject, 0) end, p_now));
  return today > greatest(10, 1.5 * coalesce((select avg(b) from unnest(ring[46:75]) b where b > 0), 0));
end $$;

-- The last fifth of an establishment's ceiling without presence is kept for callers who had fewer than ten persons today;
-- others are asked for a touch, or, in a software, have reached it. A user of today's making has no such floor: whoever
-- holds a software's key picks the next pseudonym.
create function gate.beyond_floor(w gate.work, p_now timestamptz) returns text language plpgsql volatile as $$
declare
  portal boolean;
  touched timestamptz;
begin
  perform gate.raise_alarm('establishment', w.establishment::text, 'day', (select coalesce((gate.ring_advance(m.u, m.u_at, p_now))[79], 0) from gate.meter m where m.scope = 'e' and m.subject = w.establishment),
    (select c.limits[3] from gate.ceilings_on(gate.civil_day(p_now)) c where c.peer_group = w.peer_group and c.scope = 'e' and c.class = 'u'));
  if (w.user_id is null or exists (select from access.app_user u where u.id = w.user_id and u.first_seen < p_now - interval '1 day'))
     and gate.told_today(w.establishment, case w.asker_scope when 'p' then -w.asker else coalesce(w.user_id, 0) end, p_now) < 10 then return null; end if;
  select n.kind = 'portal', case n.kind when 'portal' then greatest(si.stepped_up_at, si.psc_at) else (select u.touched_at from access.app_user u where u.id = w.user_id) end into portal, touched from access.session s join access.installation n on n.id = s.installation_id
    left join access.sign_in si on si.id = s.sign_in_id where s.secret_hash = w.session;
  if touched > p_now - interval '2 hours' then return null; end if;
  return case when portal then 'step-up' else 'reserve' end;
end $$;

-- ── accounts that grow ────────────────────────────────────────────────────────────────────────────

-- The share of the ceiling without presence of who asks, by how long they have asked and how much of it an insurer's
-- settlement confirmed. Ours until calibrated.
create table guard.growth (
  valid_from date not null,
  days int not null,
  uses int not null,
  percent int not null check (percent between 1 and 100),
  primary key (valid_from, days, uses)
);
insert into guard.growth values ('2026-01-01', 0, 0, 40), ('2026-01-01', 2, 10, 70), ('2026-01-01', 7, 40, 100);
grant select on guard.growth to rempart_gate, rempart_desk;

-- One row. As a table, so that planning writes it into the statement that asks for many subjects: a call for each costs ten times as much.
create function gate.growth_of(p_since timestamptz, p_confirmed int, p_now timestamptz) returns table (percent int) language sql stable as $$
  select coalesce(max(g.percent), 100) from guard.growth g
  where g.valid_from = (select max(x.valid_from) from guard.growth x where x.valid_from <= gate.civil_day(p_now))
    and g.days <= greatest(extract(epoch from p_now - p_since), 0) / 86400 and g.uses <= p_confirmed
$$;

create function gate.grown_percent(p_since timestamptz, p_confirmed int, p_now timestamptz) returns int language plpgsql stable as $$
begin
  return (select g.percent from gate.growth_of(p_since, p_confirmed, p_now) g);
end $$;

-- A morning's burst is anybody's; never below what a day's first patients need.
create function gate.young_limits(limits int[], percent bigint) returns int[] language plpgsql immutable as $$
begin
  return array[limits[1], greatest(limits[2] * percent / 100, least(limits[2], 10)), greatest(limits[3] * percent / 100, least(limits[3], 10)), greatest(limits[4] * percent / 100, least(limits[4], 100))]::int[];
end $$;

-- A use that settlement confirmed, to the credit of who asked.
create function gate.credit_use(p_entry bigint) returns void language plpgsql volatile as $$
begin
  update gate.meter m set confirmed = m.confirmed + 1, since = case when gate.grown_percent(m.since, m.confirmed + 1, gate.clock()) < 100 then m.since end
    from journal.entry e where e.id = p_entry and m.since is not null
      and (m.scope, m.subject) in (select a.scope, a.subject from gate.asker_of(e.user_id) a where e.professional_id is null union all select 'p', e.professional_id where e.professional_id is not null);
  update access.app_user u set confirmed_at = gate.clock() from journal.entry e where e.id = p_entry and u.id = e.user_id and u.confirmed_at is null;
end $$;

call gate.seal_functions();
grant execute on function gate.open_decoy_epoch, gate.review_freeze, gate.lift_on_call, gate.see_alarm to rempart_desk;
grant execute on function gate.show_freezes, gate.appeal, gate.fold_above to rempart_check;
grant execute on function gate.fold_above to rempart_guard;
