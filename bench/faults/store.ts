import type { Pool } from '../../src/ground/index.ts';
import type { Held } from './asker.ts';

/** Ceilings of one peer group out of reach; the others keep theirs. */
export async function liftCeilings(owner: Pool, peerGroup: string): Promise<void> {
  await owner.query("insert into guard.ceiling select peer_group, scope, class, date '2026-01-02', 1e8::int, 1e8::int, 1e8::int, 1e8::int, 'faults' from guard.ceiling where peer_group = $1", [peerGroup]);
}

const SOME = 50_000;

function* inParts<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += SOME) yield list.slice(i, i + SOME);
}

/**
 * Of the answers that clients hold, those whose entry is missing or says something else: another verdict, another caller's installation, another
 * person than the same question's other answers, or a number that a second answer bears.
 * @param clientIds of the callers, in their order.
 */
export async function answersWithoutEntry(owner: Pool, held: readonly Held[], clientIds: readonly string[]): Promise<number> {
  const [entries, personOf, subjectOf] = [new Set<number>(), new Map<number, string>(), new Map<string, number>()];
  let wrong = 0;
  for (const some of inParts(held)) {
    const { rows } = await owner.query<{ person: string | null; same: boolean }>(`select e.person, coalesce(e.purpose = 'ask' and (e.outcome = 'yes') = (h.verdict = 'yes') and n.client_id::text = h.client, false) as same
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality as h(entry, verdict, client, nth) left join journal.entry e on e.id = h.entry left join access.installation n on n.id = e.installation_id order by h.nth`,
    [some.map(({ entry }) => entry), some.map(({ verdict }) => verdict), some.map(({ caller }) => clientIds[caller])]);
    for (const [i, { entry, subject }] of some.entries()) {
      const { person, same } = rows[i] as (typeof rows)[number];
      const crossed = person !== null && ((personOf.get(subject) ?? person) !== person || (subjectOf.get(person) ?? subject) !== subject);
      if (!same || crossed || entries.has(entry)) wrong += 1;
      entries.add(entry);
      if (person === null) continue;
      personOf.set(subject, person);
      subjectOf.set(person, subject);
    }
  }
  return wrong;
}

/** Numbers of the entries that stand in the journal from one on, in no order. */
export async function entriesFrom(owner: Pool, first: number): Promise<number[]> {
  const { rows } = await owner.query<{ id: number }>('select id::float8 as id from journal.entry where id >= $1', [first]);
  return rows.map(({ id }) => id);
}

/** How many of these entries are not there any more. */
export async function countMissing(owner: Pool, entries: readonly number[]): Promise<number> {
  let missing = 0;
  for (const some of inParts(entries)) {
    const { rows } = await owner.query<{ n: number }>('select count(*)::int as n from unnest($1::bigint[]) h(id) where not exists (select from journal.entry e where e.id = h.id)', [some]);
    missing += rows[0]?.n ?? 0;
  }
  return missing;
}

/** Professionals that were told of more persons in one civil day than their peers' ceiling, from the entries alone. */
export async function ceilingsExceeded(owner: Pool): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(`select count(*)::int as n from (
    select e.professional_id, gate.civil_day(e.at), count(distinct e.person) as persons, min(p.peer_group) as peer_group
    from journal.entry e join access.professional p on p.id = e.professional_id where e.purpose = 'ask' and e.person is not null group by 1, 2) x
    where x.persons > (select max(c.limits[3]) from gate.ceilings_on(gate.civil_day(gate.clock())) c where c.peer_group = x.peer_group and c.scope = 'a' and c.class = 'u')`);
  return rows[0]?.n ?? 0;
}
