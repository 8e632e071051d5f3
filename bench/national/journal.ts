import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { migrate, openLogKey, openPool, setRolePasswords, startEmbeddedPostgres, stateFolder, STATE, withUser, type Pool } from '../../src/ground/index.ts';
import { rolePasswords } from '../../src/cli/context.ts';
import { listExposure, openIncident, type Exposure } from '../../src/incidents/index.ts';
import { buildJournalTree, noteKeyOf, publishedAt, verifyTree } from '../../src/journal/index.ts';
import { createDecoyKeeper } from '../../src/registry/index.ts';
import { median } from '../median.ts';

/** What the count of one incident took. */
export interface Counted {
  readonly entries: number;
  /** Rows and their indexes, `generate_series` in slices by two connections. */
  readonly madeSeconds: number;
  readonly bytesPerEntry: number;
  readonly persons: number;
  /** A list of rows that nobody read before; and a bare count of as many others, on pages of their own, after it. */
  readonly exposureSeconds: number;
  readonly bareColdSeconds: number;
  /** The same rows listed and counted once more in turn, when they lie in memory: medians. */
  readonly exposureWarmSeconds: number;
  readonly bareSeconds: number;
  readonly ownAccesses: number;
  readonly ownAccessesMs: number;
}

/** What the tree of a journal took. */
export interface Grown {
  readonly entries: number;
  /** Every leaf and tile, as the sequencer would have made them. */
  readonly seconds: number;
  /** By files and key alone. */
  readonly verifySeconds: number;
  readonly bytesPerLeaf: number;
}

const INSTALLATIONS = 1000;
const DISCLOSED = 1_000_000;
const PART = 1_000_000;
const ROUNDS = 9;

const ORIGIN = 'rempart.example/bench';
/** The journal's days, up to yesterday: a list ends now. */
const MADE_DAYS = 330;
const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

// As the gate would have left it: one question in twelve a no, the others about one of 33 million persons, whose references look random.
const MADE = `insert into journal.entry (id, at, installation_id, establishment_id, purpose, outcome, insurer_id, domain, care_date, presence, person, row_id, parameters, fields)
  select i, $4::timestamptz + i * $5::float8 * interval '1 second', 1 + i % $3, 1 + i % $3, 'ask', case when i % 12 = 0 then 'no' else 'yes' end, 1, 'PHAR', '2026-01-01', 'none',
    case when i % 12 <> 0 then overlay(overlay(md5((hashint8(i) & 33554431)::text) placing '4' from 13) placing '8' from 17)::uuid end, case when i % 12 <> 0 then (hashint8(i) & 33554431) end, '2026', case when i % 12 = 0 then 1 else 23 end
  from generate_series($1::bigint, $2::bigint) i`;

async function makeEntries(owner: Pool, entries: number, say: (line: string) => void): Promise<void> {
  await owner.query(`insert into registry.insurer (amc_number, name, signing_key, age_recipient, undetermined_rule, channel) values ('99100001', 'Mutuelle fictive', '\\x00', 'age1', '{}', '{}')`);
  await owner.query(`insert into access.establishment (identifier, name, peer_group, asks_as_establishment, valid_from) select lpad(i::text, 9, '0'), 'Pharmacie fictive', 'pharmacy', false, '2020-01-01' from generate_series(1, $1) i`, [INSTALLATIONS]);
  await owner.query(`insert into access.installation (kind, establishment_id, vendor, software, state) select 'software', id, 'bench', 'bench', 'active' from access.establishment`);
  await owner.query('drop index journal.entry_person, journal.entry_installation; alter table journal.entry drop constraint entry_pkey');
  let next = 1;
  const hand = async (): Promise<void> => {
    while (next <= entries) {
      const from = next;
      next += PART;
      await owner.query(MADE, [from, Math.min(entries, from + PART - 1), INSTALLATIONS, daysAgo(MADE_DAYS), ((MADE_DAYS - 1) * 86_400) / entries]);
      if (from % (10 * PART) === 1) say(`  ${from - 1} entries`);
    }
  };
  await Promise.all([hand(), hand()]);
  await owner.query("select setval('journal.entry_id', $1)", [entries]);
  const index = (sql: string): Promise<unknown> => owner.query(`set maintenance_work_mem = '1GB'; ${sql}`);
  await index('alter table journal.entry add primary key (id)');
  await Promise.all([index('create index entry_person on journal.entry (person) where person is not null'), index('create index entry_installation on journal.entry (installation_id, at)')]);
  await owner.query('vacuum analyze journal.entry');
  // What was made is written before anything is measured: else one of the two would be measured while it is.
  await owner.query('checkpoint');
}

async function makeTree(owner: Pool, entries: number): Promise<Grown> {
  const key = openLogKey(stateFolder('keys'));
  const folder = stateFolder('log');
  const tree = await timed(() => buildJournalTree({ pool: owner, origin: ORIGIN, key, folder }));
  const verified = await timed(() => verifyTree({ read: publishedAt(folder), trust: { key: noteKeyOf(ORIGIN, key) } }));
  if (verified.result.faults.length > 0 || verified.result.leaves !== tree.result.size) throw new Error(`the bulk-made tree does not verify: ${JSON.stringify(verified.result.faults)}`);
  return { entries, seconds: tree.seconds, verifySeconds: verified.seconds, bytesPerLeaf: await bytesEach(owner, 'journal.leaf', entries) };
}

