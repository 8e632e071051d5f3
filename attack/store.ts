import type { Pool } from '../src/ground/index.ts';
import type { Ceilings, Habits, ProportionRule } from './counter.ts';
import type { HabitRule } from './habit.ts';

/** Gives the gate of this database a clock that the rehearsal turns. Only the owner of the database can; a production start refuses such a database. */
export async function installRehearsalClock(owner: Pool, at: Date): Promise<void> {
  await owner.query('create table if not exists guard.rehearsal (at timestamptz not null)');
  await owner.query('truncate guard.rehearsal');
  await owner.query('insert into guard.rehearsal values ($1)', [at]);
  await owner.query('grant select on guard.rehearsal to public');
  await owner.query('create or replace function gate.clock() returns timestamptz language sql volatile as $$ select at from guard.rehearsal $$');
  await owner.query(RING);
  await owner.query(ASKER);
}

export async function turnClock(owner: Pool, at: Date): Promise<void> {
  await owner.query({ name: 'turn', text: 'update guard.rehearsal set at = $1', values: [at] });
}

// Days of a month, oldest first and today last, as a ring of the gate; today's in its newest hour.
const RING = `create or replace function guard.rehearsal_ring(days jsonb) returns int[] language sql immutable as $$
  select case when days is not null then array_fill(0, array[44]) || (days->>-1)::int || array_fill(0, array[31 - jsonb_array_length(days)]) || array(select d::int from jsonb_array_elements_text(days) with ordinality x(d, i) order by i) end $$`;

// Whose meter the questions of an installation are counted on, one for all its names.
const ASKER = `create or replace function guard.rehearsal_asker(p_installation bigint) returns table (scope "char", subject bigint) language sql stable as $$
  select a.scope, a.subject from access.app_user u cross join lateral gate.asker_of(u.id) a where u.installation_id = p_installation order by u.id limit 1 $$`;

/** Runs that share a database are independent: what joins them is put out of reach, but for those that are about it. */
export async function separateRuns(owner: Pool): Promise<void> {
  await owner.query('create or replace function gate.automatic_freezes_an_hour() returns int language sql immutable as $$ select case when current_setting($q$rehearsal.joined$q$, true) = $q$on$q$ then 60 else 1000000 end $$');
}

/** One session that may be stolen: the owner of an establishment's software, with a past of its own. */
export interface Slot {
  readonly installation: number;
  readonly clientId: string;
  readonly establishment: string;
  readonly rpps: string;
  readonly session: string;
  readonly jkt: string;
  readonly user: string;
}

export const NAMES = { owner: 'titulaire', colleague: 'collegue' } as const;

/** Kinds of establishments that ask as such, without naming a user (docs/formats/checks-api.md). */
const AS_SUCH: readonly string[] = ['hospital', 'laboratory', 'centre', 'transporter'];
/** The names that a place of a kind asks in, the owner's first. */
const namesIn = (peerGroup: string): string[] => (AS_SUCH.includes(peerGroup) ? [''] : Object.values(NAMES));

/** Names of so many who ask in one place. */
export const namesOf = (people: number): string[] => Array.from({ length: people }, (_, i) => Object.values(NAMES)[i] ?? `personne-${i + 1}`);

/** Further names of a place, vouched for as those that every place has. */
export async function addNames(owner: Pool, slots: readonly Pick<Slot, 'installation'>[], people: number): Promise<void> {
  await owner.query("insert into access.app_user (installation_id, pseudonym, first_seen, confirmed_at) select n, x, '2020-01-01', '2020-01-01' from unnest($1::bigint[]) n cross join unnest($2::text[]) x on conflict do nothing", [slots.map(({ installation }) => installation), namesOf(people)]);
}

