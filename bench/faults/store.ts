import type { Pool } from '../../src/ground/index.ts';

/** Ceilings of one peer group out of reach; the others keep theirs. */
export async function liftCeilings(owner: Pool, peerGroup: string): Promise<void> {
  await owner.query("insert into guard.ceiling select peer_group, scope, class, date '2026-01-02', 1e8::int, 1e8::int, 1e8::int, 1e8::int, 'faults' from guard.ceiling where peer_group = $1", [peerGroup]);
}

/** Of the answers that clients hold, those whose entry is missing or says something else. */
export async function answersWithoutEntry(owner: Pool, held: readonly { readonly entry: number; readonly verdict: string }[]): Promise<number> {
  let missing = 0;
  for (let i = 0; i < held.length; i += 50_000) {
    const some = held.slice(i, i + 50_000);
    const { rows } = await owner.query<{ n: number }>(`select count(*)::int as n from unnest($1::bigint[], $2::text[]) as h(entry, verdict)
      left join journal.entry e on e.id = h.entry and e.purpose = 'ask' and (e.outcome = 'yes') = (h.verdict = 'yes') where e.id is null`, [some.map((h) => h.entry), some.map((h) => h.verdict)]);
    missing += rows[0]?.n ?? 0;
  }
  return missing;
}

/** Entries of the journal and the sum of their numbers, up to one: what must still be there later. */
export async function entriesUpTo(owner: Pool, last: number): Promise<{ readonly entries: number; readonly sum: number }> {
  const { rows } = await owner.query<{ entries: number; sum: number }>('select count(*)::int as entries, coalesce(sum(id), 0)::bigint as sum from journal.entry where id <= $1', [last]);
  return { entries: rows[0]?.entries ?? 0, sum: Number(rows[0]?.sum) };
}

/** Professionals that were told of more persons in one civil day than their peers' ceiling, from the entries alone. */
export async function ceilingsExceeded(owner: Pool): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(`select count(*)::int as n from (
    select e.professional_id, gate.civil_day(e.at), count(distinct e.person) as persons, min(p.peer_group) as peer_group
    from journal.entry e join access.professional p on p.id = e.professional_id where e.purpose = 'ask' and e.person is not null group by 1, 2) x
    where x.persons > (select max(c.limits[3]) from gate.ceilings_on(gate.civil_day(gate.clock())) c where c.peer_group = x.peer_group and c.scope in ('a', 'e') and c.class = 'u')`);
  return rows[0]?.n ?? 0;
}
