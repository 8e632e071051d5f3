-- The desk: officers with passkeys, their sessions, what takes two of them, what they see (docs/decisions/desk.md).
--
-- The desk's server logs in as rempart_officer and may execute functions of the schema `desk` alone. A touch of a
-- passkey is verified here, by the database: a server in other hands can neither sign in as an officer nor be a second one.

create schema desk;

-- Where officers' passkeys belong. One row, written by `rempart init`.
create table desk.place (
  one boolean primary key default true check (one),
  origin text not null,                     -- https://desk.example
  rp_id text not null                       -- desk.example
);

create table desk.officer (
  id bigint generated always as identity primary key,
  name text not null check (gate.names_person(name)),
  role text not null check (role in ('security', 'data-protection', 'on-call', 'auditor')),
  made_at timestamptz not null,
  made_by text not null,
  removed_at timestamptz
);
create unique index officer_name on desk.officer (lower(trim(name)));

-- What each role may do, as data. Whatever stands under `two` takes two officers with that power.
create table desk.power (
  role text not null,
  power text not null,
  primary key (role, power)
);
insert into desk.power (role, power) values
  ('security', 'see'), ('security', 'freeze'), ('security', 'review'), ('security', 'look'), ('security', 'stop'), ('security', 'ceilings'), ('security', 'decoys'), ('security', 'key'), ('security', 'list'), ('security', 'incident'), ('security', 'send'), ('security', 'officers'),
  ('data-protection', 'see'), ('data-protection', 'review'), ('data-protection', 'look'), ('data-protection', 'list'), ('data-protection', 'incident'), ('data-protection', 'send'), ('data-protection', 'key'), ('data-protection', 'officers'), ('data-protection', 'ceilings'),
  ('on-call', 'see'), ('on-call', 'freeze'), ('on-call', 'review'), ('on-call', 'look'), ('on-call', 'stop'), ('on-call', 'incident'),
  ('auditor', 'see');

-- A one-time code that enrols a passkey: at installation, for a new officer, or for one whose passkey is lost.
create table desk.code (
  hash uuid primary key,                    -- first 128 bits of SHA-256
  officer_id bigint not null references desk.officer,
  why text not null check (why in ('installation', 'new', 'recovery')),
  made_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table desk.passkey (
  id bigint generated always as identity primary key,
  officer_id bigint not null references desk.officer,
  credential_id text not null unique,       -- base64url
  public_key bytea not null,                -- COSE, P-256
  sign_count bigint not null,
  enrolled_at timestamptz not null,
  removed_at timestamptz
);

-- Every touch that was accepted, whole: anyone with the passkey's public half can verify it again. Good once, for ever.
create table desk.touch (
  challenge bytea primary key,
  passkey_id bigint not null references desk.passkey,
  at timestamptz not null,
  client_data bytea not null,
  authenticator_data bytea not null,
  signature bytea not null                  -- r and s, 32 bytes each
);

-- An officer's open session: a key made in the browser that never leaves it. The token alone opens nothing.
create table desk.session (
  secret_hash uuid primary key,
  jkt uuid not null,
  officer_id bigint not null references desk.officer,
  started_at timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at timestamptz
);

-- What takes two officers: asked by one with a touch, approved by another with a touch on the very same text, done once.
create table desk.request (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  subject jsonb not null,
  reason text not null check (trim(reason) <> ''),
  asked_by bigint not null references desk.officer,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null default 'draft' check (state in ('draft', 'asked', 'done', 'refused', 'withdrawn', 'failed')),
  decided_by bigint references desk.officer,
  decided_at timestamptz,
  result jsonb,
  half uuid,                                -- hash of the asker's half of a code; the other officer is given the other half
  check (decided_by is null or state = 'withdrawn' or decided_by <> asked_by)
);
create index request_waiting on desk.request (asked_at) where state = 'asked';

-- The power that each kind of request takes, and what a page may say of its subject: every one of these stands in the
-- sentence that the second officer reads. Nothing else is signed or acted upon.
create table desk.request_kind (
  kind text primary key,
  power text not null,
  keys text[] not null
);
insert into desk.request_kind (kind, power, keys) values
  ('stop', 'stop', '{scope,subject,hours}'), ('ceilings', 'ceilings', '{share,from,source}'), ('insurer-key', 'key', '{amc,ageRecipient,signingKey}'), ('forgive-passkeys', 'officers', '{rpps}'),
  ('decoys', 'decoys', '{perMille}'), ('incident-move', 'incident', '{incident,to}'), ('incident-no-notice', 'incident', '{incident}'), ('incident-packs', 'list', '{incident,exposure}'), ('incident-send', 'send', '{incident,exposure}'),
  ('officer-new', 'officers', '{name,role}'), ('officer-remove', 'officers', '{officer}'), ('officer-recovery', 'officers', '{officer}');

-- What the clerk does for the desk: longer than an answer may take, or with keys that the desk's server has not.
create table desk.job (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('list', 'packs', 'send', 'drill')),
  incident_id bigint references incidents.incident,
  exposure_id bigint references incidents.exposure, -- packs, send: the list that two signed, and no other
  by_first text not null,
  by_second text,
  reason text,                              -- packs, send: the one that two signed; the reason of a delay, where there is one
  asked_at timestamptz not null,
  started_at timestamptz,
  done_at timestamptz,
  progress text,
  failure text                              -- words for an officer; null when it went well
);

-- Questions by minute and outcome, counted once a minute is over, so that a glance costs nothing.
create table desk.minute (
  minute timestamptz not null,
  outcome text not null,
  count bigint not null,
  primary key (minute, outcome)
);
create index entry_at on journal.entry using brin (at) with (pages_per_range = 16);

-- ── a touch, verified here ────────────────────────────────────────────────────────────────────────

create function desk.number_of(bytes bytea) returns numeric language plpgsql immutable strict as $$
declare
  n numeric := 0;
begin
  for i in 0 .. length(bytes) - 1 loop n := n * 256 + get_byte(bytes, i); end loop;
  return n;
end $$;

-- The inverse of a modulo a prime.
create function desk.inverse(a numeric, prime numeric) returns numeric language plpgsql immutable strict as $$
declare
  r0 numeric := prime; r1 numeric := mod(a, prime); t0 numeric := 0; t1 numeric := 1; q numeric; was numeric;
begin
  while r1 <> 0 loop
    q := div(r0, r1);
    was := r1; r1 := r0 - q * r1; r0 := was;
    was := t1; t1 := t0 - q * t1; t0 := was;
  end loop;
  return mod(t0 + prime, prime);
end $$;

-- ES256 (FIPS 186-5, 6.4.2) over P-256: public values only, so time tells nobody anything. Jacobian coordinates, one
-- pass over both scalars; some 30 ms. False for anything malformed.
create function desk.verify_es256(p_key bytea, p_message bytea, p_signature bytea) returns boolean language plpgsql immutable as $$
declare
  p constant numeric := 115792089210356248762697446949407573530086143415290314195533631308867097853951;
  n constant numeric := 115792089210356248762697446949407573529996955224135760342422259061068512044369;
  b constant numeric := 41058363725152142129326129780047268409114441015993725554835256314039467401291;
  gx constant numeric := 48439561293906451759052585252797914202762949526041747995844080717082404635286;
  gy constant numeric := 36134250956749795798585127919587881956611106672985015071877198253568414405109;
  qx numeric; qy numeric; r numeric; s numeric; w numeric; u numeric[]; bits int[][] := '{}';
  x numeric := 0; y numeric := 1; z numeric := 0; ax numeric; ay numeric;
  t1 numeric; t2 numeric; t3 numeric; t4 numeric; h numeric; d numeric;
