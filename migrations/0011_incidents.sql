-- Incidents: who was disclosed, to whom it must be told, by when, and the proof that it was.
-- Tables are written by gate functions alone: each step is journalled (purpose 'incident'), and what cannot be undone takes two
-- named persons. rempart_desk reads; of a person there is a random reference here, never an identity.

create schema incidents;

-- What the officers know and decided. `facts` are their words for the authority's form (docs/formats/cnil-file.md).
create table incidents.incident (
  id bigint generated always as identity primary key,
  state text not null default 'suspected' check (state in ('suspected', 'confirmed', 'contained', 'closed', 'dismissed')),
  title text not null check (trim(title) <> ''),
  opened_at timestamptz not null,
  opened_by text not null,                  -- 'guard', or a name
  freeze_id bigint unique references guard.freeze,
  aware_at timestamptz,                     -- the operator's reasonable certainty: its own clock begins
  contained_at timestamptz,
  closed_at timestamptz,
  facts jsonb not null default '{}',
  severity jsonb,                           -- the last assessment (ENISA), with its justifications
  notification text not null default 'undecided' check (notification in ('undecided', 'notify', 'none')),
  notification_reason text,
  drill boolean not null default false      -- a rehearsal: nothing of it reaches an insurer
);

-- What happened to an incident, in order; insert only. `entry_id` is the journal's.
create table incidents.event (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incidents.incident,
  at timestamptz not null,
  kind text not null,
  by_first text not null,
  by_second text,
  detail jsonb not null default '{}',
  entry_id bigint not null
);
create index event_incident on incidents.event (incident_id, id);

-- Which credentials, and since when. Items: [{"kind": "user"|"professional"|"installation"|"establishment"|"session", "id": …}].
create table incidents.scope (
  incident_id bigint not null references incidents.incident,
  version int not null,
  at timestamptz not null,
  by_name text not null,
  from_at timestamptz not null,
  to_at timestamptz,                        -- null: until the list is made
  items jsonb not null,
  reason text not null,
  primary key (incident_id, version),
  check (to_at is null or to_at > from_at)
);

-- One list of exposed persons, made from the journal for one version of the scope, slice by slice.
create table incidents.exposure (
  id bigint generated always as identity primary key,
  incident_id bigint not null,
  scope_version int not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  state text not null default 'listing' check (state in ('listing', 'listed', 'abandoned')),
  started_at timestamptz not null,
  listed_at timestamptz,
  not_determinable jsonb not null default '[]', -- [{"from": …, "to": …}]: purged from the journal
  decoys_left_out bigint not null default 0, -- persons
  unattributed bigint not null default 0,   -- look-ups of the same installations that name no user: not in a user's list
  packs bigint[] not null default '{}',     -- documents that the scope's installations fetched: encrypted, listed apart
  installations bigint[],                   -- whose entries may be in the scope, when its slices were planned
  foreign key (incident_id, scope_version) references incidents.scope
);
create index exposure_incident on incidents.exposure (incident_id, id);

-- The parts of a list's window, together the whole of it, each listed once in a short transaction. What a part found besides persons
-- is counted when the list is complete.
create table incidents.slice (
  exposure_id bigint not null references incidents.exposure,
  slice int not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  entries bigint not null,                  -- of the scope's installations, when it was planned
  listed boolean not null default false,
  unattributed bigint not null default 0,
  packs bigint[] not null default '{}',
  primary key (exposure_id, slice)
);

-- How many entries each step of a list's window has, by its halves: counted by two, and gone when the slices are planned.
create table incidents.moment (
  exposure_id bigint not null references incidents.exposure,
  half smallint not null check (half in (0, 1)),
  from_at timestamptz not null,
  entries bigint not null,
  primary key (exposure_id, from_at)
);

-- Into how many parts an insurer's persons are cut, so that a part is small whatever the list: a person's part is the first 12 bits of the
-- reference but for the last `shift` of them. An insurer that is not here has one part.
create table incidents.grain (
  exposure_id bigint not null references incidents.exposure,
  insurer_id smallint not null,
  shift smallint not null check (shift between 0 and 12),
  primary key (exposure_id, insurer_id)
);

-- Who was disclosed. A block is what one slice told of one part of an insurer's persons, by the same set of fields: answer by answer, in arrays
-- of the same length. Rows of their own, with an index, cost several times as much (docs/decisions/incidents.md); incidents.told shows them so.
-- Persons are distinct `person`, records distinct `row_id` (a row of the register is one person's), disclosures the sum of `times`. Without a
-- foreign key: only gate.list_slice writes, which has the exposure locked.
create table incidents.exposed (
  exposure_id bigint not null,
  slice int not null,
  insurer_id smallint not null,
  part smallint not null,
  fields int not null,
  times int not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  persons uuid[] not null,
  row_ids bigint[] not null,
  establishments bigint[] not null,
  entries bigint[] not null,
  at timestamptz[] not null
) with (toast_tuple_target = 8160);
-- Random numbers: to try to make them smaller is wasted, and a block is read whole.
alter table incidents.exposed alter persons set storage external, alter row_ids set storage external, alter establishments set storage external, alter entries set storage external, alter at set storage external;
create index exposed_part on incidents.exposed (exposure_id, insurer_id, part);

-- The same, a row for each answer.
create view incidents.told as
  select e.exposure_id, e.slice, e.insurer_id, e.part, e.fields, unnest(e.persons) as person, unnest(e.row_ids) as row_id, unnest(e.establishments) as establishment_id, unnest(e.entries) as entry_id, unnest(e.at) as at
  from incidents.exposed e;

-- What was asked without anybody being named: counted by entries.
create table incidents.asked (
  exposure_id bigint not null references incidents.exposure,
  slice int not null,
  insurer_id smallint not null,
  outcome text not null,
  entries bigint not null,
  primary key (exposure_id, slice, insurer_id, outcome)
);

-- Counts of 16 parts of an insurer's persons (`piece` is part / 16): several are counted at once.
create table incidents.piece (
  exposure_id bigint not null references incidents.exposure,
  insurer_id smallint not null,
  piece smallint not null,
  persons bigint not null,
  records bigint not null,
  former bigint not null,
  primary key (exposure_id, insurer_id, piece)
);

-- Counts of a list by insurer, made when it is complete. `untold` alone changes after, when a pack is sent.
create table incidents.count (
  exposure_id bigint not null references incidents.exposure,
  insurer_id smallint not null,
  persons bigint not null,
  records bigint not null,
  disclosures bigint not null,
  former bigint not null,                   -- persons with no row in force today, told or not
  untold bigint not null,                   -- persons whom the last pack sent to the insurer did not name
  fields jsonb not null,                    -- disclosures by set of fields: {"23": 12, …}
  first_at timestamptz,
  last_at timestamptz,
  primary key (exposure_id, insurer_id)
);

-- Everything that goes out, each version kept, signed, with its proof of sending. Kinds: insurer-pack, insurer-letter,
-- authority-file, authority-pdf, professional-letter, case-file.
create table incidents.document (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incidents.incident,
  kind text not null,
  version int not null,
  insurer_id smallint references registry.insurer,   -- null: the operator's own
  recipient text not null,                  -- 'insurer:AMC', 'cnil', 'user:ID'
  exposure_id bigint references incidents.exposure,
  media_type text not null,
  made_at timestamptz not null,
  made_by text not null,
  released_at timestamptz,                  -- two persons opened the list for this pack
  released_by text[],
  sealed_at timestamptz,                    -- complete and signed: nothing of it changes any more
  bytes bigint,
  parts int not null default 0,
  hash bytea,                               -- SHA-256 of the content
  signature bytea,                          -- Ed25519 over 'rempart-document-v1', id, kind, recipient, hash
  key_id text,
  sent_at timestamptz,
  sent_by text[],
  sent_via text,
  proof jsonb,
  acknowledged_at timestamptz,
  acknowledged_by text,
  unique (incident_id, kind, recipient, version)
);
create index document_insurer on incidents.document (insurer_id, incident_id);

-- Content in parts of one MiB: an insurer fetches part by part, memory stays bounded.
create table incidents.document_part (
  document_id bigint not null references incidents.document,
  part int not null,
  content bytea not null,
  primary key (document_id, part)
);

-- How far an insurer has come in telling its insured.
create table incidents.progress (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incidents.incident,
  insurer_id smallint not null references registry.insurer,
  at timestamptz not null,
  told bigint not null check (told >= 0),
  of bigint not null check (of >= told),
  means text not null default '',
  note text not null default ''
);
create index progress_insurer on incidents.progress (incident_id, insurer_id, id);

-- When the insurer was reminded of what is due.
create table incidents.reminder (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incidents.incident,
  insurer_id smallint not null references registry.insurer,
  at timestamptz not null,
  by_name text not null,
  what text not null
);

-- Delays as data: the law's where there is one, else ours until an operator sets its own. Hours are continuous.
create table incidents.delay (
  kind text not null check (kind in ('authority', 'tell-insurer', 'acknowledge', 'tell-persons')),
  insurer_id smallint references registry.insurer, -- null: whoever has none of its own
  hours int not null check (hours between 1 and 2400),
  source text not null
);
create unique index delay_once on incidents.delay (kind, coalesce(insurer_id, 0));
insert into incidents.delay (kind, insurer_id, hours, source) values
  ('authority', null, 72, 'GDPR article 33(1)'),
  ('tell-insurer', null, 24, 'GDPR article 33(2): without undue delay; ours'),
  ('acknowledge', null, 48, 'ours'),
  ('tell-persons', null, 336, 'GDPR article 34(1): without undue delay; ours');

-- One duty of one controller with its own start. Hours are continuous: daylight saving and holidays do not move the end.
-- It starts once, and anew for persons that a later list adds to those an insurer was told of.
create table incidents.clock (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incidents.incident,
  kind text not null,
  insurer_id smallint references registry.insurer, -- null: the operator as controller
  started_at timestamptz not null,
  hours int not null,
  due_at timestamptz not null,
  met_at timestamptz,
  met_by text,
  document_id bigint references incidents.document,
  late_reason text,
  exposure_id bigint references incidents.exposure -- the list that added persons; null: the first
);
create unique index clock_once on incidents.clock (incident_id, kind, coalesce(insurer_id, 0), coalesce(exposure_id, 0));

-- An insurer's written order that the operator files with the authority in its name.
create table incidents.mandate (
  insurer_id smallint primary key references registry.insurer,
  reference text not null,
  recorded_at timestamptz not null,
  by_first text not null,
  by_second text not null
);

-- What the public page needs of a notice: random bytes to whoever has not the code (docs/formats/notice-code.md).
create table incidents.notice_entry (
  document_id bigint not null,              -- gate.put_notices alone writes: no foreign key, as with incidents.exposed
  prefix text not null,
  entry bytea not null
);
create index notice_prefix on incidents.notice_entry (prefix);

-- ── steps, each journalled ────────────────────────────────────────────────────────────────────────

create table incidents.step (from_state text not null, to_state text not null, two boolean not null, primary key (from_state, to_state));
insert into incidents.step values ('suspected', 'confirmed', false), ('suspected', 'dismissed', true), ('dismissed', 'suspected', false), ('confirmed', 'contained', false),
  ('contained', 'confirmed', false), ('contained', 'closed', true), ('closed', 'contained', true);

grant usage on schema incidents to rempart_gate, rempart_desk;
grant select on all tables in schema incidents to rempart_gate, rempart_desk;
revoke select on incidents.document_part, incidents.notice_entry from rempart_desk;
grant insert on all tables in schema incidents to rempart_gate;
grant update on incidents.incident, incidents.exposure, incidents.slice, incidents.document, incidents.clock, incidents.delay, incidents.mandate to rempart_gate;
grant update (untold) on incidents.count to rempart_gate;
grant delete on incidents.exposed, incidents.asked, incidents.count, incidents.piece, incidents.moment to rempart_gate;
grant select (id, insurer_id, wrapped) on registry.seal_key to rempart_gate;
grant select, insert, update (lifted_at) on journal.hold to rempart_gate;
grant select on journal.purged to rempart_gate;

create function gate.one_person(p_order jsonb) returns boolean language sql immutable as $$
  select gate.names_person(p_order->>'by')
$$;
create function gate.two_persons(p_order jsonb) returns boolean language sql immutable as $$
  select gate.names_two(p_order->>'by', p_order->>'and')
$$;

create function gate.note_incident(p_incident bigint, p_kind text, p_order jsonb, p_detail jsonb) returns bigint language plpgsql volatile as $$
declare
  number bigint;
begin
  perform set_config('synchronous_commit', 'on', true);
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'incident', p_kind, (p_detail->>'insurer')::smallint,
      left(format('incident %s by %s: %s', p_incident, concat_ws(' and ', p_order->>'by', p_order->>'and'), coalesce(p_order->>'reason', p_detail::text)), 400)) returning id into number;
  insert into incidents.event (incident_id, at, kind, by_first, by_second, detail, entry_id)
    values (p_incident, gate.clock(), p_kind, p_order->>'by', p_order->>'and', p_detail || jsonb_strip_nulls(jsonb_build_object('reason', p_order->>'reason')), number);
  return number;