/** Makes establishments of one kind after the directory's own, each with a professional, software in use, two users and a session. */
export async function makeSlots(owner: Pool, options: { readonly peerGroup: string; readonly count: number; readonly prefix: number; readonly vendor: string }): Promise<Slot[]> {
  const { peerGroup, count, prefix, vendor } = options;
  const range = [peerGroup, count, String(prefix), AS_SUCH.includes(peerGroup)];
  await owner.query(`insert into access.establishment (identifier, name, town, peer_group, asks_as_establishment, valid_from) select $3 || lpad(i::text, 7, '0'), 'Répétition ' || i, '', $1, $4, '2020-01-01' from generate_series(1, $2::int) i`, range);
  await owner.query(`insert into access.professional (rpps, peer_group, valid_from) select $3 || lpad(i::text, 9, '0'), $1, '2020-01-01' from generate_series(1, $2::int) i`, range.slice(0, 3));
  await owner.query(`insert into access.activity (professional_id, establishment_id, valid_from) select p.id, e.id, '2020-01-01' from generate_series(1, $1::int) i
    join access.professional p on p.rpps = $2 || lpad(i::text, 9, '0') join access.establishment e on e.identifier = $2 || lpad(i::text, 7, '0')`, range.slice(1, 3));
  await owner.query(`insert into access.convention (establishment_id, insurer_id, valid_from) select e.id, g.id, '2020-01-01' from access.establishment e cross join registry.insurer g where e.name like 'Répétition %' and e.identifier like $1 || '_______'`, [String(prefix)]);
  await owner.query(`insert into access.installation (kind, establishment_id, responsible_id, vendor, software, jwk, state) select 'software', e.id, p.id, $3, 'rehearsal', '{}', 'active' from generate_series(1, $1::int) i
    join access.professional p on p.rpps = $2 || lpad(i::text, 9, '0') join access.establishment e on e.identifier = $2 || lpad(i::text, 7, '0') order by i`, [count, String(prefix), vendor]);
  return readSlots(owner, { prefix: String(prefix), names: namesIn(peerGroup) });
}

async function readSlots(owner: Pool, { prefix, names }: { readonly prefix: string; readonly names: readonly string[] }): Promise<Slot[]> {
  const mine = `access.installation n join access.establishment e on e.id = n.establishment_id join access.professional p on p.id = n.responsible_id where e.name like 'Répétition %' and e.identifier like '${prefix}_______'`;
  await owner.query(`insert into access.app_user (installation_id, pseudonym, first_seen, confirmed_at) select n.id, u.name, '2020-01-01', '2020-01-01' from ${mine.replace('where', 'cross join unnest($1::text[]) u(name) where')} order by n.id`, [names]);
  await owner.query(`insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) select md5('session ' || n.id)::uuid, n.id, md5('key ' || n.id)::uuid, '{}', 'infinity' from ${mine}`);
  const { rows } = await owner.query<Slot>(`select n.id as installation, n.client_id as "clientId", e.identifier as establishment, p.rpps, md5('session ' || n.id)::uuid as session, md5('key ' || n.id)::uuid as jkt, $1 as "user" from ${mine} order by e.identifier`, [names[0]]);
  return rows;
}

/** What one question of the past looks like to the guard. */
export interface PastTrace {
  readonly installation: number;
  readonly minutesAgo: number;
  readonly insurer: number;
  readonly jkt: string;
  readonly who: string;
  readonly area: string;
  readonly root: string;
  readonly place: string | null;
}

/** Keeps the pasts of the sessions: each run begins with them. */
export async function keepPasts(owner: Pool, pasts: readonly PastTrace[]): Promise<void> {
  await owner.query('create table if not exists guard.rehearsal_past (entry_id bigint generated always as identity, user_id bigint, installation_id bigint, minutes_ago int, insurer_id smallint, jkt uuid, who uuid, area uuid, root uuid, place uuid)');
  const of = <T>(read: (past: PastTrace) => T): T[] => pasts.map(read);
  await owner.query(`insert into guard.rehearsal_past (user_id, installation_id, minutes_ago, insurer_id, jkt, who, area, root, place)
    select u.id, p.installation, p.ago, p.insurer, p.jkt, p.who, p.area, p.root, p.place from unnest($1::bigint[], $2::int[], $3::smallint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[]) p(installation, ago, insurer, jkt, who, area, root, place)
    join access.app_user u on u.installation_id = p.installation and u.pseudonym in ('', '${NAMES.owner}') order by p.ago desc`,
  [of((p) => p.installation), of((p) => p.minutesAgo), of((p) => p.insurer), of((p) => p.jkt), of((p) => p.who), of((p) => p.area), of((p) => p.root), of((p) => p.place)]);
  // Entries of the past come before any of a run's.
  await owner.query("select setval('journal.entry_id', 10000000)");
}

