-- The gate: the one door through which personal rights leave the database (docs/gates.md).
--
-- gate.ask is a procedure of the caller's own rights, so that it may commit between deciding (gate.charge)
-- and telling (gate.fetch). Both of these run with the rights of rempart_gate, which cannot log in.

-- The only clock of the gate. A database made for rehearsals may replace it; no answering role can.
create function gate.clock() returns timestamptz language sql volatile as $$ select clock_timestamp() $$;

create function gate.civil_day(at timestamptz) returns date language sql stable
  as $$ select (at at time zone 'Europe/Paris')::date $$;

-- ── sliding windows ───────────────────────────────────────────────────────────────────────────────
-- A ring has 7 buckets of 10 s, 13 of 5 min, 25 of 1 h, 31 of 1 day: each part covers its window (60 s,
-- 1 h, 24 h, 30 days) and one bucket more, so that rounding goes up, never down.

create function gate.ring_part(part int[], size int, shift bigint) returns int[] language sql immutable as $$
  select case when shift <= 0 then part
              when shift >= size then array_fill(0, array[size])
              else part[shift + 1 : size] || array_fill(0, array[shift::int]) end
$$;

-- The four windows' sums, kept at the ring's end.
create function gate.ring_sums(ring int[]) returns int[] language sql immutable as $$
  select array[sum(x) filter (where i <= 7), sum(x) filter (where i between 8 and 20), sum(x) filter (where i between 21 and 45), sum(x) filter (where i between 46 and 76)]::int[]
  from unnest(ring) with ordinality as t(x, i)
$$;

-- The ring moved on from `was` to `now_at`; time never goes back for a subject.
create function gate.ring_advance(ring int[], was timestamptz, now_at timestamptz) returns int[]
language plpgsql immutable as $$
declare
  s0 bigint := floor(extract(epoch from was));
  s1 bigint := floor(extract(epoch from now_at));
  moved int[];
begin
  if ring is null then return array_fill(0, array[80]); end if;
  if s1 / 10 <= s0 / 10 then return ring; end if;
  moved := gate.ring_part(ring[1:7], 7, s1 / 10 - s0 / 10)
      || gate.ring_part(ring[8:20], 13, s1 / 300 - s0 / 300)
      || gate.ring_part(ring[21:45], 25, s1 / 3600 - s0 / 3600)
      || gate.ring_part(ring[46:76], 31, s1 / 86400 - s0 / 86400);
  return moved || gate.ring_sums(moved);
end $$;

create function gate.ring_add(ring int[], n int) returns int[] language plpgsql immutable as $$
begin
  ring[7] := ring[7] + n; ring[20] := ring[20] + n; ring[45] := ring[45] + n; ring[76] := ring[76] + n;
  ring[77] := ring[77] + n; ring[78] := ring[78] + n; ring[79] := ring[79] + n; ring[80] := ring[80] + n;
  return ring;
end $$;

-- The four sums moved on without the ring: what falls out of each window is taken off.
create function gate.sums_at(ring int[], was timestamptz, now_at timestamptz) returns int[] language plpgsql immutable as $$
declare
  s0 bigint := floor(extract(epoch from was));
  s1 bigint := floor(extract(epoch from now_at));
  sums int[] := ring[77:80];
  spans constant int[] := array[10, 300, 3600, 86400];
  sizes constant int[] := array[7, 13, 25, 31];
  starts constant int[] := array[0, 7, 20, 45];
  shift bigint;
begin
  for part in 1..4 loop
    shift := s1 / spans[part] - s0 / spans[part];
    if shift >= sizes[part] then sums[part] := 0;
    elsif shift > 0 and sums[part] > 0 then
      for i in starts[part] + 1 .. starts[part] + shift loop sums[part] := sums[part] - ring[i]; end loop;
    end if;
  end loop;
  return sums;
end $$;

-- What is left in every window.
create function gate.ring_left(ring int[], was timestamptz, now_at timestamptz, limits int[]) returns int
language plpgsql immutable as $$
declare
  sums constant int[] := coalesce(gate.sums_at(ring, was, now_at), '{0,0,0,0}');
begin
  return least(limits[1] - sums[1], limits[2] - sums[2], limits[3] - sums[3], limits[4] - sums[4]);
end $$;

-- At least so much of it: the sums as they were last are never below the sums now.
create function gate.ring_floor(ring int[], limits int[]) returns int language sql immutable as $$
  select least(limits[1] - coalesce(ring[77], 0), limits[2] - coalesce(ring[78], 0), limits[3] - coalesce(ring[79], 0), limits[4] - coalesce(ring[80], 0))
$$;
-- More than a whole batch could take is not reckoned to the end: the floor is written by planning into the statement that asks for many
-- subjects, a call costs ten times as much.
create function gate.room(ring int[], was timestamptz, now_at timestamptz, limits int[]) returns int language sql immutable as $$
  select case when gate.ring_floor(ring, limits) > 256 then gate.ring_floor(ring, limits) else gate.ring_left(ring, was, now_at, limits) end
$$;

-- A ceiling that was raised holds for questions without proof of presence, until it expires (gate.raise_own).
create function gate.raised_limits(limits int[], percent int, until timestamptz, p_now timestamptz) returns int[] language sql immutable as $$
  select case when until > p_now then array[limits[1] * percent / 100, limits[2] * percent / 100, limits[3] * percent / 100, limits[4]]
         else limits end
$$;

-- The limits of questions without presence as they are for this subject now: grown so far (null: not young), or by their own habit; raised for today.
create type gate.allowance as (grown_percent int, raised_percent smallint, raised_until timestamptz, habit real);
create function gate.limits_of(m gate.allowance, limits int[], p_now timestamptz) returns int[] language plpgsql stable as $$
begin
  if m.grown_percent is not null then limits := gate.young_limits(limits, m.grown_percent);
  elsif m.habit is not null and coalesce(m.raised_until <= p_now, true) then limits := gate.habit_limits(limits, m.habit, p_now); end if;
  if m.raised_until is not null then limits := gate.raised_limits(limits, m.raised_percent, m.raised_until, p_now); end if;
  return limits;
end $$;

-- The ceilings in force on a day, one row a peer group, scope and class.
create function gate.ceilings_on(day date) returns table (peer_group text, scope "char", class "char", limits int[])
language sql stable as $$
  select distinct on (c.peer_group, c.scope, c.class) c.peer_group, c.scope, c.class, array[c.per_minute, c.per_hour, c.per_day, c.per_month]
  from guard.ceiling c where c.valid_from <= day
  order by c.peer_group, c.scope, c.class, c.valid_from desc
$$;

-- ── deciding ──────────────────────────────────────────────────────────────────────────────────────

create type gate.work as (
  ord int, session uuid, jkt uuid, proof uuid, username text, key uuid, digest uuid, insurer smallint,
  by_nir uuid, by_adherent uuid, domain text, care_date date, declared boolean, bundled boolean, fields int, terms jsonb, card uuid, who uuid, area uuid, root uuid, place uuid, network uuid,
  person uuid, contract uuid, installation bigint, establishment bigint, peer_group text, user_id bigint, professional bigint,
  asker_scope "char", asker bigint, class "char", presence text, code text, entry bigint, retried boolean,
  asked boolean, -- the guard wants a touch of a software's user
  named bigint -- whose share of the responsible's questions this is: a software's user, or, as the negative installation, all that nobody vouched for
);
-- What questions of class u, k and c would charge a subject together, and the ceilings of these classes and of misses.
create type gate.demand as (scope "char", subject bigint, ceiling_scope "char", peer_group text, above bigint, u int, k int, c int, of_u int[], of_k int[], of_c int[], of_m int[]);
-- What is left to it, of each class that is asked for and of misses: null where no ceiling is known. `shared`: of u, to those who asked much already.
create type gate.left_over as (scope "char", subject bigint, ceiling_scope "char", asked_u int, asked_k int, asked_c int, u int, k int, c int, m int, shared int);
-- A right that a question finds. `mixed`: another person was found as well.
create type gate.found as (id bigint, person uuid, contract_order int, valid_from date, in_force boolean, open boolean, mixed boolean);
create type gate.hit as (w gate.work, outcome text, person uuid, row_id bigint, new_e boolean, new_i boolean, new_a boolean, new_n boolean, entry bigint);
create type gate.charged as (ord int, code text, entry bigint, session uuid);

-- The same question with another code: why it is refused, or null.
create function gate.marked(w gate.work, code text) returns gate.work language plpgsql immutable as $$
begin
  w.code := code;
  return w;
end $$;

-- NOTE: look-ups by key stand in `lateral (… limit 1)`, so that each is one index probe whatever the statistics
-- say: plans made on empty tables joined the whole journal and ran twenty times slower.

