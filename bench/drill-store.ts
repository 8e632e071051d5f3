// The drill's made-up world, in bulk: insurers with keys, sealed persons, a journal of real entries. As owner of a database of its own.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { from as copyFrom } from 'pg-copy-streams';
import { ed25519Bytes, uuidOfBytes, type Pool } from '../src/ground/index.ts';
import { createDecoyKeeper, Sealer } from '../src/registry/index.ts';

/** How large a drill is. */
export interface DrillSize {
  readonly journalEntries: number;
  readonly disclosures: number;
  /** Persons disclosed at least once by the stolen accounts. */
  readonly persons: number;
  readonly insurers: number;
  /** Stolen accounts, and days they were used. */
  readonly accounts: number;
}

/** An insurer of the drill with what only it holds. */
export interface DrillInsurer {
  readonly id: number;
  readonly amcNumber: string;
  readonly ageIdentity: string;
}

const DAYS = 60;
const ATTACK_DAYS = 20;
const INSTALLATIONS = 2000;

/** A person's reference, by number: the same in SQL. */
export const personRef = (n: number): string => uuidOfBytes(createHash('md5').update(`p${n}`).digest());

export async function makeInsurers(owner: Pool, count: number): Promise<DrillInsurer[]> {
  const made: DrillInsurer[] = [];
  const words = JSON.stringify({ fr: 'règle', en: 'rule' });
  for (let i = 1; i <= count; i += 1) {
    const ageIdentity = await generateIdentity();
    const amcNumber = `9920${String(i).padStart(4, '0')}`;
    const { rows } = await owner.query<{ id: number; load: number }>(`with g as (insert into registry.insurer (amc_number, name, signing_key, age_recipient, undetermined_rule, channel, effective_at) values ($1, $2, $3, $4, $5, $5, now()) returning id),
      l as (insert into registry.load (insurer_id, kind, sequence, effective_on, file_hash, state) select id, 'full', 1, current_date, '\\x00', 'effective' from g returning id, insurer_id) select insurer_id as id, id as load from l`,
    [amcNumber, `Mutuelle d’exercice ${i}`, ed25519Bytes(generateKeyPairSync('ed25519').publicKey), await identityToRecipient(ageIdentity), words]);
    const { id, load } = rows[0] as { id: number; load: number };
    await owner.query('update registry.insurer set base_load = $2, visible_load = $2 where id = $1', [id, load]);
    made.push({ id, amcNumber, ageIdentity });
  }
  return made;
}

async function makeAccounts(owner: Pool, accounts: number): Promise<void> {
  await owner.query(`insert into access.establishment (identifier, name, peer_group, asks_as_establishment, valid_from) select lpad(g::text, 9, '0'), 'Établissement d’exercice ' || g, (array['pharmacy', 'doctor', 'hospital', 'nurse'])[1 + g % 4], false, '2020-01-01' from generate_series(1, $1) g`, [INSTALLATIONS]);
  await owner.query(`insert into access.installation (kind, establishment_id, vendor, software, state) select 'software', id, 'exercice', 'exercice', 'active' from access.establishment order by id limit $1`, [INSTALLATIONS]);
  // Each installation has an honest user; the first ones have a stolen one besides.
  await owner.query("insert into access.app_user (installation_id, pseudonym) select id, 'honnête' from access.installation order by id");
  await owner.query("insert into access.app_user (installation_id, pseudonym) select 1 + g % least($1, 20), 'volé-' || g from generate_series(0, $1 - 1) g", [accounts]);
}

/** Persons with sealed identities, one row each; person n is of insurer n modulo their number. */
async function makePersons(owner: Pool, size: DrillSize, insurers: readonly DrillInsurer[]): Promise<void> {
  const sealers = await Promise.all(insurers.map(async (insurer) => {
    const sealer = new Sealer();
    const { rows: recipient } = await owner.query<{ recipient: string; load: number }>('select age_recipient as recipient, visible_load as load from registry.insurer where id = $1', [insurer.id]);
    const { rows } = await owner.query<{ id: number }>('insert into registry.seal_key (insurer_id, load_id, wrapped) values ($1, $2, $3) returning id', [insurer.id, recipient[0]?.load, await sealer.wrapFor(recipient[0]?.recipient ?? '')]);
    const { rows: covers } = await owner.query<{ id: number }>(`insert into registry.cover (insurer_id, product_code, csr, convention_type, contract_order, domains, responsible, c2s, regime) values ($1, 'EXERCICE', '', 'IS', 1, '{PHAR}', true, false, 'general') returning id`, [insurer.id]);
    return { insurer, sealer, key: rows[0]?.id ?? 0, load: recipient[0]?.load ?? 0, cover: covers[0]?.id ?? 0 };
  }));
  const client = await owner.connect();
  try {
    const stream = client.query(copyFrom('copy registry.right_row (id, insurer_id, load_id, person, beneficiary, contract, by_nir, by_adherent, cover, valid_from, card_from, card_to, seal_key, sealed) from stdin'));
    for (let n = 0; n < size.persons; n += 1) {
      const { insurer, sealer, key, load, cover } = sealers[n % sealers.length] as (typeof sealers)[number];
      const person = personRef(n);
      const identity = `FICTIF${n};CAMILLE;assure;1800199109${String(n % 1000).padStart(3, '0')}${String(n % 97).padStart(2, '0')};${1930 + (n % 95)}-0${1 + (n % 9)}-1${n % 9};1;A${n};B${n};C${n}`;
      const sealed = sealer.seal(Buffer.from(identity), { insurerId: insurer.id, sealKeyId: key, row: `${person}|${person}` });
      const line = `${n + 1}\t${insurer.id}\t${load}\t${person}\t${person}\t${person}\t${person}\t${person}\t${cover}\t2026-01-01\t2026-01-01\t2027-12-31\t${key}\t\\\\x${sealed.toString('hex')}\n`;
      if (!stream.write(line)) await once(stream, 'drain');
    }
    stream.end();
    await finished(stream);
  } finally {
    client.release();
    for (const { sealer } of sealers) sealer.forget();
  }
}

