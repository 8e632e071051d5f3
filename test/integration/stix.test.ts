// The case file: a STIX 2.1 bundle against the official OASIS schemas, signed, without an identity.
import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ROOT, stateFolder } from '../../src/ground/index.ts';
import { isDetachedBy, makeBundle, makeCaseFile, newPairKey, openSigningKey, PairKeys, readContent, readDocuments, tlpMarking, uuid5, type Bundle, type CaseFile } from '../../src/incidents/index.ts';
import { listedIncident, OFFICERS } from '../support/incident.ts';
import { callAs, signIn } from '../support/portal-client.ts';
import { loadStixSchemas, SAME, SLOW } from '../support/stix-schemas.ts';
import { startWorld, type World } from '../support/world.ts';

const schema = loadStixSchemas();
const FOLDERS: Readonly<Record<string, string>> = { 'user-account': 'observables', sighting: 'sros', relationship: 'sros', 'marking-definition': 'common' };
const PEER = 'https://pair.example';
let world: World;
let rpps = '';
before(async () => {
  world = await startWorld({ persons: 300, professionals: 60 });
  rpps = world.sandbox.establishments[0]?.professionals[1] ?? '';
});
after(() => world.close());

// OASIS's schema of bundles lists no `incident`, and what it does not list it refuses when it looks like any other object: the
// bundle is held against it without them, and every object, incidents too, against its own.
function validate(bundle: Bundle): string[] {
  const [whole, listed] = [schema('common/bundle.json'), { ...bundle, objects: bundle.objects.filter(({ type }) => type !== 'incident') }];
  const faults = whole?.(listed) === true ? [] : [`bundle: ${JSON.stringify(whole?.errors?.[0])}`];
  for (const { type, ...rest } of bundle.objects) {
    const own = schema(`${FOLDERS[type] ?? 'sdos'}/${type}.json`);
    if (own?.({ type, ...rest }) !== true) faults.push(`${type}: ${JSON.stringify(own?.errors?.[0] ?? 'no schema')}`);
  }
  return faults;
}
const FILE: CaseFile = { issuer: 'https://us.example', operator: 'Opérateur d’essai', incident: 7, drill: false, openedAt: new Date('2026-11-24T10:00:00Z'), madeAt: new Date('2026-11-24T11:00:00Z'), vector: 'phishing',
  from: new Date('2026-11-23T10:00:00Z'), to: new Date('2026-11-24T10:00:00Z'), accounts: [{ pseudonym: '2968.abcdefghijklmnopqrstuvwxyz1', frozen: true }], counts: { persons: 12, disclosures: 14, asked: 3 } };

test('the vendored schemas are OASIS’s, and the rewritten pattern is the same language', () => {
  const sums = readFileSync(join(ROOT, 'test/conformance/stix/sums.txt'), 'utf8').trim().split('\n').map((line) => line.split('  ') as [string, string]);
  assert.equal(sums.length, 11);
  for (const [sum, path] of sums) assert.equal(createHash('sha256').update(readFileSync(join(ROOT, 'test/conformance/stix/schemas', path))).digest('hex'), sum, path);
  const [slow, same] = [SLOW, SAME].map((start) => new RegExp(`^${start}(-[a-z0-9]+)*-?$`)) as [RegExp, RegExp];
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'z', '0', '9', '-', 'A', '_'), maxLength: 10 }), (text) => slow.test(text) === same.test(text)), { numRuns: 3000 });
});

