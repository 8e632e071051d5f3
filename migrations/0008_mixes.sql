-- A family of six is asked about in one minute, two families in an hour and a busy day of twelve persons, whatever the share.
-- Ceilings of questions without presence as a share of the starting ones, from a day on: an operator's choice, journalled.
create function gate.set_ceilings(p_share numeric, p_from date, p_source text, p_order jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  changed int;
begin
  if p_share is null or p_share <= 0 or p_share > 1 or p_from is null or not gate.names_person(p_order->>'by') or coalesce(trim(p_order->>'reason'), '') = '' then return null; end if;
  insert into guard.ceiling as c (peer_group, scope, class, valid_from, per_minute, per_hour, per_day, per_month, source)
    select b.peer_group, b.scope, b.class, p_from, greatest(6, ceil(b.per_minute * p_share)), greatest(10, ceil(b.per_hour * p_share)), greatest(12, ceil(b.per_day * p_share)), greatest(60, ceil(b.per_month * p_share)), p_source
    from guard.ceiling b where b.class = 'u' and b.source = 'starting assumption'
    on conflict (peer_group, scope, class, valid_from) do update set per_minute = excluded.per_minute, per_hour = excluded.per_hour, per_day = excluded.per_day, per_month = excluded.per_month, source = excluded.source
      where c.source <> 'starting assumption';
  get diagnostics changed = row_count;
  insert into journal.entry (id, at, purpose, outcome, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'ceilings', p_source, left(format('%s ceilings from %s by %s: %s', changed, p_from, p_order->>'by', p_order->>'reason'), 400));
  return changed;
end $$;
call gate.seal_functions();
grant select, insert, update on guard.ceiling to rempart_gate;
grant execute on function gate.set_ceilings to rempart_desk;