// One day: honest answers about anybody (also about the same persons, by honest users of the same installations), then the attack's.
const DAY = `insert into journal.entry (id, at, installation_id, establishment_id, user_id, purpose, outcome, insurer_id, domain, care_date, presence, person, row_id, parameters, fields)
  select nextval('journal.entry_id'), t.at, t.installation, t.installation, t.who, 'ask', case when t.n is null then 'no' else 'yes' end, $4::smallint + (coalesce(t.n, t.g) % $5)::smallint, 'PHAR', t.at::date, 'none', case when t.n is not null then md5('p' || t.n)::uuid end, t.n + 1, '2026', case when t.n is null then 1 else 23 end
  from (
    select $1::timestamptz + g * interval '1 day' / $2 as at, 1 + g % ${INSTALLATIONS} as installation, 1 + g % ${INSTALLATIONS} as who, g::bigint as g, case when g % 10 = 0 then null else (g * 7919) % $6::bigint end as n from generate_series(0, $2::int - 1) g
    union all
    select $1::timestamptz + (d + 0.5) * interval '1 day' / greatest($3, 1), 1 + (d % $7::int) % least($7::int, 20), ${INSTALLATIONS} + 1 + d % $7::int, d::bigint, ($8::bigint + d) % $9::bigint from generate_series(0, $3::int - 1) d
    union all
    select $1::timestamptz + (d + 0.25) * interval '1 day' / greatest($3, 1), 1 + (d % $7::int) % least($7::int, 20), ${INSTALLATIONS} + 1 + d % $7::int, d::bigint, null from generate_series(0, $3::int / 10 - 1) d) t
  order by t.at`;

// One decoy an insurer, asked about by a stolen account at the end: nobody, never to be listed.
async function makeDecoys(owner: Pool, at: Date, made: { readonly insurers: readonly DrillInsurer[]; readonly decoyKey: Buffer }): Promise<void> {
  const decoys = createDecoyKeeper(made.decoyKey);
  await owner.query(`insert into journal.entry (id, at, installation_id, establishment_id, user_id, purpose, outcome, insurer_id, domain, care_date, presence, person, row_id, parameters, fields)
    select nextval('journal.entry_id'), $1::timestamptz, 1, 1, ${INSTALLATIONS} + 1, 'ask', 'yes', t.insurer, 'PHAR', $1::timestamptz::date, 'none', t.person, null, '2026', 23 from unnest($2::smallint[], $3::uuid[]) t(insurer, person)`,
  [at, made.insurers.map((insurer) => insurer.id), made.insurers.map(() => decoys.newReference())]);
}

/** Makes the whole world. Honest answers name twice as many persons as the attack's: half of them must not be listed. */
export async function makeDrillWorld(owner: Pool, size: DrillSize & { readonly decoyKey: Buffer }, progress: (what: string, done: number, of: number) => void): Promise<{ readonly insurers: DrillInsurer[]; readonly from: Date; readonly decoys: number }> {
  const insurers = await makeInsurers(owner, size.insurers);
  await makeAccounts(owner, size.accounts);
  await makePersons(owner, size, insurers);
  progress('persons', size.persons, size.persons);
  const client = await owner.connect();
  const start = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - (DAYS + 1) * 86_400_000);
  const attacked = Math.floor(size.disclosures / ATTACK_DAYS);
  const honest = Math.ceil((size.journalEntries - attacked * 1.1 * ATTACK_DAYS) / DAYS);
  try {
    await client.query('set synchronous_commit = off');
    for (let day = 0; day < DAYS; day += 1) {
      const attack = day - (DAYS - ATTACK_DAYS);
      await client.query(DAY, [new Date(start.getTime() + day * 86_400_000), honest, attack < 0 ? 0 : attacked, insurers[0]?.id ?? 1, insurers.length, 2 * size.persons, size.accounts, Math.max(0, attack) * attacked, size.persons]);
      progress('days', day + 1, DAYS);
    }
  } finally {
    client.release();
  }
  await makeDecoys(owner, new Date(start.getTime() + DAYS * 86_400_000 - 1000), { insurers, decoyKey: size.decoyKey });
  await owner.query('vacuum analyze journal.entry');
  await owner.query('vacuum analyze registry.right_row');
  return { insurers, from: new Date(start.getTime() + (DAYS - ATTACK_DAYS) * 86_400_000), decoys: insurers.length };
}

/** The stolen accounts, by row number. */
export async function stolenAccounts(owner: Pool): Promise<number[]> {
  return (await owner.query<{ id: number }>("select id from access.app_user where pseudonym like 'volé-%' order by id")).rows.map((row) => row.id);
}

/** How many entries there are, and how many the stolen accounts were told by. */
export async function countEntries(owner: Pool): Promise<{ entries: number; disclosures: number }> {
  const { rows } = await owner.query<{ entries: number; disclosures: number }>("select count(*) as entries, count(*) filter (where person is not null and user_id > $1) as disclosures from journal.entry where purpose = 'ask'", [INSTALLATIONS]);
  return rows[0] as { entries: number; disclosures: number };
}
