-- Software has no passkey: at a ceiling it is given an address and a short code. A professional of the same establishment
-- opens the portal, touches their passkey there and types it.

create table gate.touch (
  code uuid primary key,                    -- hash128 of the code: 40 bits at random
  user_id bigint not null,                  -- access.app_user of the software, for whom it is
  at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index touch_user on gate.touch (user_id, at);
create index touch_age on gate.touch (expires_at);
grant select, insert, update, delete on gate.touch to rempart_gate;

create function gate.touch_lasts() returns interval language sql immutable as $$ select interval '10 minutes' $$;

-- Keeps a code for one user of this very software session. False: no software, nobody known, or five codes in ten minutes.
create function gate.offer_touch(p_session uuid, p_jkt uuid, p_user text, p_code uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  u access.app_user;
begin
  select x.* into u from access.session s join access.installation n on n.id = s.installation_id join access.app_user x on x.installation_id = n.id and x.pseudonym = p_user
    where s.secret_hash = p_session and s.jkt = p_jkt and s.expires_at > gate.clock() and n.kind = 'software' and n.state = 'active';
  if u.id is null or (select count(*) from gate.touch t where t.user_id = u.id and t.at > gate.clock() - gate.touch_lasts()) >= 5 then return false; end if;
  delete from gate.touch where code = any (array(select t.code from gate.touch t where t.expires_at < gate.clock() - interval '1 day' limit 100));
  insert into gate.touch (code, user_id, at, expires_at) values (p_code, u.id, gate.clock(), gate.clock() + gate.touch_lasts()) on conflict do nothing;
  return found;
end $$;

-- A professional who has just touched a passkey that is a day old answers for one user of a software of the same establishment:
-- their ceiling without presence is raised as one's own is, and a touch that the guard asked for is given. The code is spent.
-- Codes: null, session, frozen, staff, step-up, young, unknown-code.
create function gate.use_touch(p_session uuid, p_jkt uuid, p_proof uuid, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
  t gate.touch;
  raised boolean;
begin
  if si.id is null then return 'session'; end if;
  if gate.is_stopped(si) then return 'frozen'; end if;
  if not exists (select from access.app_user x where x.id = si.user_id and x.professional_id is not null) then return 'staff'; end if;
  if coalesce(si.stepped_up_at < gate.clock() - interval '2 minutes', true) then return 'step-up'; end if;
  if not exists (select from access.passkey p where p.id = si.stepped_up_by and p.enrolled_at < gate.clock() - interval '24 hours') then return 'young'; end if;
  perform set_config('synchronous_commit', 'on', true);
  update gate.touch x set used_at = gate.clock() where x.code = (p_order->>'code')::uuid and x.used_at is null and x.expires_at > gate.clock()
    and exists (select from access.app_user u join access.installation n on n.id = u.installation_id join access.installation mine on mine.id = si.installation_id
      where u.id = x.user_id and n.kind = 'software' and n.state = 'active' and n.establishment_id = mine.establishment_id) returning x.* into t;
  if t.code is null then return 'unknown-code'; end if;
  update access.app_user set touched_at = gate.clock() where id = t.user_id;
  perform gate.end_touch(t.user_id);
  raised := gate.raise_asker(t.user_id);
  perform gate.note_own(si, 'raise', 'software', left(p_order->>'reason', 40));
  insert into journal.entry (id, at, installation_id, establishment_id, user_id, professional_id, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), n.id, n.establishment_id, u.id, coalesce(u.professional_id, u.responsible_id, n.responsible_id), 'raise', case when raised then 'raised' else 'touched' end, left(p_order->>'reason', 40)
    from access.app_user u join access.installation n on n.id = u.installation_id where u.id = t.user_id;
  return null;
end $$;

-- Of whom the guard wants a touch: no more than the floor of a day without presence, whatever their ceiling, until it is given.
create function gate.pace_asked(work gate.work[], p_now timestamptz) returns gate.work[] language plpgsql volatile as $$
begin
  if not exists (select from unnest(work) w where w.asked and w.class = 'u' and w.code is null and not w.retried) then return work; end if;
  return (select array_agg(gate.marked(r.w, case when r.due and r.nth + gate.told_today((r.w).establishment, case (r.w).asker_scope when 'p' then -(r.w).asker else coalesce((r.w).asker, 0) end, p_now)
        > (gate.habit_rule(gate.civil_day(p_now))).floor then 'touch' else (r.w).code end) order by (r.w).ord)
    from (select x as w, d.due, row_number() over (partition by d.due, x.establishment, x.asker_scope, x.asker order by x.ord) as nth
      from unnest(work) x cross join lateral (select coalesce(x.asked and x.class = 'u' and x.code is null and not x.retried, false) as due) d) r);
end $$;

call gate.seal_functions();
grant execute on function gate.offer_touch, gate.use_touch to rempart_check;
