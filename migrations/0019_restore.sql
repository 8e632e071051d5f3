-- A database that was restored, promoted or copied answers nothing until it is known what it lost (docs/decisions/restore.md).

-- On which history of PostgreSQL the gate stands. Every recovery to a point in time and every promotion of a standby begins
-- another timeline: from that moment the gate is closed, whoever did it and by whatever tool, until the sequencer has held the
-- database against the checkpoint that was published, or a new log has signed the gap.
create table gate.standing (
  one boolean primary key default true check (one),
  timeline text not null,
  lost_size bigint,                         -- leaves of a signed checkpoint that this database does not have: closed
  claimed_size bigint,                      -- leaves that a witness claims to have cosigned: no proof of a loss, told to whoever looks
  held_size bigint,                         -- the leaves that were here when either was found
  gap_entry bigint,                         -- the entry that says so: closed until a checkpoint of the new log holds it
  forgiven_size bigint not null default 0,  -- what a gap was signed for: the old log has no more say
  since timestamptz not null
);

create function gate.timeline() returns text language sql volatile
  as $$ select left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) $$;

insert into gate.standing (timeline, since) values (gate.timeline(), gate.clock());

-- Whether anything may be told: read by the gate in the transaction that decides.
create function gate.stands() returns boolean language sql volatile as $$
  select s.timeline = gate.timeline() and s.lost_size is null and s.gap_entry is null from gate.standing s
$$;

-- Numbers that were given out may be missing from what was restored: a guarantee's number must never name two.
create function gate.leave_numbers_out(p_count bigint) returns bigint language sql volatile as $$
  select setval('journal.entry_id', (select s.last_value from journal.entry_id s) + p_count)
$$;

-- The sequencer vouches for the tree it has just published. `p_published`: leaves of the checkpoint that it found published
-- before, verified against this database; 0 where none was ever signed; null where what was signed could not be found.
-- True: the gate stands.
create function gate.vouch(p_published bigint, p_size bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  s gate.standing;
begin
  if gate.stands() then return true; end if;
  perform set_config('synchronous_commit', 'on', true);
  select * into s from gate.standing for update;
  if p_size is distinct from (select t.head_size from journal.tree t) then return false; end if;
  if s.gap_entry is not null then
    if not exists (select from journal.leaf l where l.entry_id = s.gap_entry and l.index < p_size) then return false; end if;
  elsif p_published is null or p_size < coalesce(s.lost_size, 0) then return false;
  end if;
  perform gate.leave_numbers_out(1000000);
  update gate.standing set timeline = gate.timeline(), lost_size = null, claimed_size = null, held_size = null, gap_entry = null, since = gate.clock();
  insert into journal.entry (id, at, purpose, outcome, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'restore', 'stands', format('timeline %s, a tree of %s leaves', gate.timeline(), p_size));
  return true;
end $$;

-- The sequencer found a checkpoint of this very log with more leaves than the database has: it was rolled back. False: that
-- loss was signed for.
create function gate.doubt(p_size bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('synchronous_commit', 'on', true);
  update gate.standing s set lost_size = p_size, held_size = coalesce(s.held_size, (select t.head_size from journal.tree t)), since = gate.clock()
    where p_size > s.forgiven_size and p_size > coalesce(s.lost_size, 0) and p_size > (select t.head_size from journal.tree t);
  if not found then return false; end if;
  insert into journal.entry (id, at, purpose, outcome, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'restore', 'behind', format('%s leaves were signed, %s are here', p_size, (select t.head_size from journal.tree t)));
  return true;
end $$;

-- A witness claims to have cosigned more leaves than the database has (null: none does), and the sequencer could not vouch. A number that
-- nobody signed: it closes nothing, and goes with the next vouching.
create function gate.note_claim(p_size bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update gate.standing s set claimed_size = p_size, held_size = coalesce(s.held_size, (select t.head_size from journal.tree t))
    where s.claimed_size is distinct from p_size and not gate.stands();
end $$;

-- Two persons give up what is missing: an entry says so, the period is not determinable, and the gate opens once the
-- checkpoint of a new log holds that entry. `p_lost`: {origin, size, root (base64)} of the last checkpoint of the old log.
create function gate.begin_log(p_order jsonb, p_lost jsonb) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  held bigint;
  number bigint;
  last_at timestamptz;
begin
  if not gate.names_two(p_order->>'by', p_order->>'and') or coalesce(trim(p_order->>'reason'), '') = '' then return null; end if;
  if gate.stands() then return null; end if;
  perform set_config('synchronous_commit', 'on', true);
  perform from gate.standing for update;
  held := (select least(coalesce(s.held_size, t.size), (p_lost->>'size')::bigint) from gate.standing s cross join journal.tree t);
  -- The last question that is here and was signed: a closed gate answers none, so that it is older than the loss, whatever was written since.
  last_at := (select e.at from journal.leaf l join journal.entry e on e.id = l.entry_id where l.index < held and e.purpose = 'ask' order by l.index desc limit 1);
  perform gate.leave_numbers_out(100000000);
  insert into journal.purged (from_at, until_at, at, entries)
    values (coalesce(last_at, to_timestamp(0)), gate.clock(), gate.clock(), (p_lost->>'size')::bigint - held);
  insert into journal.entry (id, at, purpose, outcome, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'restore', 'gap', left(format('log %s ended at %s leaves, root %s; %s of them are here; by %s and %s: %s',
      p_lost->>'origin', p_lost->>'size', p_lost->>'root', held, p_order->>'by', p_order->>'and', p_order->>'reason'), 400))
    returning id into number;
  update gate.standing set gap_entry = number, forgiven_size = greatest(forgiven_size, (p_lost->>'size')::bigint), since = gate.clock();
  return number;
end $$;

-- How the gate stands, in counts.
create function gate.read_standing() returns jsonb
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('stands', gate.stands(), 'timeline', gate.timeline(), 'stoodOn', s.timeline, 'lostSize', s.lost_size, 'claimedSize', s.claimed_size, 'gapEntry', s.gap_entry,
    'since', s.since, 'size', t.size, 'headSize', t.head_size) from gate.standing s cross join journal.tree t
$$;

call gate.seal_functions();
grant select, update on gate.standing to rempart_gate;
grant update on sequence journal.entry_id to rempart_gate;
grant insert on journal.purged to rempart_gate;
grant execute on function gate.vouch, gate.doubt, gate.note_claim to rempart_log;
grant execute on function gate.begin_log, gate.read_standing to rempart_desk;