begin
  if length(p_key) is distinct from 77 or length(p_signature) is distinct from 64
     or substring(p_key from 1 for 10) <> '\xa5010203262001215820' or substring(p_key from 43 for 3) <> '\x225820' then return false; end if;
  qx := desk.number_of(substring(p_key from 11 for 32)); qy := desk.number_of(substring(p_key from 46 for 32));
  r := desk.number_of(substring(p_signature from 1 for 32)); s := desk.number_of(substring(p_signature from 33 for 32));
  if r < 1 or r >= n or s < 1 or s >= n or qx >= p or qy >= p or mod(qy * qy - qx * qx * qx + 3 * qx - b, p) <> 0 then return false; end if;
  w := desk.inverse(s, n);
  u := array[mod(desk.number_of(sha256(p_message)) * w, n), mod(r * w, n)];
  for i in 1 .. 256 loop
    bits := array[[mod(u[1], 2)::int, mod(u[2], 2)::int]] || bits;
    u := array[div(u[1], 2), div(u[2], 2)];
  end loop;
  for i in 1 .. 256 loop
    if z <> 0 then
      t1 := mod(z * z, p); t2 := mod(y * y, p); t3 := mod(x * t2, p);
      t4 := mod(3 * (x - t1) * (x + t1), p);
      z := mod(2 * y * z, p); x := mod(t4 * t4 - 8 * t3, p); y := mod(t4 * (4 * t3 - x) - 8 * t2 * t2, p);
    end if;
    for j in 1 .. 2 loop
      continue when bits[i][j] = 0;
      if j = 1 then ax := gx; ay := gy; else ax := qx; ay := qy; end if;
      if z = 0 then x := ax; y := ay; z := 1; continue; end if;
      t1 := mod(z * z, p); h := mod(ax * t1 - x, p); d := mod(ay * z * t1 - y, p);
      if h = 0 and d = 0 then
        t2 := mod(y * y, p); t3 := mod(x * t2, p); t4 := mod(3 * (x - t1) * (x + t1), p);
        z := mod(2 * y * z, p); x := mod(t4 * t4 - 8 * t3, p); y := mod(t4 * (4 * t3 - x) - 8 * t2 * t2, p);
      elsif h = 0 then
        x := 0; y := 1; z := 0;
      else
        t1 := mod(h * h, p); t2 := mod(h * t1, p); t3 := mod(x * t1, p);
        x := mod(d * d - t2 - 2 * t3, p); y := mod(d * (t3 - x) - y * t2, p); z := mod(z * h, p);
      end if;
    end loop;
  end loop;
  if z = 0 then return false; end if;
  t1 := mod(z * z, p);
  return mod(r * t1 - x, p) = 0 or (r + n < p and mod((r + n) * t1 - x, p) = 0);
end $$;

create function desk.base64url(bytes bytea) returns text language sql immutable strict as $$
  select translate(rtrim(replace(encode(bytes, 'base64'), E'\n', ''), '='), '+/', '-_')
$$;

-- An officer's touch on this very challenge: their passkey (`p_officer`'s where one is named), our origin, the person
-- verified, never seen before.
create function desk.accept_touch(p_touch jsonb, p_challenge bytea, p_officer bigint default null) returns desk.officer language plpgsql volatile as $$
declare
  k desk.passkey;
  o desk.officer;
  client bytea := decode(p_touch->>'clientData', 'base64');
  authenticator bytea := decode(p_touch->>'authenticatorData', 'base64');
  signed bytea := decode(p_touch->>'signature', 'base64');
  said jsonb;
  counted bigint;
begin
  select * into k from desk.passkey x where x.credential_id = p_touch->>'credentialId' and x.removed_at is null and x.officer_id = coalesce(p_officer, x.officer_id) for update;
  select * into o from desk.officer x where x.id = k.officer_id and x.removed_at is null;
  if o.id is null or client is null or length(authenticator) < 37 then return null; end if;
  begin
    said := convert_from(client, 'UTF8')::jsonb;
  exception when data_exception then return null;
  end;
  if said->>'type' is distinct from 'webauthn.get' or said->>'challenge' is distinct from desk.base64url(p_challenge)
     or not exists (select from desk.place w where w.origin = said->>'origin' and sha256(convert_to(w.rp_id, 'UTF8')) = substring(authenticator from 1 for 32))
     or get_byte(authenticator, 32) & 5 <> 5
     or not desk.verify_es256(k.public_key, authenticator || sha256(client), signed) then return null; end if;
  counted := desk.number_of(substring(authenticator from 34 for 4));
  if counted <= k.sign_count and (counted > 0 or k.sign_count > 0) then return null; end if;
  insert into desk.touch (challenge, passkey_id, at, client_data, authenticator_data, signature)
    values (p_challenge, k.id, gate.clock(), client, authenticator, signed) on conflict do nothing;
  if not found then return null; end if;
  update desk.passkey set sign_count = counted where id = k.id;
  return o;
end $$;

-- ── officers and their sessions ───────────────────────────────────────────────────────────────────

create function desk.note(p_outcome text, p_detail text) returns bigint language plpgsql volatile as $$
declare
  number bigint;
begin
  perform set_config('synchronous_commit', 'on', true);
  insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'desk', p_outcome, left(p_detail, 400)) returning id into number;
  return number;
end $$;

