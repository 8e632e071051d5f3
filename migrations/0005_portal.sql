-- The portal's ways through the gate: who opened a session, step-ups, one's own day, one's own freeze.
-- Evidence and passkey answers are verified by the answering side (src/access); what it found is recorded here.

-- The portal as one establishment's people use it; made at its first use.
create function gate.portal_installation(p_establishment bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  found_id bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('portal-installation', p_establishment));
  select n.id into found_id from access.installation n where n.establishment_id = p_establishment and n.kind = 'portal';
  if found_id is not null then return found_id; end if;
  insert into access.installation (kind, establishment_id, vendor, software, state)
    select 'portal', e.id, 'Rempart', 'portail', 'active' from access.establishment e where e.id = p_establishment
    returning id into found_id;
  return found_id;
end $$;

-- What the authorization server left for this very session and key to be verified; nothing once it was.
create function gate.read_evidence(p_session uuid, p_jkt uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select si.evidence from access.session s join access.sign_in si on si.id = s.sign_in_id
  where s.secret_hash = p_session and s.jkt = p_jkt and si.jkt = p_jkt and s.expires_at > gate.clock()
    and si.confirmed_at is null and si.ended_at is null and si.started_at > gate.clock() - interval '10 minutes'
$$;

-- A passkey's public half.
create function gate.find_passkey(p_credential text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('id', p.id, 'publicKey', encode(p.public_key, 'base64'), 'signCount', p.sign_count)
  from access.passkey p where p.credential_id = p_credential and p.removed_at is null and p.lost_at is null
$$;

-- Who a sign-in belongs to: the professional of that number, or a member of staff by invitation. Null: nobody we know.
create function gate.user_of_identity(p_installation bigint, p_rpps text, p_identity uuid, p_invitation uuid, p_now timestamptz) returns access.app_user
language plpgsql volatile as $$
declare
  n access.installation;
  pro bigint;
  staff access.staff;
  found_user access.app_user;
begin
  select * into n from access.installation x where x.id = p_installation;
  select p.id into pro from access.professional p join access.activity a on a.professional_id = p.id
    where p.rpps = p_rpps and a.establishment_id = n.establishment_id and gate.civil_day(p_now) between p.valid_from and coalesce(p.valid_to, 'infinity')
      and gate.civil_day(p_now) between a.valid_from and coalesce(a.valid_to, 'infinity') limit 1;
  if pro is null then
    if p_invitation is not null then
      update access.staff set identity = p_identity where code_hash = p_invitation and identity is null and removed_at is null and expires_at > p_now
        -- whoever invited is not frozen
        and not exists (select from access.app_user r where r.professional_id = access.staff.responsible_id and least(r.frozen_at, r.unproven_frozen_at) <= p_now)
        and establishment_id = n.establishment_id and not exists (select from access.staff o where o.establishment_id = n.establishment_id and o.identity = p_identity and o.removed_at is null);
    end if;
    select * into staff from access.staff x where x.establishment_id = n.establishment_id and x.identity = p_identity and x.removed_at is null;
    if staff.id is null then return null; end if;
  end if;
  insert into access.app_user (installation_id, pseudonym, professional_id, responsible_id)
    values (n.id, case when pro is null then 's' || staff.id else 'p' || pro end, pro, case when pro is null then staff.responsible_id end)
    on conflict (installation_id, pseudonym) do nothing;
  select * into found_user from access.app_user x where x.installation_id = n.id and x.pseudonym = case when pro is null then 's' || staff.id else 'p' || pro end;
  return found_user;
end $$;

-- Evidence of a sign-in or a touch is good once.
create function gate.spend_evidence(p_id uuid) returns boolean language plpgsql volatile as $$
begin
  insert into gate.evidence (id, at) values (p_id, gate.clock()) on conflict do nothing;
  return found;
end $$;

-- The proof of a request that holds several questions: spent once, before any of them is asked. Each of them has a value of its own besides.
create function gate.spend_proof(p_id uuid) returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  return gate.spend(p_id);
end $$;

-- Confirms a sign-in whose evidence was verified. `p_found`: how ('psc' | 'passkey'), level, evidence (id, spent once),
-- and for psc: rpps, identity (keyed hash of the national id), shown, invitation; for passkey: passkey, signCount, alone.
-- Codes: null, session, replay, unknown-person, frozen, not-opened.
create function gate.confirm_sign_in(p_session uuid, p_jkt uuid, p_proof uuid, p_found jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  now_at timestamptz := gate.clock();
  si access.sign_in;
  parent access.sign_in;
  u access.app_user;
begin
  if current_setting('transaction_isolation') <> 'read committed' then return 'session'; end if;
  perform set_config('synchronous_commit', 'on', true);
  select x.* into si from access.session s join access.sign_in x on x.id = s.sign_in_id
    where s.secret_hash = p_session and s.jkt = p_jkt and x.jkt = p_jkt and s.expires_at > now_at and x.confirmed_at is null and x.ended_at is null
      and x.started_at > now_at - interval '10 minutes' for update of x;
  if si.id is null then return 'session'; end if;
  if not gate.spend(p_proof) or not gate.spend_evidence((p_found->>'evidence')::uuid) then return 'replay'; end if;
  if p_found->>'how' = 'psc' then
    u := gate.user_of_identity(si.installation_id, p_found->>'rpps', (p_found->>'identity')::uuid, (p_found->>'invitation')::uuid, now_at);
  else
    select x.* into u from access.passkey p join access.app_user x on x.id = p.user_id
      where p.id = (p_found->>'passkey')::bigint and p.removed_at is null and p.lost_at is null and x.installation_id = si.installation_id;
    -- A passkey goes on with what Pro Santé Connect opened; alone only where the operator's homologation says so.
    select * into parent from access.sign_in x where x.user_id = u.id and x.confirmed_at is not null and x.ended_at is null and x.expires_at > now_at
      and x.psc_at is not null and x.last_seen_at > now_at - interval '30 minutes' order by x.expires_at desc limit 1;
    if parent.id is null and not coalesce((p_found->>'alone')::boolean, false) then u := null; end if;
  end if;
  if u.id is null then
    update access.sign_in set ended_at = now_at, evidence = null where id = si.id;
    perform gate.note_sign_in(si, u, 'refused', p_found);
    return case p_found->>'how' when 'psc' then 'unknown-person' else 'not-opened' end;
  end if;
  if p_found->>'how' = 'psc' then
    -- Their own, and that of a name of a software they answer for.
    perform gate.lift_own(u.id);
    select * into u from access.app_user x where x.id = u.id;
  end if;
  if u.frozen_at <= now_at then
    -- Not opened; but who it is is known, so that a review can be asked for.
    update access.sign_in set user_id = u.id, evidence = null where id = si.id;
    perform gate.note_sign_in(si, u, 'frozen', p_found);
    return 'frozen';
  end if;
  update access.sign_in set confirmed_at = now_at, evidence = null, how = p_found->>'how', level = p_found->>'level', user_id = u.id, pseudonym = u.pseudonym,
      psc_at = case when p_found->>'how' = 'psc' then now_at else parent.psc_at end,
      expires_at = least(expires_at, coalesce(parent.expires_at, expires_at)), shown_as = coalesce(p_found->>'shown', parent.shown_as)
    where id = si.id;
  update access.passkey set sign_count = (p_found->>'signCount')::bigint, last_used_at = now_at where id = (p_found->>'passkey')::bigint;
  perform gate.note_sign_in(si, u, 'opened', p_found);
  return null;
end $$;

create function gate.note_sign_in(si access.sign_in, u access.app_user, p_outcome text, p_found jsonb) returns void language sql volatile as $$
  insert into journal.entry (id, at, installation_id, establishment_id, user_id, professional_id, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), n.id, n.establishment_id, u.id, coalesce(u.professional_id, u.responsible_id), 'sign-in', p_outcome,
      concat_ws(' ', p_found->>'how', p_found->>'level', p_found->>'homologation')
    from access.installation n where n.id = si.installation_id
$$;

-- An entry about who is signed in; returns its number.
create function gate.note_own(si access.sign_in, p_purpose text, p_outcome text, p_detail text default null, p_session uuid default null) returns bigint language sql volatile as $$
  insert into journal.entry (id, at, session, installation_id, establishment_id, user_id, professional_id, purpose, outcome, detail)
    select nextval('journal.entry_id'), gate.clock(), p_session, n.id, n.establishment_id, u.id, coalesce(u.professional_id, u.responsible_id), p_purpose, p_outcome, left(p_detail, 400)
    from access.installation n join access.app_user u on u.id = si.user_id where n.id = si.installation_id
    returning id
$$;

-- The confirmed sign-in of a session, its proof spent; null when there is none.
create function gate.sign_in_of(p_session uuid, p_jkt uuid, p_proof uuid) returns access.sign_in language plpgsql volatile as $$
declare
  si access.sign_in;
begin
  select x.* into si from access.session s join access.sign_in x on x.id = s.sign_in_id
    where s.secret_hash = p_session and s.jkt = p_jkt and s.expires_at > gate.clock() and gate.open_sign_in(x, p_jkt, gate.clock());
  if si.id is null or not gate.spend(p_proof) then return null; end if;
  return si;
end $$;

-- Whether who is signed in is frozen: they may look, ask for a review, stop and leave, and change nothing.
create function gate.is_stopped(si access.sign_in) returns boolean language sql stable as $$
  select exists (select from access.app_user u join access.installation n on n.id = si.installation_id where u.id = si.user_id
    and least(u.frozen_at, u.unproven_frozen_at, n.frozen_at, n.unproven_frozen_at) <= gate.clock())
$$;

-- What the screen says of who is signed in.
create function gate.show_sign_in(p_session uuid, p_jkt uuid, p_proof uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
begin
  if si.id is null then return null; end if;
  return (select jsonb_build_object('shownAs', si.shown_as, 'establishment', e.name, 'town', e.town, 'peerGroup', e.peer_group, 'asksAsEstablishment', e.asks_as_establishment, 'how', si.how,
      'staff', u.responsible_id is not null, 'expiresAt', si.expires_at, 'passkeys', (select count(*) from access.passkey p where p.user_id = u.id and p.removed_at is null and p.lost_at is null),
      'lostUntil', (select max(p.lost_at) + interval '24 hours' from access.passkey p where p.user_id = u.id and p.removed_at is null and p.lost_at > gate.clock() - interval '24 hours'), 'frozen', coalesce(u.frozen_at <= gate.clock() or u.unproven_frozen_at <= gate.clock() or n.unproven_frozen_at <= gate.clock(), false))
    from access.installation n join access.establishment e on e.id = n.establishment_id join access.app_user u on u.id = si.user_id where n.id = si.installation_id);
end $$;

-- A first passkey within 10 minutes of Pro Santé Connect; a further one with the first besides; when all are lost,
-- after a day's notice. Codes: null, session, frozen, stale, step-up, known.
create function gate.add_passkey(p_session uuid, p_jkt uuid, p_proof uuid, p_key jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
  others boolean;
begin
  if si.id is null or not gate.spend_evidence((p_key->>'evidence')::uuid) then return 'session'; end if;
  if gate.is_stopped(si) then return 'frozen'; end if;
  if si.how <> 'psc' or si.psc_at < gate.clock() - interval '10 minutes' then return 'stale'; end if;
  others := exists (select from access.passkey p where p.user_id = si.user_id and p.removed_at is null and (p.lost_at is null or p.lost_at > gate.clock() - interval '24 hours'));
  if others and coalesce(si.stepped_up_at < gate.clock() - interval '5 minutes', true) then return 'step-up'; end if;
  insert into access.passkey (user_id, credential_id, public_key, sign_count, single_device, backed_up)
    values (si.user_id, p_key->>'credentialId', decode(p_key->>'publicKey', 'base64'), (p_key->>'signCount')::bigint, (p_key->>'singleDevice')::boolean, (p_key->>'backedUp')::boolean)
    on conflict (credential_id) do nothing;
  if not found then return 'known'; end if;
  insert into access.notice (user_id, kind) values (si.user_id, case when others then 'further-passkey' else 'first-passkey' end);
  perform gate.note_own(si, 'passkey', case when others then 'further' else 'first' end, 'enrolled');
  return null;
end $$;

-- All passkeys of this person are lost: they work no more from now on; a new one is possible after a day, or when two
-- operators say so (gate.forgive_passkeys). Codes: null, session, stale.
create function gate.lose_passkeys(p_session uuid, p_jkt uuid, p_proof uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
begin
  if si.id is null then return 'session'; end if;
  if si.how <> 'psc' then return 'stale'; end if;
  update access.passkey set lost_at = gate.clock() where user_id = si.user_id and removed_at is null and lost_at is null;
  insert into access.notice (user_id, kind) values (si.user_id, 'passkeys-lost');
  perform gate.note_own(si, 'passkey', 'lost');
  return null;
end $$;

-- Two named operators let a professional enrol a passkey again at once. Returns how many lost ones are set aside.
create function gate.forgive_passkeys(p_rpps text, p_by text, p_and text, p_reason text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  set_aside int;
begin
  if not gate.names_two(p_by, p_and) or coalesce(trim(p_reason), '') = '' then return null; end if;
  update access.passkey set removed_at = gate.clock() where removed_at is null and lost_at is not null
    and user_id in (select u.id from access.app_user u join access.professional p on p.id = u.professional_id where p.rpps = p_rpps);
  get diagnostics set_aside = row_count;
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'passkey', 'set-aside', format('%s lost passkeys by %s and %s: %s', set_aside, p_by, p_and, p_reason));
  return set_aside;
end $$;

-- A touch of one's own passkey, for this session. Codes: null, session, not-yours.
create function gate.step_up(p_session uuid, p_jkt uuid, p_proof uuid, p_touch jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
begin
  if si.id is null or not gate.spend_evidence((p_touch->>'evidence')::uuid) then return 'session'; end if;
  update access.passkey set sign_count = (p_touch->>'signCount')::bigint, last_used_at = gate.clock()
    where id = (p_touch->>'passkey')::bigint and user_id = si.user_id and removed_at is null and lost_at is null;
  if not found then return 'not-yours'; end if;
  update access.sign_in set stepped_up_at = gate.clock(), stepped_up_by = (p_touch->>'passkey')::bigint where id = si.id;
  perform gate.note_own(si, 'step-up', 'done');
  return null;
end $$;

-- Whose counter a user's questions are: the professional's, or the user's own.
create function gate.asker_of(p_user bigint) returns table (scope "char", subject bigint) language sql stable as $$
  select case when a.professional is null then 'u'::"char" else 'p'::"char" end, coalesce(a.professional, (select x.id from access.app_user x
      where n.kind = 'software' and e.asks_as_establishment and x.installation_id = n.id and x.pseudonym = ''), u.id)
  from access.app_user u join access.installation n on n.id = u.installation_id join access.establishment e on e.id = n.establishment_id
  cross join lateral (select case when not e.asks_as_establishment then coalesce(u.professional_id, u.responsible_id, n.responsible_id) end as professional) a
  where u.id = p_user
$$;

-- Sets the habit aside and raises the ceiling without presence by half until the day's end; false when it is raised already.
create function gate.raise_asker(p_user bigint) returns boolean language plpgsql volatile as $$
begin
  insert into gate.meter (scope, subject, habit) select 'n', gate.share_of(u.id, u.installation_id, coalesce(u.touched_at, u.confirmed_at)), 0
    from access.app_user u join access.installation n on n.id = u.installation_id where u.id = p_user and n.kind = 'software' on conflict do nothing;
  update gate.meter m set raised_percent = 150, raised_until = (gate.civil_day(gate.clock()) + 1)::timestamp at time zone 'Europe/Paris'
    where (m.scope, m.subject) in (select a.scope, a.subject from gate.asker_of(p_user) a union all select 'n', gate.share_of(u.id, u.installation_id, coalesce(u.touched_at, u.confirmed_at)) from access.app_user u where u.id = p_user) and (m.raised_until is null or m.raised_until < gate.clock());
  return found;
end $$;

-- One's own ceiling of persons without presence, raised by half until the day's end. Codes: null, session, frozen, step-up,
-- young (the passkey is not a day old), already.
create function gate.raise_own(p_session uuid, p_jkt uuid, p_proof uuid, p_reason text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
begin
  if si.id is null then return 'session'; end if;
  if gate.is_stopped(si) then return 'frozen'; end if;
  if coalesce(si.stepped_up_at < gate.clock() - interval '2 minutes', true) then return 'step-up'; end if;
  if not exists (select from access.passkey p where p.id = si.stepped_up_by and p.enrolled_at < gate.clock() - interval '24 hours') then return 'young'; end if;
  if not gate.raise_asker(si.user_id) then return 'already'; end if;
  perform gate.note_own(si, 'raise', 'raised', left(p_reason, 40));
  return null;
end $$;

-- "That was not me": everything of this person stops with this statement, wherever they are signed in.
create function gate.freeze_own(p_session uuid, p_jkt uuid, p_proof uuid) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
  mine bigint[];
begin
  if si.id is null then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  mine := gate.rows_of_user(si.user_id);
  perform gate.freeze_one(si.user_id, null, 'person', '[{"code": "not-me", "fr": "« Ce n’était pas moi », dit par la personne.", "en": "“That was not me”, said by the person."}]');
  update access.sign_in set ended_at = gate.clock() where user_id = any (mine) and ended_at is null;
  insert into access.notice (user_id, kind) values (si.user_id, 'frozen-by-person');
  return gate.note_own(si, 'freeze', 'sessions-ended', 'by the person: that was not me');
end $$;

create function gate.end_sign_in(p_session uuid, p_jkt uuid, p_proof uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
begin
  if si.id is null then return false; end if;
  update access.sign_in set ended_at = gate.clock(), shown_as = null where id = si.id;
  return true;
end $$;

-- An invitation for one member of staff, by a professional who has just touched their passkey. Codes as text.
create function gate.invite_staff(p_session uuid, p_jkt uuid, p_proof uuid, p_code uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
  u access.app_user;
begin
  if si.id is null then return 'session'; end if;
  if gate.is_stopped(si) then return 'frozen'; end if;
  select * into u from access.app_user x where x.id = si.user_id;
  if u.professional_id is null then return 'forbidden'; end if;
  if coalesce(si.stepped_up_at < gate.clock() - interval '2 minutes', true) then return 'step-up'; end if;
  insert into access.staff (establishment_id, responsible_id, code_hash, expires_at)
    select n.establishment_id, u.professional_id, p_code, gate.clock() + interval '7 days' from access.installation n where n.id = si.installation_id;
  perform gate.note_own(si, 'invite', 'staff');
  return null;
end $$;

-- ── one's own day ─────────────────────────────────────────────────────────────────────────────────
-- Two calls, as with gate.ask: journalled and committed, then told. No person is in it.

create function gate.note_day(p_session uuid, p_jkt uuid, p_proof uuid) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  si access.sign_in := gate.sign_in_of(p_session, p_jkt, p_proof);
begin
  if si.id is null then return null; end if;
  return gate.note_own(si, 'day', 'told', null, p_session);
end $$;

create function gate.read_day(p_session uuid, p_number bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  noted journal.entry;
  u access.app_user;
  now_at timestamptz := gate.clock();
begin
  if pg_current_xact_id_if_assigned() is not null then return null; end if;
  select * into noted from journal.entry e where e.id = p_number and e.purpose = 'day' and e.session = p_session and e.at > now_at - interval '1 minute';
  if noted.id is null then return null; end if;
  select * into u from access.app_user x where x.id = noted.user_id;
  return jsonb_build_object(
    'questions', (select coalesce(jsonb_agg(q.shown order by q.id desc), '[]') from (
      select e.id, jsonb_build_object('entry', e.id, 'at', e.at, 'outcome', e.outcome, 'domain', e.domain, 'guarantee', g.entry_id, 'state', g.state) as shown
      from journal.entry e left join gate.guarantee g on g.entry_id = e.id
      where e.installation_id = noted.installation_id and e.at >= gate.civil_day(now_at)::timestamp at time zone 'Europe/Paris' and e.user_id = u.id and e.purpose = 'ask'
      order by e.id desc limit 500) q),
    'ceilings', (select coalesce(jsonb_agg(jsonb_build_object('class', c.class, 'perDay', l.limits[3], 'used', coalesce(r.ring[79], 0),
        'raisedUntil', case when m.raised_until > now_at and c.class = 'u' then m.raised_until end) order by c.class), '[]')
      from access.installation n join access.establishment e on e.id = n.establishment_id
      join gate.ceilings_on(gate.civil_day(now_at)) c on c.peer_group = e.peer_group and c.class in ('u', 'k', 'c')
        and c.scope = 'a'
      left join gate.meter m on (m.scope, m.subject) = (select a.scope, a.subject from gate.asker_of(u.id) a)
      cross join lateral (select case c.class when 'u' then gate.limits_of(row(case when m.since is not null then gate.grown_percent(m.since, m.confirmed, now_at) end, m.raised_percent, m.raised_until, gate.habit_now(m.scope, m.subject, m.since, m.habit, m.habit_day, m.habit_count, now_at))::gate.allowance, c.limits, now_at) else c.limits end as limits) l
      cross join lateral (select case c.class when 'u' then gate.ring_advance(m.u, m.u_at, now_at) when 'k' then gate.ring_advance(m.k, m.k_at, now_at) else gate.ring_advance(m.c, m.c_at, now_at) end as ring) r
      where n.id = noted.installation_id),
    'signIns', (select coalesce(jsonb_agg(jsonb_build_object('at', s.confirmed_at, 'how', s.how, 'endedAt', s.ended_at, 'current', s.id = (select x.sign_in_id from access.session x where x.secret_hash = p_session)) order by s.confirmed_at desc), '[]')
      from (select * from access.sign_in x where x.user_id = u.id and x.confirmed_at is not null order by x.confirmed_at desc limit 8) s),
    'passkeys', (select coalesce(jsonb_agg(jsonb_build_object('enrolledAt', p.enrolled_at, 'lastUsedAt', p.last_used_at, 'singleDevice', p.single_device) order by p.enrolled_at), '[]')
      from access.passkey p where p.user_id = u.id and p.removed_at is null));
end $$;

create procedure gate.show_day(p_session uuid, p_jkt uuid, p_proof uuid, inout told jsonb) language plpgsql as $$
declare
  number bigint;
begin
  number := gate.note_day(p_session, p_jkt, p_proof);
  commit;
  if number is not null then told := gate.read_day(p_session, number); end if;
end $$;

call gate.seal_functions();

grant usage on schema gate to rempart_auth;
grant execute on function gate.portal_installation to rempart_auth;
grant execute on procedure gate.show_day to rempart_check;
grant execute on function gate.spend_proof, gate.read_evidence, gate.find_passkey, gate.confirm_sign_in, gate.show_sign_in, gate.add_passkey, gate.lose_passkeys, gate.step_up, gate.raise_own,
  gate.freeze_own, gate.end_sign_in, gate.invite_staff, gate.note_day, gate.read_day to rempart_check;
grant execute on function gate.forgive_passkeys to rempart_desk;
