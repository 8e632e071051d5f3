import { createHash } from 'node:crypto';
import { hash128 } from '../../ground/index.ts';

/** Who may read: FIRST's Traffic Light Protocol 2.0. */
export type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red';

/** An account that was used, under a pseudonym; never a credential. */
export interface CaseAccount {
  readonly pseudonym: string;
  readonly frozen: boolean;
}

/** What a case file is made of. Counts, dates and pseudonyms; no word that an officer typed, no insured person. */
export interface CaseFile {
  /** Our own issuer. */
  readonly issuer: string;
  readonly operator: string;
  readonly incident: number;
  readonly drill: boolean;
  readonly openedAt: Date;
  readonly madeAt: Date;
  readonly vector: string;
  readonly from: Date;
  readonly to: Date;
  readonly accounts: readonly CaseAccount[];
  /** Distinct persons disclosed, disclosures, questions that named nobody; null before the list is made. */
  readonly counts: { readonly persons: number; readonly disclosures: number; readonly asked: number } | null;
}

type StixObject = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

/** A STIX 2.1 bundle. */
export interface Bundle {
  readonly type: 'bundle';
  readonly id: string;
  readonly objects: readonly StixObject[];
}

// Fixed by OASIS (cti-stix-common-objects, TLP 2.0): identifiers and date are part of the object.
const TLP_EXTENSION = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';
const TLP_IDS: Readonly<Record<Tlp, string>> = {
  clear: '94868c89-83c2-464b-929b-a1a8aa3c8487', green: 'bab4a63c-aed9-4cf5-a766-dfca5abac2bb', amber: '55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'amber+strict': '939a9414-2ddd-4d32-a0cd-375ea402b003', red: 'e828b379-4e03-4974-9ac4-e53a884c97c1',
};
// STIX 2.1 section 2.9: the namespace of cyber-observable identifiers.
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7';
const VALID_MS = 30 * 86_400_000;
const OBSERVED_MAX = 999_999_999;