-- A refusal before anybody is known: counted by minute and reason, the first of each an entry.
create function desk.refused(p_reason text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  first boolean;
begin
  insert into journal.refusal as r (minute, installation_id, reason, count) values (date_trunc('minute', gate.clock()), 0, left('desk ' || p_reason, 60), 1)
    on conflict (minute, installation_id, reason) do update set count = r.count + 1 returning r.count = 1 into first;
  if first then insert into journal.entry (id, at, purpose, outcome, detail) values (nextval('journal.entry_id'), gate.clock(), 'refusals', 'desk', left(p_reason, 60)); end if;
end $$;

-- What is kept of a code in two halves, by their hashes: neither officer can use it alone (src/servers/desk/desk.ts).
create function desk.join_halves(p_half uuid, p_other uuid) returns uuid language sql immutable as $$
  select encode(substr(sha256(convert_to(concat_ws(' ', least(p_half, p_other), greatest(p_half, p_other)), 'UTF8')), 1, 16), 'hex')::uuid
$$;

create function desk.code_days(p_why text) returns interval language sql immutable as $$ select case p_why when 'recovery' then interval '1 hour' else interval '2 days' end $$;
create function desk.idle() returns interval language sql immutable as $$ select interval '15 minutes' $$;
create function desk.longest() returns interval language sql immutable as $$ select interval '8 hours' $$;
create function desk.request_life() returns interval language sql immutable as $$ select interval '30 minutes' $$;

-- The first officers, once: two at least, one of them for security. `p_officers`: [{name, role, code}], the code by its hash.
create function desk.install(p_origin text, p_officers jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  each jsonb;
  made bigint;
begin
  if exists (select from desk.officer) then return 'done-before'; end if;
  if jsonb_array_length(p_officers) < 2 or not exists (select from jsonb_array_elements(p_officers) e where e->>'role' = 'security') then return 'two'; end if;
  if exists (select from jsonb_array_elements(p_officers) e where not gate.names_person(e->>'name')) then return 'name'; end if;
  insert into desk.place (origin, rp_id) values (p_origin, substring(p_origin from '^https?://([^:/]+)'));
  for each in select * from jsonb_array_elements(p_officers) loop
    insert into desk.officer (name, role, made_at, made_by) values (trim(each->>'name'), each->>'role', gate.clock(), 'installation') returning id into made;
    insert into desk.code (hash, officer_id, why, made_at, expires_at) values ((each->>'code')::uuid, made, 'installation', gate.clock(), gate.clock() + desk.code_days('installation'));
  end loop;
  perform desk.note('installed', (select string_agg(format('%s (%s)', e->>'name', e->>'role'), ', ') from jsonb_array_elements(p_officers) e));
  return null;
end $$;

-- Codes of the installation that nobody used, made anew: whoever holds the machine's database may, and it is journalled.
create function desk.renew_code(p_name text, p_code uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer;
begin
  select * into o from desk.officer x where lower(trim(x.name)) = lower(trim(p_name)) and x.removed_at is null and x.made_by = 'installation'
    and not exists (select from desk.passkey k where k.officer_id = x.id);
  if o.id is null then return false; end if;
  update desk.code set expires_at = gate.clock() where officer_id = o.id and used_at is null;
  insert into desk.code (hash, officer_id, why, made_at, expires_at) values (p_code, o.id, 'installation', gate.clock(), gate.clock() + desk.code_days('installation'));
  perform desk.note('code-renewed', o.name);
  return true;
end $$;

create function desk.move(p_origin text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update desk.place set origin = p_origin where origin <> p_origin and rp_id = substring(p_origin from '^https?://([^:/]+)');
  if found then perform desk.note('moved', p_origin); end if;
end $$;

-- Whose code this is, for the screen and the passkey's name; null when it is unknown, used or too old.
create function desk.holder_of_code(p_code uuid) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.name from desk.code c join desk.officer o on o.id = c.officer_id where c.hash = p_code and c.used_at is null and c.expires_at > gate.clock() and o.removed_at is null
$$;

-- An officer's sessions end, and what they asked for waits for nobody's second touch any more. It was not they who withdrew it:
-- `p_because` is the kind of request that did.
create function desk.end_acts_of(p_officer bigint, p_because text) returns void language plpgsql volatile as $$
begin
  update desk.session set ended_at = gate.clock() where officer_id = p_officer and ended_at is null;
  update desk.request set state = 'withdrawn', decided_at = gate.clock(), result = jsonb_build_object('because', p_because) where asked_by = p_officer and state in ('draft', 'asked');
end $$;

-- A passkey for who holds the code. Codes: null, code, key (not P-256: it could not be verified here), known.
create function desk.enrol(p_code uuid, p_key jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  c desk.code;
begin
  if length(decode(p_key->>'publicKey', 'base64')) is distinct from 77 then return 'key'; end if;
  update desk.code x set used_at = gate.clock() where x.hash = p_code and x.used_at is null and x.expires_at > gate.clock()
    and exists (select from desk.officer o where o.id = x.officer_id and o.removed_at is null) returning * into c;
  if c.hash is null then return 'code'; end if;
  if exists (select from desk.passkey k where k.credential_id = p_key->>'credentialId') then return 'known'; end if;
  if c.why = 'recovery' then
    update desk.passkey set removed_at = gate.clock() where officer_id = c.officer_id and removed_at is null;
    -- Whoever held the lost one may have signed in with it meanwhile.
    perform desk.end_acts_of(c.officer_id, 'officer-recovery');
  end if;
  insert into desk.passkey (officer_id, credential_id, public_key, sign_count, enrolled_at)
    values (c.officer_id, p_key->>'credentialId', decode(p_key->>'publicKey', 'base64'), (p_key->>'signCount')::bigint, gate.clock());
  perform desk.note('enrolled', (select format('%s, by a code of %s', o.name, c.why) from desk.officer o where o.id = c.officer_id));
  return null;
end $$;

create function desk.find_passkey(p_credential text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('id', k.id, 'publicKey', encode(k.public_key, 'base64'), 'signCount', k.sign_count) from desk.passkey k join desk.officer o on o.id = k.officer_id
  where k.credential_id = p_credential and k.removed_at is null and o.removed_at is null
$$;

-- A session for the key `p_jkt`, by a touch that commits to that key and to a nonce (src/access/passkeys.ts).
create function desk.open_session(p_secret uuid, p_jkt uuid, p_nonce text, p_touch jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.accept_touch(p_touch, sha256(convert_to(format('rempart-passkey-v1|desk|%s|%s', p_nonce, p_jkt), 'UTF8')));
begin
  if o.id is null then return false; end if;
  insert into desk.session (secret_hash, jkt, officer_id, started_at, last_seen_at) values (p_secret, p_jkt, o.id, gate.clock(), gate.clock());
  perform desk.note('sign-in', o.name);
  return true;
end $$;

-- Who calls: their session, for this very key, not idle, its proof spent. `p_power` null asks for nothing more.
create function desk.officer_of(p_caller jsonb, p_power text) returns desk.officer language plpgsql volatile as $$
declare
  o desk.officer;
begin
  select x.* into o from desk.session s join desk.officer x on x.id = s.officer_id
    where s.secret_hash = (p_caller->>'session')::uuid and s.jkt = (p_caller->>'jkt')::uuid and s.ended_at is null and x.removed_at is null
      and s.last_seen_at > gate.clock() - desk.idle() and s.started_at > gate.clock() - desk.longest();
  if o.id is null or not gate.spend((p_caller->>'proof')::uuid) then raise exception 'session' using errcode = 'RPD01'; end if;
  if p_power is not null and not exists (select from desk.power w where w.role = o.role and w.power = p_power) then raise exception 'power' using errcode = 'RPD02'; end if;
  -- A screen that refreshes itself keeps nobody signed in.
  if not coalesce((p_caller->>'unattended')::boolean, false) then update desk.session set last_seen_at = gate.clock() where secret_hash = (p_caller->>'session')::uuid; end if;
  return o;
end $$;

create function desk.me(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, null);
begin
  return (select jsonb_build_object('id', o.id, 'name', o.name, 'role', o.role, 'powers', (select jsonb_agg(w.power order by w.power) from desk.power w where w.role = o.role),
    'endsAt', s.started_at + desk.longest(), 'idleMinutes', extract(epoch from desk.idle()) / 60) from desk.session s where s.secret_hash = (p_caller->>'session')::uuid);
end $$;

create function desk.end_session(p_caller jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, null);
begin
  update desk.session set ended_at = gate.clock() where secret_hash = (p_caller->>'session')::uuid;
  perform desk.note('sign-out', o.name);
end $$;

create function desk.officers(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
begin
  return (select jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name, 'role', x.role, 'madeAt', x.made_at, 'madeBy', x.made_by, 'removedAt', x.removed_at,
    'passkeys', (select count(*) from desk.passkey k where k.officer_id = x.id and k.removed_at is null),
    'lastSeenAt', (select max(s.last_seen_at) from desk.session s where s.officer_id = x.id)) order by x.id) from desk.officer x);
end $$;

-- ── what takes two ────────────────────────────────────────────────────────────────────────────────

-- The text that both officers sign, each under their own number.
create function desk.request_text(r desk.request, p_signer bigint) returns text language sql stable set timezone = 'UTC' as $$
  select concat_ws(E'\n', 'rempart-desk-request-v1', r.id, r.kind, r.subject, r.reason, r.asked_by, to_char(r.expires_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), p_signer)
$$;

create function desk.show_request(r desk.request, p_viewer bigint) returns jsonb language sql stable as $$
  select jsonb_build_object('id', r.id, 'kind', r.kind, 'subject', r.subject, 'reason', r.reason, 'askedBy', a.name, 'mine', r.asked_by = p_viewer, 'askedAt', r.asked_at, 'expiresAt', r.expires_at,
    'state', case when r.state in ('draft', 'asked') and r.expires_at <= gate.clock() then 'expired' else r.state end, 'decidedBy', d.name, 'decidedAt', r.decided_at, 'result', r.result, 'text', desk.request_text(r, p_viewer))
  from desk.officer a left join desk.officer d on d.id = r.decided_by where a.id = r.asked_by
$$;

-- The list of an incident that may be opened and sent. Null: it must be made again.
create function desk.current_list(p_incident text) returns bigint language sql stable as $$
  select gate.current_list(i.id) from incidents.incident i where i.id::text = p_incident
$$;

-- What a page said of a request's subject: known keys, words and numbers.
create function desk.said_of(p_kind text, p_subject jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(p_subject) e join desk.request_kind k on k.kind = p_kind and e.key = any (k.keys)
  where jsonb_typeof(e.value) in ('string', 'number')
$$;

-- Whether at least one new key is named, and each is one: an age X25519 recipient, 32 bytes in base64.
create function desk.names_keys(p_said jsonb) returns boolean language sql immutable as $$
  select p_said ?| '{ageRecipient,signingKey}' and coalesce(p_said->>'ageRecipient' ~ '^age1[02-9ac-hj-np-z]{58}$', true) and coalesce(p_said->>'signingKey' ~ '^[A-Za-z0-9+/]{43}=$', true)
$$;

-- What a request is about, as both sign it. Who or what it names, and how many persons are in a list, the database says,
-- whatever the page said; null when it names nobody, nothing, or a list that may no longer be opened.
create function desk.subject_of(p_kind text, p_subject jsonb) returns jsonb language sql stable as $$
  select case
    when p_kind in ('officer-remove', 'officer-recovery') then (select jsonb_build_object('officer', o.id, 'name', o.name, 'role', o.role) from desk.officer o where o.id::text = said.what->>'officer' and o.removed_at is null)
    when p_kind = 'insurer-key' then (select said.what || jsonb_build_object('name', g.name) from registry.insurer g where g.amc_number = said.what->>'amc' and desk.names_keys(said.what))
    when p_kind in ('incident-move', 'incident-no-notice') then (select said.what || jsonb_build_object('title', i.title, 'drill', i.drill) from incidents.incident i where i.id::text = said.what->>'incident')
    when p_kind in ('incident-packs', 'incident-send') then (
      select said.what || jsonb_build_object('persons', (select coalesce(sum(c.persons), 0) from incidents.count c where c.exposure_id = x.id), 'title', i.title, 'drill', i.drill, 'unattributed', x.unattributed)
      from incidents.exposure x join incidents.incident i on i.id = x.incident_id where x.id = desk.current_list(said.what->>'incident') and x.id::text = said.what->>'exposure')
    else said.what end
  from (select desk.said_of(p_kind, p_subject) as what) said
$$;

-- Writes a request down, not yet signed. Null: it is not as it must be; {"refused": "waiting"}: this officer asked the same, and it waits.
create function desk.ask(p_caller jsonb, p_kind text, p_subject jsonb, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, (select k.power from desk.request_kind k where k.kind = p_kind));
  r desk.request;
  about jsonb;
begin
  if not exists (select from desk.request_kind k where k.kind = p_kind) or coalesce(trim(p_reason), '') = '' or jsonb_typeof(p_subject) is distinct from 'object' then return null; end if;
  about := desk.subject_of(p_kind, p_subject);
  if about is null then return null; end if;
  -- The same again from the same officer would be approved twice, and done twice.
  if exists (select from desk.request x where x.kind = p_kind and x.subject = about and x.asked_by = o.id and x.state = 'asked' and x.expires_at > gate.clock()) then return jsonb_build_object('refused', 'waiting'); end if;
  insert into desk.request (kind, subject, reason, asked_by, asked_at, expires_at)
    values (p_kind, about, trim(p_reason), o.id, gate.clock(), gate.clock() + desk.request_life()) returning * into r;
  return desk.show_request(r, o.id);
end $$;

-- Signs a request by a touch on its text. The first signature is the asker's; the second, of another officer with the
-- same power, carries it out, here and now, once. Codes: null, gone, own, touch, failed, list.
create function desk.sign_request(p_caller jsonb, p_id uuid, p_touch jsonb, p_extra jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r desk.request;
  o desk.officer;
  signer desk.officer;
  outcome jsonb;
  refused text;
begin
  select * into r from desk.request x where x.id = p_id for update;
  o := desk.officer_of(p_caller, (select k.power from desk.request_kind k where k.kind = r.kind));
  if r.id is null or r.state not in ('draft', 'asked') or r.expires_at <= gate.clock() then return 'gone'; end if;
  if (r.state = 'draft') <> (r.asked_by = o.id) then return 'own'; end if;
  signer := desk.accept_touch(p_touch, sha256(convert_to(desk.request_text(r, o.id), 'UTF8')), o.id);
  if signer.id is null then return 'touch'; end if;
  if r.state = 'draft' then
    update desk.request set state = 'asked', half = (p_extra->>'codeHash')::uuid where id = r.id;
    perform desk.note('asked', format('%s by %s: %s', r.kind, o.name, r.reason));
    return null;
  end if;
  r.decided_by := o.id;
  begin
    outcome := desk.carry_out(r, (select a.name from desk.officer a where a.id = r.asked_by), o.name, p_extra);
  exception when data_exception or integrity_constraint_violation then
    outcome := null;
  end;
  refused := case when outcome is null then 'failed' else outcome->>'refused' end;
  update desk.request set state = case when refused is null then 'done' else 'failed' end, decided_by = o.id, decided_at = gate.clock(), result = outcome where id = r.id;
  perform desk.note(case when refused is null then 'approved' else 'failed' end, format('%s by %s and %s: %s', r.kind, (select a.name from desk.officer a where a.id = r.asked_by), o.name, r.reason));
  return refused;
end $$;

-- Refused by another officer, or withdrawn by who asked.
create function desk.decline_request(p_caller jsonb, p_id uuid, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  r desk.request;
  o desk.officer;
begin
  select * into r from desk.request x where x.id = p_id and x.state in ('draft', 'asked') for update;
  o := desk.officer_of(p_caller, (select k.power from desk.request_kind k where k.kind = r.kind));
  if r.id is null or (o.id <> r.asked_by and coalesce(trim(p_reason), '') = '') then return false; end if;
  update desk.request set state = case when o.id = r.asked_by then 'withdrawn' else 'refused' end, decided_by = o.id, decided_at = gate.clock(), result = jsonb_build_object('reason', p_reason) where id = r.id;
  perform desk.note(case when o.id = r.asked_by then 'withdrawn' else 'refused' end, format('%s by %s: %s', r.kind, o.name, coalesce(p_reason, '')));
  return true;
end $$;

create function desk.requests(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
begin
  return (select coalesce(jsonb_agg(desk.show_request(x::desk.request, o.id) order by x.asked_at desc), '[]')
    from (select * from desk.request q where q.state <> 'draft' order by q.asked_at desc limit 100) x);
end $$;

create function desk.order_of(p_first text, p_second text, r desk.request) returns jsonb language sql immutable as $$
  select r.subject || jsonb_build_object('by', p_first, 'and', p_second, 'reason', r.reason)
$$;

-- One job of a kind at a time for an incident that is not over. Returns its number.
create function desk.add_job(p_kind text, p_incident bigint, p_first text, p_second text, p_exposure bigint default null, p_reason text default null) returns bigint language sql volatile as $$
  insert into desk.job (kind, incident_id, exposure_id, by_first, by_second, reason, asked_at)
    select p_kind, p_incident, p_exposure, p_first, p_second, p_reason, gate.clock()
    where (p_kind = 'drill' or exists (select from incidents.incident i where i.id = p_incident and i.state not in ('closed', 'dismissed')))
      and not exists (select from desk.job j where j.kind = p_kind and j.incident_id is not distinct from p_incident and j.done_at is null)
    returning id
$$;

-- Does what two officers signed. Null: it could not be done, and nothing was; {"refused": code}: the same, with why.
create function desk.carry_out(r desk.request, p_first text, p_second text, p_extra jsonb) returns jsonb language plpgsql volatile as $$
declare
  named jsonb := desk.order_of(p_first, p_second, r);
  about desk.officer;
  number bigint;
begin
  if r.kind in ('officer-remove', 'officer-recovery') then
    -- Never about oneself: two others.
    select * into about from desk.officer x where x.id = (r.subject->>'officer')::bigint and x.removed_at is null and x.id not in (r.asked_by, r.decided_by);
    if about.id is null then return null; end if;
  end if;
  case r.kind
    when 'stop' then number := gate.stop_widely(r.subject->>'scope', r.subject->>'subject', named);
    when 'ceilings' then number := gate.set_ceilings((r.subject->>'share')::numeric, (r.subject->>'from')::date, r.subject->>'source', named || jsonb_build_object('by', p_first || ', ' || p_second));
    when 'decoys' then number := gate.open_decoy_epoch(named);
    when 'forgive-passkeys' then number := gate.forgive_passkeys(r.subject->>'rpps', p_first, p_second, r.reason);
    when 'insurer-key' then
      update registry.insurer i set age_recipient = coalesce(r.subject->>'ageRecipient', i.age_recipient), signing_key = coalesce(decode(r.subject->>'signingKey', 'base64'), i.signing_key) where i.amc_number = r.subject->>'amc' returning i.id into number;
    when 'officer-new' then
      insert into desk.officer (name, role, made_at, made_by) values (trim(r.subject->>'name'), r.subject->>'role', gate.clock(), p_first || ', ' || p_second) on conflict do nothing returning id into number;
      if number is not null then insert into desk.code (hash, officer_id, why, made_at, expires_at) values (desk.join_halves(r.half, (p_extra->>'codeHash')::uuid), number, 'new', gate.clock(), gate.clock() + desk.code_days('new')); end if;
    when 'officer-remove' then
      -- Nobody may be left who could not be replaced: two with the power over officers must remain.
      if (select count(*) from desk.officer x join desk.power w on w.role = x.role and w.power = 'officers' where x.removed_at is null and x.id <> about.id) < 2 then return null; end if;
      update desk.officer set removed_at = gate.clock() where id = about.id;
      perform desk.end_acts_of(about.id, r.kind);
      number := about.id;
    when 'officer-recovery' then
      update desk.code set expires_at = gate.clock() where officer_id = about.id and used_at is null;
      insert into desk.code (hash, officer_id, why, made_at, expires_at) values (desk.join_halves(r.half, (p_extra->>'codeHash')::uuid), about.id, 'recovery', gate.clock(), gate.clock() + desk.code_days('recovery'));
      perform desk.end_acts_of(about.id, r.kind);
      number := about.id;
    when 'incident-move' then
      if gate.move_incident((r.subject->>'incident')::bigint, r.subject->>'to', named) is null then number := (r.subject->>'incident')::bigint; end if;
    when 'incident-no-notice' then
      if gate.decide_notification((r.subject->>'incident')::bigint, 'none', named) is null then number := (r.subject->>'incident')::bigint; end if;
    when 'incident-packs', 'incident-send' then
      -- One officer alone may change the scope and list anew: what both signed is this list, with so many persons.
      if desk.current_list(r.subject->>'incident') is distinct from (r.subject->>'exposure')::bigint then return jsonb_build_object('refused', 'list'); end if;
      number := desk.add_job(case r.kind when 'incident-send' then 'send' else 'packs' end, (r.subject->>'incident')::bigint, p_first, p_second, (r.subject->>'exposure')::bigint, r.reason);
    else return null;
  end case;
  return case when number is not null then jsonb_build_object('number', number) end;
end $$;

-- ── what happens now ──────────────────────────────────────────────────────────────────────────────

create function desk.count_minutes(p_now timestamptz) returns void language plpgsql volatile as $$
declare
  from_minute timestamptz := greatest(date_trunc('minute', p_now) - interval '60 minutes', (select max(m.minute) + interval '1 minute' from desk.minute m));
  -- Entries commit a moment after their time: a minute is counted ten seconds after its end.
  to_minute timestamptz := date_trunc('minute', p_now - interval '10 seconds');
begin
  if from_minute >= to_minute or not pg_try_advisory_xact_lock(hashtextextended('desk-minutes', 0)) then return; end if;
  delete from desk.minute where minute < p_now - interval '2 days';
  insert into desk.minute (minute, outcome, count)
    select m.minute, coalesce(c.outcome, 'none'), coalesce(c.count, 0) from generate_series(from_minute, to_minute - interval '1 minute', interval '1 minute') m(minute)
    left join (select date_trunc('minute', e.at) as minute, e.outcome, count(*) as count from journal.entry e
      where e.at >= from_minute and e.at < to_minute and e.purpose = 'ask' group by 1, 2) c on c.minute = m.minute on conflict do nothing;
end $$;

-- By when a human must look at a freeze in force: the first look, or an appeal that nobody answered yet, whichever is sooner. Null: nothing is due.
create function desk.freeze_due(f guard.freeze) returns timestamptz language sql stable as $$
  select least(case when f.reviewed_at is null then f.review_due_at end, (select a.due_at from guard.appeal a where a.freeze_id = f.id and a.answered_at is null)) where f.lifted_at is null
$$;

create function desk.show_freeze(f guard.freeze) returns jsonb language sql stable as $$
  select jsonb_build_object('id', f.id, 'at', f.at, 'by', f.by, 'reasons', f.reasons, 'dueAt', desk.freeze_due(f), 'reviewDueAt', f.review_due_at, 'reviewedAt', f.reviewed_at, 'reviewedBy', f.reviewed_by,
    'liftedAt', f.lifted_at, 'liftedBy', f.lifted_by, 'liftReason', f.lift_reason, 'unproven', f.unproven, 'onCallUntil', f.on_call_until, 'onCallBy', f.on_call_by,
    'appeal', (select jsonb_build_object('at', a.at, 'reason', a.reason, 'dueAt', a.due_at, 'answeredAt', a.answered_at) from guard.appeal a where a.freeze_id = f.id), 'client', n.client_id, 'user', u.pseudonym, 'establishment', e.name, 'town', e.town, 'peerGroup', e.peer_group)
  from (values (1)) one left join access.app_user u on u.id = f.user_id left join access.installation n on n.id = coalesce(f.installation_id, u.installation_id) left join access.establishment e on e.id = n.establishment_id
$$;

create function desk.now(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
  now_at timestamptz := gate.clock();
  since timestamptz := date_trunc('minute', now_at) - interval '60 minutes';
begin
  perform desk.count_minutes(now_at);
  return jsonb_build_object('at', now_at, 'since', since, 'answers', gate.stands(),
    'minutes', (select coalesce(jsonb_agg(jsonb_build_object('minute', m.minute, 'outcome', m.outcome, 'count', m.count) order by m.minute), '[]') from (
        select m.minute, m.outcome, m.count from desk.minute m where m.minute >= since and m.outcome <> 'none'
        union all select date_trunc('minute', e.at), e.outcome, count(*) from journal.entry e
          where e.at >= coalesce((select max(m.minute) + interval '1 minute' from desk.minute m), since) and e.purpose = 'ask' group by 1, 2) m),
    'events', (select coalesce(jsonb_agg(jsonb_build_object('entry', e.id, 'at', e.at, 'purpose', e.purpose, 'outcome', e.outcome, 'detail', e.detail, 'establishment', p.name) order by e.id desc), '[]')
      from (select * from journal.entry x where x.at >= since and x.purpose in ('freeze', 'unfreeze', 'signal', 'stop', 'desk', 'ceilings', 'decoys', 'incident', 'appeal', 'alarm', 'restore') order by x.id desc limit 200) e left join access.establishment p on p.id = e.establishment_id),
    'freezes', (select coalesce(jsonb_agg(desk.show_freeze(f) order by desk.freeze_due(f) nulls last, f.review_due_at), '[]') from guard.freeze f where f.lifted_at is null),
    'stops', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'scope', s.scope, 'subject', coalesce(p.name, s.subject), 'reason', s.reason, 'by', s.by_first, 'and', s.by_second, 'at', s.at, 'until', s.until) order by s.until), '[]')
      from guard.stop s left join access.establishment p on s.scope = 'establishment' and p.id::text = s.subject where s.ended_at is null and s.until > now_at),
    'alarms', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'scope', a.scope, 'subject', coalesce(p.name, a.subject), 'at', a.at, 'span', a.span, 'told', a.told, 'ceiling', a.ceiling) order by a.at desc), '[]')
      from guard.alarm a left join access.establishment p on a.scope = 'establishment' and p.id::text = a.subject where a.until > now_at and a.seen_at is null),
    'incidents', (select coalesce(jsonb_agg(desk.show_incident(i) order by i.id desc), '[]') from incidents.incident i where i.state not in ('closed', 'dismissed')),
    'waiting', (select count(*) from desk.request r where r.state = 'asked' and r.expires_at > now_at and r.asked_by <> o.id));
end $$;

-- ── one user or one installation: a single officer, with a reason ─────────────────────────────────

create function desk.freeze(p_caller jsonb, p_client uuid, p_user text, p_reason text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'freeze');
begin
  return gate.freeze_by_operator(p_client, p_user, o.name, p_reason);
end $$;

-- A human's look at a freeze (GDPR article 22): kept, with why, or lifted, with why.
create function desk.review(p_caller jsonb, p_freeze bigint, p_lift boolean, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'review');
begin
  return gate.review_freeze(p_freeze, p_lift, jsonb_build_object('by', o.name, 'reason', p_reason));
end $$;

-- A pharmacy on duty, a hospital: lifted for twelve hours by one officer, once (gate.lift_on_call).
create function desk.lift_on_call(p_caller jsonb, p_freeze bigint, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'freeze');
begin
  return gate.lift_on_call(p_freeze, o.name, p_reason);
end $$;

create function desk.see_alarm(p_caller jsonb, p_alarm bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'review');
begin
  return gate.see_alarm(p_alarm, o.name);
end $$;

create function desk.end_stop(p_caller jsonb, p_stop bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'stop');
begin
  return gate.end_stop(p_stop, o.name);
end $$;

-- ── one incident on one page ──────────────────────────────────────────────────────────────────────

-- Duties of insurers that want a word from us: half their time has passed, and nobody reminded them of it in the last day.
create function desk.reminders_due(p_incident bigint) returns table (insurer_id smallint, kind text, due_at timestamptz) language sql stable as $$
  select c.insurer_id, c.kind, min(c.due_at) from incidents.clock c
  where c.incident_id = p_incident and c.insurer_id is not null and c.met_at is null and c.kind in ('acknowledge', 'authority', 'tell-persons')
    and gate.clock() >= c.started_at + (c.due_at - c.started_at) / 2
    and not exists (select from incidents.reminder r where r.incident_id = c.incident_id and r.insurer_id = c.insurer_id and r.what = c.kind and r.at > gate.clock() - interval '1 day')
  group by c.insurer_id, c.kind
$$;

-- Where each insurer of a list stands: sent, acknowledged, how many of its insured it has told, reminded of what, what is due.
create function desk.show_standings(p_incident bigint, p_exposure bigint) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('amc', g.amc_number, 'name', g.name, 'persons', n.persons, 'sentAt', d.sent_at, 'acknowledgedAt', d.acknowledged_at, 'acknowledgedBy', d.acknowledged_by, 'told', p.told, 'means', p.means, 'reportedAt', p.at,
      'reminders', coalesce(m.n, 0), 'lastReminderAt', m.at, 'lastReminderBy', m.by_name, 'due', coalesce(w.kinds, '[]'), 'late', coalesce(w.late, false)) order by g.name), '[]')
  from incidents.count n join registry.insurer g on g.id = n.insurer_id
  left join lateral (select x.sent_at, x.acknowledged_at, x.acknowledged_by from incidents.document x where x.incident_id = p_incident and x.insurer_id = g.id and x.kind = 'insurer-pack' and x.sent_at is not null order by x.version desc limit 1) d on true
  left join lateral (select x.told, x.means, x.at from incidents.progress x where x.incident_id = p_incident and x.insurer_id = g.id order by x.id desc limit 1) p on true
  left join lateral (select count(*) as n, max(x.at) as at, (array_agg(x.by_name order by x.id desc))[1] as by_name from incidents.reminder x where x.incident_id = p_incident and x.insurer_id = g.id) m on true
  left join lateral (select jsonb_agg(x.kind order by x.due_at) as kinds, bool_or(x.due_at < gate.clock()) as late from desk.reminders_due(p_incident) x where x.insurer_id = g.id) w on true
  where n.exposure_id = p_exposure and n.persons > 0
$$;

create function desk.show_incident(i incidents.incident) returns jsonb language sql stable as $$
  select jsonb_build_object('id', i.id, 'title', i.title, 'state', i.state, 'openedAt', i.opened_at, 'openedBy', i.opened_by, 'freeze', i.freeze_id, 'awareAt', i.aware_at, 'containedAt', i.contained_at, 'closedAt', i.closed_at,
    'notification', i.notification, 'notificationReason', i.notification_reason, 'drill', i.drill, 'severity', i.severity, 'facts', i.facts,
    'persons', (select sum(c.persons) from incidents.count c where c.exposure_id = l.id), 'insurers', (select count(*) from incidents.count c where c.exposure_id = l.id and c.persons > 0),
    'nextDueAt', case when i.state not in ('closed', 'dismissed') then (select min(c.due_at) from incidents.clock c where c.incident_id = i.id and c.met_at is null) end,
    'reminders', case when i.state not in ('closed', 'dismissed') then (select count(*) from desk.reminders_due(i.id)) else 0 end)
  from (values (1)) one left join lateral (select max(x.id) as id from incidents.exposure x where x.incident_id = i.id and x.state = 'listed') l on true
$$;

-- All incidents, newest first: those that run, and the register of article 33(5), notified or not, with why.
create function desk.incidents(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
begin
  return (select coalesce(jsonb_agg(desk.show_incident(i) order by i.id desc), '[]') from incidents.incident i);
end $$;

create function desk.show_exposure(p_exposure bigint) returns jsonb language sql stable as $$
  select jsonb_build_object('id', e.id, 'scopeVersion', e.scope_version, 'from', e.from_at, 'to', e.to_at, 'endsEarly', gate.ends_early(e), 'purgedSince', gate.is_purged_since(e), 'listedAt', e.listed_at, 'notDeterminable', e.not_determinable, 'decoysLeftOut', e.decoys_left_out, 'unattributed', e.unattributed,
    'insurers', (select coalesce(jsonb_agg(jsonb_build_object('amc', g.amc_number, 'name', g.name, 'persons', coalesce(c.persons, 0), 'records', coalesce(c.records, 0), 'disclosures', coalesce(c.disclosures, 0), 'former', coalesce(c.former, 0),
        'fields', coalesce(c.fields, '{}'), 'asked', coalesce(a.counts, '{}')) order by c.persons desc nulls last, g.name), '[]')
      from registry.insurer g left join incidents.count c on c.exposure_id = e.id and c.insurer_id = g.id
      left join lateral (select jsonb_object_agg(t.outcome, t.n) as counts from (select x.outcome, sum(x.entries) as n from incidents.asked x where x.exposure_id = e.id and x.insurer_id = g.id group by 1) t) a on true
      where c.exposure_id is not null or a.counts is not null))
  from incidents.exposure e where e.id = p_exposure
$$;

create function desk.incident(p_caller jsonb, p_id bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
  i incidents.incident;
begin
  select * into i from incidents.incident x where x.id = p_id;
  if i.id is null then return null; end if;
  return desk.show_incident(i) || jsonb_build_object(
    'leftToDo', to_jsonb(gate.left_to_do(i.id)),
    'steps', (select coalesce(jsonb_agg(jsonb_build_object('to', s.to_state, 'two', s.two) order by s.two, s.to_state), '[]') from incidents.step s where s.from_state = i.state),
    'scope', (select jsonb_build_object('version', s.version, 'from', s.from_at, 'to', s.to_at, 'reason', s.reason, 'by', s.by_name, 'items', s.items) from incidents.scope s where s.incident_id = i.id order by s.version desc limit 1),
    'exposure', desk.show_exposure((select max(x.id) from incidents.exposure x where x.incident_id = i.id and x.state = 'listed')),
    'clocks', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'controller', g.name, 'list', c.exposure_id, 'startedAt', c.started_at, 'hours', c.hours, 'dueAt', c.due_at, 'metAt', c.met_at, 'metBy', c.met_by, 'lateReason', c.late_reason)
        order by c.met_at is not null, c.due_at, c.id), '[]') from incidents.clock c left join registry.insurer g on g.id = c.insurer_id where c.incident_id = i.id),
    'documents', (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'version', d.version, 'recipient', d.recipient, 'insurer', g.name, 'madeAt', d.made_at, 'madeBy', d.made_by, 'releasedBy', d.released_by, 'sealedAt', d.sealed_at,
        'bytes', d.bytes, 'hash', encode(d.hash, 'hex'), 'sentAt', d.sent_at, 'sentBy', d.sent_by, 'sentVia', d.sent_via, 'proof', d.proof, 'acknowledgedAt', d.acknowledged_at, 'acknowledgedBy', d.acknowledged_by) order by d.id), '[]')
      from incidents.document d left join registry.insurer g on g.id = d.insurer_id where d.incident_id = i.id),
    'standings', desk.show_standings(i.id, (select max(x.id) from incidents.exposure x where x.incident_id = i.id and x.state = 'listed')),
    'lists', (select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'scopeVersion', x.scope_version, 'listedAt', x.listed_at, 'persons', (select coalesce(sum(c.persons), 0) from incidents.count c where c.exposure_id = x.id)) order by x.id desc), '[]')
      from incidents.exposure x where x.incident_id = i.id and x.state = 'listed'),
    'progress', (select coalesce(jsonb_object_agg(g.name, p.told), '{}') from (select distinct on (x.insurer_id) x.insurer_id, x.told from incidents.progress x where x.incident_id = i.id order by x.insurer_id, x.id desc) p join registry.insurer g on g.id = p.insurer_id),
    'requests', (select coalesce(jsonb_agg(desk.show_request(r, o.id) order by r.asked_at), '[]') from desk.request r where r.subject->>'incident' = i.id::text and r.state = 'asked' and r.expires_at > gate.clock()),
    'events', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'at', e.at, 'kind', e.kind, 'by', e.by_first, 'and', e.by_second, 'detail', e.detail, 'entry', e.entry_id) order by e.id desc), '[]') from incidents.event e where e.incident_id = i.id),
    'jobs', (select coalesce(jsonb_agg(jsonb_build_object('id', j.id, 'kind', j.kind, 'progress', j.progress, 'startedAt', j.started_at, 'doneAt', j.done_at, 'failure', j.failure) order by j.id desc), '[]')
      from (select * from desk.job x where x.incident_id = i.id order by x.id desc limit 5) j));