/** Persons that a place was told of on the day of a theft, once its work is done. */
export interface Worked {
  readonly told: number;
  readonly proven: number;
}

/** Takes everything away that runs left, and gives the next ones' sessions their past. The journal only grows. */
export async function beginRuns(owner: Pool, options: { readonly installations: readonly number[]; readonly habits: readonly (Habits | undefined)[]; readonly at: Date; readonly cared: boolean; readonly known: boolean; readonly worked?: readonly (Worked | undefined)[] }): Promise<void> {
  const { installations, habits, at, cared, known, worked = [] } = options;
  await despiteSweeps(() => owner.query('truncate gate.meter, gate.told, gate.proof, gate.evidence, gate.retry, gate.card_use, gate.known, guard.trace, guard.appeal, guard.freeze, guard.pattern, guard.alarm, gate.above, gate.handed_up cascade'));
  await owner.query('update guard.decoy set hit_at = null where hit_at is not null');
  await owner.query('truncate gate.guarantee');
  await owner.query('update access.app_user set frozen_at = null, unproven_frozen_at = null, watched_until = null, watched_told = 0, step_up_from = null where frozen_at is not null or unproven_frozen_at is not null or step_up_from is not null or watched_until is not null');
  await owner.query('update access.installation set frozen_at = null, unproven_frozen_at = null where frozen_at is not null or unproven_frozen_at is not null');
  await owner.query("delete from access.app_user u where u.installation_id = any ($1::bigint[]) and u.pseudonym <> all ($2::text[]) and u.confirmed_at is null and not exists (select from journal.entry e where e.user_id = u.id limit 1)", [installations, Object.values(NAMES)]);
  await owner.query(`insert into guard.trace (entry_id, at, user_id, installation_id, insurer_id, outcome, who, area, root, place, device)
    select p.entry_id, $2::timestamptz - make_interval(mins => p.minutes_ago), p.user_id, p.installation_id, p.insurer_id, 'yes', p.who, p.area, p.root, p.place, p.jkt from guard.rehearsal_past p where p.installation_id = any ($1::bigint[])`, [installations, at]);
  if (cared) await settlePast(owner, at);
  if (known) await owner.query(`insert into gate.known (establishment_id, identity, last_care, insurer_id) select k.establishment_id, k.identity, gate.civil_day(gate.clock()) - 60, 1 from guard.rehearsal_known k
    join access.installation n on n.establishment_id = k.establishment_id where n.id = any ($1::bigint[]) on conflict do nothing`, [installations]);
  await owner.query(`insert into gate.meter (scope, subject, habit) select s.scope, s.subject, s.habit from unnest($1::bigint[], $2::real[]) x(installation, place) join access.installation n on n.id = x.installation
    cross join lateral guard.rehearsal_asker(n.id) a cross join lateral (values (a.scope, a.subject, x.place), ('i'::"char", n.id, null), ('e'::"char", n.establishment_id, null)) s(scope, subject, habit) order by 1, 2 on conflict do nothing`,
  [installations, habits.map((each) => each?.place ?? null)]);
  // Colleagues asked yesterday, each in their own name.
  await owner.query(`insert into gate.meter (scope, subject, habit, habit_day) select 'n', u.id, x.name, gate.civil_day($3::timestamptz) - 1 from unnest($1::bigint[], $2::real[]) x(installation, name)
    join access.app_user u on u.installation_id = x.installation and u.confirmed_at is not null where x.name is not null order by 2 on conflict do nothing`,
  [installations, habits.map((each) => (each?.alone === false ? each.name : null)), at]);
  await rememberMonth(owner, { installations, habits, at, worked });
}