-- A sign-in of the portal that may ask: confirmed by the answering side, not ended, for the very key of the session.
create function gate.open_sign_in(si access.sign_in, p_jkt uuid, p_now timestamptz) returns boolean language sql immutable as $$
  select coalesce(si.confirmed_at is not null and si.ended_at is null and si.expires_at > p_now and si.jkt = p_jkt, false)
$$;

-- How often one card is shown in a day in one place, and in a month anywhere, before it proves nothing: a stored code
-- is replayed, a patient comes a few times. Starting assumption, ours until an operator calibrates it.
create function gate.usual_rhythm(p_card uuid, p_establishment bigint, p_day date) returns boolean language sql stable as $$
  select coalesce(sum(u.count) filter (where u.day = p_day and u.establishment_id = p_establishment), 0) < 6
     and coalesce(sum(u.count) filter (where u.day = p_day), 0) < 12 and coalesce(sum(u.count), 0) < 60
  from gate.card_use u where u.card = p_card and u.day > p_day - 30
$$;

-- Names are the software's own. Those that nobody vouched for, by a touch or by a use that settlement confirmed, share one count, since
-- whoever holds its key picks the next.
create function gate.share_of(p_user bigint, p_installation bigint, p_vouched_at timestamptz) returns bigint language sql immutable as $$
  select case when p_vouched_at is not null then p_user else -p_installation end
$$;

-- For how long care that settlement confirmed makes a person known where they were cared for (docs/privacy/columns.md).
create function gate.known_for() returns interval language sql immutable as $$ select interval '27 months' $$;

-- Reads the caller from what was recorded; `code` says why a question is refused before any look-up.
create function gate.resolve(
  p_session uuid[], p_jkt uuid[], p_proof uuid[], p_user text[], p_key uuid[], p_digest uuid[], p_insurer smallint[],
  p_nir uuid[], p_adherent uuid[], p_domain text[], p_care date[], p_declared boolean[], p_bundled boolean[], p_fields int[], p_terms jsonb[], p_card uuid[], p_who uuid[], p_area uuid[], p_root uuid[], p_place uuid[], p_network uuid[],
  p_now timestamptz) returns gate.work[] language plpgsql volatile as $$
begin
  return (select array_agg(row(
      i.ord, i.session, i.jkt, i.proof, i.username, i.key, i.digest, i.insurer, i.by_nir, i.by_adherent, i.domain, i.care_date,
      i.declared, i.bundled, i.fields, i.terms, i.card, i.who, i.area, i.root, i.place, i.network, shown.person, shown.contract, n.id, n.establishment_id, e.peer_group, u.id, a.professional,
      case when a.professional is not null then 'p' when coalesce(own.id, u.id) is not null then 'u' end::"char",
      coalesce(a.professional, own.id, u.id),
      case when shown.usual then 'c' when known.yes then 'k' else 'u' end::"char",
      case when shown.usual then 'card' when known.yes then 'known' when i.declared then 'declared' else 'none' end,
      case
        when s.secret_hash is null or s.expires_at <= p_now then 'session'
        when s.jkt is distinct from i.jkt then 'binding'
        when n.kind = 'insurer' then 'forbidden'
        when n.kind = 'portal' and si.open is not true then 'session'
        when n.state <> 'active' then 'suspended'
        when n.frozen_at <= p_now or u.frozen_at <= p_now or own.frozen_at <= p_now then 'frozen'
        when (select array_agg(x.scope || ':' || x.subject) from guard.stop x where x.ended_at is null and x.until > p_now) && array['platform:', 'establishment:' || e.id, 'vendor:' || n.vendor] then 'stopped'
        when e.valid_from > today.day or e.valid_to < today.day then 'departed'
        when who.pseudonym = '' and not e.asks_as_establishment then 'user-missing'
        when a.professional is not null and (not exists (
            select from access.professional p where p.id = a.professional and p.valid_from <= today.day
              and (p.valid_to is null or p.valid_to >= today.day))
          or not exists (
            select from access.activity x where x.professional_id = a.professional and x.establishment_id = e.id
              and x.valid_from <= today.day and (x.valid_to is null or x.valid_to >= today.day))) then 'departed'
        when (n.unproven_frozen_at <= p_now or u.unproven_frozen_at <= p_now or own.unproven_frozen_at <= p_now) and not coalesce(shown.usual, false) and not known.yes then 'frozen-unproven'
        when n.kind = 'portal' and u.step_up_from is not null and not coalesce(shown.usual, false) and not known.yes
          and coalesce(si.touched_at, '-infinity') <= u.step_up_from then 'step-up'
        when n.kind = 'portal' and (select array_agg(x.scope || ':' || x.subject) from guard.alarm x where x.until > p_now and x.scope <> 'establishment') && array['platform:', 'vendor:' || n.vendor] and not coalesce(shown.usual, false) and not known.yes
          and coalesce(si.touched_at, '-infinity') <= (select max(x.at) from guard.alarm x where x.until > p_now and x.scope <> 'establishment') and gate.above_habit(case when a.professional is null then 'u' else 'p' end::"char", coalesce(a.professional, u.id), e.id, p_now) then 'step-up'
        when g.id is null then 'insurer'
        when i.card is not null and shown.person is null then 'card-unknown'
        when shown.revoked then 'card-revoked'
        when (who.pseudonym <> '' or as_such.yes) and u.id is null or as_such.yes and own.id is null then 'user-new'
      end,
      r.entry_id, r.entry_id is not null, n.kind = 'software' and (coalesce(u.step_up_from, own.step_up_from) is not null
        -- of names that nobody vouched for each answers for all: whoever holds the key picks the next
        or (u.vouched_at is null and exists (select from access.app_user o where o.installation_id = n.id and o.step_up_from is not null and o.asked_of_key))),
      case when n.kind = 'software' and (a.professional is not null or as_such.yes) then gate.share_of(u.id, n.id, u.vouched_at) end)::gate.work order by i.ord)
  from unnest(p_session, p_jkt, p_proof, p_user, p_key, p_digest, p_insurer, p_nir, p_adherent, p_domain, p_care, p_declared,
              p_bundled, p_fields, p_terms, p_card, p_who, p_area, p_root, p_place, p_network) with ordinality
         as i(session, jkt, proof, username, key, digest, insurer, by_nir, by_adherent, domain, care_date, declared, bundled, fields, terms, card, who, area, root, place, network, ord)
  cross join (select gate.civil_day(p_now) as day) today
  left join lateral (select x.secret_hash, x.expires_at, x.jkt, x.installation_id, x.sign_in_id from access.session x where x.secret_hash = i.session limit 1) s on true
  left join lateral (select x.id, x.kind, x.state, x.vendor, x.establishment_id, x.responsible_id, x.frozen_at, x.unproven_frozen_at from access.installation x where x.id = s.installation_id limit 1) n on true
  left join lateral (select x.id, x.peer_group, x.asks_as_establishment, x.valid_from, x.valid_to from access.establishment x where x.id = n.establishment_id limit 1) e on true
  left join lateral (select gate.open_sign_in(x, s.jkt, p_now) as open, x.pseudonym, greatest(x.stepped_up_at, x.psc_at) as touched_at from access.sign_in x where x.id = s.sign_in_id limit 1) si on true
  cross join lateral (select case when n.kind = 'portal' then coalesce(si.pseudonym, '') else coalesce(i.username, '') end as pseudonym) who
  left join lateral (select x.id, x.professional_id, x.responsible_id, x.frozen_at, x.unproven_frozen_at, x.step_up_from, coalesce(x.touched_at, x.confirmed_at) as vouched_at from access.app_user x where x.installation_id = n.id and x.pseudonym = who.pseudonym limit 1) u on true
  -- a software of an establishment that asks as such has one asker, whatever names it gives: the user without a name
  cross join lateral (select coalesce(n.kind = 'software' and e.asks_as_establishment, false) as yes) as_such
  left join lateral (select x.id, x.frozen_at, x.unproven_frozen_at, x.step_up_from from access.app_user x where as_such.yes and x.installation_id = n.id and x.pseudonym = '' limit 1) own on true
  left join lateral (select case when e.asks_as_establishment then null else coalesce(u.professional_id, u.responsible_id, n.responsible_id) end as professional) a on true
  left join lateral (select x.id from registry.insurer x where x.id = i.insurer limit 1) g on true
  left join lateral (select x.entry_id from gate.retry x where x.installation_id = n.id and x.key = i.key and x.at > p_now - interval '24 hours' limit 1) r on true
  left join lateral (select x.person, x.contract, x.revoked_at is not null as revoked, gate.usual_rhythm(x.id, n.establishment_id, today.day) as usual
      from registry.card x where x.id = i.card and x.insurer_id = i.insurer and i.care_date between x.valid_from and x.valid_to limit 1) shown on true
  -- both numbers, where both are given: either may be the one that finds
  left join lateral (select coalesce(coalesce(i.by_nir, i.by_adherent) is not null
      and (i.by_nir is null or (select k.last_care from gate.known k where k.establishment_id = e.id and k.identity = i.by_nir limit 1) > today.day - gate.known_for())
      and (i.by_adherent is null or (select k.last_care from gate.known k where k.establishment_id = e.id and k.identity = i.by_adherent limit 1) > today.day - gate.known_for()), false) as yes) known on true);