const bytesEach = async (owner: Pool, table: string, rows: number): Promise<number> => Math.round(((await owner.query<{ bytes: number }>('select pg_total_relation_size($1) as bytes', [table])).rows[0]?.bytes ?? 0) / rows);

// So many of the installations as told about a million persons between them, or a third of them in a small journal.
const scopeOf = (entries: number): number => Math.max(1, Math.min(Math.floor(INSTALLATIONS / 3), Math.ceil((DISCLOSED * 1.11) / (entries / INSTALLATIONS))));

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

async function countIn(owner: Pool, desk: Pool, entries: number): Promise<Omit<Counted, keyof Made>> {
  const [from, to] = [daysAgo(MADE_DAYS + 1), new Date()];
  const [installations, others] = [1, 1 + INSTALLATIONS / 2].map((first) => Array.from({ length: scopeOf(entries) }, (_, i) => first + i)) as [number[], number[]];
  const countBare = (of: readonly number[]): Promise<{ readonly result: string | undefined; readonly seconds: number }> => timed(async () => (await owner.query<{ n: string }>('select count(distinct person) as n from journal.entry where installation_id = any ($1::bigint[]) and at >= $2 and at < $3', [of, from, to])).rows[0]?.n);
  const decoys = createDecoyKeeper(randomBytes(32));
  const incident = await openIncident(desk, { by: 'Bench', title: 'bench', drill: true, scope: { items: installations.map((id) => ({ kind: 'installation', id })), from, to } });
  const list = (): Promise<{ readonly result: Exposure; readonly seconds: number }> => timed(() => listExposure(desk, incident, { by: 'Bench', decoysAmong: decoys.decoysAmong }));
  const listed = await list();
  const cold = await countBare(others);
  const [lists, counts] = [[], []] as [number[], number[]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await countBare(installations);
    counts.push(bare.seconds);
    lists.push((await list()).seconds);
    if (Number(bare.result) !== listed.result.totals.persons) throw new Error(`the list has ${listed.result.totals.persons} persons, the journal ${bare.result}`);
  }
  const one = (await owner.query<{ person: string }>('select person from journal.entry where person is not null limit 1')).rows[0]?.person;
  const own = await timed(async () => (await owner.query('select id, at, installation_id, fields from journal.entry where person = $1 order by id', [one])).rowCount ?? 0);
  return { persons: listed.result.totals.persons, exposureSeconds: listed.seconds, bareColdSeconds: cold.seconds, exposureWarmSeconds: median(lists), bareSeconds: median(counts), ownAccesses: own.result, ownAccessesMs: own.seconds * 1000 };
}

type Made = Pick<Counted, 'entries' | 'madeSeconds' | 'bytesPerEntry'>;
interface CountOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** Leaves the journal where it is made, and counts in one that was left: an hour is not spent twice. */
  readonly keep: boolean;
  /** Told what its tree took, which is made and verified then: at a hundred million the better part of two hours. */
  readonly onTree?: ((tree: Grown) => void) | undefined;
  readonly say: (line: string) => void;
}

const madeFile = (): string => join(stateFolder(), 'journal-made.json');

/** What a run before has left, if it has as many entries. */
export function leftBefore(entries: number): Made | undefined {
  if (!existsSync(madeFile())) return undefined;
  const made = JSON.parse(readFileSync(madeFile(), 'utf8')) as Made;
  return made.entries === entries ? made : undefined;
}

async function makeJournal(owner: Pool, { entries, url }: { readonly entries: number; readonly url: string }, { onTree, say }: CountOptions): Promise<Made> {
  await migrate(url);
  await setRolePasswords(url, rolePasswords());
  const made = await timed(() => makeEntries(owner, entries, say));
  say(`  made in ${Math.round(made.seconds)} s`);
  onTree?.(await makeTree(owner, entries));
  return { entries, madeSeconds: made.seconds, bytesPerEntry: await bytesEach(owner, 'journal.entry', entries) };
}

/** Makes a journal in bulk, in a database of its own that is removed after unless it is kept, and counts an incident in it. */
export async function measureCount(entries: number, options: CountOptions): Promise<Counted> {
  const { settings, keep } = options;
  const before = keep ? leftBefore(entries) : undefined;
  if (before === undefined) rmSync(STATE, { recursive: true, force: true });
  const postgres = await startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres'), settings });
  const owner = openPool({ url: postgres.url, max: 3, applicationName: 'bench' });
  const desk = openPool({ url: withUser(postgres.url, { user: 'rempart_desk', password: rolePasswords().rempart_desk }), max: 2, applicationName: 'bench desk' });
  try {
    const made = before ?? await makeJournal(owner, { entries, url: postgres.url }, options);
    if (keep) writeFileSync(madeFile(), JSON.stringify(made));
    return { ...made, ...await countIn(owner, desk, entries) };
  } finally {
    await Promise.all([owner.end(), desk.end()]);
    await postgres.stop();
    if (!keep) rmSync(STATE, { recursive: true, force: true });
  }
}
