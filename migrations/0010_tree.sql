-- Every entry's place in a Merkle tree (docs/formats/checkpoint-and-tiles.md), and how long anything is kept
-- (docs/privacy/retention.md).

-- ── the tree ──────────────────────────────────────────────────────────────────────────────────────

-- One leaf an entry: its commitment, SHA-256 of the canonical bytes, which hold the entry's salt. It outlives its entry:
-- without the salt it tells nothing.
create table journal.leaf (
  index bigint primary key,
  entry_id bigint not null unique,
  commitment bytea not null check (octet_length(commitment) = 32)
);
create trigger leaf_only_grows before update or delete or truncate on journal.leaf
  for each statement execute function journal.refuse_change();

-- The tree as it stands. `floor_entry`: every entry up to it is placed, or will never exist. `mark_entry` is the next
-- floor, once the transactions of `mark_running` have ended. `head_*`: the newest signed checkpoint.
create table journal.tree (
  one boolean primary key default true check (one),
  size bigint not null default 0,
  floor_entry bigint not null default 0,
  mark_entry bigint,
  mark_running text[],
  head_size bigint not null default 0,
  head_root bytea,
  head_note text,
  minimum_index bigint not null default 0
) with (fillfactor = 20);
insert into journal.tree default values;

-- Transactions under way that took an entry's number: each holds a lock on the sequence until its end.
create function gate.numbers_under_way() returns text[] language sql volatile as $$
  select coalesce(array_agg(distinct l.virtualtransaction), '{}') from pg_locks l
  where l.locktype = 'relation' and l.relation = 'journal.entry_id'::regclass and l.mode = 'RowExclusiveLock' and l.pid <> pg_backend_pid()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
$$;