end $$;

create function gate.scope_is_well_formed(p_items jsonb) returns boolean language sql immutable as $$
  select coalesce(jsonb_typeof(p_items) = 'array' and jsonb_array_length(p_items) > 0 and bool_and(
    case x->>'kind' when 'session' then x->>'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      when 'user' then x->>'id' ~ '^\d{1,15}$' when 'professional' then x->>'id' ~ '^\d{1,15}$' when 'installation' then x->>'id' ~ '^\d{1,15}$' when 'establishment' then x->>'id' ~ '^\d{1,15}$' else false end), false)
  from jsonb_array_elements(case when jsonb_typeof(p_items) = 'array' then p_items else '[]' end) x
$$;

create function gate.ids_of(p_items jsonb, p_kind text) returns bigint[] language sql immutable as $$
  select coalesce(array_agg((x->>'id')::bigint), '{}') from jsonb_array_elements(p_items) x where x->>'kind' = p_kind
$$;

-- Installations whose entries may be in a scope: the index of the journal is by installation and time.
create function gate.installations_of(p_items jsonb, p_from timestamptz, p_to timestamptz) returns bigint[] language plpgsql stable as $$
declare
  sessions uuid[] := array(select (x->>'id')::uuid from jsonb_array_elements(p_items) x where x->>'kind' = 'session');
  found_ids bigint[];
begin
  select array_agg(distinct n) into found_ids from (
    select unnest(gate.ids_of(p_items, 'installation')) as n
    union all select u.installation_id from access.app_user u where u.id = any (gate.ids_of(p_items, 'user'))
    union all select i.id from access.installation i where i.establishment_id = any (gate.ids_of(p_items, 'establishment'))
    union all select u.installation_id from access.app_user u where u.professional_id = any (gate.ids_of(p_items, 'professional')) or u.responsible_id = any (gate.ids_of(p_items, 'professional'))
    union all select i.id from access.installation i join access.activity a on a.establishment_id = i.establishment_id where a.professional_id = any (gate.ids_of(p_items, 'professional'))
    -- A session's row is gone soon after its end: its entries tell.
    union all select e.installation_id from journal.entry e where cardinality(sessions) > 0 and e.session = any (sessions) and e.at >= p_from and e.at < p_to) t;
  return coalesce(found_ids, '{}');
end $$;

-- What is in the scope is held: not purged from the journal while the incident is open.
-- A professional is held by the installations they may have asked through. Lifted when the incident is over.
create function gate.hold_scope(p_incident bigint) returns void language sql volatile as $$
  insert into journal.hold (incident, from_at, until_at, session, installation_id, establishment_id, user_id, set_at)
    select p_incident::text, s.from_at, coalesce(s.to_at, 'infinity'), case when h.kind = 'session' then h.id::uuid end, case when h.kind = 'installation' then h.id::bigint end,
      case when h.kind = 'establishment' then h.id::bigint end, case when h.kind = 'user' then h.id::bigint end, gate.clock()
    from (select * from incidents.scope x where x.incident_id = p_incident order by x.version desc limit 1) s
    cross join lateral (
      select x->>'kind' as kind, x->>'id' as id from jsonb_array_elements(s.items) x where x->>'kind' <> 'professional'
      union all select 'installation', n::text from unnest(gate.installations_of((select coalesce(jsonb_agg(x), '[]') from jsonb_array_elements(s.items) x where x->>'kind' = 'professional'), s.from_at, s.from_at)) n) h
$$;

create function gate.add_scope(p_incident bigint, p_order jsonb) returns int language plpgsql volatile as $$
declare
  next_version int := coalesce((select max(s.version) from incidents.scope s where s.incident_id = p_incident), 0) + 1;
begin
  insert into incidents.scope (incident_id, version, at, by_name, from_at, to_at, items, reason)
    values (p_incident, next_version, gate.clock(), p_order->>'by', (p_order->>'from')::timestamptz, (p_order->>'to')::timestamptz, p_order->'items', coalesce(p_order->>'reason', ''));
  perform gate.hold_scope(p_incident);
  return next_version;
end $$;

-- Opens one. Order: by, title, from, to?, items, reason?, drill?. Null when it is not as it must be.
create function gate.open_incident(p_order jsonb) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number bigint;
begin
  if not gate.one_person(p_order) or coalesce(trim(p_order->>'title'), '') = '' or not gate.scope_is_well_formed(p_order->'items') or p_order->>'from' is null
     or (p_order->>'to')::timestamptz <= (p_order->>'from')::timestamptz then return null; end if;
  insert into incidents.incident (title, opened_at, opened_by, drill) values (p_order->>'title', gate.clock(), p_order->>'by', coalesce((p_order->>'drill')::boolean, false)) returning id into number;
  perform gate.add_scope(number, p_order);
  perform gate.note_incident(number, 'opened', p_order, jsonb_build_object('title', p_order->>'title', 'scope', p_order->'items'));
  return number;
end $$;

-- Every freeze that no operator made (the guard, a decoy, a peer's signal, the person themself), of the last week and without
-- incident, opens one: suspected, its user or installation, the day before. What goes on with a card, or was lifted since, is not contained.
create function gate.open_for_freezes() returns bigint[]
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  f record;
  number bigint;
  numbers bigint[] := '{}';
  said jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended('open-for-freezes', 0));
  for f in select x.id, x.by as who, x.at, x.user_id, x.installation_id, case when not x.unproven and x.lifted_at is null and x.on_call_until is null then x.at end as contained_at from guard.freeze x where not gate.names_person(x.by) and x.at > gate.clock() - interval '7 days'
      and not exists (select from incidents.incident i where i.freeze_id = x.id) order by x.id limit 20 loop
    insert into incidents.incident (title, opened_at, opened_by, freeze_id, contained_at)
      values (case when f.who = 'person' then format('Un professionnel a dit « ce n’était pas moi » (gel n° %s)', f.id) when f.who like 'peer %' then format('Signalé par un autre opérateur (gel n° %s)', f.id) else format('Gel automatique n° %s', f.id) end, gate.clock(), f.who, f.id, f.contained_at) returning id into number;
    said := jsonb_build_object('by', f.who, 'from', f.at - interval '1 day', 'reason', 'the day before the freeze, to be confirmed by an officer',
      'items', case when f.user_id is null then jsonb_build_array(jsonb_build_object('kind', 'installation', 'id', f.installation_id))
        else (select jsonb_agg(jsonb_build_object('kind', 'user', 'id', u)) from unnest(gate.reach_of(f.user_id, f.who)) u) end);
    perform gate.add_scope(number, said);
    perform gate.note_incident(number, 'opened', said, jsonb_build_object('freeze', f.id, 'scope', said->'items'));
    numbers := numbers || number;
  end loop;
  return numbers;
end $$;

-- Another scope: the list must be made again. Returns its version; null when it is not as it must be or the incident is over.
create function gate.set_scope(p_incident bigint, p_order jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number int;
begin
  if not gate.one_person(p_order) or coalesce(trim(p_order->>'reason'), '') = '' or not gate.scope_is_well_formed(p_order->'items') or p_order->>'from' is null
     or (p_order->>'to')::timestamptz <= (p_order->>'from')::timestamptz then return null; end if;
  perform from incidents.incident i where i.id = p_incident and i.state in ('suspected', 'confirmed', 'contained') for update;
  if not found then return null; end if;
  number := gate.add_scope(p_incident, p_order);
  perform gate.note_incident(p_incident, 'scope', p_order, jsonb_build_object('version', number, 'from', p_order->'from', 'to', p_order->'to', 'scope', p_order->'items'));
  return number;
end $$;

-- Starts a duty's clock, once; once more for each list that added persons.
create function gate.start_clock(p_incident bigint, p_kind text, p_insurer smallint, p_from timestamptz, p_list bigint default null) returns void language sql volatile as $$
  insert into incidents.clock (incident_id, kind, insurer_id, started_at, hours, due_at, exposure_id)
    select p_incident, p_kind, p_insurer, p_from, d.hours, p_from + make_interval(hours => d.hours), p_list
    from (select x.hours from incidents.delay x where x.kind = p_kind and (x.insurer_id = p_insurer or x.insurer_id is null) order by x.insurer_id nulls last limit 1) d
    on conflict do nothing
$$;

-- Clocks of a duty that run, and are met by what is about a list: those of its own persons and of the lists before it.
create function gate.running_clocks(p_incident bigint, p_kind text, p_insurer smallint, p_list bigint default null) returns setof incidents.clock language sql stable as $$
  select * from incidents.clock c where c.incident_id = p_incident and c.kind = p_kind and c.insurer_id is not distinct from p_insurer and c.met_at is null and coalesce(c.exposure_id <= p_list, p_list is null or c.exposure_id is null)
$$;

-- The list of the last pack that an insurer was sent.
create function gate.told_list(p_incident bigint, p_insurer smallint) returns bigint language sql stable as $$
  select d.exposure_id from incidents.document d where d.incident_id = p_incident and d.insurer_id = p_insurer and d.kind = 'insurer-pack' and d.sent_at is not null order by d.sent_at desc, d.id desc limit 1
$$;

-- Persons of an insurer whom one list names and another, made before or after it, does not. A set difference: never a loop in a loop.
create function gate.count_added(p_list bigint, p_told bigint, p_insurer smallint) returns bigint language sql stable as $$
  select count(*) from (
    select unnest(e.persons) from incidents.exposed e where e.exposure_id = p_list and e.insurer_id = p_insurer and p_list is distinct from p_told
    except select unnest(t.persons) from incidents.exposed t where t.exposure_id = p_told and t.insurer_id = p_insurer) added
$$;

-- A pack is sent, or a list counted or completed: one after the other, so that what is untold is of the last pack.
create function gate.lock_telling(p_incident bigint, p_insurer smallint) returns void language sql volatile as $$
  select pg_advisory_xact_lock(hashtextextended(format('telling %s %s', p_incident, p_insurer), 0))
$$;

-- The duty to tell each insurer of the last list: from the operator's awareness. Of an insurer that the first list did not name, and of
-- persons that no pack sent named, the operator knew when a later one was complete, so that time begins there. One that runs is enough.
create function gate.start_telling(p_incident bigint) returns void language sql volatile as $$
  select gate.start_clock(i.id, 'tell-insurer', c.insurer_id, case when told.list is null and f.id = e.first_id then i.aware_at else greatest(i.aware_at, case when told.list is null then f.listed_at else e.listed_at end) end, case when told.list is not null then e.id end)
  from incidents.incident i
  join lateral (select x.id, x.listed_at, min(x.id) over () as first_id from incidents.exposure x where x.incident_id = i.id and x.state = 'listed' order by x.id desc limit 1) e on true
  join incidents.count c on c.exposure_id = e.id and c.untold > 0
  join lateral (select gate.told_list(i.id, c.insurer_id) as list) told on true
  join lateral (select x.id, x.listed_at from incidents.exposure x join incidents.count n on n.exposure_id = x.id and n.insurer_id = c.insurer_id and n.persons > 0
    where x.incident_id = i.id and x.state = 'listed' order by x.id limit 1) f on true
  where i.id = p_incident and i.aware_at is not null and not exists (select from gate.running_clocks(i.id, 'tell-insurer', c.insurer_id))
$$;

-- Whether a list stops before the breach did: before its window's end or, where that is open, before it was contained.
create function gate.ends_early(e incidents.exposure) returns boolean language sql stable as $$
  select e.to_at < coalesce(s.to_at, i.contained_at, e.to_at) from incidents.incident i join incidents.scope s on s.incident_id = i.id and s.version = e.scope_version where i.id = e.incident_id
$$;

-- Whether entries of a list's window were erased or lost since: what it does not name as not determinable.
create function gate.is_purged_since(e incidents.exposure) returns boolean language sql stable as $$
  select exists (select from journal.purged p where p.until_at >= e.from_at and p.from_at < e.to_at
    and not exists (select from jsonb_to_recordset(e.not_determinable) n("from" timestamptz, "to" timestamptz) where n."from" <= greatest(p.from_at, e.from_at) and n."to" >= least(p.until_at, e.to_at)))
$$;

-- The last complete list, while it is of the latest scope, stops no earlier than the breach, and names every period that is not determinable.
-- Null: it must be made again.
create function gate.current_list(p_incident bigint) returns bigint language sql stable as $$
  select case when e.scope_version = (select max(s.version) from incidents.scope s where s.incident_id = e.incident_id) and not gate.ends_early(e) and not gate.is_purged_since(e) then e.id end
  from incidents.exposure e where e.incident_id = p_incident and e.state = 'listed' order by e.id desc limit 1
$$;

-- A freeze no longer holds: what it had stopped may go on, unless an officer has declared the incident contained.
create function gate.uncontain(p_freeze bigint) returns void language sql volatile as $$
  update incidents.incident set contained_at = null where freeze_id = p_freeze and state not in ('contained', 'closed')
$$;

-- Why an incident may not be closed yet; empty when it may.
create function gate.left_to_do(p_incident bigint) returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select array_remove(array[
    case when i.severity is null then 'severity' end,
    case when i.notification = 'undecided' then 'notification' end,
    case when gate.current_list(i.id) is null then 'exposure' end,
    case when i.notification = 'notify' and exists (select from incidents.clock c where c.incident_id = i.id and c.met_at is null and (c.kind = 'tell-insurer' or c.insurer_id is null)) then 'clocks' end,
    -- Not only a clock: an officer may stop that one by hand, and persons are told by a pack that names them.
    case when i.notification = 'notify' and exists (select from incidents.count c where c.exposure_id = (select max(e.id) from incidents.exposure e where e.incident_id = i.id and e.state = 'listed') and c.untold > 0) then 'packs' end], null)
  from incidents.incident i where i.id = p_incident
$$;

-- Moves an incident on. Order: by, and? (where it takes two), reason, at? (when the operator knew, or it was contained).
-- Returns null, or why not: 'person', 'two-persons', 'reason', 'step', 'time', 'left-to-do'.
create function gate.move_incident(p_incident bigint, p_to text, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  i incidents.incident;
  s incidents.step;
  moment timestamptz := coalesce((p_order->>'at')::timestamptz, gate.clock());
begin
  if not gate.one_person(p_order) then return 'person'; end if;
  if coalesce(trim(p_order->>'reason'), '') = '' then return 'reason'; end if;
  select * into i from incidents.incident x where x.id = p_incident for update;
  select * into s from incidents.step x where x.from_state = i.state and x.to_state = p_to;
  if s.to_state is null then return 'step'; end if;
  if s.two and not gate.two_persons(p_order) then return 'two-persons'; end if;
  if moment > gate.clock() + interval '1 minute' then return 'time'; end if;
  if p_to = 'closed' and cardinality(gate.left_to_do(p_incident)) > 0 then return 'left-to-do'; end if;
  update incidents.incident set state = p_to, aware_at = case when p_to = 'confirmed' then coalesce(aware_at, moment) else aware_at end,
    contained_at = case when p_to = 'contained' and i.state = 'confirmed' then moment when p_to = 'confirmed' and i.state = 'contained' then null else contained_at end,
    closed_at = case when p_to in ('closed', 'dismissed') then gate.clock() end where id = p_incident;
  if p_to = 'confirmed' then
    -- The operator is controller of the professional's account.
    perform gate.start_clock(p_incident, 'authority', null, coalesce(i.aware_at, moment));
    perform gate.start_telling(p_incident);
  end if;
  if p_to in ('closed', 'dismissed') then
    update journal.hold set lifted_at = gate.clock() where incident = p_incident::text and lifted_at is null;
  elsif i.state in ('closed', 'dismissed') then
    perform gate.hold_scope(p_incident);
  end if;
  perform gate.note_incident(p_incident, p_to, p_order, jsonb_build_object('at', moment));
  return null;
end $$;

-- The officers' words for the form: merged by key, null removes one. Where the order says what stood there when its writer read it
-- (`was`, by key), words that somebody else put there since are not written over. Returns null, or why not: 'unknown', 'changed'.
create function gate.set_facts(p_incident bigint, p_facts jsonb, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  i incidents.incident;
begin
  if not gate.one_person(p_order) or jsonb_typeof(p_facts) is distinct from 'object' then return 'unknown'; end if;
  select * into i from incidents.incident x where x.id = p_incident and x.state not in ('closed', 'dismissed') for update;
  if i.id is null then return 'unknown'; end if;
  -- The same words twice are one writer who did not hear our answer.
  if p_order ? 'was' and exists (select from jsonb_each_text(p_facts) f where i.facts->>f.key is distinct from p_order->'was'->>f.key and i.facts->>f.key is distinct from f.value) then return 'changed'; end if;
  update incidents.incident set facts = jsonb_strip_nulls(facts || p_facts) where id = p_incident;
  perform gate.note_incident(p_incident, 'facts', p_order, jsonb_build_object('keys', (select jsonb_agg(k) from jsonb_object_keys(p_facts) k)));
  return null;
end $$;

-- An assessment. Overridden upward only: `score` is never below what was `reckoned`, and a later one never below an earlier unless justified anew.
create function gate.assess_incident(p_incident bigint, p_assessment jsonb, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.one_person(p_order) then return 'person'; end if;
  if coalesce(trim(p_order->>'reason'), '') = '' then return 'reason'; end if;
  if (p_assessment->>'score')::numeric is null or (p_assessment->>'score')::numeric < (p_assessment->>'reckoned')::numeric then return 'downward'; end if;
  update incidents.incident set severity = p_assessment where id = p_incident and state in ('suspected', 'confirmed', 'contained');
  if not found then return 'step'; end if;
  perform gate.note_incident(p_incident, 'assessed', p_order, jsonb_build_object('score', p_assessment->'score', 'level', p_assessment->'level'));
  return null;
end $$;

-- Whether the breach is notified, decided once it is assessed; "none" takes two persons.
create function gate.decide_notification(p_incident bigint, p_decision text, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.one_person(p_order) then return 'person'; end if;
  if p_decision = 'none' and not gate.two_persons(p_order) then return 'two-persons'; end if;
  if coalesce(trim(p_order->>'reason'), '') = '' then return 'reason'; end if;
  update incidents.incident set notification = p_decision, notification_reason = p_order->>'reason'
    where id = p_incident and state in ('confirmed', 'contained') and severity is not null and p_decision in ('notify', 'none');
  if not found then return 'step'; end if;
  perform gate.note_incident(p_incident, 'notification-' || p_decision, p_order, '{}');
  return null;
end $$;

-- ── the list of exposed persons ───────────────────────────────────────────────────────────────────

-- A list is made in transactions of their own: one that began long ago would not see what it lists.
create function gate.read_committed_alone() returns void language plpgsql stable as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then raise exception 'read committed alone' using errcode = 'RPI01'; end if;
end $$;

create function gate.abandon_list(p_exposure bigint) returns void language sql volatile as $$
  update incidents.exposure x set state = 'abandoned' where x.id = p_exposure;
  delete from incidents.exposed e where e.exposure_id = p_exposure;
  delete from incidents.asked a where a.exposure_id = p_exposure;
  delete from incidents.piece c where c.exposure_id = p_exposure;
  delete from incidents.count c where c.exposure_id = p_exposure;
  delete from incidents.moment m where m.exposure_id = p_exposure;
$$;

-- Begins the list of an incident's latest scope; one that was left unfinished for an hour is given up: of whom it named nothing is kept. Returns {"id": …}, or {"refused": …}:
-- 'unknown', or 'closed' while it is not known what a restored database lost (gate.stands): its list would be short, and complete.
create function gate.begin_exposure(p_incident bigint, p_order jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s incidents.scope;
  number bigint;
begin
  perform gate.read_committed_alone();
  if not gate.stands() then return '{"refused": "closed"}'; end if;
  if not gate.one_person(p_order) then return '{"refused": "unknown"}'; end if;
  perform gate.abandon_list(x.id) from incidents.exposure x where x.incident_id = p_incident and x.state = 'listing' and x.started_at < gate.clock() - interval '1 hour' order by x.id for update;
  select x.* into s from incidents.scope x join incidents.incident i on i.id = x.incident_id and i.state in ('suspected', 'confirmed', 'contained')
    where x.incident_id = p_incident order by x.version desc limit 1;
  if s.incident_id is null then return '{"refused": "unknown"}'; end if;
  insert into incidents.exposure (incident_id, scope_version, from_at, to_at, started_at)
    values (p_incident, s.version, s.from_at, least(coalesce(s.to_at, gate.clock()), gate.clock()), gate.clock()) returning id into number;
  perform gate.note_incident(p_incident, 'list-begun', p_order, jsonb_build_object('exposure', number, 'scope', s.version));
  return jsonb_build_object('id', number);
end $$;

-- Transactions that are answering: each has locked its subjects' meters, or taken an entry's number, and may bear a time already past.
create function gate.answers_under_way() returns text[] language sql volatile as $$
  select coalesce(array_agg(distinct l.virtualtransaction), '{}') from pg_locks l
  where l.locktype = 'relation' and l.relation in ('gate.meter'::regclass, 'journal.entry_id'::regclass) and l.mode in ('RowShareLock', 'RowExclusiveLock') and l.pid <> pg_backend_pid()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
$$;

-- A person's part in a list: references are random, so that parts are of one size, and in the order of references.
create function gate.part_of(p_person uuid, p_shift int) returns smallint language sql immutable parallel safe as $$
  select (((get_byte(uuid_send(p_person), 0) << 4) | (get_byte(uuid_send(p_person), 1) >> 4)) >> p_shift)::smallint
$$;
create function gate.exposed_shift(p_exposure bigint, p_insurer smallint) returns int language sql stable as $$
  select coalesce((select n.shift from incidents.grain n where n.exposure_id = p_exposure and n.insurer_id = p_insurer), 12)
$$;

-- How finely each insurer's persons are cut: about sixteen thousand answers a part at most, by its share of a sample of a thousand entries across the scope's
-- installations and slices, each of which has as many entries; no sample reads further than its slice. A share that is wrong makes parts larger or smaller, nothing else.
create function gate.plan_grain(x incidents.exposure, p_installations bigint[]) returns void language sql volatile as $$
  insert into incidents.grain (exposure_id, insurer_id, shift)
    select x.id, t.insurer_id, 12 - ceil(least(12, greatest(0, log(2, greatest(1, t.share * (select sum(l.entries) from incidents.slice l where l.exposure_id = x.id) / 16384)))))
    from (select e.insurer_id, count(*)::numeric / sum(count(*)) over () as share
      from (select l.from_at, l.to_at, row_number() over (order by l.slice) - 1 as nth, count(*) over () as slices from incidents.slice l where l.exposure_id = x.id) s
      join generate_series(0, 63) i on s.nth = i * s.slices / 64
      cross join lateral (select j.insurer_id from journal.entry j
        where j.installation_id = p_installations[1 + (i * greatest(1, cardinality(p_installations) / 64)) % greatest(1, cardinality(p_installations))]
          and j.at >= s.from_at + (s.to_at - s.from_at) * (i * s.slices / 64.0 - s.nth)::float8 and j.at < s.to_at and j.person is not null
        order by j.at limit 16) e group by 1) t
$$;

-- How many entries of some installations there are from one moment to before another.
create function gate.count_step(p_installations bigint[], p_from timestamptz, p_to timestamptz) returns table (from_at timestamptz, to_at timestamptz, entries bigint) language sql stable as $$
  select p_from, p_to, count(*) from journal.entry j where j.installation_id = any (p_installations) and j.at >= p_from and j.at < p_to
$$;

-- Fixes what a list's window holds: waits for answers under way, whose entries may bear a time before its end, and says which installations' entries
-- may be in the scope. Once: null when it is done already.
create function gate.fix_window(p_exposure bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  x incidents.exposure;
  under_way text[] := gate.answers_under_way();
begin
  perform gate.read_committed_alone();
  select * into x from incidents.exposure e where e.id = p_exposure and e.state = 'listing' and e.installations is null for update;
  if x.id is null then return null; end if;
  for tries in 1 .. 3000 loop
    exit when not under_way && gate.answers_under_way();
    if tries = 3000 then raise exception 'answers under way do not end' using errcode = 'lock_not_available'; end if;
    perform pg_sleep(0.01);
  end loop;
  update incidents.exposure e set installations = (select gate.installations_of(s.items, x.from_at, x.to_at) from incidents.scope s where s.incident_id = x.incident_id and s.version = x.scope_version)
    where e.id = p_exposure;
  return true;
end $$;

-- Counts the entries of one half of a list's window (0 or 1), by the index alone: in 64 steps of time, each again in as many as make them small beside a
-- slice. Returns how many steps; null when it is done already, or the window is not fixed.
create function gate.count_half(p_exposure bigint, p_half smallint, p_entries int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  x incidents.exposure;
  middle timestamptz;
  steps int;
begin
  perform gate.read_committed_alone();
  select * into x from incidents.exposure e where e.id = p_exposure and e.state = 'listing' and e.installations is not null for share;
  if x.id is null or p_entries < 1 or exists (select from incidents.slice l where l.exposure_id = p_exposure) or exists (select from incidents.moment m where m.exposure_id = p_exposure and m.half = p_half) then return null; end if;
  middle := least(x.to_at, x.from_at + interval '10 seconds' * ceil(extract(epoch from x.to_at - x.from_at) / 20));
  with recursive step as (
      select w.wide, c.* from (select case p_half when 0 then x.from_at else middle end as from_at, case p_half when 0 then middle else x.to_at end as to_at) h
        cross join lateral (select interval '10 seconds' * greatest(1, ceil(extract(epoch from h.to_at - h.from_at) / 640)) as wide) w
        cross join generate_series(h.from_at, h.to_at, w.wide) s(moment) cross join gate.count_step(x.installations, s.moment, least(s.moment + w.wide, h.to_at)) c
      union all select w.wide, c.* from step p cross join lateral (select interval '10 seconds' * ceil(extract(epoch from p.wide) / 10 / least(256, ceil(16.0 * p.entries / p_entries))) as wide) w
        cross join generate_series(p.from_at, p.to_at, w.wide) s(moment) cross join gate.count_step(x.installations, s.moment, least(s.moment + w.wide, p.to_at)) c
        where p.entries > p_entries / 8 and p.wide > interval '10 seconds')
  insert into incidents.moment (exposure_id, half, from_at, entries)
    select p_exposure, p_half, p.from_at, p.entries from step p
      where p.from_at < p.to_at and (p.entries <= p_entries / 8 or p.wide <= interval '10 seconds');
  get diagnostics steps = row_count;
  return steps;
end $$;

-- Cuts a list's window into slices of about `p_entries` entries of the scope's installations, ten seconds at the finest, so that no transaction is
-- long enough to starve the gate. Fixes the window and counts its halves where nobody has. Once; returns how many.
create function gate.plan_slices(p_exposure bigint, p_entries int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  x incidents.exposure;
  planned int;
begin
  perform gate.read_committed_alone();
  perform gate.fix_window(p_exposure);
  select * into x from incidents.exposure e where e.id = p_exposure and e.state = 'listing' for update;
  if x.id is null or p_entries < 1 or exists (select from incidents.slice l where l.exposure_id = p_exposure) then return null; end if;
  perform gate.count_half(p_exposure, h::smallint, p_entries) from generate_series(0, 1) h;
  insert into incidents.slice (exposure_id, slice, from_at, to_at, entries)
    select p_exposure, row_number() over (order by c.from_at), c.from_at, lead(c.from_at, 1, x.to_at) over (order by c.from_at), c.entries
    from (select min(u.from_at) as from_at, sum(u.entries) as entries
      from (select m.from_at, m.entries, (sum(m.entries) over (order by m.from_at) - m.entries)::bigint / p_entries as part
        from (select m.from_at, sum(m.entries) as entries from (select x.from_at, 0 as entries union all select m.from_at, m.entries from incidents.moment m where m.exposure_id = p_exposure and m.entries > 0) m group by m.from_at) m) u group by u.part) c;
  get diagnostics planned = row_count;
  delete from incidents.moment m where m.exposure_id = p_exposure;
  perform gate.plan_grain(x, x.installations);
  return planned;
end $$;

-- Whether an entry is in a scope, by one of the kinds of its items. A function for the plan, which takes it apart: it is asked of every entry.
create function gate.is_in_scope(j journal.entry, p_whole bigint[], p_users bigint[], p_places bigint[], p_professionals bigint[], p_sessions uuid[]) returns boolean language sql immutable parallel safe as $$
  select j.installation_id = any (p_whole) or j.user_id = any (p_users) or j.establishment_id = any (p_places) or j.professional_id = any (p_professionals) or j.session = any (p_sessions)
$$;

-- One slice of the list: who was disclosed and what was asked in it. Once each, in any order, two at a time; returns answers
-- that named a person, null when it is done or none. The journal is read once, and nothing is sorted: an answer goes to its block by its hash.
-- Its commit need not be flushed: that of the complete list is, after it.
create function gate.list_slice(p_exposure bigint, p_slice int) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set work_mem = '96MB' set hash_mem_multiplier = 3 set enable_sort = off set plan_cache_mode = force_custom_plan as $$
declare
  x incidents.exposure;
  part incidents.slice;
  items jsonb;
  installations bigint[];
  whole bigint[];
  users bigint[];
  places bigint[];
  professionals bigint[];
  sessions uuid[];
  shifts int[];
  whole_scope boolean;
  coarse boolean;
  told bigint;
begin
  perform gate.read_committed_alone();
  perform set_config('synchronous_commit', 'off', true);
  select * into x from incidents.exposure e where e.id = p_exposure and e.state = 'listing' for share;
  if x.id is null then return null; end if;
  update incidents.slice l set listed = true where l.exposure_id = p_exposure and l.slice = p_slice and not l.listed returning * into part;
  if part.slice is null then return null; end if;
  select s.items into items from incidents.scope s where s.incident_id = x.incident_id and s.version = x.scope_version;
  installations := x.installations;
  whole := gate.ids_of(items, 'installation'); users := gate.ids_of(items, 'user'); places := gate.ids_of(items, 'establishment'); professionals := gate.ids_of(items, 'professional');
  sessions := array(select (i->>'id')::uuid from jsonb_array_elements(items) i where i->>'kind' = 'session');
  -- By the insurer's number: an element costs less than a join for each answer.
  shifts := array(select gate.exposed_shift(p_exposure, i::smallint) from generate_series(1, (select max(n.insurer_id) from incidents.grain n where n.exposure_id = p_exposure)) i order by i);
  -- Known to the plan, which so asks nothing of an entry that is the same for all: whether all are the scope's, and whether parts are of one byte.
  whole_scope := installations <@ whole;
  coarse := 4 <= all (shifts);
  -- An entry is told of a person, and then of that person's part (0 to 4095), or asked without anybody being named (4096), a pack fetched (4097), or a
  -- look-up that names no user and so is in no list of one (4098). Gathered by one number, of fields, insurer and part: this is where a list spends its time.
  with gathered as (
      select (j.fields::bigint << 32) | (coalesce(j.insurer_id, 0)::int << 16)
          | case when whole_scope or gate.is_in_scope(j, whole, users, places, professionals, sessions) then
              case when j.person is not null then case when coarse then get_byte(uuid_send(j.person), 0) >> coalesce(shifts[j.insurer_id] - 4, 8) else gate.part_of(j.person, coalesce(shifts[j.insurer_id], 12)) end
                when j.purpose = 'ask' then 4096 when j.purpose = 'pack' and j.row_id is not null then 4097 end
            when j.purpose = 'pack' and j.row_id is not null then 4097 when j.purpose = 'guarantee' and j.user_id is null then 4098 end as block,
        case when j.person is null then j.outcome end as outcome, min(j.at) as first_at, max(j.at) as last_at,
        array_agg(j.person) as persons, array_agg(j.row_id) as row_ids, array_agg(j.establishment_id) as establishments, array_agg(j.id) as entries, array_agg(j.at) as at
      from journal.entry j where j.installation_id = any (installations) and j.at >= part.from_at and j.at < part.to_at
        and (whole_scope or j.purpose in ('pack', 'guarantee') or gate.is_in_scope(j, whole, users, places, professionals, sessions))
      group by 1, 2),
    -- An entry of no insurer is none that the gate writes: it is refused, not left out.
    read as materialized (select (g.block >> 32)::int as fields, nullif((g.block >> 16) & 65535, 0)::smallint as insurer_id, (g.block & 65535)::smallint as part, cardinality(g.entries) as n, g.* from gathered g),
    exposed as (
      insert into incidents.exposed (exposure_id, slice, insurer_id, part, fields, times, first_at, last_at, persons, row_ids, establishments, entries, at)
        select p_exposure, p_slice, r.insurer_id, r.part, r.fields, r.n, r.first_at, r.last_at, r.persons, r.row_ids, r.establishments, r.entries, r.at from read r where r.part < 4096
        returning times),
    asked as (
      insert into incidents.asked (exposure_id, slice, insurer_id, outcome, entries)
        select p_exposure, p_slice, r.insurer_id, r.outcome, sum(r.n) from read r where r.part = 4096 group by r.insurer_id, r.outcome),
    beside as (
      update incidents.slice l set packs = coalesce(t.packs, '{}'), unattributed = coalesce(t.unattributed, 0) from (
        select array_agg(distinct f.id) as packs, (select sum(r.n) from read r where r.part = 4098) as unattributed from read r cross join unnest(r.row_ids) f(id) where r.part = 4097) t
      where l.exposure_id = p_exposure and l.slice = p_slice)
    select coalesce(sum(e.times), 0) into told from exposed e;
  return told;
end $$;

-- Decoys are nobody: taken out of the list before it is complete. Who holds the key ring knows them. What was counted of them is counted again.
-- Returns how many; null when the list is complete, or one of them is none.
create function gate.leave_decoys_out(p_exposure bigint, p_insurer smallint, p_persons uuid[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan as $$
declare
  shift int := gate.exposed_shift(p_exposure, p_insurer);
  parts smallint[] := array(select distinct gate.part_of(u.person, shift) from unnest(p_persons) u(person));
  gone bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  perform from incidents.exposure x where x.id = p_exposure and x.state = 'listing' for update;
  if not found or array_position(p_persons, null) is not null then return null; end if;
  with touched as (
      delete from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer and e.part = any (parts) and exists (select from unnest(e.persons) u(person) where u.person = any (p_persons)) returning e.*),
    told as (
      select e.slice, e.part, e.fields, unnest(e.persons) as person, unnest(e.row_ids) as row_id, unnest(e.establishments) as establishment_id, unnest(e.entries) as entry_id, unnest(e.at) as at from touched e),
    kept as (
      insert into incidents.exposed (exposure_id, slice, insurer_id, part, fields, times, first_at, last_at, persons, row_ids, establishments, entries, at)
        select p_exposure, t.slice, p_insurer, t.part, t.fields, count(*), min(t.at), max(t.at), array_agg(t.person), array_agg(t.row_id), array_agg(t.establishment_id), array_agg(t.entry_id), array_agg(t.at)
        from told t where t.person <> all (p_persons) group by t.slice, t.part, t.fields)
    select count(distinct t.person) into gone from told t where t.person = any (p_persons);
  if gone > 0 then
    update incidents.exposure set decoys_left_out = decoys_left_out + gone where id = p_exposure;
    delete from incidents.piece c where c.exposure_id = p_exposure and c.insurer_id = p_insurer and c.piece = any (select p / 16 from unnest(parts) p);
    delete from incidents.count c where c.exposure_id = p_exposure and c.insurer_id = p_insurer;
  end if;
  return gone;
end $$;

-- Whether every slice of a list is listed: nothing is counted before.
create function gate.is_read(p_exposure bigint) returns boolean language sql stable as $$
  select coalesce(bool_and(l.listed), false) from incidents.slice l where l.exposure_id = p_exposure
$$;

-- Counts one piece of an insurer's persons, part by part in the order of the index, so that what is gathered is small. Persons are not records.
-- Whether a person is still insured is asked of the register once a person: the row that was told is another one after every full file.
-- Its commit need not be flushed: that of the complete list is, after it. Returns persons; null when it is counted, the list complete, or a slice not listed.
create function gate.count_piece(p_exposure bigint, p_insurer smallint, p_piece smallint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set work_mem = '64MB' set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_memoize = off set plan_cache_mode = force_generic_plan as $$
declare
  counted bigint;
  today date := gate.civil_day(gate.clock());
  g registry.insurer;
begin
  perform set_config('synchronous_commit', 'off', true);
  perform from incidents.exposure x where x.id = p_exposure and x.state = 'listing' and gate.is_read(x.id) for share;
  if not found then return null; end if;
  select * into g from registry.insurer i where i.id = p_insurer;
  -- Where the first and the last row of each person are one, records are persons that have one: else they are counted by themselves.
  insert into incidents.piece (exposure_id, insurer_id, piece, persons, records, former)
    select p_exposure, p_insurer, p_piece, coalesce(sum(cardinality(p.persons)), 0), coalesce(sum(case when p.several then (
        select count(distinct t.row_id) from (select unnest(e.row_ids) as row_id from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer and e.part = n.part) t) else p.with_one end), 0),
      coalesce(sum(cardinality(p.persons) - c.insured), 0)
    from generate_series(p_piece * 16, p_piece * 16 + 15) n(part)
    cross join lateral (select array_agg(q.person) as persons, count(q.first) as with_one, bool_or(q.first <> q.last) as several
      from (select t.person, min(t.row_id) as first, max(t.row_id) as last
        from (select unnest(e.persons) as person, unnest(e.row_ids) as row_id from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer and e.part = n.part) t group by t.person) q) p
    cross join lateral (select count(*) as insured from unnest(p.persons) u(person)
      where exists (select from registry.right_row r where r.person = u.person and r.id >> 32 = g.shelf and r.insurer_id = p_insurer
        and r.load_id between g.base_load and g.visible_load and (r.valid_to is null or r.valid_to >= today)
        and not exists (select from registry.superseded z where z.row_id = r.id and z.load_id <= g.visible_load))) c
    on conflict do nothing
    returning persons into counted;
  return counted;
end $$;

-- Counts one insurer of a list: its pieces, those that nobody has counted yet first.
create function gate.count_exposed(p_exposure bigint, p_insurer smallint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set work_mem = '64MB' as $$
declare
  counted bigint;
  incident bigint;
  told bigint;
  untold_now bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  select x.incident_id into incident from incidents.exposure x where x.id = p_exposure and x.state = 'listing' and gate.is_read(x.id) for share;
  if incident is null then return null; end if;
  perform gate.lock_telling(incident, p_insurer);
  told := gate.told_list(incident, p_insurer);
  if told is not null then untold_now := gate.count_added(p_exposure, told, p_insurer); end if;
  perform gate.count_piece(p_exposure, p_insurer, l.piece) from (select distinct (e.part / 16)::smallint as piece from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer) l
    where not exists (select from incidents.piece c where c.exposure_id = p_exposure and c.insurer_id = p_insurer and c.piece = l.piece);
  insert into incidents.count (exposure_id, insurer_id, persons, records, disclosures, former, untold, fields, first_at, last_at)
    select p_exposure, p_insurer, p.persons, p.records, coalesce(f.times, 0), p.former, coalesce(untold_now, p.persons), coalesce(f.fields, '{}'), f.first_at, f.last_at
    from (select coalesce(sum(c.persons), 0) as persons, coalesce(sum(c.records), 0) as records, coalesce(sum(c.former), 0) as former from incidents.piece c where c.exposure_id = p_exposure and c.insurer_id = p_insurer) p
    cross join (select sum(s.times) as times, jsonb_object_agg(s.fields, s.times) as fields, min(s.first_at) as first_at, max(s.last_at) as last_at
      from (select e.fields, sum(e.times) as times, min(e.first_at) as first_at, max(e.last_at) as last_at from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer group by 1) s) f
    on conflict do nothing
    returning persons into counted;
  return counted;
end $$;

-- Periods of a list's window whose entries are gone: not determinable, never zero.
create function gate.purged_between(p_from timestamptz, p_to timestamptz) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object('from', greatest(p.from_at, p_from), 'to', least(p.until_at, p_to)) order by p.from_at), '[]')
  from journal.purged p where p.until_at >= p_from and p.from_at < p_to
$$;

-- The list is complete: from here on it does not change. Returns null, or why not: 'step' while a slice is not listed, or an insurer not
-- counted; 'closed' as gate.begin_exposure.
create function gate.finish_exposure(p_exposure bigint, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  x incidents.exposure;
begin
  perform gate.read_committed_alone();
  if not gate.stands() then return 'closed'; end if;
  select * into x from incidents.exposure e where e.id = p_exposure and e.state = 'listing' for update;
  if x.id is null or not gate.is_read(p_exposure)
    or exists (select from registry.insurer g where exists (select from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = g.id) and not exists (select from incidents.count c where c.exposure_id = p_exposure and c.insurer_id = g.id)) then return 'step'; end if;
  update incidents.exposure set state = 'listed', listed_at = gate.clock(), not_determinable = gate.purged_between(x.from_at, x.to_at),
    unattributed = (select sum(l.unattributed) from incidents.slice l where l.exposure_id = p_exposure),
    packs = array(select distinct p from incidents.slice l cross join unnest(l.packs) p where l.exposure_id = p_exposure order by 1)
    where id = p_exposure;
  perform gate.lock_telling(x.incident_id, c.insurer_id) from incidents.count c where c.exposure_id = p_exposure order by c.insurer_id;
  perform gate.start_telling(x.incident_id);
  perform gate.note_incident(x.incident_id, 'listed', p_order, jsonb_build_object('exposure', p_exposure, 'persons', (select coalesce(sum(c.persons), 0) from incidents.count c where c.exposure_id = p_exposure)));
  return null;
end $$;

-- ── what goes out ─────────────────────────────────────────────────────────────────────────────────

-- A new version of a document, empty. Order: by, kind, recipient, mediaType, insurer?, exposure?.
create function gate.draft_document(p_incident bigint, p_order jsonb) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  number bigint;
begin
  if not gate.one_person(p_order) then return null; end if;
  perform from incidents.incident i where i.id = p_incident and i.state in ('confirmed', 'contained') for update;
  if not found then return null; end if;
  if p_order->>'kind' = 'insurer-pack' and not exists (select from incidents.exposure x join incidents.count c on c.exposure_id = x.id and c.insurer_id = (p_order->>'insurer')::smallint and c.persons > 0
      where x.id = (p_order->>'exposure')::bigint and x.incident_id = p_incident and x.state = 'listed') then return null; end if;
  insert into incidents.document (incident_id, kind, version, insurer_id, recipient, exposure_id, media_type, made_at, made_by)
    select p_incident, p_order->>'kind', coalesce(max(d.version), 0) + 1, (p_order->>'insurer')::smallint, p_order->>'recipient', (p_order->>'exposure')::bigint, p_order->>'mediaType', gate.clock(), p_order->>'by'
    from incidents.document d where d.incident_id = p_incident and d.kind = p_order->>'kind' and d.recipient = p_order->>'recipient' returning id into number;
  return number;
end $$;

-- Opens an insurer's list for one pack, for an hour: two persons. Journalled; gate.read_pack tells, in another transaction.
create function gate.release_pack(p_document bigint, p_order jsonb) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  d incidents.document;
begin
  if not gate.two_persons(p_order) or current_setting('transaction_isolation') <> 'read committed' then return null; end if;
  update incidents.document x set released_at = gate.clock(), released_by = array[p_order->>'by', p_order->>'and']
    where x.id = p_document and x.kind = 'insurer-pack' and x.sealed_at is null and x.released_at is null
      and exists (select from incidents.incident i where i.id = x.incident_id and i.state in ('confirmed', 'contained')) returning * into d;
  if d.id is null then return null; end if;
  perform gate.note_incident(d.incident_id, 'pack-released', p_order, jsonb_build_object('document', d.id, 'insurer', d.insurer_id, 'exposure', d.exposure_id));
  return d.id;
end $$;

-- The document of a pack whose list is open now, in a transaction that has written nothing.
create function gate.open_release(p_document bigint) returns incidents.document language plpgsql volatile as $$
declare
  d incidents.document;
begin
  if pg_current_xact_id_if_assigned() is not null then return null; end if;
  select x.* into d from incidents.document x join incidents.incident i on i.id = x.incident_id and i.state in ('confirmed', 'contained')
    join incidents.exposure e on e.id = x.exposure_id and e.state = 'listed' and e.incident_id = x.incident_id
    where x.id = p_document and x.kind = 'insurer-pack' and x.sealed_at is null and x.released_at > gate.clock() - interval '1 hour';
  return d;
end $$;

-- The last of the next persons of an insurer in a list, after a reference: where a page of so many ends. Null when there is nobody.
create function gate.exposed_until(p_exposure bigint, p_insurer smallint, p_after uuid, p_persons int) returns uuid language plpgsql stable as $$
declare
  each_part int := gate.part_of(p_after, gate.exposed_shift(p_exposure, p_insurer)) - 1;
  found_persons int := 0;
  page uuid[];
  until_person uuid;
begin
  while found_persons < p_persons loop
    each_part := (select min(e.part) from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer and e.part > each_part);
    exit when each_part is null;
    page := array(select distinct t.person from (select unnest(e.persons) as person from incidents.exposed e where e.exposure_id = p_exposure and e.insurer_id = p_insurer and e.part = each_part) t where t.person > p_after order by 1 limit p_persons - found_persons);
    found_persons := found_persons + cardinality(page);
    until_person := coalesce(page[cardinality(page)], until_person);
  end loop;
  return until_person;
end $$;

-- A page of a pack: persons of that insurer in that list alone, sealed, in order of reference, after the given one.
create function gate.read_pack(p_document bigint, p_after uuid, p_persons int) returns table (person uuid, row_id bigint, contract uuid, seal_key bigint, sealed bytea, "group" text, fields int, times int, entries bigint[], at timestamptz[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  d incidents.document := gate.open_release(p_document);
  shift int := gate.exposed_shift(d.exposure_id, d.insurer_id);
  until_person uuid := gate.exposed_until(d.exposure_id, d.insurer_id, p_after, least(p_persons, 10000));
begin
  if d.id is null or until_person is null then return; end if;
  -- Of an insurer that left, rows that a guarantee names have lost their identity: there is no record to open.
  return query select e.person, e.row_id, r.contract, r.seal_key, r.sealed, coalesce(b.peer_group, ''), e.fields, e.times, e.entries, e.at
    from (select t.person, t.row_id, t.establishment_id, t.slice, t.fields, count(*)::int as times, array_agg(t.entry_id order by t.entry_id) as entries, array_agg(t.at order by t.entry_id) as at
      from incidents.told t where t.exposure_id = d.exposure_id and t.insurer_id = d.insurer_id and t.part between gate.part_of(p_after, shift) and gate.part_of(until_person, shift) and t.person > p_after and t.person <= until_person
      group by t.person, t.row_id, t.establishment_id, t.slice, t.fields) e
    left join registry.right_row r on r.id = e.row_id and r.id >> 32 = e.row_id >> 32 and r.insurer_id = d.insurer_id and r.person = e.person and r.sealed <> ''
    left join access.establishment b on b.id = e.establishment_id
    order by e.person, e.row_id, e.establishment_id, e.slice, e.fields;
end $$;

-- The wrapped keys of a pack's sealed identities: each opens with that insurer's key alone.
create function gate.read_pack_keys(p_document bigint, p_keys bigint[]) returns table (id bigint, wrapped bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  d incidents.document := gate.open_release(p_document);
begin
  if d.id is null then return; end if;
  return query select k.id, k.wrapped from registry.seal_key k where k.id = any (p_keys) and k.insurer_id = d.insurer_id;
end $$;

-- Content, part by part, until it is sealed. Its commit need not be flushed: that of the seal is, after it.
create function gate.put_part(p_document bigint, p_part int, p_content bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  update incidents.document set parts = p_part + 1 where id = p_document and sealed_at is null and parts = p_part and (kind <> 'insurer-pack' or released_at is not null);
  if not found then return false; end if;
  insert into incidents.document_part (document_id, part, content) values (p_document, p_part, p_content);
  return true;
end $$;

-- What the public page keeps of the notices in a pack: nothing that says whose.
create function gate.put_notices(p_document bigint, p_prefixes text[], p_entries bytea[]) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select set_config('synchronous_commit', 'off', true);
  insert into incidents.notice_entry (document_id, prefix, entry)
    select d.id, t.prefix, t.entry from incidents.document d, unnest(p_prefixes, p_entries) as t(prefix, entry)
    where d.id = p_document and d.kind = 'insurer-pack' and d.sealed_at is null and d.released_at is not null order by t.entry
$$;

create function gate.seal_document(p_document bigint, p_seal jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  d incidents.document;
begin
  update incidents.document set sealed_at = gate.clock(), bytes = (p_seal->>'bytes')::bigint, hash = decode(p_seal->>'hash', 'hex'), signature = decode(p_seal->>'signature', 'base64'), key_id = p_seal->>'keyId'
    where id = p_document and sealed_at is null and parts > 0 returning * into d;
  if d.id is null then return false; end if;
  perform gate.note_incident(d.incident_id, 'document', jsonb_build_object('by', d.made_by), jsonb_build_object('document', d.id, 'kind', d.kind, 'version', d.version, 'insurer', d.insurer_id, 'hash', p_seal->'hash'));
  return true;
end $$;

-- A document's part, for the operator's own hands (a file for a recipient without an installation). Encrypted or without persons.
create function gate.read_document(p_document bigint, p_part int) returns bytea
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.content from incidents.document_part p join incidents.document d on d.id = p.document_id and d.sealed_at is not null where p.document_id = p_document and p.part = p_part
$$;

-- Ends a duty, whoever met it: a person, or 'insurer N' by its own installation. Returns null, or why not: 'unknown', 'late'.
create function gate.end_clock(p_clock bigint, p_order jsonb) returns text language plpgsql volatile as $$
declare
  c incidents.clock;
  moment timestamptz := least(coalesce((p_order->>'at')::timestamptz, gate.clock()), gate.clock());
begin
  select * into c from incidents.clock x where x.id = p_clock and x.met_at is null for update;
  if c.id is null then return 'unknown'; end if;
  if moment > c.due_at and coalesce(trim(p_order->>'lateReason'), '') = '' then return 'late'; end if;
  update incidents.clock set met_at = moment, met_by = p_order->>'by', document_id = (p_order->>'document')::bigint,
    late_reason = case when moment > c.due_at then p_order->>'lateReason' end where id = p_clock;
  perform gate.note_incident(c.incident_id, 'clock-met', p_order, jsonb_build_object('clock', c.kind, 'insurer', c.insurer_id, 'late', moment > c.due_at));
  return null;
end $$;

-- The same by a person. Order: by, at?, lateReason? (demanded when late). Returns null, or why not: 'person', 'unknown', 'late'.
create function gate.meet_clock(p_clock bigint, p_order jsonb) returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select case when gate.one_person(p_order) then gate.end_clock(p_clock, p_order) else 'person' end
$$;

-- A pack went out. `p_told`: the list of the pack before it; null where there was none. Its insurer's own clocks start, and what the
-- last complete list, or one begun since, names beyond this pack is still to be told.
create function gate.note_telling(d incidents.document, p_told bigint) returns void language plpgsql volatile as $$
declare
  added_by bigint := case when p_told is not null and gate.count_added(d.exposure_id, p_told, d.insurer_id) > 0 then d.exposure_id end;
begin
  perform gate.start_clock(d.incident_id, kind, d.insurer_id, gate.clock(), added_by) from unnest('{authority,acknowledge,tell-persons}'::text[]) kind;
  update incidents.count n set untold = gate.count_added(n.exposure_id, d.exposure_id, d.insurer_id)
    where n.insurer_id = d.insurer_id and n.exposure_id in (select x.id from incidents.exposure x where x.incident_id = d.incident_id)
      and n.exposure_id >= coalesce((select max(x.id) from incidents.exposure x where x.incident_id = d.incident_id and x.state = 'listed'), 0);
  perform gate.start_telling(d.incident_id);
end $$;

-- Sends a document: from here on its recipient may fetch it (an insurer), or it was handed over (`via`, `proof`). Two persons.
-- Telling an insurer meets the duty and starts that controller's own clocks; anew where this pack names persons that the last one did not.
-- Returns null, or why not: 'two-persons', 'unknown', 'undecided', 'mandate', 'late'.
create function gate.send_document(p_document bigint, p_order jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  d incidents.document;
  i incidents.incident;
  met bigint[];
  told bigint;
begin
  if not gate.two_persons(p_order) then return 'two-persons'; end if;
  select * into d from incidents.document x where x.id = p_document and x.sealed_at is not null and x.sent_at is null for update;
  select * into i from incidents.incident x where x.id = d.incident_id and x.state in ('confirmed', 'contained');
  if i.id is null then return 'unknown'; end if;
  if i.notification = 'none' or (i.notification = 'undecided' and d.kind <> 'insurer-pack') then return 'undecided'; end if;
  if d.recipient = 'cnil' and d.insurer_id is not null and not exists (select from incidents.mandate m where m.insurer_id = d.insurer_id) then return 'mandate'; end if;
  met := array(select c.id from gate.running_clocks(i.id, case when d.kind = 'insurer-pack' then 'tell-insurer' when d.recipient = 'cnil' then 'authority' end, d.insurer_id, coalesce(d.exposure_id, 0)) c);
  if coalesce(trim(p_order->>'lateReason'), '') = '' and exists (select from incidents.clock c where c.id = any (met) and gate.clock() > c.due_at) then return 'late'; end if;
  if d.kind = 'insurer-pack' then
    perform gate.lock_telling(i.id, d.insurer_id);
    told := gate.told_list(i.id, d.insurer_id);
  end if;
  update incidents.document set sent_at = gate.clock(), sent_by = array[p_order->>'by', p_order->>'and'], sent_via = coalesce(p_order->>'via', 'api'), proof = case when i.drill then '{"drill": true}' else coalesce(p_order->'proof', '{}') end where id = p_document;
  perform gate.meet_clock(c, p_order || jsonb_build_object('document', d.id)) from unnest(met) c;
  if d.kind = 'insurer-pack' then perform gate.note_telling(d, told); end if;
  perform gate.note_incident(i.id, 'sent', p_order, jsonb_build_object('document', d.id, 'kind', d.kind, 'version', d.version, 'recipient', d.recipient, 'insurer', d.insurer_id, 'via', coalesce(p_order->>'via', 'api')));
  return null;
end $$;

create function gate.record_mandate(p_insurer smallint, p_reference text, p_order jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.two_persons(p_order) or coalesce(trim(p_reference), '') = '' then return false; end if;
  insert into incidents.mandate (insurer_id, reference, recorded_at, by_first, by_second) values (p_insurer, p_reference, gate.clock(), p_order->>'by', p_order->>'and')
    on conflict (insurer_id) do update set reference = excluded.reference, recorded_at = excluded.recorded_at, by_first = excluded.by_first, by_second = excluded.by_second;
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'incident', 'mandate', p_insurer, left(format('%s by %s and %s', p_reference, p_order->>'by', p_order->>'and'), 400));
  return true;
end $$;

-- A delay in hours, for one insurer or (null) for all without one of their own. Clocks already running keep theirs.
create function gate.set_delay(p_kind text, p_insurer smallint, p_hours int, p_order jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.two_persons(p_order) or coalesce(trim(p_order->>'reason'), '') = '' or p_hours not between 1 and 2400 or not exists (select from incidents.delay d where d.kind = p_kind) then return false; end if;
  insert into incidents.delay (kind, insurer_id, hours, source) values (p_kind, p_insurer, p_hours, p_order->>'reason')
    on conflict (kind, coalesce(insurer_id, 0)) do update set hours = excluded.hours, source = excluded.source;
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'incident', 'delay', p_insurer, left(format('%s %s h by %s and %s: %s', p_kind, p_hours, p_order->>'by', p_order->>'and', p_order->>'reason'), 400));
  return true;
end $$;

create function gate.note_reminder(p_incident bigint, p_insurer smallint, p_what text, p_order jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.one_person(p_order) or not exists (select from incidents.document d where d.incident_id = p_incident and d.insurer_id = p_insurer and d.sent_at is not null) then return false; end if;
  insert into incidents.reminder (incident_id, insurer_id, at, by_name, what) values (p_incident, p_insurer, gate.clock(), p_order->>'by', p_what);
  perform gate.note_incident(p_incident, 'reminded', p_order, jsonb_build_object('insurer', p_insurer, 'what', p_what));
  return true;
end $$;

-- Entries of the public page, with those of drills left out; by prefix.
create function gate.read_notices(p_prefix text) returns bytea[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(n.entry order by n.entry), '{}') from incidents.notice_entry n join incidents.document d on d.id = n.document_id and d.sent_at is not null
    join incidents.incident i on i.id = d.incident_id and not i.drill where n.prefix = p_prefix
$$;

-- ── the insurer's side, as its own installation ───────────────────────────────────────────────────

-- Its incidents and documents, sent to it and no drill: no person in it. Null to a caller that is no insurer.
create function gate.list_documents(p_session uuid, p_jkt uuid, p_proof uuid) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine smallint := gate.insurer_of_session(p_session, p_jkt, p_proof);
begin
  if mine is null then return null; end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('incident', i.id, 'title', i.title, 'state', i.state, 'dueAt', (select min(c.due_at) from incidents.clock c where c.incident_id = i.id and c.insurer_id = mine and c.met_at is null),
      'documents', (select jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'version', d.version, 'mediaType', d.media_type, 'bytes', d.bytes, 'parts', d.parts, 'sha256', encode(d.hash, 'hex'),
         'signature', translate(encode(d.signature, 'base64'), E'\n', ''), 'keyId', d.key_id, 'recipient', d.recipient, 'sentAt', d.sent_at, 'acknowledgedAt', d.acknowledged_at) order by d.id)
         from incidents.document d where d.incident_id = i.id and d.insurer_id = mine and d.sent_at is not null),
      'progress', (select jsonb_build_object('told', p.told, 'of', p.of, 'at', p.at) from incidents.progress p where p.incident_id = i.id and p.insurer_id = mine order by p.id desc limit 1)) order by i.id), '[]')
    from incidents.incident i where not i.drill and exists (select from incidents.document d where d.incident_id = i.id and d.insurer_id = mine and d.sent_at is not null));
end $$;

-- Two calls, as with gate.ask: this one journals that the part was fetched, gate.read_part tells in another transaction.
create function gate.note_part(p_session uuid, p_jkt uuid, p_proof uuid, p_document bigint, p_part int) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine smallint;
  number bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  mine := gate.insurer_of_session(p_session, p_jkt, p_proof);
  if mine is null then return -1; end if;
  insert into journal.entry (id, at, session, installation_id, purpose, outcome, insurer_id, row_id, detail)
    select nextval('journal.entry_id'), gate.clock(), p_session, s.installation_id, 'pack', d.kind, mine, d.id, format('part %s', p_part)
    from incidents.document d join incidents.incident i on i.id = d.incident_id and not i.drill join access.session s on s.secret_hash = p_session
    where d.id = p_document and d.insurer_id = mine and d.sent_at is not null and p_part >= 0 and p_part < d.parts returning id into number;
  return number;
end $$;

create function gate.read_part(p_session uuid, p_number bigint, p_document bigint, p_part int) returns bytea
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if pg_current_xact_id_if_assigned() is not null then return null; end if;
  return (select p.content from journal.entry l join incidents.document_part p on p.document_id = p_document and p.part = p_part
    where l.id = p_number and l.purpose = 'pack' and l.session = p_session and l.row_id = p_document and l.detail = format('part %s', p_part) and l.at > gate.clock() - interval '1 minute');
end $$;

create procedure gate.show_part(p_session uuid, p_jkt uuid, p_proof uuid, p_document bigint, p_part int, inout code text, inout content bytea) language plpgsql as $$
declare
  number bigint;
begin
  number := gate.note_part(p_session, p_jkt, p_proof, p_document, p_part);
  commit;
  code := case when number is null then 'not-found' when number = -1 then 'session' end;
  if number > 0 then content := gate.read_part(p_session, number, p_document, p_part); end if;
end $$;

-- "We have it": of every document of that incident sent to the caller so far. Null to a stranger, -1 when there is no such incident for it.
create function gate.acknowledge(p_session uuid, p_jkt uuid, p_proof uuid, p_incident bigint, p_by text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine smallint := gate.insurer_of_session(p_session, p_jkt, p_proof);
  done int;
begin
  if mine is null then return null; end if;
  if not exists (select from incidents.document d join incidents.incident i on i.id = d.incident_id and not i.drill where d.incident_id = p_incident and d.insurer_id = mine and d.sent_at is not null) then return -1; end if;
  update incidents.document set acknowledged_at = gate.clock(), acknowledged_by = left(p_by, 100) where incident_id = p_incident and insurer_id = mine and sent_at is not null and acknowledged_at is null;
  get diagnostics done = row_count;
  if done > 0 then
    perform gate.end_clock(c.id, jsonb_build_object('by', 'insurer ' || mine, 'lateReason', 'acknowledged late by the insurer')) from gate.running_clocks(p_incident, 'acknowledge', mine) c;
    perform gate.note_incident(p_incident, 'acknowledged', jsonb_build_object('by', 'insurer ' || mine), jsonb_build_object('insurer', mine, 'documents', done));
  end if;
  return done;
end $$;

-- How many of its insured it has told. False: not as it must be; null to a stranger.
create function gate.report_progress(p_session uuid, p_jkt uuid, p_proof uuid, p_incident bigint, p_said jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine smallint := gate.insurer_of_session(p_session, p_jkt, p_proof);
  told_now bigint := (p_said->>'told')::bigint;
  whole bigint;
begin
  if mine is null then return null; end if;
  select n.persons into whole from incidents.document d join incidents.incident i on i.id = d.incident_id and not i.drill join incidents.count n on n.exposure_id = d.exposure_id and n.insurer_id = mine
    where d.incident_id = p_incident and d.insurer_id = mine and d.kind = 'insurer-pack' and d.sent_at is not null order by d.version desc limit 1;
  if whole is null or told_now is null or told_now < 0 or told_now > whole then return false; end if;
  insert into incidents.progress (incident_id, insurer_id, at, told, of, means, note)
    values (p_incident, mine, gate.clock(), told_now, whole, left(coalesce(p_said->>'means', ''), 200), left(coalesce(p_said->>'note', ''), 400));
  if told_now = whole then
    perform gate.end_clock(c.id, jsonb_build_object('by', 'insurer ' || mine, 'lateReason', coalesce(nullif(trim(p_said->>'note'), ''), 'told late by the insurer'))) from gate.running_clocks(p_incident, 'tell-persons', mine) c;
  end if;
  if p_said->>'authority' is not null then
    perform gate.end_clock(c.id, jsonb_build_object('by', 'insurer ' || mine, 'lateReason', coalesce(nullif(trim(p_said->>'note'), ''), 'filed late by the insurer'))) from gate.running_clocks(p_incident, 'authority', mine) c;
  end if;
  perform gate.note_incident(p_incident, 'progress', jsonb_build_object('by', 'insurer ' || mine), jsonb_build_object('insurer', mine, 'told', told_now, 'of', whole));
  return true;
end $$;

call gate.seal_functions();

grant execute on function gate.open_for_freezes to rempart_guard;
grant execute on function gate.open_incident, gate.open_for_freezes, gate.set_scope, gate.move_incident, gate.set_facts, gate.assess_incident, gate.decide_notification, gate.begin_exposure, gate.fix_window, gate.count_half, gate.plan_slices, gate.list_slice,
  gate.leave_decoys_out, gate.count_piece, gate.count_exposed, gate.part_of, gate.exposed_shift, gate.exposed_until, gate.finish_exposure, gate.draft_document, gate.release_pack, gate.read_pack, gate.read_pack_keys, gate.put_part, gate.put_notices, gate.seal_document, gate.read_document,
  gate.meet_clock, gate.send_document, gate.record_mandate, gate.set_delay, gate.note_reminder, gate.left_to_do, gate.is_purged_since to rempart_desk;
grant execute on function gate.list_documents, gate.note_part, gate.read_part, gate.acknowledge, gate.report_progress, gate.read_notices to rempart_check;
grant execute on procedure gate.show_part to rempart_check;