test('bundles validate: with and without accounts, listed or not, an exercise; TLP 2.0 as OASIS publishes it', () => {
  for (const change of [{}, { accounts: [] }, { counts: null }, { drill: true }, { counts: { persons: 0, disclosures: 0, asked: 0 } }, { accounts: [...FILE.accounts, { pseudonym: 'case.x', frozen: false }] }]) assert.deepEqual(validate(makeBundle({ ...FILE, ...change })), [], JSON.stringify(change));
  const types = new Set(makeBundle(FILE).objects.map((object) => object.type));
  for (const type of ['identity', 'user-account', 'observed-data', 'sighting', 'indicator', 'incident', 'course-of-action', 'report', 'marking-definition', 'relationship']) assert.ok(types.has(type), type);
  assert.deepEqual(tlpMarking('amber+strict'), { type: 'marking-definition', spec_version: '2.1', id: 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', created: '2022-10-01T00:00:00.000Z', name: 'TLP:AMBER+STRICT',
    extensions: { 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d': { extension_type: 'property-extension', tlp_2_0: 'amber+strict' } } });
  assert.equal(uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'), '2ed6657d-e927-568b-95e1-2665a8aea6a2', 'RFC 9562, appendix A.4');
});

test('wrong ones are refused', () => {
  const broken = (type: string, change: object): Bundle => ({ ...makeBundle(FILE), objects: makeBundle(FILE).objects.map((object) => (object.type === type ? { ...object, ...change } : object)) });
  for (const [type, change] of [['incident', { name: undefined }], ['indicator', { pattern_type: undefined }], ['indicator', { valid_from: 'yesterday' }], ['observed-data', { number_observed: 0 }], ['user-account', { is_disabled: 'yes' }], ['identity', { id: 'identity--1' }],
    ['sighting', { where_sighted_refs: ['indicator--939a9414-2ddd-4d32-a0cd-375ea402b003'] }], ['report', { object_refs: [] }], ['course-of-action', { created: '2026-11-24T10:00:00Z' }], ['marking-definition', { extensions: {} }], ['identity', { type: 'process' }]] as const) assert.notDeepEqual(validate(broken(type, change)), [], `${type} ${JSON.stringify(change)}`);
});

test('every reference leads to an object of the bundle; a new version says the same under the same names', () => {
  const bundle = makeBundle(FILE);
  const ids = new Set(bundle.objects.map((object) => object.id));
  assert.equal(ids.size, bundle.objects.length);
  const refs = [...JSON.stringify(bundle.objects).matchAll(/"(?:[a-z_]+_refs?)":(?:"([^"]+)"|\[([^\]]*)\])/g)].flatMap(([, one, many]) => (one === undefined ? [...(many ?? '').matchAll(/"([^"]+)"/g)].map((match) => match[1]) : [one]));
  assert.ok(refs.length > 15);
  for (const ref of refs) assert.ok(ids.has(ref ?? ''), ref);
  const later = makeBundle({ ...FILE, madeAt: new Date('2026-11-25T11:00:00Z') });
  assert.deepEqual(later.objects.map((object) => object.id), bundle.objects.map((object) => object.id));
  assert.notEqual(later.id, bundle.id);
});

test('from a real incident: signed apart, kept as a document, valid, and without a word of who was asked about or who asked', async () => {
  const session = await signIn(world, `8${rpps}`);
  const asked = await callAs(world, session, '/v1/checks', world.question());
  assert.equal(asked.status, 200);
  const desk = world.database.pool('rempart_desk');
  const user = (await world.database.pool('owner').query('select user_id from access.sign_in where jkt = $1', [session.jkt])).rows[0].user_id as number;
  const { id } = await listedIncident(desk, [{ kind: 'user', id: user }]);
  const keys = stateFolder('keys');
  const [key, pairs] = [await openSigningKey(keys), new PairKeys(join(keys, 'pairs'))];
  pairs.keep(PEER, JSON.stringify(newPairKey()));
  const order = { by: OFFICERS.by, operator: 'Opérateur d’essai', issuer: 'https://us.example', key, keyRing: world.keyRing, pairs };
  const [toPeer, toAuthority] = [await makeCaseFile(desk, id, { ...order, peer: PEER }), await makeCaseFile(desk, id, order)];
  for (const { content, signature, document } of [toPeer, toAuthority]) {
    const text = content.toString('utf8');
    const bundle = JSON.parse(text) as Bundle;
    assert.deepEqual(validate(bundle), []);
    assert.equal(bundle.objects.find((object) => object.type === 'observed-data')?.['number_observed'], 1);
    for (const needle of [rpps, world.person.nir.slice(0, 13), world.person.birthDate, world.amc, 'credential"', OFFICERS.by]) assert.ok(!text.includes(needle), needle);
    assert.ok(await isDetachedBy(key.publicKeys, content, signature));
    assert.ok(!(await isDetachedBy(key.publicKeys, Buffer.from(text.replace('"amber+strict"', '"clear"')), signature)));
    assert.ok(!(await isDetachedBy((await openSigningKey(stateFolder('other'))).publicKeys, content, signature)));
    const kept = (await readDocuments(desk, id)).find((one) => one.id === document);
    assert.ok(kept !== undefined && kept.kind === 'case-file' && kept.sealedAt !== null);
    const parts: Buffer[] = [];
    for await (const part of readContent(desk, kept)) parts.push(part);
    assert.ok(Buffer.concat(parts).equals(content));
  }
  assert.match(toPeer.content.toString('utf8'), new RegExp(pairs.pseudonymFor(PEER, order.issuer, rpps as never).replace('.', '\\.')));
});