end $$;

-- Locks the subjects that the questions would charge, in order; subjects held elsewhere are left out.
create function gate.lock_subjects(wanted gate.demand[]) returns gate.demand[] language plpgsql volatile set enable_hashjoin = off as $$
declare
  locked gate.demand[];
begin
  select coalesce(array_agg(w), '{}') into locked
    from unnest(wanted) w cross join lateral (select from gate.meter m where m.scope = w.scope and m.subject = w.subject limit 1 for update skip locked) m;
  if cardinality(locked) < cardinality(wanted) then
    -- Either held by another batch, or never seen: the new ones are made here and answered at the next try.
    insert into gate.meter (scope, subject, since, habit)
      select w.scope, w.subject, case when w.ceiling_scope = 'a' then gate.clock() end, case when w.ceiling_scope in ('a', 'n') then 0 end from unnest(wanted) w
      where not exists (select from gate.meter m where m.scope = w.scope and m.subject = w.subject)
      order by 1, 2 on conflict do nothing;
  end if;
  return locked;
end $$;

-- One name of several is told of no more than twice its own busy day, or than one busy day of the whole place. A place that is
-- still young is bounded by its own low ceiling, and the only name of a place is the place.
create function gate.name_limits(p_name bigint, p_above bigint, limits int[], p_now timestamptz) returns int[] language plpgsql stable as $$
declare
  today constant date := gate.civil_day(p_now);
  m record;
  place record;
  raised timestamptz;
begin
  select x.since, x.habit, x.habit_day, x.habit_count, x.raised_percent, x.raised_until into place from gate.meter x where x.scope = 'p' and x.subject = p_above;
  if place.since is not null or place.habit is null then return limits; end if;
  if not exists (
      select from access.app_user u join gate.meter x on x.scope = 'n' and x.subject = u.id where u.id <> p_name and x.habit_day > today - 30
        and u.installation_id = case when p_name < 0 then -p_name else (select y.installation_id from access.app_user y where y.id = p_name) end) then return limits; end if;
  select x.habit, x.habit_day, x.habit_count, x.raised_percent, x.raised_until into m from gate.meter x where x.scope = 'n' and x.subject = p_name;
  raised := case when p_name > 0 then greatest(m.raised_until, place.raised_until) else m.raised_until end;
  return gate.limits_of(row(null, coalesce(m.raised_percent, place.raised_percent), raised, greatest(gate.habit_now('n', p_name, null, m.habit, m.habit_day, m.habit_count, p_now),
    gate.habit_now('p', p_above, null, place.habit, place.habit_day, place.habit_count, p_now) * 100 / (gate.habit_rule(today)).times_percent))::gate.allowance, limits, p_now);
end $$;

-- What is left to each locked subject, read in a statement of its own: the lock is older than its snapshot.
create function gate.read_left(subjects gate.demand[], p_now timestamptz) returns gate.left_over[] language plpgsql volatile set enable_hashjoin = off as $$
begin
  return (select coalesce(array_agg(row(d.scope, d.subject, d.ceiling_scope, d.u, d.k, d.c, case when d.u > 0 then gate.room(m.u, m.u_at, p_now, own.limits) end, case when d.k > 0 then gate.room(m.k, m.k_at, p_now, d.of_k) end,
      case when d.c > 0 then gate.room(m.c, m.c_at, p_now, d.of_c) end, gate.room(m.m, m.m_at, p_now, d.of_m),
      case when own.shared is not null then gate.room(m.u, m.u_at, p_now, own.shared) end)::gate.left_over), '{}')
  from unnest(subjects) d
  cross join lateral (select x.scope, x.subject, x.u, x.u_at, x.k, x.k_at, x.c, x.c_at, x.m, x.m_at, x.raised_percent, x.raised_until, x.since, x.confirmed, x.habit, x.habit_day, x.habit_count,
      case when x.since is null and (x.k is not null or x.c is not null) then x end as whole from gate.meter x where x.scope = d.scope and x.subject = d.subject limit 1) m
  cross join lateral (select case when d.u = 0 or d.of_u is null or (m.since is null and m.raised_until is null and m.habit is null) then d.of_u
      when d.ceiling_scope = 'n' then gate.name_limits(d.subject, d.above, d.of_u, p_now)
      else gate.in_proportion(d, m.whole, gate.limits_of(row(case when m.since is not null then (select g.percent from gate.growth_of(m.since, m.confirmed, p_now) g) end, m.raised_percent, m.raised_until,
        gate.habit_now(m.scope, m.subject, m.since, m.habit, m.habit_day, m.habit_count, p_now))::gate.allowance, d.of_u, p_now), p_now) end as limits,
    -- of a hundred or more persons a day, the last fifth is kept for those who asked little (gate.beyond_floor)
    case when d.u > 0 and d.ceiling_scope = 'e' and d.of_u[3] >= 100 then array[d.of_u[1] * 4 / 5, d.of_u[2] * 4 / 5, d.of_u[3] * 4 / 5, d.of_u[4] * 4 / 5] end as shared offset 0) own);
end $$;

-- Whom a question charges, by the scope of a ceiling: who asks, whose name they give, the installation, its bundles, the establishment.
create function gate.scope_of(w gate.work, ceiling "char") returns "char" language sql immutable as $$ select case ceiling when 'a' then w.asker_scope else ceiling end $$;
create function gate.subject_of(w gate.work, ceiling "char") returns bigint language sql immutable as $$
  select case ceiling when 'a' then w.asker when 'n' then case when w.class = 'u' then w.named end when 'i' then w.installation when 'b' then case when w.bundled then w.installation end
    when 'e' then w.establishment end
$$;

-- Each question with the subjects it would charge.
create function gate.needs(work gate.work[]) returns table (ord int, scope "char", subject bigint, class "char")
language sql stable as $$
  select w.ord, gate.scope_of(w, s.ceiling), gate.subject_of(w, s.ceiling), w.class
  from unnest(work) w cross join unnest('{a,n,i,b,e}'::"char"[]) s(ceiling)
  where w.code is null and not w.retried and gate.subject_of(w, s.ceiling) is not null
    and exists (select from guard.ceiling c where c.peer_group = w.peer_group and c.scope = s.ceiling)
$$;

-- What the questions would charge together: one row a subject and its ceilings.
create function gate.demands(work gate.work[], p_now timestamptz) returns gate.demand[] language plpgsql stable as $$
begin
  return array(
    with asked as materialized (
      select gate.scope_of(w, s.ceiling) as scope, gate.subject_of(w, s.ceiling) as subject, s.ceiling, w.peer_group, case s.ceiling when 'n' then w.asker end as above,
        (count(*) filter (where w.class = 'u'))::int as u, (count(*) filter (where w.class = 'k'))::int as k, (count(*) filter (where w.class = 'c'))::int as c
      from unnest(work) w cross join unnest('{a,n,i,b,e}'::"char"[]) s(ceiling)
      where w.code is null and not w.retried and gate.subject_of(w, s.ceiling) is not null
      group by 1, 2, 3, 4, 5),
    ceilings as materialized (
      select g.peer_group, g.ceiling, max(x.limits) filter (where k.class = 'u') as u, max(x.limits) filter (where k.class = 'k') as k, max(x.limits) filter (where k.class = 'c') as c,
        max(x.limits) filter (where k.class = 'm') as m
      from (select distinct a.peer_group, a.ceiling from asked a) g cross join (select gate.civil_day(p_now) as day) today cross join unnest('{u,k,c,m}'::"char"[]) k(class)
      left join lateral (select array[y.per_minute, y.per_hour, y.per_day, y.per_month] as limits from guard.ceiling y
        where y.peer_group = g.peer_group and y.scope = g.ceiling and y.class = k.class and y.valid_from <= today.day order by y.valid_from desc limit 1) x on true
      where exists (select from guard.ceiling y where y.peer_group = g.peer_group and y.scope = g.ceiling)
      group by 1, 2)
    select row(a.*, c.u, c.k, c.c, c.m)::gate.demand
    from asked a join ceilings c on c.peer_group = a.peer_group and c.ceiling = a.ceiling order by a.scope, a.subject);
end $$;