// Where a proportion holds, whom the place was told of in the 30 days before; and that day, where its work is done.
async function rememberMonth(owner: Pool, options: { readonly installations: readonly number[]; readonly habits: readonly (Habits | undefined)[]; readonly at: Date; readonly worked: readonly (Worked | undefined)[] }): Promise<void> {
  const { installations, habits, at, worked } = options;
  const past = (of: 'told' | 'proven'): (string | null)[] => installations.map((_, i) => {
    const [days, today] = [habits[i]?.past?.[of], worked[i]?.[of] ?? 0];
    return days === undefined && today === 0 ? null : JSON.stringify([...(days ?? []).toReversed(), today]);
  });
  await owner.query(`update gate.meter m set u = coalesce(x.u, m.u), u_at = case when x.u is null then m.u_at else $4::timestamptz end, k = coalesce(x.k, m.k), k_at = case when x.k is null then m.k_at else $4::timestamptz end
    from (select (guard.rehearsal_asker(p.installation)).*, (select r || gate.ring_sums(r) from guard.rehearsal_ring(p.told) r where p.told is not null) as u, (select r || gate.ring_sums(r) from guard.rehearsal_ring(p.proven) r where p.proven is not null) as k
      from unnest($1::bigint[], $2::jsonb[], $3::jsonb[]) p(installation, told, proven)) x
    where m.scope = x.scope and m.subject = x.subject`, [installations, past('told'), past('proven'), at]);
}

/** So many persons more were told of with proof of presence: counted where the gate counts them, without their questions. */
export async function prove(owner: Pool, { installations, counts }: { readonly installations: readonly number[]; readonly counts: readonly number[] }): Promise<void> {
  await owner.query({ name: 'prove', text: `update gate.meter m set k = gate.ring_add(gate.ring_advance(m.k, m.k_at, gate.clock()), x.count), k_at = greatest(m.k_at, gate.clock())
    from unnest($1::bigint[], $2::int[]) x(installation, count) cross join lateral guard.rehearsal_asker(x.installation) a where m.scope = a.scope and m.subject = a.subject`, values: [installations, counts] });
}

// The API sweeps old rows away meanwhile: a deadlock with it is tried again.
async function despiteSweeps(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (cause) {
      if ((cause as { code?: string }).code !== '40P01' || tries >= 5) throw cause;
    }
  }
}

// Nine of ten answers of the past were followed by care.
async function settlePast(owner: Pool, at: Date): Promise<void> {
  await owner.query(`insert into gate.guarantee (entry_id, state, insurer_id, establishment_id, installation_id, person, row_id, domain, care_date, expires_on, given_at, used_on, settled_at)
    select t.entry_id, case when t.entry_id % 10 = 0 then 'given' else 'used' end, t.insurer_id, n.establishment_id, t.installation_id, t.who, 0, 'MEDE', t.at::date, t.at::date + 30, t.at, t.at::date, $1
    from guard.trace t join access.installation n on n.id = t.installation_id`, [at]);
}

/** Practices that nobody robs, six days ago: fourteen answers each, nine of ten followed by care. They are the peers that a thief's answers are compared with. */
export async function carePeers(owner: Pool, at: Date): Promise<void> {
  await owner.query(`with honest as (select u.id, u.installation_id, n.establishment_id, row_number() over (order by u.id) as nth from access.app_user u join access.installation n on n.id = u.installation_id
      where u.pseudonym = '${NAMES.colleague}' order by u.id desc limit 40),
    asked as (select (select coalesce(min(entry_id), 0) from guard.trace where entry_id < 0) - row_number() over () as entry, h.*, i from honest h, generate_series(1, 14) i),
    traced as (insert into guard.trace (entry_id, at, user_id, installation_id, insurer_id, outcome, who, area, root)
      select entry, $1::timestamptz - interval '6 days', id, installation_id, (select min(g.id) from registry.insurer g), 'yes', gen_random_uuid(), gen_random_uuid(), gen_random_uuid() from asked)
    insert into gate.guarantee (entry_id, state, insurer_id, establishment_id, installation_id, person, row_id, domain, care_date, expires_on, given_at, used_on, settled_at)
      select entry, case when i % 10 = 0 then 'given' else 'used' end, (select min(g.id) from registry.insurer g), establishment_id, installation_id, gen_random_uuid(), 0, 'MEDE', $1::date, $1::date + 30, $1, $1::date, $1 from asked`, [at]);
}

