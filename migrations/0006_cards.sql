-- Card codes: an insurer registers the random id of each code it signed, and revokes it, through the gate.

create function gate.insurer_of_session(p_session uuid, p_jkt uuid, p_proof uuid) returns smallint language plpgsql volatile as $$
declare
  found_id smallint;
begin
  select n.insurer_id into found_id from access.session s join access.installation n on n.id = s.installation_id
    where s.secret_hash = p_session and s.jkt = p_jkt and s.expires_at > gate.clock() and n.kind = 'insurer' and n.state = 'active' and coalesce(n.frozen_at > gate.clock(), true);
  if found_id is null or not gate.spend(p_proof) then return null; end if;
  return found_id;
end $$;

-- Registers card codes of the caller's own insured. `p_cards`: [{id, byNir, byAdherent, from, to}]. Returns one code each:
-- null, 'unknown' (no one person of this insurer), 'known' (already registered); or null for a caller that is no insurer.
create function gate.register_cards(p_session uuid, p_jkt uuid, p_proof uuid, p_cards jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine smallint := gate.insurer_of_session(p_session, p_jkt, p_proof);
  g registry.insurer;
  card jsonb;
  codes jsonb := '[]';
  held record;
begin
  if mine is null then return null; end if;
  select * into g from registry.insurer x where x.id = mine;
  for card in select * from jsonb_array_elements(p_cards) loop
    select min(r.person::text)::uuid as person, min(r.contract::text)::uuid as contract, count(distinct r.person) as persons into held
      from (select x.person, x.contract, v.contract_order, min(v.contract_order) over () as first_order
        from registry.right_row x join registry.cover v on v.id = x.cover
        where x.insurer_id = mine and x.id >> 32 = g.shelf and x.load_id between g.base_load and g.visible_load
          and (x.by_nir = (card->>'byNir')::uuid or x.by_adherent = (card->>'byAdherent')::uuid)
          and not exists (select from registry.superseded z where z.row_id = x.id and z.load_id <= g.visible_load)) r
      where r.contract_order = r.first_order;
    if held.persons is distinct from 1 then
      codes := codes || '"unknown"';
      continue;
    end if;
    insert into registry.card (id, insurer_id, person, contract, valid_from, valid_to)
      values ((card->>'id')::uuid, mine, held.person, held.contract, (card->>'from')::date, (card->>'to')::date) on conflict (id) do nothing;
    codes := codes || case when found then 'null'::jsonb else '"known"'::jsonb end;
  end loop;
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail)
    values (nextval('journal.entry_id'), gate.clock(), 'card', 'registered', mine, format('%s cards', jsonb_array_length(p_cards)));
  return codes;
end $$;

-- Revokes card codes of the caller's own: they are refused by the next question. Returns how many, null to anybody else.
create function gate.revoke_cards(p_session uuid, p_jkt uuid, p_proof uuid, p_cards uuid[]) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine smallint := gate.insurer_of_session(p_session, p_jkt, p_proof);
  revoked int;
begin
  if mine is null then return null; end if;
  update registry.card set revoked_at = gate.clock() where id = any (p_cards) and insurer_id = mine and revoked_at is null;
  get diagnostics revoked = row_count;
  insert into journal.entry (id, at, purpose, outcome, insurer_id, detail) values (nextval('journal.entry_id'), gate.clock(), 'card', 'revoked', mine, format('%s cards', revoked));
  return revoked;
end $$;

call gate.seal_functions();
grant execute on function gate.register_cards, gate.revoke_cards to rempart_check;
