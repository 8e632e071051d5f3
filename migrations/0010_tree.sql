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
  if caller is null then return '{"code": "session"}'; end if;
  if not gate.spend(p_proof) then return '{"code": "replay"}'; end if;
  return (select jsonb_build_object('index', l.index, 'leaf', encode(coalesce(l.commitment, sha256(journal.entry_bytes(e))), 'base64'), 'at', e.at)
    from journal.entry e left join journal.leaf l on l.entry_id = e.id where e.id = p_entry and e.installation_id = caller);
end $$;

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