export async function lastEntry(owner: Pool): Promise<number> {
  return Number((await owner.query<{ n: string }>('select coalesce(max(id), 0) as n from journal.entry')).rows[0]?.n);
}

/** First exposure from the journal alone: the references of the persons that each installation was told of. */
export async function exposureOf(owner: Pool, options: { readonly after: number; readonly installations: readonly number[] }): Promise<ReadonlyMap<number, readonly string[]>> {
  const { rows } = await owner.query<{ installation: number; persons: string[] }>(`select e.installation_id as installation, array_agg(distinct e.person::text order by e.person::text) as persons from journal.entry e
    where e.id > $1 and e.installation_id = any ($2::bigint[]) and e.purpose = 'ask' and e.person is not null group by 1`, [options.after, options.installations]);
  return new Map(rows.map((row) => [row.installation, row.persons]));
}

/** The truth: the person of each row that one of these indexes or cards finds. */
export async function personsOf(owner: Pool, indexes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await owner.query<{ index: string; person: string }>(`select x.i as index, r.person from unnest($1::uuid[]) x(i) cross join lateral (
    (select r.person from registry.right_row r where r.by_nir = x.i limit 1) union all (select r.person from registry.right_row r where r.by_adherent = x.i limit 1) union all (select c.person from registry.card c where c.id = x.i limit 1) limit 1) r`, [indexes]);
  return new Map(rows.map((row) => [row.index, row.person]));
}

/** A user, or the whole installation, that is frozen now. */
export interface Frozen {
  readonly installation: number;
  /** Pseudonym; empty for the installation. */
  readonly user: string;
  /** Only questions without proof of presence. */
  readonly unproven: boolean;
}

export async function frozenNow(owner: Pool): Promise<Frozen[]> {
  return (await owner.query<Frozen>({ name: 'frozen', text: `select u.installation_id as installation, u.pseudonym as user, u.frozen_at is null as unproven from access.app_user u where u.frozen_at is not null or u.unproven_frozen_at is not null
    union all select n.id, '', n.frozen_at is null from access.installation n where n.frozen_at is not null or n.unproven_frozen_at is not null` })).rows;
}

/** The owner of the account signs in again through Pro Santé Connect: what the gate does then. */
export async function signInAgain(owner: Pool, slot: { readonly installation: number; readonly user: string }): Promise<boolean> {
  return (await owner.query<{ lifted: boolean }>('select gate.lift_own(u.id) as lifted from access.app_user u where u.installation_id = $1 and u.pseudonym = $2', [slot.installation, slot.user])).rows[0]?.lifted === true;
}

/** Alarms of the guard, oldest first. */
export async function alarms(owner: Pool): Promise<string[]> {
  return (await owner.query<{ code: string }>('select code from guard.pattern order by id')).rows.map((row) => row.code);
}

/** Registers card codes of persons by their blind index; what an insurer does through the API. */
export async function registerCards(owner: Pool, cards: readonly { readonly id: string; readonly index: string }[]): Promise<void> {
  await owner.query(`insert into registry.card (id, insurer_id, person, contract, valid_from, valid_to)
    select c.id, r.insurer_id, r.person, r.contract, '2020-01-01', '2099-12-31' from unnest($1::uuid[], $2::uuid[]) c(id, index) cross join lateral (select * from registry.right_row x where x.by_nir = c.index order by x.valid_from, x.id limit 1) r on conflict do nothing`,
  [cards.map((card) => card.id), cards.map((card) => card.index)]);
}