-- Whether all of them fit into what is left, so that no question need be judged by itself. False where any doubt remains: a question
-- whose establishment has no ceiling, a subject that another batch holds, a class without a ceiling.
create function gate.all_fit(lefts gate.left_over[], questions int, p_held boolean) returns boolean language plpgsql stable as $$
begin
  return not p_held and (
    select questions = coalesce(sum(t.at_places), 0) and coalesce(bool_and(t.fits), false) from (
      select sum(l.asked_u + l.asked_k + l.asked_c) filter (where l.ceiling_scope = 'e') as at_places,
        bool_and(l.m is not null and (l.asked_u = 0 or l.u is not null) and (l.asked_k = 0 or l.k is not null) and (l.asked_c = 0 or l.c is not null))
          and sum(l.asked_u + l.asked_k + l.asked_c) <= min(l.m) and coalesce(sum(l.asked_u) <= min(l.u), true) and coalesce(sum(l.asked_k) <= min(l.k), true)
          and coalesce(sum(l.asked_c) <= min(l.c), true) and coalesce(sum(l.asked_u) <= min(l.shared), true) as fits
      from unnest(lefts) l group by l.scope, l.subject) t);
end $$;

-- Marks each question 'ceiling' (nothing left), 'busy' (held elsewhere, or others of this batch may take what
-- is left) or leaves it to be looked up. A subject with no ceiling in the data refuses: deny by default. `asking`: how many of them wait for it.
create function gate.admit(work gate.work[], asking int, p_now timestamptz) returns gate.work[] language plpgsql volatile set enable_hashjoin = on as $$
declare
  demands constant gate.demand[] := gate.demands(work, p_now);
  locked gate.demand[];
  lefts gate.left_over[];
begin
  if demands = '{}' then
    return (select array_agg(gate.marked(w, case when w.code is null and not w.retried then 'ceiling' else w.code end) order by w.ord)
            from unnest(work) w);
  end if;
  locked := gate.lock_subjects(demands);
  lefts := gate.read_left(locked, p_now);
  if gate.all_fit(lefts, asking, cardinality(locked) < cardinality(demands)) then return work; end if;
  return (
    with ranked as (
      select n.ord, n.scope, n.subject, n.class,
        row_number() over (partition by n.scope, n.subject, n.class order by n.ord) as of_class,
        row_number() over (partition by n.scope, n.subject order by n.ord) as of_all
      from gate.needs(work) n),
    lefts_of as (
      select l.scope, l.subject, x.class, x.remaining, x.shared, l.m
      from unnest(lefts) l cross join lateral (values ('u'::"char", l.u, l.shared), ('k'::"char", l.k, null), ('c'::"char", l.c, null)) x(class, remaining, shared)
      where x.remaining is not null and l.m is not null),
    judged as (
      select r.ord, bool_or(held.scope is null) as held, bool_or(l.remaining <= 0 or l.m <= 0) as reached,
        bool_or(r.of_class > l.remaining or r.of_all > l.m) as crowded, bool_or(l.scope is null) as unlimited,
        bool_or(r.of_class > l.shared) as kept
      from ranked r
      left join lefts_of l on l.scope = r.scope and l.subject = r.subject and l.class = r.class
      left join unnest(locked) held on held.scope = r.scope and held.subject = r.subject
      group by r.ord)
    select array_agg(gate.marked(w, case when w.code is not null or w.retried then w.code when j.held then 'busy'
        when j.reached or j.unlimited then 'ceiling' when j.crowded then 'busy' when j.ord is null then 'ceiling' when j.kept then gate.beyond_floor(w, p_now) end) order by w.ord)
    from unnest(work) w left join judged j on j.ord = w.ord);
end $$;

-- Of two rights that a question finds, the one that answers it: open, in force, of the first insurer, the newer, the later recorded.
create function gate.better(a gate.found, b gate.found) returns gate.found language plpgsql immutable strict as $$
declare
  mixed constant boolean := a.mixed or b.mixed or a.person <> b.person;
begin
  if (b.open, b.in_force, -b.contract_order, b.valid_from, b.id) > (a.open, a.in_force, -a.contract_order, a.valid_from, a.id) then a := b; end if;
  a.mixed := mixed;
  return a;
end $$;
-- Strict, and begun with nothing: one right found calls nothing.
create aggregate gate.best(gate.found) (sfunc = gate.better, stype = gate.found);

-- Looks each admitted question up and decides. Two persons found at once are nobody.
create function gate.look_up(work gate.work[], p_now timestamptz) returns gate.hit[] language plpgsql volatile as $$
declare
  hits gate.hit[];
