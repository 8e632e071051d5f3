-- Each asker's own habit: a ceiling without presence that fits a large pharmacy would leave a thief in a small one far too much.

-- What one may be told of without presence on a day: never less than the floor, then so many times one's own busy day, which
-- grows by a few percent a day at most and fades more slowly. Dated: a change is a new row. Ours until calibrated.
create table guard.habit (
  valid_from date primary key,
  floor int not null check (floor >= 10),           -- persons a day that nobody is refused for want of a habit
  times_percent int not null check (times_percent >= 100),
  grows_percent int not null check (grows_percent between 1 and 25),
  fades_percent real not null check (fades_percent between 0 and 20),
  month_days int not null check (month_days >= 1)   -- of such days in 30
);
insert into guard.habit values ('2026-01-01', 10, 200, 8, 0.2, 15);
grant select on guard.habit to rempart_gate, rempart_desk;

create function gate.habit_rule(p_day date) returns guard.habit language sql stable as $$
  select h from guard.habit h where h.valid_from <= p_day order by h.valid_from desc limit 1
$$;

-- Whether a freeze of this asker, or of an installation they ask from, stood on that civil day: such days teach nothing.
create index freeze_lifted on guard.freeze (lifted_at);
create function gate.was_frozen(p_scope "char", p_subject bigint, p_day date) returns boolean language sql stable as $$
  select exists (select from (
      select f.* from guard.freeze f where f.lifted_at is null and f.at < (p_day + 1)::timestamp at time zone 'Europe/Paris'
      union all select f.* from guard.freeze f where f.lifted_at >= p_day::timestamp at time zone 'Europe/Paris' and f.at < (p_day + 1)::timestamp at time zone 'Europe/Paris') f
    left join access.app_user u on u.id = f.user_id
    join access.installation n on n.id = coalesce(f.installation_id, u.installation_id)
    where case when p_scope = 'p' then coalesce(u.professional_id, u.responsible_id, n.responsible_id) = p_subject
      when p_subject < 0 then n.id = -p_subject -- the new names of an installation
      -- of an establishment that asks as such: a freeze of any of its software's names
      else u.id = p_subject or exists (select from access.app_user x where x.id = p_subject and x.installation_id = n.id and (f.user_id is null or x.pseudonym = '')) end)
$$;

-- The habit as of now: what the last day with an answer taught, faded since. A young account learns each day as it was: its
-- own low ceiling bounds it.
create function gate.habit_now(p_scope "char", p_subject bigint, p_since timestamptz, p_habit real, p_day date, p_count int, p_now timestamptz) returns real language plpgsql stable as $$
declare
  today constant date := gate.civil_day(p_now);
  rule guard.habit;
  learnt real;
begin
  if p_habit is null or p_day is null or p_day >= today then return p_habit; end if;
  rule := gate.habit_rule(today);
  learnt := case when p_since is not null then p_count
    else least(p_count, greatest(p_habit, rule.floor * 100.0 / rule.times_percent) * (100 + rule.grows_percent) / 100.0) end;
  if gate.was_frozen(p_scope, p_subject, p_day) then learnt := 0; end if;
  return greatest(p_habit, learnt) * power((100 - rule.fades_percent) / 100.0, today - p_day);
end $$;

-- Never above the ceiling that holds for everybody of that kind.
create function gate.habit_limits(limits int[], p_habit real, p_now timestamptz) returns int[] language plpgsql stable as $$
declare
  rule constant guard.habit := gate.habit_rule(gate.civil_day(p_now));
  per_day constant int := greatest(rule.floor, trunc(p_habit * rule.times_percent / 100.0));
begin
  return array[limits[1], limits[2], least(limits[3], per_day), least(limits[4], per_day * rule.month_days)];
end $$;

-- A counter that scans cards all day: what it is told of without presence on a day keeps, so many times over, the proportion that it had in 30 days
-- to what is told with presence. Whoever stole its session brings no patients. For kinds of practice with a row; dated, ours until calibrated.
create table guard.proportion (
  peer_group text not null,
  valid_from date not null,
  floor int not null check (floor >= 10),           -- persons a day that nobody is refused for want of cards
  times_percent int not null check (times_percent >= 100),
  at_least int not null check (at_least >= 0),      -- as if so many had come with presence: a day begins somehow
  primary key (peer_group, valid_from)
);
insert into guard.proportion values ('pharmacy', '2026-01-01', 10, 325, 7), ('hospital', '2026-01-01', 10, 400, 7), ('laboratory', '2026-01-01', 10, 400, 7), ('centre', '2026-01-01', 10, 400, 7);
grant select on guard.proportion to rempart_gate, rempart_desk;

-- An account that is young, or never scanned a card, has no proportion; a touch that raises sets it aside.
create function gate.in_proportion(s gate.demand, m gate.meter, limits int[], p_now timestamptz) returns int[] language plpgsql stable as $$
declare
  rule guard.proportion;
  told int[];
  known int[];
  carded int[];
begin
  if s.ceiling_scope <> 'a' or m.since is not null or coalesce(m.raised_until > p_now, false) or (m.k is null and m.c is null) then return limits; end if;
  select x.* into rule from guard.proportion x where x.peer_group = s.peer_group and x.valid_from <= gate.civil_day(p_now) order by x.valid_from desc limit 1;
  if rule.peer_group is null then return limits; end if;
  told := coalesce(gate.sums_at(m.u, m.u_at, p_now), '{0,0,0,0}');
  known := coalesce(gate.sums_at(m.k, m.k_at, p_now), '{0,0,0,0}');
  carded := coalesce(gate.sums_at(m.c, m.c_at, p_now), '{0,0,0,0}');
  if known[4] + carded[4] = 0 then return limits; end if;
  return array[limits[1], limits[2], least(limits[3], greatest(rule.floor,
    rule.times_percent::bigint * told[4] * greatest(known[3] + carded[3], rule.at_least) / (100::bigint * (known[4] + carded[4])))), limits[4]];
end $$;

call gate.seal_functions();
