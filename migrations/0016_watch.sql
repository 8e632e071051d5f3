-- What the guard sees beyond one question: sums over users, and answers that no care followed.

-- A pattern over more than one user. Nothing is stopped by it.
create table guard.pattern (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  code text not null check (code in ('spread', 'order', 'cohort')),
  detail text not null,                     -- counts only
  reviewed_at timestamptz,
  reviewed_by text
);
create index pattern_open on guard.pattern (at) where reviewed_at is null;
grant select, insert on guard.pattern to rempart_gate;

create function gate.raise_pattern(p_code text, p_detail text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into guard.pattern (at, code, detail) values (gate.clock(), p_code, left(p_detail, 400));
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'signal', 'alarm', left(p_code || ': ' || p_detail, 400));
end $$;

-- Yeses without proof of presence that are 5 to 12 days old, and how many guarantees were used, by user: of insurers that
-- sent a use in the last 30 days. Uses come from settlement alone.
create function gate.read_care() returns table (user_id bigint, peer_group text, answered int, used int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with sending as (select distinct q.insurer_id from gate.guarantee q where q.settled_at > gate.clock() - interval '30 days')
  select t.user_id, min(e.peer_group), count(*)::int, (count(*) filter (where q.state = 'used'))::int
  from guard.trace t join sending s on s.insurer_id = t.insurer_id join gate.guarantee q on q.entry_id = t.entry_id
  join access.installation n on n.id = t.installation_id join access.establishment e on e.id = n.establishment_id
  where t.at between gate.clock() - interval '12 days' and gate.clock() - interval '5 days' and t.outcome = 'yes' and t.user_id is not null
  group by 1
$$;

call gate.seal_functions();
grant execute on function gate.raise_pattern, gate.read_care to rempart_guard;
grant select, update (reviewed_at, reviewed_by) on guard.pattern to rempart_desk;