begin
  select coalesce(array_agg(row(t.question, t.outcome, t.person, case when t.person is not null then t.found_row end,
      t.person is not null and x.person is null,
      t.person is not null and (x.person is null or not (t.installation = any (x.installations))),
      t.person is not null and t.asker is not null and (x.person is null or not (t.key = any (x.askers))),
      t.person is not null and t.named is not null and t.class = 'u' and (x.person is null or not (t.user_id = any (x.askers))), nextval('journal.entry_id'))::gate.hit), '{}')
    into hits from (
    select d.question, d.establishment, d.installation, d.asker, d.named, d.user_id, d.class, d.day, d.found_row,
      case d.asker_scope when 'p' then -d.asker else coalesce(d.asker, 0) end as key,
      case when d.truth in ('undetermined', 'no-convention', 'yes') or d.class <> 'u' then d.truth else 'no' end as outcome,
      case when d.truth = 'yes' or (d.class <> 'u' and d.truth in ('not-in-force', 'domain-closed')) then d.found_person end as person
    from (
      select w as question, w.establishment, w.installation, w.asker_scope, w.asker, w.named, w.user_id, w.class, today.day, (f.r).id as found_row, (f.r).person as found_person,
        case when g.left_at is not null or g.effective_at is null or g.effective_at + g.max_file_age < p_now then 'undetermined'
             when not exists (select from access.convention v where v.establishment_id = w.establishment and v.insurer_id = w.insurer
                 and v.valid_from <= w.care_date and (v.valid_to is null or v.valid_to >= w.care_date)) then 'no-convention'
             when (f.r).person is null or (f.r).mixed then 'unknown'
             when not (f.r).in_force then 'not-in-force'
             when not (f.r).open then 'domain-closed'
             else 'yes' end as truth
      from unnest(work) w
      cross join (select gate.civil_day(p_now) as day) today
      cross join lateral (select x.left_at, x.effective_at, x.max_file_age, x.shelf, x.base_load, x.visible_load from registry.insurer x where x.id = w.insurer limit 1) g
      -- An adhérent number that finds somebody decides: a NIR beside it (the other parent's, a provisional one) chooses among those it finds, adds that
      -- person's other contracts, and finds nobody else, so that it tells nothing of whom it names.
      cross join lateral (select array_agg(o.person) as persons, bool_or(o.by_nir = w.by_nir) as by_both from registry.right_row o
        where w.by_nir is not null and w.by_adherent is not null and o.by_adherent = w.by_adherent and o.id >> 32 = g.shelf and o.insurer_id = w.insurer and o.load_id between g.base_load and g.visible_load
          and coalesce((select z.load_id from registry.superseded z where z.row_id = o.id limit 1) > g.visible_load, true)) named
      cross join lateral (
        select gate.best(row(c.id, c.person, v.contract_order, c.valid_from, i.in_force,
          i.in_force and v.at is not null and w.care_date >= coalesce(c.domain_from[v.at], c.valid_from) and w.care_date <= coalesce(c.domain_to[v.at], c.valid_to, 'infinity'), false)::gate.found) as r
        from (select x.* from registry.right_row x where x.by_nir = w.by_nir and (named.persons is null or x.person = any (named.persons))
              union all select x.* from registry.right_row x where x.by_adherent = w.by_adherent and (w.by_nir is null or (x.by_nir <> w.by_nir and named.by_both is not true))
              union all select x.* from registry.right_row x where w.card is not null and x.person = w.person and x.contract = w.contract) c
        cross join lateral (select w.care_date >= c.valid_from and (c.valid_to is null or w.care_date <= c.valid_to) as in_force) i
        cross join lateral (select x.contract_order, array_position(x.domains, w.domain) as at from registry.cover x where x.id = c.cover limit 1) v
        where c.id >> 32 = g.shelf and c.insurer_id = w.insurer and c.load_id between g.base_load and g.visible_load
          and coalesce((select z.load_id from registry.superseded z where z.row_id = c.id limit 1) > g.visible_load, true)) f
      where w.code is null and not w.retried offset 0) d offset 0) t
  left join lateral (select y.person, y.askers, y.installations from gate.told y where y.establishment_id = t.establishment and y.day = t.day and y.person = t.person and y.class = t.class limit 1) x on true;
  -- Somebody asked about twice in one batch is new once.
  if exists (select from unnest(hits) h where h.person is not null group by h.person having count(*) > 1) then
    hits := (select array_agg(row(h.question, h.outcome, h.person, h.row_id, h.new_e and h.first_e, h.new_i and h.first_i, h.new_a and h.first_a, h.new_n and h.first_n, h.entry)::gate.hit) from (
      select f.w as question, f.outcome, f.person, f.row_id, f.new_e, f.new_i, f.new_a, f.new_n, f.entry,
        row_number() over (partition by w.establishment, f.person, w.class order by w.ord) = 1 as first_e,
        row_number() over (partition by w.establishment, f.person, w.class, w.installation order by w.ord) = 1 as first_i,
        row_number() over (partition by w.establishment, f.person, w.class, w.asker_scope, w.asker order by w.ord) = 1 as first_a,
        row_number() over (partition by w.establishment, f.person, w.class, w.user_id order by w.ord) = 1 as first_n
      from unnest(hits) f cross join lateral (select (f.w).*) w) h);
  end if;
  return hits;
end $$;

-- Charges every subject: a person newly told of, or a miss for a no.
create function gate.book(hits gate.hit[], p_now timestamptz) returns void language plpgsql volatile as $$
declare
  today constant date := gate.civil_day(p_now);
begin
  insert into gate.told as t (establishment_id, day, person, class, askers, installations)
    select w.establishment, gate.civil_day(p_now), f.person, w.class,
      array_agg(case w.asker_scope when 'p' then -w.asker else coalesce(w.asker, 0) end) || coalesce(array_agg(w.user_id) filter (where f.new_n), '{}'), array_agg(w.installation)
    from unnest(hits) f cross join lateral (select (f.w).*) w
    where f.new_e or f.new_i or f.new_a or f.new_n
    group by 1, 2, 3, 4
    on conflict (establishment_id, day, person, class) do update
      set askers = array(select distinct unnest(t.askers || excluded.askers)),
          installations = array(select distinct unnest(t.installations || excluded.installations));
  update gate.meter m set
      u = case when c.u > 0 then gate.ring_add(gate.ring_advance(m.u, m.u_at, p_now), c.u) else m.u end,
      u_at = case when c.u > 0 then greatest(m.u_at, p_now) else m.u_at end,
      k = case when c.k > 0 then gate.ring_add(gate.ring_advance(m.k, m.k_at, p_now), c.k) else m.k end,
      k_at = case when c.k > 0 then greatest(m.k_at, p_now) else m.k_at end,
      c = case when c.c > 0 then gate.ring_add(gate.ring_advance(m.c, m.c_at, p_now), c.c) else m.c end,
      c_at = case when c.c > 0 then greatest(m.c_at, p_now) else m.c_at end,
      m = case when c.m > 0 then gate.ring_add(gate.ring_advance(m.m, m.m_at, p_now), c.m) else m.m end,
      m_at = case when c.m > 0 then greatest(m.m_at, p_now) else m.m_at end,
      -- the first person of a day: what the days before were is learnt
      habit = case when c.u > 0 and m.habit_day < today then gate.habit_now(m.scope, m.subject, m.since, m.habit, m.habit_day, m.habit_count, p_now) else m.habit end,
      habit_count = case when m.habit is null or c.u = 0 then m.habit_count when m.habit_day >= today then m.habit_count + c.u else c.u end,
      habit_day = case when m.habit is null or c.u = 0 then m.habit_day else greatest(m.habit_day, today) end
    from (
      select n.scope, n.subject,
        (count(*) filter (where n.charge and n.class = 'u'))::int as u, (count(*) filter (where n.charge and n.class = 'k'))::int as k,
        (count(*) filter (where n.charge and n.class = 'c'))::int as c, (count(*) filter (where n.miss))::int as m
      from (
        select s.scope, s.subject, w.class, s.charge, f.outcome in ('no', 'unknown', 'not-in-force', 'domain-closed') as miss
        from unnest(hits) f cross join lateral (select (f.w).class) w cross join unnest('{a,n,i,b,e}'::"char"[]) u(ceiling)
        cross join lateral (select gate.scope_of(f.w, u.ceiling) as scope, gate.subject_of(f.w, u.ceiling) as subject,
          case u.ceiling when 'a' then f.new_a when 'n' then f.new_n when 'e' then f.new_e else f.new_i end as charge) s
        where s.subject is not null) n
      group by 1, 2
      having bool_or(n.charge) or bool_or(n.miss)) c
    where m.scope = c.scope and m.subject = c.subject;
end $$;

-- Writes one entry a question, its guarantee and its idempotency key.
create function gate.write_entries(hits gate.hit[], p_parameters text, p_now timestamptz) returns void language plpgsql volatile as $$
begin
  with f as materialized (
    select h.entry, h.outcome, h.person, h.row_id, w.session, w.jkt, w.installation, w.establishment, w.user_id, w.professional, w.insurer, w.domain, w.care_date, w.presence, w.fields, w.terms, w.class,
      w.who, w.area, w.root, w.place, w.network
    from unnest(hits) h cross join lateral (select (h.w).*) w),
  entries as (
    insert into journal.entry (id, at, session, installation_id, establishment_id, user_id, professional_id, purpose, outcome, insurer_id,
                               domain, care_date, presence, person, row_id, parameters, fields)
    select f.entry, p_now, f.session, f.installation, f.establishment, f.user_id, f.professional, 'ask', f.outcome, f.insurer,
           f.domain, f.care_date, f.presence, f.person, f.row_id, p_parameters,
           -- verdict 1; period 2, rule 4, amounts 8, guarantee 16 with a yes; reason 32 with a proven no
           case when f.outcome = 'yes' then f.fields | 23 when f.person is not null or f.outcome = 'unknown' then 33 else 1 end
    from f),
  traces as (
    insert into guard.trace (entry_id, at, user_id, installation_id, insurer_id, outcome, who, area, root, place, device, network)
    select f.entry, p_now, f.user_id, f.installation, f.insurer, f.outcome, f.who, f.area, f.root, f.place, f.jkt, f.network
    from f where f.class = 'u' and f.who is not null)
  insert into gate.guarantee (entry_id, insurer_id, establishment_id, installation_id, person, row_id, domain, care_date, expires_on, terms, given_at)
    select f.entry, f.insurer, f.establishment, f.installation, f.person, f.row_id, f.domain, f.care_date,
           greatest(f.care_date, gate.civil_day(p_now)) + g.guarantee_days, f.terms, p_now
    from f cross join lateral (select x.guarantee_days from registry.insurer x where x.id = f.insurer limit 1) g
    where f.outcome = 'yes';
end $$;

-- Counts how often each card was shown.
create function gate.count_cards(hits gate.hit[], p_now timestamptz) returns void language sql volatile as $$
  insert into gate.card_use as c (card, establishment_id, day, count)
    select w.card, w.establishment, gate.civil_day(p_now), count(*) from unnest(hits) f cross join lateral (select (f.w).*) w
    where w.card is not null group by 1, 2 order by 1, 2
    on conflict (card, day, establishment_id) do update set count = c.count + excluded.count
$$;

-- Remembers the entries of questions that may be asked again: not of those that could not be determined, which are asked again to be.
create function gate.keep_keys(hits gate.hit[], p_now timestamptz) returns void language sql volatile as $$
  insert into gate.retry (installation_id, key, digest, entry_id, at)
    select w.installation, w.key, w.digest, f.entry, p_now
    from unnest(hits) f cross join lateral (select (f.w).*) w
    where w.key is not null and f.outcome <> 'undetermined' order by 1, 2
    on conflict (installation_id, key) do update set digest = excluded.digest, entry_id = excluded.entry_id, at = excluded.at
$$;

-- Decides and charges a batch. Returns codes, never raises: an error would take honest questions with it.
-- Codes: null (entry written or found again), session, binding, replay, forbidden, suspended, frozen, stopped, departed,
-- user-missing, frozen-unproven, step-up, insurer, card-unknown, card-revoked, ceiling, reserve, touch, busy, conflict, isolation, closed.
create function gate.charge(
  p_session uuid[], p_jkt uuid[], p_proof uuid[], p_user text[], p_key uuid[], p_digest uuid[], p_insurer smallint[],
  p_nir uuid[], p_adherent uuid[], p_domain text[], p_care date[], p_declared boolean[], p_bundled boolean[], p_fields int[], p_terms jsonb[], p_card uuid[], p_who uuid[], p_area uuid[], p_root uuid[], p_place uuid[], p_network uuid[], p_tags uuid[],
  p_parameters text) returns gate.charged[]
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  now_at timestamptz;
  work gate.work[];
  hits gate.hit[];
  fresh uuid[];
  new_users boolean;
  asking int;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    return (select array_agg(row(i, 'isolation', null, null)::gate.charged) from generate_subscripts(p_session, 1) i);
  end if;
  -- A database that was restored does not know whom it froze, nor what it told (migration 0018).
  if not gate.stands() then return (select array_agg(row(i, 'closed', null, null)::gate.charged) from generate_subscripts(p_session, 1) i); end if;
  perform set_config('synchronous_commit', 'on', true);
  now_at := gate.clock();
  work := gate.resolve(p_session, p_jkt, p_proof, p_user, p_key, p_digest, p_insurer, p_nir, p_adherent, p_domain, p_care, p_declared, p_bundled, p_fields, p_terms, p_card, p_who, p_area, p_root, p_place, p_network, now_at);
  select bool_or(w.code = 'user-new'), count(*) filter (where w.code is null and not w.retried) into new_users, asking from unnest(work) w;
  if new_users then
    insert into access.app_user (installation_id, pseudonym)
      select w.installation, coalesce(w.username, '') from unnest(work) w where w.code = 'user-new'
      union select w.installation, '' from unnest(work) w join access.establishment e on e.id = w.establishment where w.code = 'user-new' and e.asks_as_establishment
      order by 1, 2 on conflict do nothing;
    work := gate.resolve(p_session, p_jkt, p_proof, p_user, p_key, p_digest, p_insurer, p_nir, p_adherent, p_domain, p_care, p_declared, p_bundled, p_fields, p_terms, p_card, p_who, p_area, p_root, p_place, p_network, now_at);
    asking := (select count(*) from unnest(work) w where w.code is null and not w.retried);
  end if;
  work := gate.admit(work, asking, now_at);
  -- After the locks: the clock again, and whoever was frozen or asked the same meanwhile.
  now_at := gate.clock();
  work := gate.recheck(work, now_at);
  -- Before any proof is spent: who must wait comes again with the same one.
  work := gate.pace_watched(work, now_at);
  with seen as (
    insert into gate.proof (drawer, id, at)
      select distinct on (w.proof) gate.drawer_of(w.proof), w.proof, now_at from unnest(work) w where w.code is null order by w.proof
      on conflict do nothing returning id)
  select coalesce(array_agg(id), '{}'), (select count(*) from unnest(work) w where w.code is null) into fresh, asking from seen;
  -- As many new ones as there are questions: none was seen before, and none comes twice.
  if cardinality(fresh) < asking then work := gate.mark_replays(work, fresh); end if;
  work := gate.notice_decoys(work, p_tags, now_at);
  work := gate.pace_asked(work, now_at);
  hits := gate.look_up(work, now_at);
  perform gate.book(hits, now_at);
  perform gate.hand_up(hits, now_at);
  perform gate.count_watched(hits, now_at);
  perform gate.write_entries(hits, p_parameters, now_at);
  -- Most batches have neither: a statement that would find nothing costs as much to start as one that finds something.
  if cardinality(array_remove(p_card, null)) > 0 then perform gate.count_cards(hits, now_at); end if;
  if cardinality(array_remove(p_key, null)) > 0 then perform gate.keep_keys(hits, now_at); end if;
  return array(select row(x.ord, x.code, x.entry, x.session)::gate.charged from (
    select (f.w).ord, null::text as code, f.entry, (f.w).session from unnest(hits) f
    union all select w.ord, w.code, case when w.code is null then w.entry end, w.session from unnest(work) w where w.code is not null or w.retried) x
    order by x.ord);
end $$;

-- Freezes and idempotency keys as they stand once the subjects are locked.
create function gate.recheck(work gate.work[], p_now timestamptz) returns gate.work[] language plpgsql volatile as $$
declare
  w gate.work;
  r record;
begin
  for r in
    select * from (select q.ord, g.entry_id, g.digest, coalesce(n.frozen_at <= p_now, false) or n.state <> 'active' or coalesce(u.whole, false) as frozen,
      q.class = 'u' and (coalesce(n.unproven_frozen_at <= p_now, false) or coalesce(u.part, false)) as unproven,
      case when q.key is not null then row_number() over (partition by q.installation, q.key order by q.ord) end as nth
    from unnest(work) q
    cross join lateral (select x.state, x.frozen_at, x.unproven_frozen_at from access.installation x where x.id = q.installation limit 1) n
    left join lateral (select bool_or(x.frozen_at <= p_now) as whole, bool_or(x.unproven_frozen_at <= p_now) as part from access.app_user x where x.id in (q.user_id, case when q.asker_scope = 'u' then q.asker end)) u on true
    left join lateral (select x.entry_id, x.digest from gate.retry x where x.installation_id = q.installation and x.key = q.key and x.at > p_now - interval '24 hours' limit 1) g on true
    where q.code is null offset 0) q
    where q.frozen or q.unproven or q.entry_id is not null or q.nth > 1
  loop
    w := work[r.ord];
    if r.frozen then w.code := 'frozen';
    elsif r.unproven then w.code := 'frozen-unproven';
    elsif r.entry_id is not null then
      w.entry := r.entry_id; w.retried := true;
      if r.digest <> w.digest then w.code := 'conflict'; end if;
    else w.code := 'busy';
    end if;
    work[r.ord] := w;
  end loop;
  return work;
end $$;

-- A proof already seen, or twice in this batch, is a replay.
create function gate.mark_replays(work gate.work[], fresh uuid[]) returns gate.work[] language sql immutable as $$
  select array_agg(gate.marked(w.question, case when (w.question).code is not null then (w.question).code
      when (w.question).proof = any (fresh) and w.first then null else 'replay' end) order by (w.question).ord)
  from (select x as question, row_number() over (partition by x.proof, x.code is null order by x.ord) = 1 as first from unnest(work) x) w
$$;

-- ── telling ───────────────────────────────────────────────────────────────────────────────────────

-- The deciding columns of committed entries, at most a minute old (24 hours for a retry), to a session of the
-- installation that asked: one array a column, an element an entry. Refuses to run in a transaction that has written anything.
create function gate.fetch(p_entries bigint[], p_sessions uuid[]) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if pg_current_xact_id_if_assigned() is not null then return '{}'::json; end if;
  return (select case when count(*) = 0 then '{}' else json_build_object(
        'entry', json_agg(e.id), 'outcome', json_agg(e.outcome), 'at', json_agg(e.at), 'presence', json_agg(e.presence), 'insurer', json_agg(e.insurer_id), 'domain', json_agg(e.domain),
        'careDate', json_agg(e.care_date), 'parameters', json_agg(e.parameters), 'fields', json_agg(e.fields), 'leaf', json_agg(e.leaf),
        'product', json_agg(p.id), 'productCode', json_agg(v.product_code), 'from', json_agg(coalesce(r.domain_from[v.at], r.valid_from)), 'to', json_agg(coalesce(r.domain_to[v.at], r.valid_to)),
        'responsible', json_agg(v.responsible), 'c2s', json_agg(v.c2s), 'regime', json_agg(v.regime), 'order', json_agg(v.contract_order), 'expiresOn', json_agg(q.expires_on), 'terms', json_agg(q.terms)) end
    from unnest(p_entries, p_sessions) as i(entry, session)
    cross join lateral (select x.id, x.at, x.installation_id, x.purpose, x.outcome, x.insurer_id, x.domain, x.care_date, x.presence, x.row_id, x.parameters, x.fields, encode(sha256(journal.entry_bytes(x)), 'base64') as leaf
      from journal.entry x where x.id = i.entry limit 1) e
    cross join lateral (select from access.session x where x.secret_hash = i.session and x.installation_id = e.installation_id limit 1) s
    left join lateral (select x.insurer_id, x.cover, x.valid_from, x.valid_to, x.domain_from, x.domain_to from registry.right_row x where x.id = e.row_id and x.id >> 32 = e.row_id >> 32 and e.outcome = 'yes' limit 1) r on true
    left join lateral (select x.product_code, x.responsible, x.c2s, x.regime, x.contract_order, array_position(x.domains, e.domain) as at from registry.cover x where x.id = r.cover limit 1) v on true
    left join lateral (select x.expires_on, x.terms from gate.guarantee x where x.entry_id = e.id limit 1) q on true
    left join lateral (select x.id from registry.product x where x.insurer_id = r.insurer_id and x.code = v.product_code and x.valid_from <= e.care_date
        and x.recorded_at <= e.at order by x.valid_from desc, x.version desc limit 1) p on true
    where e.purpose = 'ask' and (e.at > gate.clock() - interval '1 minute'
       or exists (select from gate.retry t where t.installation_id = e.installation_id and t.entry_id = e.id and t.at > gate.clock() - interval '24 hours')));
end $$;

-- One round trip: decide and charge, commit, then tell.
create procedure gate.ask(
  p_session uuid[], p_jkt uuid[], p_proof uuid[], p_user text[], p_key uuid[], p_digest uuid[], p_insurer smallint[],
  p_nir uuid[], p_adherent uuid[], p_domain text[], p_care date[], p_declared boolean[], p_bundled boolean[], p_fields int[], p_terms jsonb[], p_card uuid[], p_who uuid[], p_area uuid[], p_root uuid[], p_place uuid[], p_network uuid[], p_tags uuid[],
  p_parameters text, inout charged json, inout told json) language plpgsql as $$
declare
  result gate.charged[];
  entries bigint[];
  sessions uuid[];
begin
  result := gate.charge(p_session, p_jkt, p_proof, p_user, p_key, p_digest, p_insurer, p_nir, p_adherent, p_domain, p_care, p_declared,
                        p_bundled, p_fields, p_terms, p_card, p_who, p_area, p_root, p_place, p_network, p_tags, p_parameters);
  commit;
  -- In the order of the questions, as gate.charge gives them.
  select json_build_object('code', json_agg(r.code), 'entry', json_agg(r.entry)), array_agg(r.entry) filter (where r.entry is not null), array_agg(r.session) filter (where r.entry is not null)
    into charged, entries, sessions from unnest(result) r;
  told := gate.fetch(entries, sessions);
end $$;

-- ── refusals, guarantees, and what is no person's ─────────────────────────────────────────────────

-- Refusals by session and reason: counted by minute; the first of a minute is an entry.
create function gate.note_refusals(p_sessions uuid[], p_reasons text[], p_counts bigint[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  with noted as (
    insert into journal.refusal as f (minute, installation_id, reason, count)
      select date_trunc('minute', gate.clock()), coalesce(s.installation_id, 0), left(i.reason, 40), sum(i.count)
      from unnest(p_sessions, p_reasons, p_counts) as i(session, reason, count)
      left join access.session s on s.secret_hash = i.session
      group by 1, 2, 3 order by 1, 2, 3
      on conflict (minute, installation_id, reason) do update set count = f.count + excluded.count
      returning f.minute, f.installation_id, f.reason, f.xmax = 0 as first)
  insert into journal.entry (id, at, installation_id, establishment_id, purpose, outcome)
    select nextval('journal.entry_id'), gate.clock(), nullif(n.installation_id, 0), x.establishment_id, 'refusals', n.reason
    from noted n left join access.installation x on x.id = n.installation_id where n.first;
end $$;

-- The insurers, their rules and products: public facts, no person.
create function gate.insurers() returns table (id smallint, amc_number text, name text, rule jsonb, channel jsonb, printed_card boolean, card_key bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select i.id, i.amc_number, i.name, i.undetermined_rule, i.channel, i.printed_card_accepted, i.card_key from registry.insurer i $$;

-- The key that the register was indexed with, by its fingerprint: null where nothing was loaded yet.
create function gate.index_fingerprint(p_version smallint) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select k.fingerprint from registry.index_key k where k.version = p_version $$;

create function gate.product(p_id bigint) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select p.definition from registry.product p where p.id = p_id $$;

-- Which drawer a proof stands in: that of the 256 seconds it was signed in, of four that come round again.
create function gate.drawer_of(p_id uuid) returns smallint language sql immutable as $$ select (get_byte(uuid_send(p_id), 2) & 3)::smallint $$;

-- A proof is good once.
create function gate.spend(p_id uuid) returns boolean language plpgsql volatile as $$
begin
  insert into gate.proof (drawer, id, at) values (gate.drawer_of(p_id), p_id, gate.clock()) on conflict do nothing;
  return found;
end $$;

-- Whether a drawer holds proofs, and each of them was put there before. From the latest second on: a drawer in use is told by its first row.
create function gate.is_old(p_drawer int, p_before timestamptz) returns boolean language plpgsql volatile set enable_seqscan = off set enable_sort = off as $$
begin
  return exists (select from gate.proof p where p.drawer = p_drawer)
    and not exists (select from (select p.at from gate.proof p where p.drawer = p_drawer order by p.id desc offset 0) x where x.at >= p_before);
end $$;

-- Empties each drawer of which every proof was put there before: proofs are good for a minute. One at a time, and only where nobody holds the drawer;
-- looked at again once nobody can put another there.
create function gate.empty_drawers(p_before timestamptz) returns void language plpgsql volatile set lock_timeout = '50ms' as $$
begin
  if not pg_try_advisory_xact_lock(hashtextextended('drawers', 0)) then return; end if;
  for n in 0..3 loop
    continue when not gate.is_old(n, p_before);
    begin
      execute format('lock table gate.proof_%s in access exclusive mode', n);
      if gate.is_old(n, p_before) then execute format('truncate gate.proof_%s', n); end if;
    exception when lock_not_available then null;
    end;
  end loop;
end $$;

-- Whose a look-up is, which names nobody: who signed in to the portal, or the establishment that asks as such. Null: a software's, where its
-- professional answers for it.
create function gate.reader_of(p_session uuid) returns bigint language sql stable as $$
  select coalesce(si.user_id, own.id) from access.session s join access.installation n on n.id = s.installation_id
  left join access.establishment e on e.id = n.establishment_id
  left join access.sign_in si on si.id = s.sign_in_id
  left join access.app_user own on n.kind = 'software' and e.asks_as_establishment and own.installation_id = n.id and own.pseudonym = ''
  where s.secret_hash = p_session
$$;

-- Whether a caller may not be told of an answer given before, as `gate.resolve` would refuse a question of theirs: -2 session, -4 frozen, -5 stopped, -6 departed; null when they may.
create function gate.refuses_reader(p_session uuid, p_jkt uuid) returns int language plpgsql stable as $$
begin
  return (select case
      when s.secret_hash is null or s.jkt is distinct from p_jkt or s.expires_at <= c.now_at or n.state <> 'active' or (n.kind = 'portal' and not gate.open_sign_in(si, s.jkt, c.now_at)) then -2
      when n.frozen_at <= c.now_at or u.frozen_at <= c.now_at then -4
      when exists (select from guard.stop x where x.ended_at is null and x.until > c.now_at and x.scope || ':' || x.subject in ('platform:', 'establishment:' || e.id, 'vendor:' || n.vendor)) then -5
      when e.valid_from > c.today or e.valid_to < c.today or (a.professional is not null and not exists (select from access.professional p join access.activity x on x.professional_id = p.id and x.establishment_id = e.id
          where p.id = a.professional and p.valid_from <= c.today and (p.valid_to is null or p.valid_to >= c.today) and x.valid_from <= c.today and (x.valid_to is null or x.valid_to >= c.today))) then -6
    end
  from (select gate.clock() as now_at, gate.civil_day(gate.clock()) as today) c
  left join access.session s on s.secret_hash = p_session
  left join access.installation n on n.id = s.installation_id
  left join access.establishment e on e.id = n.establishment_id
  left join access.sign_in si on si.id = s.sign_in_id
  left join access.app_user u on u.id = gate.reader_of(p_session)
  cross join lateral (select case when n.kind = 'insurer' or e.asks_as_establishment then null else coalesce(u.professional_id, u.responsible_id, n.responsible_id) end as professional) a);
end $$;

-- A guarantee for who got it (any installation of that establishment) or for its insurer. Two calls, as with
-- gate.ask: look_up_guarantee journals, then read_guarantee tells in another transaction.
create function gate.look_up_guarantee(p_session uuid, p_jkt uuid, p_proof uuid, p_entry bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number bigint;
  refused int;
begin
  if current_setting('transaction_isolation') <> 'read committed' then return null; end if;
  if not gate.stands() then return -3; end if;
  perform set_config('synchronous_commit', 'on', true);
  if not gate.spend(p_proof) then return -1; end if;
  refused := gate.refuses_reader(p_session, p_jkt);
  if refused is not null then return refused; end if;
  insert into journal.entry (id, at, session, installation_id, establishment_id, user_id, professional_id, purpose, outcome, insurer_id, domain, care_date, person, row_id, fields)
    -- What is told besides the number: amounts, where lines were reckoned or a use was settled.
    select nextval('journal.entry_id'), gate.clock(), s.secret_hash, n.id, n.establishment_id, u.id, coalesce(u.professional_id, u.responsible_id, n.responsible_id), 'guarantee', 'yes', g.insurer_id, g.domain, g.care_date, g.person, g.row_id,
      case when g.terms is not null or g.used_amount_cents is not null then 24 else 16 end
    from access.session s join access.installation n on n.id = s.installation_id
    left join access.app_user u on u.id = gate.reader_of(p_session)
    join gate.guarantee g on g.entry_id = p_entry and (g.establishment_id = n.establishment_id or g.insurer_id = n.insurer_id)
    where s.secret_hash = p_session
    returning id into number;
  return number;
end $$;

create function gate.read_guarantee(p_session uuid, p_number bigint, p_entry bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if pg_current_xact_id_if_assigned() is not null then return null; end if;
  return (select jsonb_build_object('entry', g.entry_id, 'state',
        case when g.state = 'given' and g.expires_on < gate.civil_day(gate.clock()) then 'expired' else g.state end,
        'insurer', g.insurer_id, 'domain', g.domain, 'careDate', g.care_date, 'expiresOn', g.expires_on, 'givenAt', g.given_at,
        'usedOn', g.used_on, 'usedAmountCents', g.used_amount_cents, 'cancelledAt', g.cancelled_at, 'cancelReason', g.cancel_reason,
        'terms', g.terms, 'parameters', coalesce(a.parameters, g.parameters), 'regime', v.regime, 'c2s', v.c2s, 'product', p.id, 'lookUp', l.id)
    from journal.entry l
    join gate.guarantee g on g.entry_id = p_entry and g.person = l.person and g.row_id = l.row_id
    left join journal.entry a on a.id = g.entry_id
    join registry.right_row r on r.id = g.row_id and r.id >> 32 = g.row_id >> 32
    join registry.cover v on v.id = r.cover
    left join lateral (select x.id from registry.product x where x.insurer_id = r.insurer_id and x.code = v.product_code and x.valid_from <= g.care_date
        and x.recorded_at <= g.given_at order by x.valid_from desc, x.version desc limit 1) p on true
    where l.id = p_number and l.purpose = 'guarantee' and l.session = p_session and l.at > gate.clock() - interval '1 minute');
end $$;

create procedure gate.show_guarantee(p_session uuid, p_jkt uuid, p_proof uuid, p_entry bigint, inout code text, inout told jsonb) language plpgsql as $$
declare
  number bigint;
begin
  number := gate.look_up_guarantee(p_session, p_jkt, p_proof, p_entry);
  commit;
  code := case when number is null then 'not-found' when number = -1 then 'replay' when number = -2 then 'session' when number = -3 then 'closed' when number = -4 then 'frozen' when number = -5 then 'stopped' when number = -6 then 'departed' end;
  if number > 0 then told := gate.read_guarantee(p_session, number, p_entry); end if;
end $$;

-- Whether a name can be a person's: not empty, and none of the words that acts are signed with when nobody decided them. The only
-- place where those words stand; `gate.is_automatic` (0007) says which of them freeze by themselves.
create function gate.names_person(p_name text) returns boolean language sql immutable as $$
  select coalesce(lower(trim(p_name)) not in ('', 'guard', 'decoy', 'person', 'signals', 'installation') and lower(trim(p_name)) !~ '^(peer|insurer)\s', false)
$$;
-- Two different persons.
create function gate.names_two(p_by text, p_and text) returns boolean language sql immutable as $$
  select gate.names_person(p_by) and gate.names_person(p_and) and lower(trim(p_by)) <> lower(trim(p_and))
$$;

-- One obtained through a compromised credential can be cancelled until its use is recorded. Operators only.
create function gate.cancel_guarantee(p_entry bigint, p_by text, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.names_person(p_by) or coalesce(trim(p_reason), '') = '' then return false; end if;
  update gate.guarantee set state = 'cancelled', cancelled_at = gate.clock(), cancel_reason = p_reason where entry_id = p_entry and state = 'given';
  if not found then return false; end if;
  insert into journal.entry (id, at, purpose, outcome, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'cancel', 'cancelled', format('guarantee %s by %s: %s', p_entry, p_by, p_reason));
  return true;
end $$;

-- What only the last minutes need. Called between batches by the answering process; touches no person.
create function gate.sweep() returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  -- Read once: a volatile function in the condition would be called for every row, and no index used.
  now_at timestamptz := gate.clock();
  today date := gate.civil_day(now_at);
begin
  perform gate.empty_drawers(now_at - interval '5 minutes');
  delete from gate.evidence where id = any (array(select id from gate.evidence where at < now_at - interval '5 minutes' order by at limit 5000));
  delete from gate.retry where ctid = any (array(select ctid from gate.retry where at < now_at - interval '25 hours' order by at limit 2000));
  update access.sign_in set shown_as = null where id = any (array(select id from access.sign_in where shown_as is not null and ended_at is not null order by id limit 500)
    || array(select id from access.sign_in where shown_as is not null and expires_at < now_at order by expires_at limit 500));
  delete from access.sign_in where id = any (array(select id from access.sign_in where confirmed_at is null and started_at < now_at - interval '1 day' order by started_at limit 500)
    || array(select id from access.sign_in where expires_at at time zone 'UTC' < (now_at - interval '400 days') at time zone 'UTC' order by expires_at at time zone 'UTC' limit 500));
  -- Entries come in the order of time: while the first is young, so are the rest.
  if (select t.at < now_at - interval '40 days' from guard.trace t order by t.entry_id limit 1) then
    delete from guard.trace where entry_id = any (array(select t.entry_id from (select x.entry_id, x.at from guard.trace x order by x.entry_id limit 5000) t where t.at < now_at - interval '40 days'));
  end if;
  delete from gate.card_use where ctid = any (array(select ctid from gate.card_use where day - date '2000-01-01' < today - 30 - date '2000-01-01' order by day - date '2000-01-01' limit 5000));
  perform gate.fold_above();
  delete from gate.told where ctid = any (array(select ctid from gate.told where day - date '2000-01-01' < today - 1 - date '2000-01-01' order by day - date '2000-01-01' limit 5000));
end $$;
-- Each of them is found by an index, in whose order it is taken: a table that a country fills is not read through every second.
create index evidence_age on gate.evidence (at);
create index retry_age on gate.retry (at);
-- On an expression, so that no question's plan, made while the table was small, takes it for a way to one person.
create index told_age on gate.told ((day - date '2000-01-01'));
create index card_use_age on gate.card_use ((day - date '2000-01-01'));
create index sign_in_ended on access.sign_in (id) where shown_as is not null and ended_at is not null;
create index sign_in_shown on access.sign_in (expires_at) where shown_as is not null;
create index sign_in_unconfirmed on access.sign_in (started_at) where confirmed_at is null;
create index sign_in_age on access.sign_in ((expires_at at time zone 'UTC'));

-- Called at the end of each migration that makes functions: nobody may execute them but by name, and those of the gate
-- run with the rights of a role that cannot log in.
create procedure gate.seal_functions() language plpgsql as $seal$
declare f record;
begin
  for f in select p.oid::regprocedure as name, p.prokind, n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where n.nspname in ('gate', 'journal', 'guard', 'registry', 'access') loop
    execute format('revoke all on routine %s from public', f.name);
    if f.prokind <> 'p' and f.nspname = 'gate' then execute format('alter routine %s owner to rempart_gate', f.name); end if;
  end loop;
end $seal$;
call gate.seal_functions();

grant usage on schema gate to rempart_check;
grant execute on procedure gate.ask, gate.show_guarantee to rempart_check;
grant execute on function gate.charge, gate.fetch, gate.look_up_guarantee, gate.read_guarantee, gate.note_refusals, gate.insurers, gate.index_fingerprint, gate.product, gate.sweep to rempart_check;
grant execute on function gate.cancel_guarantee, gate.clock to rempart_desk;

-- Starting assumptions, ours until an operator calibrates them: persons a day without proof of presence. Where many people
-- ask in turn (a pharmacy, a hospital) one of them may be told of as many as the place: their own habit bounds them (0017).
insert into guard.ceiling (peer_group, scope, class, valid_from, per_minute, per_hour, per_day, per_month, source)
select g.peer_group, s.scope, c.class, date '2026-01-01',
  greatest(5, ceil(b.day * c.factor * 0.12)), greatest(10, ceil(b.day * c.factor * 0.5)), ceil(b.day * c.factor), ceil(b.day * c.factor * 22),
  'starting assumption'
from (values ('doctor', 80, 400), ('nurse', 60, 300), ('physiotherapist', 60, 300), ('dentist', 60, 300), ('optician', 60, 240),
             ('transporter', 60, 60), ('pharmacy', 500, 500), ('laboratory', 800, 800), ('hospital', 2500, 2500), ('centre', 800, 800)) g(peer_group, person, site)
cross join (values ('a'::"char"), ('e'::"char"), ('b'::"char")) s(scope)
cross join lateral (select case s.scope when 'a' then g.person when 'e' then g.site else g.site / 2 end as day) b
cross join (values ('u'::"char", 1.0), ('k', 4.0), ('c', 6.0), ('m', 0.35)) c(class, factor);
-- Where several people ask and one answers for them all, each name has its own habit under the same ceiling.
insert into guard.ceiling select peer_group, 'n', class, valid_from, per_minute, per_hour, per_day, per_month, source from guard.ceiling where peer_group = 'pharmacy' and scope = 'a';

-- The canonical bytes of an entry, version 1 (docs/formats/journal-entry.md).
create function journal.entry_bytes(e journal.entry) returns bytea language sql stable as $$
  select convert_to(json_build_array(e.version, e.id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.salt, e.session, e.installation_id, e.establishment_id,
    e.user_id, e.professional_id, e.purpose, e.outcome, e.insurer_id, e.domain, e.care_date, e.presence, e.person, e.row_id,
    e.parameters, e.fields, e.detail)::text, 'UTF8')
$$;
