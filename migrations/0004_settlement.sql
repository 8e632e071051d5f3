-- Uses of guarantees, as the insurer's settlement confirms them. What was confirmed makes a person `known` to the
-- establishment: proof that this person was cared for here.
create function gate.settle(p_insurer smallint, p_entries bigint[], p_used date[], p_amounts bigint[])
returns table (entry bigint, outcome text) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  i int;
  g gate.guarantee;
  uses bigint[] := '{}';
begin
  for i in 1 .. coalesce(cardinality(p_entries), 0) loop
    entry := p_entries[i];
    update gate.guarantee q set state = 'used', used_on = p_used[i], used_amount_cents = p_amounts[i], settled_at = gate.clock()
      where q.entry_id = p_entries[i] and q.insurer_id = p_insurer and q.state = 'given' and p_used[i] <= q.expires_on
      returning q.* into g;
    if found then
      outcome := 'used';
      uses := uses || p_entries[i];
      insert into gate.known (establishment_id, identity, last_care, insurer_id)
        select g.establishment_id, x.identity, p_used[i], p_insurer from registry.right_row r cross join lateral (values (r.by_nir), (r.by_adherent)) x(identity) where r.id = g.row_id and r.id >> 32 = g.row_id >> 32
        on conflict (establishment_id, identity) do update set last_care = greatest(gate.known.last_care, excluded.last_care);
    else
      select case when q.insurer_id is distinct from p_insurer then 'unknown' when q.state = 'given' then 'expired' else q.state end into outcome
        from gate.guarantee q where q.entry_id = p_entries[i];
      outcome := coalesce(outcome, 'unknown');
    end if;
    return next;
  end loop;
  -- In one order, so that two insurers' files wait for each other and never both.
  perform gate.credit_use(x.id) from (select e.id from journal.entry e where e.id = any (uses) order by e.professional_id, e.installation_id, e.user_id, e.id) x;
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'settle', 'settled', p_insurer, format('%s lines', coalesce(cardinality(p_entries), 0)));
end $$;
alter function gate.settle owner to rempart_gate;
revoke all on function gate.settle from public;
grant execute on function gate.settle to rempart_intake;

-- Removes what a file wrote that never took effect (held, or begun and given up), so that its sequence can be sent
-- again. Nothing that was ever answered from can be removed here. A slice under way is waited for, and none comes after: what
-- writes for a load shares its lock, and looks whether the load is still there (src/intake/load-store.ts).
create function gate.discard_load(p_insurer smallint, p_sequence int) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  discarded bigint;
  shelf bigint;
  own boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('load', l.id)) from registry.load l where l.insurer_id = p_insurer and l.sequence = p_sequence;
  select l.id, l.first_row >> 32, l.shelf is not null into discarded, shelf, own from registry.load l join registry.insurer i on i.id = l.insurer_id
    where l.insurer_id = p_insurer and l.sequence = p_sequence and l.state in ('loading', 'held') and l.id > coalesce(i.visible_load, 0);
  if discarded is null then return false; end if;
  delete from registry.superseded where load_id = discarded;
  if own then perform registry.drop_shelf(discarded);
  else delete from registry.right_row r where r.id >> 32 = shelf and r.load_id = discarded;
  end if;
  delete from registry.rejected_line where load_id = discarded;
  delete from registry.seal_key where load_id = discarded;
  delete from registry.load where id = discarded;
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'discard', 'discarded', p_insurer, format('sequence %s', p_sequence));
  return true;
end $$;
alter function gate.discard_load owner to rempart_gate;

-- Lines of earlier files that were set aside: kept until the next file takes effect.
create function gate.forget_rejected(p_insurer smallint, p_before bigint) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  delete from registry.rejected_line j using registry.load l where l.id = j.load_id and l.insurer_id = p_insurer and l.id < p_before
$$;
alter function gate.forget_rejected owner to rempart_gate;
revoke all on function gate.forget_rejected from public;
grant execute on function gate.forget_rejected to rempart_intake;
revoke all on function gate.discard_load from public;
grant execute on function gate.discard_load to rempart_intake;