/** A name-based identifier (RFC 9562, version 5). */
export function uuid5(namespace: string, name: string): string {
  const bytes = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The marking of a TLP 2.0 level, as OASIS publishes it. */
export function tlpMarking(level: Tlp): StixObject {
  return { type: 'marking-definition', spec_version: '2.1', id: `marking-definition--${TLP_IDS[level]}`, created: '2022-10-01T00:00:00.000Z', name: `TLP:${level.toUpperCase()}`,
    extensions: { [TLP_EXTENSION]: { extension_type: 'property-extension', tlp_2_0: level } } };
}

/** Makes the objects of one file: each version of a file says again what the last one said, under the same identifiers. */
class Maker {
  readonly #file: CaseFile;
  readonly #namespace: string;

  constructor(file: CaseFile) {
    this.#file = file;
    this.#namespace = hash128(`rempart-stix-v1 ${file.issuer}`);
  }

  id(type: string, name: string): string {
    return `${type}--${uuid5(this.#namespace, name)}`;
  }

  make(type: string, name: string, members: { readonly tlp: Tlp } & Readonly<Record<string, unknown>>): StixObject {
    const { tlp, ...rest } = members;
    return { type, spec_version: '2.1', id: this.id(type, name), created_by_ref: this.id('identity', 'operator'), created: this.#file.openedAt.toISOString(), modified: this.#file.madeAt.toISOString(),
      object_marking_refs: [tlpMarking(tlp).id], ...rest };
  }
}

function accountObject(account: CaseAccount): StixObject {
  // Contributing properties in canonical order (STIX 2.1 section 6.17: account_type, user_id, account_login).
  const name = JSON.stringify({ account_type: 'openid', user_id: account.pseudonym });
  return { type: 'user-account', spec_version: '2.1', id: `user-account--${uuid5(OBSERVABLES, name)}`, account_type: 'openid', user_id: account.pseudonym, is_disabled: account.frozen, object_marking_refs: [tlpMarking('amber+strict').id] };
}

function indicators(file: CaseFile, maker: Maker): StixObject[] {
  const from = file.openedAt.toISOString();
  const until = new Date(file.openedAt.getTime() + VALID_MS).toISOString();
  // A pseudonym is digits, a dot and base64url: nothing to escape in a pattern.
  return file.accounts.map(({ pseudonym }) => maker.make('indicator', `${file.incident} account ${pseudonym}`, { tlp: 'amber+strict', name: 'Compromised professional account', indicator_types: ['compromised'],
    pattern: `[user-account:user_id = '${pseudonym}']`, pattern_type: 'stix', pattern_version: '2.1', valid_from: from, valid_until: until }));
}

function observations(file: CaseFile, maker: Maker, refs: { readonly accounts: readonly StixObject[]; readonly indicators: readonly StixObject[] }): StixObject[] {
  if (file.counts === null || refs.accounts.length === 0) return [];
  const seen = Math.min(OBSERVED_MAX, file.counts.disclosures + file.counts.asked);
  if (seen === 0) return [];
  const [first, last] = [file.from.toISOString(), file.to.toISOString()];
  const observed = maker.make('observed-data', `${file.incident} questions`, { tlp: 'amber+strict', first_observed: first, last_observed: last, number_observed: seen, object_refs: refs.accounts.map((account) => account.id) });
  const sightings = refs.indicators.map((indicator) => maker.make('sighting', `${file.incident} sighting ${indicator.id}`, { tlp: 'amber+strict', first_seen: first, last_seen: last, count: seen, sighting_of_ref: indicator.id,
    observed_data_refs: [observed.id], where_sighted_refs: [maker.id('identity', 'operator')], summary: true }));
  return [observed, ...sightings];
}

function actions(file: CaseFile, maker: Maker, indicatorIds: readonly string[]): StixObject[] {
  const freeze = maker.make('course-of-action', 'freeze', { tlp: 'green', name: 'Freeze the account, then sign in again', description: 'Refuse every question of the account until its holder has signed in anew through the national identity provider and a person has reviewed it. Other accounts are left alone.' });
  return [freeze, ...indicatorIds.map((target) => maker.make('relationship', `${file.incident} mitigates ${target}`, { tlp: 'green', relationship_type: 'mitigates', source_ref: freeze.id, target_ref: target }))];
}

function describe(file: CaseFile): string {
  const counts = file.counts === null ? 'Persons disclosed: not yet listed.' : `Distinct persons disclosed: ${file.counts.persons}; answers that disclosed: ${file.counts.disclosures}; questions that named nobody: ${file.counts.asked}.`;
  return `${file.drill ? 'EXERCISE. ' : ''}Questions through a professional's valid account, ${file.from.toISOString()} to ${file.to.toISOString()}. Way in: ${file.vector}. ${counts}`;
}

/** The case file as a STIX 2.1 bundle: TLP:AMBER+STRICT for what names an account, TLP:GREEN for the method (docs/formats/stix-case-file.md). */
export function makeBundle(file: CaseFile): Bundle {
  const maker = new Maker(file);
  const title = `${file.drill ? 'EXERCISE: ' : ''}Incident ${file.incident} of ${file.operator}`;
  const { created_by_ref: _, ...identity } = maker.make('identity', 'operator', { tlp: 'green', name: file.operator, identity_class: 'organization', sectors: ['healthcare', 'insurance'] });
  const accounts = file.accounts.map(accountObject);
  const found = indicators(file, maker);
  const incident = maker.make('incident', `${file.incident}`, { tlp: 'amber+strict', name: title, description: describe(file) });
  const content = [...accounts, incident, ...found, ...observations(file, maker, { accounts, indicators: found }), ...actions(file, maker, found.map((one) => one.id))];
  const report = maker.make('report', `${file.incident} report`, { tlp: 'amber+strict', name: title, report_types: ['observed-data'], published: file.madeAt.toISOString(), object_refs: [identity.id, ...content.map((one) => one.id)] });
  return { type: 'bundle', id: maker.id('bundle', `${file.incident} ${file.madeAt.toISOString()}`), objects: [tlpMarking('amber+strict'), tlpMarking('green'), identity, ...content, report] };
}