end $$;

-- What changed from one complete list of an incident to another, by insurer: persons, not records. Null when either is no list of it.
create function desk.difference(p_caller jsonb, p_incident bigint, p_before bigint, p_after bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set work_mem = '96MB' as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
begin
  if (select count(*) from incidents.exposure x where x.id in (p_before, p_after) and x.incident_id = p_incident and x.state = 'listed') <> 2 then return null; end if;
  return jsonb_build_object('before', p_before, 'after', p_after, 'insurers', (select coalesce(jsonb_agg(jsonb_build_object('name', g.name, 'added', t.added, 'removed', t.removed, 'kept', t.kept) order by g.name), '[]')
    from (select insurer_id, count(*) filter (where b.person is null) as added, count(*) filter (where a.person is null) as removed, count(*) filter (where a.person is not null and b.person is not null) as kept
      from (select distinct e.insurer_id, unnest(e.persons) as person from incidents.exposed e where e.exposure_id = p_before) b
      full join (select distinct e.insurer_id, unnest(e.persons) as person from incidents.exposed e where e.exposure_id = p_after) a using (insurer_id, person) group by 1) t join registry.insurer g on g.id = t.insurer_id));
end $$;

-- Drills that are under way: every page says so while there is one.
create function desk.drills(p_caller jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'see');
begin
  return (select coalesce(jsonb_agg(i.id order by i.id), '[]') from incidents.incident i where i.drill and i.state not in ('closed', 'dismissed'));
end $$;

-- Whether a freeze reaches nobody but the installation that drills are played with: rehearsed attacks of the clerk's asked through it.
create function desk.is_rehearsal(f guard.freeze) returns boolean language sql stable as $$
  select not exists (
    select coalesce(f.installation_id, u.installation_id) from (values (1)) one left join access.app_user u on u.id = any (gate.reach_of(f.user_id, f.by))
    except select unnest(gate.installations_of(s.items, s.from_at, s.to_at)) from desk.job j join incidents.scope s on s.incident_id = j.incident_id and s.version = 1 where j.kind = 'drill')
$$;

-- Opens an incident for a freeze. A freeze has one incident for ever: were it a drill, nobody would be told of what is real.
create function desk.open_for_freeze(p_by text, f guard.freeze, p_order jsonb) returns jsonb language plpgsql volatile as $$
declare
  drill boolean := coalesce((p_order->>'drill')::boolean, false);
  i incidents.incident;
  items jsonb;
begin
  select * into i from incidents.incident x where x.freeze_id = f.id;
  if i.drill <> drill then return jsonb_build_object('refused', case when drill then 'no-drill' else 'is-drill' end); end if;
  if i.id is not null then return jsonb_build_object('id', i.id); end if;
  if drill and not desk.is_rehearsal(f) then return jsonb_build_object('refused', 'no-drill'); end if;
  items := case when f.user_id is null then jsonb_build_array(jsonb_build_object('kind', 'installation', 'id', f.installation_id)) else (select jsonb_agg(jsonb_build_object('kind', 'user', 'id', u)) from unnest(gate.reach_of(f.user_id, f."by")) u) end;
  i.id := gate.open_incident(jsonb_build_object('by', p_by, 'title', format('Gel n° %s', f.id), 'from', f.at - interval '1 day', 'items', items, 'reason', p_order->>'reason', 'drill', drill));
  update incidents.incident set freeze_id = f.id where id = i.id;
  return jsonb_build_object('id', i.id);
end $$;

-- Opens an incident: for a freeze {freeze, drill?}, or over {title, from, to?, rpps | client | person's session…, drill?}. {id}, {refused}: a code
-- of REFUSALS; null when it names nobody.
create function desk.open_incident(p_caller jsonb, p_order jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'incident');
  f guard.freeze;
  items jsonb;
begin
  if p_order ? 'freeze' then
    select * into f from guard.freeze x where x.id = (p_order->>'freeze')::bigint;
    return case when f.id is not null then desk.open_for_freeze(o.name, f, p_order) end;
  end if;
  items := case when p_order ? 'rpps' then (select jsonb_build_array(jsonb_build_object('kind', 'professional', 'id', p.id)) from access.professional p where p.rpps = p_order->>'rpps')
                when p_order ? 'client' then (select jsonb_build_array(jsonb_build_object('kind', 'installation', 'id', n.id)) from access.installation n where n.client_id = (p_order->>'client')::uuid) end;
  if items is null then return null; end if;
  return jsonb_strip_nulls(jsonb_build_object('id', gate.open_incident((p_order - 'rpps' - 'client') || jsonb_build_object('by', o.name, 'items', items))));
end $$;

-- What one officer may do to an incident. Codes: null, or why not (src/incidents/types.ts, REFUSALS).
create function desk.act(p_caller jsonb, p_incident bigint, p_act text, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'incident');
  -- One officer is one: whatever the order says of a second is not heard.
  named jsonb := (p_order - 'and') || jsonb_build_object('by', o.name);
begin
  case p_act
    when 'move' then return gate.move_incident(p_incident, p_order->>'to', named);
    -- Whoever does not say what they read has read nothing: they may fill what is empty.
    when 'facts' then return gate.set_facts(p_incident, p_order->'facts', named || jsonb_build_object('was', coalesce(p_order->'was', '{}')));
    when 'scope' then return case when gate.set_scope(p_incident, named || jsonb_build_object('items', (select s.items from incidents.scope s where s.incident_id = p_incident order by s.version desc limit 1))) is null then 'unknown' end;
    when 'assess' then return gate.assess_incident(p_incident, p_order->'assessment', named);
    when 'notify' then return gate.decide_notification(p_incident, 'notify', named);
    when 'clock' then
      if not exists (select from incidents.clock c where c.id = (p_order->>'clock')::bigint and c.incident_id = p_incident) then return 'unknown'; end if;
      return gate.meet_clock((p_order->>'clock')::bigint, named);
    when 'remind' then
      if p_order->>'what' not in ('acknowledge', 'authority', 'tell-persons') then return 'unknown'; end if;
      return case when not gate.note_reminder(p_incident, (select g.id from registry.insurer g where g.amc_number = p_order->>'amc'), p_order->>'what', named) then 'unknown' end;
    when 'list' then return case when not gate.stands() then 'closed' when desk.add_job('list', p_incident, o.name, null) is null then 'unknown' end;
    when 'drill' then return case when desk.add_job('drill', null, o.name, null) is null then 'unknown' end;
    else return 'unknown';
  end case;
end $$;

-- ── the clerk ─────────────────────────────────────────────────────────────────────────────────────

create function desk.take_job() returns desk.job
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update desk.job set started_at = gate.clock() where id = (select j.id from desk.job j where j.done_at is null and (j.started_at is null or j.started_at < gate.clock() - interval '30 minutes') order by j.id limit 1 for update skip locked) returning *
$$;

create function desk.note_job(p_id bigint, p_change jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update desk.job set progress = coalesce(p_change->>'progress', progress), incident_id = coalesce((p_change->>'incident')::bigint, incident_id),
    done_at = case when (p_change->>'done')::boolean then gate.clock() else done_at end, failure = coalesce(p_change->>'failure', failure) where id = p_id
$$;

-- ── looking at somebody: journalled and committed, then told ──────────────────────────────────────

-- `p_about`: {"rpps": …} or {"person": reference}; with the officer's reason. Returns the entry's number.
create function desk.note_look(p_caller jsonb, p_about jsonb, p_reason text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  o desk.officer := desk.officer_of(p_caller, 'look');
  number bigint;
begin
  if coalesce(trim(p_reason), '') = '' then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  insert into journal.entry (id, at, purpose, outcome, session, professional_id, person, detail)
    select nextval('journal.entry_id'), gate.clock(), 'look', case when p_about ? 'rpps' then 'professional' else 'person' end, (p_caller->>'session')::uuid,
      (select p.id from access.professional p where p.rpps = p_about->>'rpps'), (p_about->>'person')::uuid, left(format('%s: %s', o.name, p_reason), 400) returning id into number;
  return number;
end $$;

create function desk.read_look(p_session uuid, p_number bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  noted journal.entry;
begin
  if pg_current_xact_id_if_assigned() is not null then return null; end if;
  select * into noted from journal.entry e where e.id = p_number and e.purpose = 'look' and e.session = p_session and e.at > gate.clock() - interval '1 minute';
  if noted.id is null then return null; end if;
  return jsonb_build_object('entry', noted.id, 'known', noted.outcome <> 'professional' or noted.professional_id is not null,
    'entries', (select coalesce(jsonb_agg(jsonb_build_object('entry', x.id, 'at', x.at, 'purpose', x.purpose, 'outcome', x.outcome, 'presence', x.presence, 'domain', x.domain, 'insurer', i.name, 'establishment', s.name,
          'disclosed', x.person is not null) order by x.id desc), '[]')
      from (select * from journal.entry e where case when noted.person is not null then e.person = noted.person and e.purpose <> 'look' else e.professional_id = noted.professional_id and e.purpose <> 'look' end order by e.id desc limit 500) x
      left join registry.insurer i on i.id = x.insurer_id left join access.establishment s on s.id = x.establishment_id),
    'freezes', (select coalesce(jsonb_agg(desk.show_freeze(f) order by f.at desc), '[]') from guard.freeze f join access.app_user u on u.id = f.user_id where u.professional_id = noted.professional_id));
end $$;

create procedure desk.look(p_caller jsonb, p_about jsonb, p_reason text, inout told jsonb) language plpgsql as $$
declare
  number bigint;
begin
  number := desk.note_look(p_caller, p_about, p_reason);
  commit;
  if number is not null then told := desk.read_look((p_caller->>'session')::uuid, number); end if;
end $$;

-- ── who may execute what ──────────────────────────────────────────────────────────────────────────

do $$
declare f record;
begin
  for f in select p.oid::regprocedure as name, p.prokind from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'desk' loop
    execute format('revoke all on %s %s from public', case when f.prokind = 'p' then 'procedure' else 'function' end, f.name);
    if f.prokind = 'f' then execute format('alter function %s owner to rempart_gate', f.name); end if;
  end loop;
end $$;

grant usage on schema desk to rempart_gate, rempart_officer, rempart_desk;
grant select, insert, update on all tables in schema desk to rempart_gate;
grant delete on desk.minute to rempart_gate;
grant update (signing_key, age_recipient) on registry.insurer to rempart_gate;
grant select on guard.freeze, guard.stop, guard.alarm, guard.appeal to rempart_gate;

grant execute on procedure desk.look to rempart_officer;
grant execute on function desk.refused, desk.holder_of_code, desk.enrol, desk.find_passkey, desk.open_session, desk.me, desk.end_session, desk.officers, desk.ask, desk.sign_request, desk.decline_request, desk.requests,
  desk.now, desk.incidents, desk.incident, desk.difference, desk.drills, desk.open_incident, desk.act, desk.freeze, desk.review, desk.lift_on_call, desk.see_alarm, desk.end_stop, desk.note_look, desk.read_look to rempart_officer;
grant execute on function desk.install, desk.renew_code, desk.move, desk.take_job, desk.note_job to rempart_desk;
grant select on desk.officer, desk.passkey to rempart_desk;