-- Places what is not placed yet, at most `p_limit` entries, and returns their leaves. Entries commit out of order: they are
-- looked for one by one above the floor, and the floor rises only over numbers that nobody holds any more.
create function gate.place_entries(p_limit int) returns table (index bigint, commitment bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  t journal.tree;
  settled boolean;
  placed bigint;
  newest bigint;
  reached bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then raise exception 'read committed alone' using errcode = 'RPJ02'; end if;
  perform set_config('synchronous_commit', 'on', true);
  select * into t from journal.tree for update;
  settled := t.mark_entry is not null and not (t.mark_running && gate.numbers_under_way());
  return query
    with unplaced as (
      select e.id, sha256(journal.entry_bytes(e)) as commitment from journal.entry e
      where e.id > t.floor_entry and not exists (select from journal.leaf l where l.entry_id = e.id) order by e.id limit p_limit),
    put as (
      insert into journal.leaf as l (index, entry_id, commitment)
        select t.size + row_number() over (order by u.id) - 1, u.id, u.commitment from unplaced u order by u.id
        returning l.index, l.commitment)
    select p.index, p.commitment from put p order by p.index;
  get diagnostics placed = row_count;
  -- A full batch was placed in order of numbers: below its last one nothing is left.
  reached := case when not settled then t.floor_entry when placed < p_limit then t.mark_entry
                  else least(t.mark_entry, (select l.entry_id from journal.leaf l where l.index = t.size + placed - 1)) end;
  newest := (select case when s.is_called then s.last_value else 0 end from journal.entry_id s);
  if placed = 0 and reached = t.floor_entry and (t.mark_entry is not null or newest <= reached) then return; end if;
  update journal.tree x set size = t.size + placed, floor_entry = reached,
    mark_entry = case when t.mark_entry > reached then t.mark_entry when newest > reached then newest end,
    mark_running = case when t.mark_entry > reached then t.mark_running when newest > reached then gate.numbers_under_way() end;
end $$;

create function gate.read_tree() returns table (size bigint, head_size bigint, head_root bytea, head_note text, minimum_index bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select t.size, t.head_size, t.head_root, t.head_note, t.minimum_index from journal.tree t $$;

create function gate.read_leaves(p_from bigint, p_limit int) returns table (index bigint, commitment bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select l.index, l.commitment from journal.leaf l where l.index >= p_from order by l.index limit least(p_limit, 100000) $$;

-- Remembers the checkpoint about to be published. False for one that is smaller than the newest, or larger than the tree.
create function gate.record_head(p_size bigint, p_root bytea, p_note text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  update journal.tree t set head_size = p_size, head_root = p_root, head_note = p_note
    where p_size <= t.size and (p_size > t.head_size or t.head_root is null or (p_size = t.head_size and p_root = t.head_root));
  return found;
end $$;

-- ── receipts ──────────────────────────────────────────────────────────────────────────────────────

-- An entry's leaf, to the installation that got its answer; `index` is null until it has its place. Tells of no person.
create function gate.find_leaf(p_session uuid, p_jkt uuid, p_proof uuid, p_entry bigint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  caller bigint := (select s.installation_id from access.session s where s.secret_hash = p_session and s.jkt = p_jkt and s.expires_at > gate.clock());
begin
  if caller is null or gate.refuses_reader(p_session, p_jkt) = -2 then return '{"code": "session"}'; end if;
  if not gate.spend(p_proof) then return '{"code": "replay"}'; end if;
  return (select jsonb_build_object('index', l.index, 'leaf', encode(coalesce(l.commitment, sha256(journal.entry_bytes(e))), 'base64'), 'at', e.at)
    from journal.entry e left join journal.leaf l on l.entry_id = e.id where e.id = p_entry and e.installation_id = caller);
end $$;

-- ── how long anything is kept ─────────────────────────────────────────────────────────────────────

-- docs/privacy/retention.md says the same; a test compares them. `kept_most` bounds what an operator may set.
create table journal.retention (
  class text primary key,
  kept interval not null,
  kept_most interval not null check (kept <= kept_most),
  reason text,                              -- demanded beyond the starting duration
  legal_basis text not null,
  remains text not null
);
insert into journal.retention (class, kept, kept_most, legal_basis, remains) values
  ('entries', '12 months', '36 months', 'CNIL, délibération 2021-122 : 6 à 12 mois, 3 ans au plus sur risque démontré et contrôle interne écrit', 'leaf hash; period listed as purged; the erasure’s own entry'),
  ('links', '12 months', '36 months', 'as the entry it explains', 'nothing: the period’s key is destroyed'),
  ('guarantees', '27 months', '27 months', 'time limit for claims of health benefits, to be confirmed', 'nothing'),
  ('closed-rights', '90 days', '90 days', 'GDPR art. 5(1)(e): no longer needed to answer', 'the link, while an entry or a guarantee names the person'),
  ('ended-rights', '27 months', '27 months', 'GDPR art. 5(1)(e): questions reach 27 months back', 'the link, while an entry or a guarantee names the person'),
  ('guard-traces', '40 days', '40 days', 'GDPR art. 6(1)(f): security of the service', 'nothing');

-- Entries that an incident needs are not erased: those in its window that match every scope column that is set.
create table journal.hold (
  id bigint generated always as identity primary key,
  incident text not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  session uuid,
  installation_id bigint,
  establishment_id bigint,
  user_id bigint,
  set_at timestamptz not null default clock_timestamp(),
  lifted_at timestamptz,
  check (from_at < until_at)
);

-- Periods in which entries were erased: what happened there is not determinable, never zero.
create table journal.purged (
  id bigint generated always as identity primary key,
  from_at timestamptz not null,
  until_at timestamptz not null,
  at timestamptz not null,
  entries bigint not null
);

-- Who a person was, sealed as in the register, once the register has let go of it and while entries name it: one row a
-- month of entries, encrypted besides under that month's key, which the key ring destroys with the month.
create table journal.link (
  person uuid not null,
  month date not null,
  insurer_id smallint not null,
  box bytea not null,
  primary key (person, month)
);
create index link_month on journal.link (month);

-- An insurer that leaves. `returned_at`: its rows stand in a file that is flushed and named, and may go; `returned_files`: every
-- such file, [{"name", "rows", "sha256"}].
alter table registry.insurer add column left_at timestamptz, add column returned_at timestamptz, add column returned_files jsonb not null default '[]';

create function journal.kept(p_class text) returns interval language sql stable as $$ select r.kept from journal.retention r where r.class = p_class $$;

create function journal.is_held(e journal.entry) returns boolean language sql stable as $$
  select exists (select from journal.hold h where h.lifted_at is null and e.at >= h.from_at and e.at < h.until_at
    and (h.session is null or h.session = e.session) and (h.installation_id is null or h.installation_id = e.installation_id)
    and (h.establishment_id is null or h.establishment_id = e.establishment_id) and (h.user_id is null or h.user_id = e.user_id))
$$;

create function journal.note(p_purpose text, p_outcome text, p_detail text, p_insurer smallint default null) returns void language sql volatile as $$
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail) values (nextval('journal.entry_id'), gate.clock(), p_purpose, p_outcome, p_insurer, p_detail)
$$;

-- How long a class is kept, within its bounds; beyond the starting duration with a reason. By name, journalled.
create function journal.set_retention(p_class text, p_kept interval, p_order jsonb) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not gate.names_person(p_order->>'by') or coalesce(trim(p_order->>'reason'), '') = '' or p_kept < interval '1 day' then return false; end if;
  update journal.retention r set kept = p_kept, reason = p_order->>'reason' where r.class = any (case p_class when 'entries' then array['entries', 'links'] else array[p_class] end) and p_kept <= r.kept_most;
  if not found then return false; end if;
  perform journal.note('retention', p_class, left(format('%s by %s: %s', p_kept, p_order->>'by', p_order->>'reason'), 400));
  return true;
end $$;

-- Erases one slice of entries past their time: content and salt go, the leaf's hash stays in the tree until it is pruned.
-- The erasure is an entry itself, naming the leaves. Looks at the next `p_limit` entries from a leaf on; returns how many went,
-- where to go on, and whether the young ones are reached (leaves are in order of time but for a day at most).
create function journal.erase_entries(p_from bigint, p_limit int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  before_at timestamptz := gate.clock() - journal.kept('entries');
  gone bigint[];
  leaves bigint[];
  ranges text;
  span record;
  looked record;
begin
  perform set_config('synchronous_commit', 'on', true);
  perform from journal.tree t for update;
  select max(w.index) + 1 as next, min(w.at) as oldest into looked from (
    select l.index, e.at from journal.leaf l cross join lateral (select x.at from journal.entry x where x.id = l.entry_id limit 1) e
    where l.index >= p_from order by l.index limit least(p_limit, 10000)) w;
  with old as (
    select l.index, l.entry_id from journal.leaf l cross join lateral (select x as whole from journal.entry x where x.id = l.entry_id limit 1) e
    where l.index >= p_from and l.index < looked.next and (e.whole).at < before_at and not journal.is_held(e.whole)),
  islands as (select o.*, o.index - row_number() over (order by o.index) as island from old o),
  numbered as (select i.*, dense_rank() over (order by i.island) as nth from islands i)
  select array_agg(n.entry_id order by n.index), array_agg(n.index order by n.index) into gone, leaves from numbered n where n.nth <= 40;
  if gone is null then return jsonb_build_object('erased', 0, 'next', coalesce(looked.next, p_from), 'done', coalesce(looked.oldest > before_at + interval '1 day', true)); end if;
  select string_agg(format('%s-%s', r.first, r.last), ', ' order by r.first) into ranges from (
    select min(x.index) as first, max(x.index) as last from (select u.index, u.index - row_number() over (order by u.index) as island from unnest(leaves) u(index)) x group by x.island) r;
  update gate.guarantee g set parameters = e.parameters from journal.entry e where e.id = any (gone) and g.entry_id = e.id;
  select min(e.at) as first, max(e.at) as last into span from journal.entry e where e.id = any (gone);
  delete from journal.entry e where e.id = any (gone);
  update journal.purged p set until_at = greatest(p.until_at, span.last), from_at = least(p.from_at, span.first), at = gate.clock(), entries = p.entries + cardinality(gone)
    where p.id = (select max(x.id) from journal.purged x) and span.first <= p.until_at + interval '1 day' and span.last >= p.from_at - interval '1 day';
  if not found then insert into journal.purged (from_at, until_at, at, entries) values (span.first, span.last, gate.clock(), cardinality(gone)); end if;
  perform journal.note('erase', 'erased', format('leaves %s', ranges));
  -- Scattered ones are named forty runs at a time.
  return jsonb_build_object('erased', cardinality(gone), 'next', leaves[cardinality(leaves)] + 1, 'done', false);
end $$;

-- Raises the minimum index over leaves whose entries are gone: the sequencer prunes the tiles below it.
create function journal.raise_minimum() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  t journal.tree;
  lowest bigint;
begin
  select * into t from journal.tree for update;
  lowest := coalesce((select l.index from journal.leaf l where l.index >= t.minimum_index and exists (select from journal.entry e where e.id = l.entry_id) order by l.index limit 1), t.minimum_index);
  if lowest <= t.minimum_index then return t.minimum_index; end if;
  update journal.tree set minimum_index = lowest;
  -- Leaves of a tile that is still published stay.
  delete from journal.leaf l where l.index < lowest - lowest % 256;
  return lowest;
end $$;

-- Guarantees past their time.
create function journal.erase_guarantees(p_limit int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone int;
begin
  delete from gate.guarantee g where g.entry_id in (
    select x.entry_id from gate.guarantee x where x.given_at < gate.clock() - journal.kept('guarantees') and x.expires_on < gate.civil_day(gate.clock()) limit p_limit);
  get diagnostics gone = row_count;
  if gone > 0 then perform journal.note('erase', 'guarantees', format('%s guarantees', gone)); end if;
  return gone;
end $$;

-- Rows of the register that answer nothing any more since long: ended, replaced, or of an insurer that left, which go once they were
-- returned to it and not before, whatever else would end them. Those that a guarantee names stay until it goes. With each, what a link needs: its wrapped key, and the months whose entries name it.
-- The first full file after a row's own replaced it: whichever came since, the row is closed from that day on.
create function journal.closed_rights(p_limit int) returns table (row_id bigint, person uuid, contract uuid, insurer_id smallint, seal_key bigint, wrapped bytea, sealed bytea, months date[])
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with old as materialized (select gate.clock() - journal.kept('closed-rights') as at),
    insurers as materialized (
      select i.id, i.left_at, i.returned_at, i.visible_load,
        (select max(l.id) from registry.load l where l.insurer_id = i.id and l.kind = 'full' and l.id <= i.base_load and l.effective_at < old.at) as replaced_before
      from registry.insurer i cross join old)
  select r.id, r.person, r.contract, r.insurer_id, r.seal_key, k.wrapped, r.sealed,
    array(select distinct date_trunc('month', e.at at time zone 'UTC')::date from journal.entry e where e.person = r.person)
  from registry.right_row r
  join insurers i on i.id = r.insurer_id
  join registry.seal_key k on k.id = r.seal_key
  cross join old
  where (i.left_at is null or i.returned_at is not null)
    and (i.left_at is not null
      -- ended, and still in its insurer's file: for as long as care of its days may be asked about
      or r.valid_to < gate.civil_day(gate.clock() - journal.kept('ended-rights'))
      or r.load_id < i.replaced_before
      or exists (select from registry.superseded z join registry.load l on l.id = z.load_id where z.row_id = r.id and z.load_id <= i.visible_load and l.effective_at < old.at))
    and not exists (select from gate.guarantee g where g.row_id = r.id)
  order by r.id limit p_limit
$$;

-- Puts the links of such rows and removes the rows. `p_links`: [{person, month, insurer, box (base64)}].
create function journal.remove_rights(p_rows bigint[], p_links jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone int;
begin
  insert into journal.link (person, month, insurer_id, box)
    select (l->>'person')::uuid, (l->>'month')::date, (l->>'insurer')::smallint, decode(l->>'box', 'base64') from jsonb_array_elements(p_links) l
    on conflict (person, month) do nothing;
  delete from registry.superseded z where z.row_id = any (p_rows);
  delete from registry.right_row r where r.id = any (p_rows) and not exists (select from gate.guarantee g where g.row_id = r.id);
  get diagnostics gone = row_count;
  delete from registry.card c where c.valid_to < gate.civil_day(gate.clock() - journal.kept('ended-rights'));
  delete from registry.seal_key k where not exists (select from registry.right_row r where r.seal_key = k.id) and not exists (select from registry.rejected_line j where j.seal_key = k.id)
    and exists (select from registry.load l where l.id = k.load_id and l.effective_at < gate.clock() - journal.kept('closed-rights'));
  if gone > 0 then perform journal.note('erase', 'rights', format('%s closed rights', gone)); end if;
  return gone;
end $$;

-- Links of which no entry is left: nothing explains that reference any more. Months are of UTC, as journal.closed_rights makes them. Returns how many went.
create function journal.forget_links(p_limit int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone int;
begin
  delete from journal.link k where (k.person, k.month) in (select x.person, x.month from journal.link x
    where not exists (select from journal.entry e where e.person = x.person and e.at >= x.month::timestamp at time zone 'UTC' and e.at < (x.month + interval '1 month') at time zone 'UTC') limit p_limit);
  get diagnostics gone = row_count;
  return gone;
end $$;

-- The months that links still need.
create function journal.linked_months() returns date[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$ select array(select distinct k.month from journal.link k) $$;

-- Who was cared for somewhere too long ago to be known there. Returns how many went.
create function journal.forget_known(p_limit int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone int;
begin
  delete from gate.known where ctid = any (array(select k.ctid from gate.known k where k.last_care <= gate.civil_day(gate.clock()) - gate.known_for() order by k.last_care limit p_limit));
  get diagnostics gone = row_count;
  return gone;
end $$;

-- An insurer leaves: it is answered for no more. Two names. Its rows go by journal.closed_rights
-- once they were returned; an order that is begun again returns first what is still there.
create function journal.insurer_leaves(p_amc text, p_order jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  g registry.insurer;
begin
  if not gate.names_two(p_order->>'by', p_order->>'and') or coalesce(trim(p_order->>'reason'), '') = '' then return null; end if;
  -- Files that never took effect: nothing of them may stay, on a shelf of their own neither. Before the insurer's row is held, which a load that
  -- ends waits for; after it once more, for what began in between. None begins later (src/intake/load-store.ts).
  perform gate.discard_load(l.insurer_id, l.sequence) from registry.load l join registry.insurer i on i.id = l.insurer_id where i.amc_number = p_amc and l.state in ('loading', 'held');
  update registry.insurer i set left_at = coalesce(i.left_at, gate.clock()), returned_at = null, base_load = null, visible_load = null, effective_at = null, card_key = null where i.amc_number = p_amc returning * into g;
  if g.id is null then return null; end if;
  perform gate.discard_load(g.id, l.sequence) from registry.load l where l.insurer_id = g.id and l.state in ('loading', 'held');
  perform journal.note('leave', 'left', left(format('by %s and %s: %s', p_order->>'by', p_order->>'and', p_order->>'reason'), 400), g.id);
  return jsonb_build_object('id', g.id, 'name', g.name, 'recipient', g.age_recipient, 'leftAt', g.left_at);
end $$;

-- What is returned to an insurer that left: its rows as they are, sealed, and the keys only it can open.
create function journal.rows_of_left_insurer(p_insurer smallint, p_after bigint, p_limit int) returns table (id bigint, line jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.id, to_jsonb(r) - 'sealed' - 'by_nir' - 'by_adherent' - 'beneficiary' || to_jsonb(v) - 'id' - 'insurer_id' || jsonb_build_object('sealed', encode(r.sealed, 'base64'), 'wrapped', encode(k.wrapped, 'base64'))
  from registry.right_row r join registry.insurer i on i.id = r.insurer_id join registry.seal_key k on k.id = r.seal_key join registry.cover v on v.id = r.cover
  where r.insurer_id = p_insurer and i.left_at is not null and r.id > p_after order by r.id limit p_limit
$$;

-- Its rows stand in a file: from here on they may go. Returns every file that was returned.
create function journal.rows_returned(p_insurer smallint, p_file jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  files jsonb;
begin
  update registry.insurer i set returned_at = gate.clock(), returned_files = i.returned_files || jsonb_build_array(p_file)
    where i.id = p_insurer and i.left_at is not null returning i.returned_files into files;
  if files is not null then perform journal.note('leave', 'returned', left(format('%s rows in %s, SHA-256 %s', p_file->>'rows', p_file->>'name', p_file->>'sha256'), 400), p_insurer); end if;
  return files;
end $$;

-- The rest of an insurer that left: rows that a guarantee names lose identity and indexes, and keep what decides.
create function journal.finish_leaving(p_insurer smallint) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  blanked int;
begin
  if not exists (select from registry.insurer i where i.id = p_insurer and i.left_at is not null and i.returned_at is not null) then return null; end if;
  if exists (select from registry.right_row r where r.insurer_id = p_insurer and r.sealed <> '' and not exists (select from gate.guarantee g where g.row_id = r.id)) then return null; end if;
  update registry.right_row r set sealed = '', by_nir = gen_random_uuid(), by_adherent = gen_random_uuid(), beneficiary = gen_random_uuid() where r.insurer_id = p_insurer and r.sealed <> '';
  get diagnostics blanked = row_count;
  delete from registry.rejected_line j using registry.load l where l.id = j.load_id and l.insurer_id = p_insurer;
  delete from registry.seal_key k where k.insurer_id = p_insurer and not exists (select from registry.right_row r where r.seal_key = k.id);
  update registry.seal_key k set wrapped = '' where k.insurer_id = p_insurer;
  delete from registry.card c where c.insurer_id = p_insurer;
  delete from gate.known w where w.insurer_id = p_insurer;
  perform journal.note('leave', 'destroyed', format('%s rows kept without identity for guarantees', blanked), p_insurer);
  return jsonb_build_object('blanked', blanked, 'links', (select count(*) from journal.link k where k.insurer_id = p_insurer));
end $$;

-- Links of persons, for an incident: the box opens with its month's key (src/journal openLink).
create function journal.find_links(p_persons uuid[]) returns table (person uuid, month date, insurer_id smallint, box bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select k.person, k.month, k.insurer_id, k.box from journal.link k where k.person = any (p_persons) $$;

call gate.seal_functions();
grant select, insert on journal.leaf to rempart_gate;
grant select, update on journal.tree to rempart_gate;
grant select on sequence journal.entry_id to rempart_gate;
grant execute on function journal.entry_bytes to rempart_gate;
grant usage on schema gate to rempart_log;
grant execute on function gate.place_entries, gate.read_tree, gate.read_leaves, gate.record_head to rempart_log;
grant execute on function gate.find_leaf to rempart_check;
grant select on journal.leaf to rempart_desk;
grant execute on function journal.entry_bytes to rempart_desk;

do $$ declare f record; begin
  for f in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'journal'::regnamespace and p.prosecdef loop
    execute format('alter function %s owner to rempart_erase', f.name);
    execute format('grant execute on function %s to rempart_desk', f.name);
  end loop;
end $$;
grant usage on schema journal, gate, registry to rempart_erase;
grant execute on function journal.kept, journal.is_held, journal.note, gate.clock, gate.civil_day, gate.names_person, gate.names_two, gate.known_for to rempart_erase;
grant select, delete on gate.known to rempart_erase;
grant select, insert, delete on journal.entry to rempart_erase;
grant usage on sequence journal.entry_id to rempart_erase;
grant select, delete on journal.leaf to rempart_erase;
grant select, update on journal.tree, journal.retention to rempart_erase;
grant select on journal.hold to rempart_erase;
grant select, insert, update on journal.purged to rempart_erase;
grant select, insert, delete on journal.link to rempart_erase;
grant select, update (parameters), delete on gate.guarantee to rempart_erase;
grant select, delete, update (sealed, by_nir, by_adherent, beneficiary) on registry.right_row to rempart_erase;
grant select, update (wrapped), delete on registry.seal_key to rempart_erase;
grant select, delete on registry.superseded, registry.rejected_line, registry.card to rempart_erase;
grant select on registry.load, registry.cover to rempart_erase;
grant select, update (left_at, returned_at, returned_files, base_load, visible_load, effective_at, card_key) on registry.insurer to rempart_erase;
grant execute on function gate.discard_load to rempart_erase;
grant select on journal.retention, journal.hold, journal.purged to rempart_desk;
grant insert, update (lifted_at) on journal.hold to rempart_desk;
