-- Full files of millions of lines (docs/decisions/national.md). Their rows are copied to a table of their own that has no
-- index yet, indexed, and hung in; no question waits for any of it. The owner of the tables does this on the intake's behalf.

-- Slices of a load that are there, whole: written by several hands at once, resumed in any order.
create table registry.load_slice (
  load_id bigint not null,
  first_line bigint not null,
  primary key (load_id, first_line)
);
grant select, insert on registry.load_slice to rempart_intake;

-- Gives a load that is under way a shelf of its own; the same again changes nothing.
create function registry.open_shelf(p_load bigint, p_lines bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  l registry.load;
  n int;
begin
  select * into l from registry.load x where x.id = p_load and x.state = 'loading' for update;
  if not found or l.first_row is not null then return; end if;
  n := nextval(pg_get_serial_sequence('registry.shelf', 'id'));
  insert into registry.shelf (id, insurer_id, next_row) values (n, l.insurer_id, (n::bigint << 32) + p_lines + 1);
  execute format('create table registry.right_row_%s (like registry.right_row including defaults, check (id is not null and id >> 32 = %s))', n, n);
  execute format('grant select, insert on registry.right_row_%s to rempart_intake', n);
  update registry.load set shelf = n, first_row = n::bigint << 32 where id = p_load;
end $$;

-- Builds one index of a load's shelf, unless it is there. One a call: each is a transaction, and may be run again. By one process:
-- the loader builds several at once.
create function registry.index_shelf(p_load bigint, p_column text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set maintenance_work_mem = '1GB' set max_parallel_maintenance_workers = 0 as $$
declare
  n int;
begin
  select x.shelf into n from registry.load x where x.id = p_load and x.state = 'loading' and x.shelf is not null;
  if n is null or p_column not in ('id', 'by_nir', 'by_adherent', 'person', 'beneficiary') then return; end if;
  -- A loader that was killed leaves its statement running: who goes on waits for it.
  perform pg_advisory_xact_lock(n, hashtext(p_column));
  if to_regclass(format('registry.right_row_%s_%s', n, p_column)) is not null then return; end if;
  execute format('create %s index right_row_%s_%s on registry.right_row_%s (%s)', case p_column when 'id' then 'unique' else '' end, n, p_column, n, p_column);
end $$;

-- Hangs a load's shelf in, with its indexes. Nothing of it answers before the insurer's pointer moves.
create function registry.attach_shelf(p_load bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  n int;
begin
  select x.shelf into n from registry.load x where x.id = p_load and x.state = 'loading' and x.shelf is not null for update;
  if n is null or exists (select from pg_inherits i where i.inhrelid = to_regclass(format('registry.right_row_%s', n))) then return; end if;
  execute format('alter table registry.right_row attach partition registry.right_row_%s for values in (%s)', n, n);
  execute format('analyze registry.right_row_%s', n);
end $$;

-- Removes the shelf of a load that never took effect (gate.discard_load).
create function registry.drop_shelf(p_load bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  n int;
  tries int := 0;
begin
  select x.shelf into n from registry.load x where x.id = p_load and x.state in ('loading', 'held');
  if n is null then return; end if;
  -- A shelf that is hung in goes with a lock on all of the register, which waits for every reader while every question waits for it: it is asked
  -- for a moment at a time, for a minute at most (55P03 then: nothing is done).
  loop
    begin
      set local lock_timeout = '50ms';
      execute format('drop table if exists registry.right_row_%s', n);
      set local lock_timeout = default;
      exit;
    exception when lock_not_available then
      tries := tries + 1;
      if tries >= 240 then raise; end if;
      perform pg_sleep(0.2);
    end;
  end loop;
  delete from registry.load_slice where load_id = p_load;
  delete from registry.shelf where id = n;
end $$;

-- Where the database's files lie, so that a loader on the same machine can see whether its disk will do.
create function registry.data_folder() returns text language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select current_setting('data_directory') $$;

call gate.seal_functions();
grant execute on function registry.open_shelf, registry.index_shelf, registry.attach_shelf, registry.data_folder to rempart_intake;
grant execute on function registry.drop_shelf to rempart_gate;
