-- What is kept of professionals and of staff goes when its time is over (docs/privacy/columns.md); `rempart retention run` calls it.

-- Returns how many rows went, by table. What an incident names stays with its file.
create function journal.forget_acts() returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  now_at timestamptz := gate.clock();
  year_ago timestamptz := now_at - interval '12 months';
  long_ago timestamptz := now_at - interval '5 years';
  each record;
  n bigint;
  gone jsonb := '{}';
begin
  for each in select * from (values
    ('guard.appeal', 'coalesce(answered_at, (select f.lifted_at from guard.freeze f where f.id = x.freeze_id)) < $1'),
    ('guard.freeze', 'lifted_at < $1 and not exists (select from incidents.incident i where i.freeze_id = x.id) and not exists (select from guard.appeal a where a.freeze_id = x.id)'),
    ('guard.pattern', 'at < $1'),
    ('guard.alarm', 'until < $1'),
    ('guard.stop', 'coalesce(ended_at, until) < $2'),
    ('access.notice', 'at < $1'),
    ('access.passkey', 'removed_at < $1'),
    ('access.staff', 'coalesce(removed_at, case when identity is null then expires_at end) < $1'),
    ('access.enrolment_code', 'least(used_at, expires_at) < $3 - interval ''1 day'''),
    ('desk.code', 'least(used_at, expires_at) < $3 - interval ''1 day'''),
    ('desk.session', 'coalesce(ended_at, last_seen_at) < $1'),
    ('desk.request', 'asked_at < $2'),
    ('desk.job', 'done_at < $2'),
    ('desk.touch', 'at < $2')) t(name, past)
  loop
    execute format('delete from %s x where %s', each.name, each.past) using year_ago, long_ago, now_at;
    get diagnostics n = row_count;
    if n > 0 then gone := gone || jsonb_build_object(each.name, n); end if;
  end loop;
  if gone <> '{}' then perform journal.note('erase', 'acts', left((select string_agg(g.key || ' ' || g.value, ', ' order by g.key) from jsonb_each_text(gone) g), 400)); end if;
  return gone;
end $$;

revoke all on function journal.forget_acts from public;
alter function journal.forget_acts owner to rempart_erase;
grant execute on function journal.forget_acts to rempart_desk;
grant usage on schema guard, access, desk, incidents to rempart_erase;
grant select, delete on guard.appeal, guard.freeze, guard.pattern, guard.alarm, guard.stop, access.notice, access.passkey, access.staff, access.enrolment_code, desk.code, desk.session, desk.request, desk.job, desk.touch to rempart_erase;
grant select (freeze_id) on incidents.incident to rempart_erase;