/** Keeps what settlement makes of each practice's patients: known persons. */
export async function keepKnown(owner: Pool, known: readonly { readonly installation: number; readonly index: string }[]): Promise<void> {
  await owner.query('create table if not exists guard.rehearsal_known (establishment_id bigint, identity uuid)');
  await owner.query(`insert into guard.rehearsal_known select n.establishment_id, k.index from unnest($1::bigint[], $2::uuid[]) k(installation, index) join access.installation n on n.id = k.installation`,
    [known.map((each) => each.installation), known.map((each) => each.index)]);
}

/** Takes the ceilings of a mix away again: the next runs set their own. */
export async function forgetMix(owner: Pool): Promise<void> {
  await owner.query("delete from guard.ceiling where source like 'mix %'");
}

/** "2024" settings: no ceiling within reach. */
export async function liftCeilings(owner: Pool, on: boolean): Promise<void> {
  if (on) await owner.query("insert into guard.ceiling select distinct on (peer_group, scope, class) peer_group, scope, class, date '2026-01-03', 1000000, 1000000, 1000000, 1000000, '2024' from guard.ceiling on conflict do nothing");
  else await owner.query("delete from guard.ceiling where source = '2024'");
}

/** Insurers' files stay fresh for as long as the simulated days last, but for the silent one's. */
export async function prepareWorld(owner: Pool): Promise<void> {
  await owner.query("update registry.insurer set max_file_age = '10 years' where max_file_age > interval '1 minute'");
  // The stolen account has a past: nothing of its ceilings is still to grow.
  await owner.query("insert into guard.growth values ('2026-01-02', 0, 0, 100) on conflict do nothing");
  await owner.query('analyze');
}

export async function insurerIds(owner: Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await owner.query<{ amc: string; id: number }>('select amc_number as amc, id::int from registry.insurer');
  return new Map(rows.map((row) => [row.amc, row.id]));
}

/** Gives an installation that was really enrolled the users and the past of another one of the same establishment: asked with its own key. */
export async function takeOver(owner: Pool, options: { readonly clientId: string; readonly victim: Slot }): Promise<Pick<Slot, 'installation'>> {
  const { rows } = await owner.query<{ id: number }>('select id from access.installation where client_id = $1', [options.clientId]);
  const installation = rows[0]?.id ?? 0;
  await owner.query("insert into access.app_user (installation_id, pseudonym, first_seen, confirmed_at) select $1, x, '2020-01-01', '2020-01-01' from unnest($2::text[]) x", [installation, options.victim.user === '' ? [''] : Object.values(NAMES)]);
  await owner.query(`insert into guard.rehearsal_past (user_id, installation_id, minutes_ago, insurer_id, jkt, who, area, root, place)
    select u.id, $1, p.minutes_ago, p.insurer_id, (select s.jkt from access.session s where s.installation_id = $1 limit 1), p.who, p.area, p.root, p.place from guard.rehearsal_past p join access.app_user u on u.installation_id = $1 and u.pseudonym in ('', '${NAMES.owner}') where p.installation_id = $2 order by p.minutes_ago desc`, [installation, options.victim.installation]);
  return { installation };
}

/** Accounts of today's making: low, and without a habit. What an earlier rehearsal let grow at once grows as it is shipped. */
export async function makeYoung(owner: Pool, options: { readonly installations: readonly number[]; readonly at: Date }): Promise<void> {
  await owner.query("delete from guard.growth where valid_from = '2026-01-02'");
  await owner.query(`update gate.meter m set since = $2, habit = 0 from access.installation n where n.id = any ($1::bigint[]) and (m.scope, m.subject) in (select a.scope, a.subject from guard.rehearsal_asker(n.id) a)`, [options.installations, options.at]);
}

