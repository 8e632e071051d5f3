import type { GateQuestion } from '../../src/gate/index.ts';
import type { TestDatabase } from './database.ts';

/** A smallest world for the gate alone: one insurer, one pharmacy, one session, some persons. */
export interface Planted {
  readonly person: string;
  readonly byNir: string;
  readonly establishment: number;
  readonly installation: number;
  readonly session: string;
  readonly jkt: string;
  readonly insurerId: number;
  readonly outOfForce: string;
  /** A fresh question (new proof) about the planted person. */
  question(): GateQuestion;
  /** Plants n more persons; returns their blind indexes. */
  more(n: number): Promise<string[]>;
}

/** Plants rows as the intake would leave them, with no identity sealed inside. */
export async function plant(database: TestDatabase): Promise<Planted> {
  const owner = database.pool('owner');
  const one = async <T>(sql: string, values: unknown[] = []): Promise<T> => (await owner.query<{ v: T }>(sql, values)).rows[0]!.v;
  const words = JSON.stringify({ fr: 'règle', en: 'rule' });
  const insurerId = await one<number>(`insert into registry.insurer (amc_number, name, signing_key, age_recipient, undetermined_rule, channel, effective_at)
    values ('99100001', 'Mutuelle fictive', '\\x00', 'age1', $1, $1, now()) returning id as v`, [words]);
  const load = await one<number>(`insert into registry.load (insurer_id, kind, sequence, effective_on, file_hash, state) values ($1, 'full', 1, current_date, '\\x00', 'effective') returning id as v`, [insurerId]);
  await owner.query('update registry.insurer set base_load = $1, visible_load = $1 where id = $2', [load, insurerId]);
  await owner.query(`insert into registry.product (insurer_id, code, version, valid_from, definition) values ($1, 'TEST', 1, '2020-01-01', '{}')`, [insurerId]);
  const establishment = await one<number>(`insert into access.establishment (identifier, name, peer_group, asks_as_establishment, valid_from) values ('750000001', 'Pharmacie fictive', 'pharmacy', false, '2020-01-01') returning id as v`);
  await owner.query(`insert into access.convention values ($1, $2, '2020-01-01')`, [establishment, insurerId]);
  const installation = await one<number>(`insert into access.installation (kind, establishment_id, vendor, software, state) values ('software', $1, 'test', 'test', 'active') returning id as v`, [establishment]);
  const session = crypto.randomUUID();
  const jkt = crypto.randomUUID();
  await owner.query(`insert into access.session (secret_hash, installation_id, jkt, payload, expires_at) values ($1, $2, $3, '{}', now() + interval '1 day')`, [session, installation, jkt]);
  const cover = await one<number>(`insert into registry.cover (insurer_id, product_code, csr, convention_type, contract_order, domains, responsible, c2s, regime)
    values ($1, 'TEST', '', 'VM', 1, '{PHAR}', true, false, 'general') returning id as v`, [insurerId]);
  const more = async (n: number): Promise<string[]> => {
    const { rows } = await owner.query<{ by_nir: string }>(`insert into registry.right_row (id, insurer_id, load_id, person, beneficiary, contract, by_nir, by_adherent, cover, valid_from, card_from, card_to, seal_key, sealed)
      select m.last + n, $1, $2, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $4, '2026-01-01', '2026-01-01', '2027-12-31', 1, '\\x00'
      from (select coalesce(max(id), 0) as last from registry.right_row) m, generate_series(1, $3) n returning by_nir`, [insurerId, load, n, cover]);
    return rows.map((row) => row.by_nir);
  };
  const byNir = (await more(1))[0]!;
  const person = await one<string>('select person as v from registry.right_row where by_nir = $1', [byNir]);
  const careDate = new Date().toISOString().slice(0, 10);
  return { person, byNir, establishment, installation, session, jkt, insurerId, outOfForce: '2025-06-01', more,
    question: () => ({ session, jkt, proof: crypto.randomUUID(), user: 'caisse-1', digest: crypto.randomUUID(), insurerId, byNir, domain: 'PHAR', careDate, declared: false, bundled: false, fields: 0 }) };
}