/** Of these indexes those under which one person is found, in force and open for the whole time. */
export async function inForce(owner: Pool, options: { readonly indexes: readonly string[]; readonly from: Date; readonly until: Date }): Promise<ReadonlySet<string>> {
  const { rows } = await owner.query<{ index: string }>(`select r.by_nir as index from registry.right_row r join registry.cover v on v.id = r.cover cross join lateral (select array_position(v.domains, 'MEDE') as at) d
    where r.by_nir = any ($1::uuid[]) and not exists (select from registry.superseded z where z.row_id = r.id) group by 1
    having count(*) = 1 and bool_and(d.at is not null and r.valid_from <= $2::date and coalesce(r.valid_to, 'infinity') >= $3::date and coalesce(r.domain_from[d.at], r.valid_from) <= $2::date and coalesce(r.domain_to[d.at], 'infinity') >= $3::date)`, [options.indexes, options.from, options.until]);
  return new Set(rows.map(({ index }) => index));
}

/** What the guard and the gate did since an entry: freezes and asked touches by installation, and the last entry looked at. */
export async function guardActs(owner: Pool, after: number): Promise<{ noted: { installation: number; freezes: number; stepUps: number }[]; last: number }> {
  // Nobody asks meanwhile: what is read now is read to the end, and not again.
  const newest = await lastEntry(owner);
  const { rows } = await owner.query<{ installation: number; freezes: number; stepUps: number }>({ name: 'acts', text: `select e.installation_id as installation, (count(*) filter (where e.purpose = 'freeze'))::int as freezes, (count(*) filter (where e.purpose = 'signal'))::int as "stepUps"
    from journal.entry e where e.id > $1 and (e.purpose = 'freeze' or (e.purpose = 'signal' and e.outcome = 'step-up')) group by 1`, values: [after] });
  return { noted: rows.map(({ installation, freezes, stepUps }) => ({ installation, freezes, stepUps })), last: Math.max(after, newest) };
}

/** Every freeze is lifted at once, as if a human had looked. */
export async function liftAll(owner: Pool): Promise<void> {
  await owner.query("select gate.lift_by_operator(f.id, 'rehearsal', 'rehearsal') from guard.freeze f where f.lifted_at is null");
}

/** Every touch that was asked for is given. */
export async function touchAll(owner: Pool): Promise<void> {
  await owner.query('update access.app_user set step_up_from = null where step_up_from is not null');
}

/** The ceilings without proof of presence and on misses that hold for one professional of a kind, the rule of habits, and what a new account begins with. */
export async function readCeilings(owner: Pool, options: { readonly peers: string; readonly day: string }): Promise<Ceilings> {
  const { rows } = await owner.query<{ of: 'u' | 'm'; scope: 'a' | 'n' | 'e'; limits: [number, number, number, number] }>(`select c.class as of, c.scope, c.limits from gate.ceilings_on($2::date) c
    where c.peer_group = $1 and c.class in ('u', 'm') and c.scope in ('a', 'n', 'e') order by 1, 2`, [options.peers, options.day]);
  const young = await owner.query<{ percent: number }>('select gate.grown_percent($1::date, 0, $1::date) as percent', [options.day]);
  const proportion = await readProportion(owner, options);
  return { limits: rows, habit: await readHabitRule(owner, options.day), ...(proportion === undefined ? {} : { proportion }), youngPercent: young.rows[0]?.percent ?? 100 };
}

/** What proportion a kind of practice keeps on a day; undefined where it keeps none. */
export async function readProportion(owner: Pool, { peers, day }: { readonly peers: string; readonly day: string }): Promise<ProportionRule | undefined> {
  return (await owner.query<ProportionRule>('select p.floor, p.times_percent as "timesPercent", p.at_least as "atLeast" from guard.proportion p where p.peer_group = $1 and p.valid_from <= $2::date order by p.valid_from desc limit 1', [peers, day])).rows[0];
}

/** How habits are learnt, on a day. */
export async function readHabitRule(owner: Pool, day: string): Promise<HabitRule> {
  const { rows } = await owner.query<HabitRule>('select h.floor, h.times_percent as "timesPercent", h.grows_percent as "growsPercent", h.fades_percent as "fadesPercent", h.month_days as "monthDays" from gate.habit_rule($1) h', [day]);
  return rows[0] as HabitRule;
}
