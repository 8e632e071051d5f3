import { BATCH_MAX, DOMAINS, ERROR_STATUS } from '../../checks/index.ts';
import { EQUIPMENTS, EXEMPTIONS, FAMILIES, NOMENCLATURES, REGIMES } from '../../guarantees/index.ts';
import type { ErrorCode } from '../../ground/index.ts';

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });
const day = (description: string): Json => text(description, { format: 'date' });
const cents = (description: string): Json => ({ type: 'integer', minimum: 0, maximum: 10_000_000, description: `${description}, in cents` });
const object = (properties: Json, required: readonly string[]): Json => ({ type: 'object', additionalProperties: false, required, properties });

const WORDS = object({ fr: { type: 'string' }, en: { type: 'string' } }, ['fr', 'en']);

const LINE = object({
  code: text('Act or product code', { pattern: '^[A-Za-z0-9+-]{1,15}$' }), nomenclature: { enum: NOMENCLATURES }, priceCents: cents('Price billed'), domain: { enum: DOMAINS },
  family: { enum: FAMILIES, description: 'Demanded of a drug named by its CIP13 without amoRate' }, quantity: { type: 'integer', minimum: 1, maximum: 999 }, coefficient: { type: 'number', exclusiveMinimum: 0, maximum: 10_000 }, baseCents: cents('Reimbursement base'),
  amoRate: { type: 'integer', minimum: 0, maximum: 10_000, description: 'Compulsory rate, in basis points; of a drug named by its CIP13 alone it says the family' }, amoAmountCents: cents('Compulsory part, as the software has it'), exemption: { enum: EXEMPTIONS },
  c2s: { type: 'boolean', description: 'Complémentaire santé solidaire' }, carePath: { type: 'boolean' }, optam: { type: 'boolean', description: 'false: sector 2 outside OPTAM' }, under18: { type: 'boolean' }, regime: { enum: REGIMES }, prescribedOn: day('Day of the prescription'),
  class: { enum: ['A', 'B', 'I', 'II'] }, equipment: { enum: EQUIPMENTS },
}, ['code', 'nomenclature', 'priceCents']);

const QUESTION = {
  ...object({
    reference: text('Your own reference: the only thing of the question that comes back', { pattern: '^[A-Za-z0-9._:-]{1,64}$' }),
    user: text('Pseudonym of the user at the counter; left out where the establishment asks', { pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    insurer: object({ amcNumber: text('Numéro AMC', { maxLength: 20 }), conventionType: text('Type de convention', { maxLength: 10 }), csr: text('Code CSR', { maxLength: 20 }) }, ['amcNumber']),
    card: text('A signed card code (docs/formats/card-code.md): instead of insurer, nir, adherentNumber, birthDate, birthRank', { pattern: '^RMP1', maxLength: 400 }),
    nir: text("NIR of the insured, 13 or 15 characters", { maxLength: 30 }), adherentNumber: text("Numéro d'adhérent", { maxLength: 30 }),
    birthDate: text('YYYY-MM-DD; 00 where month or day is unknown', { maxLength: 12 }), birthRank: { type: 'integer', minimum: 1, maximum: 9, default: 1 },
    cardExpiresOn: day('As printed on the card'), domain: { enum: DOMAINS }, careDate: day('27 months back to 3 months ahead'),
    presence: { enum: ['none', 'declared'], default: 'none', description: 'declared: a carte Vitale or appCV was read' }, lines: { type: 'array', minItems: 1, maxItems: 50, items: ref('InvoiceLine') },
  }, ['reference', 'domain', 'careDate']),
  anyOf: [{ required: ['card'] }, { required: ['nir', 'insurer', 'birthDate'] }, { required: ['adherentNumber', 'insurer', 'birthDate'] }],
};

const ANSWER: Json = { type: 'object', required: ['entry', 'reference', 'verdict', 'domain', 'careDate', 'answeredAt', 'authorizationRequired'], properties: {
  entry: { type: 'integer', description: 'Number of the journal entry' }, reference: { type: 'string' }, verdict: { enum: ['yes', 'no', 'undetermined'] },
  reason: object({ code: { enum: ['not-recognised', 'not-in-force', 'domain-closed', 'no-convention', 'insurer-silent'] }, text: ref('Words'), remedy: ref('Words') }, ['code', 'text', 'remedy']),
  domain: { enum: DOMAINS }, careDate: day('As asked'), answeredAt: { type: 'string', format: 'date-time' },
  coverage: object({ from: day('First day'), to: { type: ['string', 'null'], format: 'date' } }, ['from', 'to']), rule: ref('Words'), reckoning: ref('Reckoning'), authorizationRequired: { type: 'boolean' }, channel: ref('Words'),
  guarantee: object({ number: { type: 'string' }, expiresOn: day('Last day'), token: text('Compact JWS, EdDSA'), terms: ref('Words') }, ['number', 'expiresOn', 'token', 'terms']),
  insurerRule: ref('Words'), retryAfterSeconds: { type: 'integer', minimum: 1 },
  receipt: text('Promise that the entry will stand in the published journal: compact JWS, EdDSA (docs/formats/receipt.md). With a guarantee, its token is the receipt'),
} };

const AMOUNTS = ['priceCents', 'amoGrossCents', 'amoNetCents', 'tmCents', 'amcCents', 'patientTotalCents', 'patientCounterCents'];
const RECKONING: Json = { type: 'object', required: ['lines', 'totals', 'authorizationRequired'], properties: {
  lines: { type: 'array', items: { type: 'object', required: ['code', 'sentence'], properties: { code: { type: 'string' }, ...Object.fromEntries(AMOUNTS.map((name) => [name, { type: 'integer' }])),
    guaranteed: { type: 'boolean' }, authorizationRequired: { type: 'boolean' }, sentence: ref('Words'), notes: { type: 'array', items: ref('Words') } } } },
  totals: object(Object.fromEntries(AMOUNTS.map((name) => [name, { type: 'integer' }])), AMOUNTS), authorizationRequired: { type: 'boolean' },
} };

const PROBLEM: Json = { type: 'object', required: ['status', 'correlationId'], properties: {
  type: text('urn:rempart:error:CODE', { enum: Object.keys(ERROR_STATUS).map((code) => `urn:rempart:error:${code}`) }), title: { type: 'string' }, titleEn: { type: 'string' }, status: { type: 'integer' },
  correlationId: { type: 'string' }, verdict: { const: 'undetermined' }, retryAfterSeconds: { type: 'integer', minimum: 1 }, insurerRule: ref('Words'),
  touch: object({ address: { type: 'string' }, code: { type: 'string' } }, ['address', 'code']),
  faults: { type: 'array', items: object({ field: { type: 'string' }, rule: { type: 'string' }, message: ref('Words'), remedy: ref('Words') }, ['field', 'rule', 'message', 'remedy']) },
} };

const GUARANTEE: Json = { type: 'object', required: ['number', 'state', 'domain', 'careDate', 'expiresOn', 'givenAt', 'entry'], properties: {
  number: { type: 'string' }, state: { enum: ['given', 'used', 'expired', 'cancelled'] }, insurer: { type: 'string' }, domain: { enum: DOMAINS }, careDate: day('Day of care'), expiresOn: day('Last day'),
  givenAt: { type: 'string' }, usedOn: { type: ['string', 'null'] }, usedAmountCents: { type: ['integer', 'null'] }, cancelledAt: { type: ['string', 'null'] }, amcCents: { type: 'integer' },
  authorizationRequired: { type: 'boolean' }, entry: { type: 'integer', description: 'Number of the journal entry of this look-up' },
} };

const RECEIPT: Json = { type: 'object', required: ['entry', 'leaf', 'state'], properties: {
  entry: { type: 'integer', description: 'Number of the journal entry' }, leaf: text('The entry’s commitment, base64'), state: { enum: ['waiting', 'placed'] }, index: { type: 'integer', description: 'Place in the tree' },
  proof: text('Inclusion proof and checkpoint, as c2sp.org/tlog-proof@v1') } };

/** How a route is described: an OpenAPI operation, and whether a proof of the caller is demanded. */
interface Described { readonly open: boolean; readonly operation: Json }

const reply = (description: string, schema: Json, type = 'application/json'): Json => ({ description, headers: { 'x-correlation-id': { schema: { type: 'string' } } }, content: { [type]: { schema } } });
const problems = (codes: readonly ErrorCode[], type: string, schema: Json): Json => Object.fromEntries(codes.map((code) => [String(ERROR_STATUS[code].status), reply(code, schema, type)]));
const REFUSALS: readonly ErrorCode[] = ['bad-input', 'too-large', 'unauthenticated', 'forbidden', 'ceiling', 'conflict', 'unavailable', 'internal'];
const REFUSALS_OF_INSURER: readonly ErrorCode[] = ['bad-input', 'too-large', 'unauthenticated', 'not-found', 'unavailable', 'internal'];
const pathNumber = (name: string): Json => ({ name, in: 'path', required: true, schema: { type: 'integer', minimum: 0 } });
const IDEMPOTENCY = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', pattern: '^[\\x21-\\x7e]{8,128}$' }, description: 'A retry within 24 h gets the same answer, entry and guarantee.' };
const body = (schema: Json, type: string): Json => ({ required: true, content: { [type]: { schema } } });
const FHIR = 'application/fhir+json';
const OUTCOME = { type: 'object', required: ['resourceType', 'issue'], properties: { resourceType: { const: 'OperationOutcome' }, issue: { type: 'array' } } };

/** Every route of the API, by `METHOD path`. */
const DESCRIBED: Readonly<Record<string, Described>> = {
  'POST /v1/checks': { open: false, operation: { operationId: 'check', summary: 'May tiers payant be granted, and what is each one’s share?', parameters: [IDEMPOTENCY],
    requestBody: body({ oneOf: [ref('Question'), { type: 'array', minItems: 1, maxItems: BATCH_MAX, items: ref('Question') }] }, 'application/json'),
    responses: { 200: reply('The answer; for an array, one answer or problem each, in order', { oneOf: [ref('Answer'), { type: 'array', items: { anyOf: [ref('Answer'), ref('Problem')] } }] }), ...problems(REFUSALS, 'application/problem+json', ref('Problem')) } } },
  'GET /v1/guarantees/{number}': { open: false, operation: { operationId: 'showGuarantee', summary: 'A guarantee, for who got it and for its insurer',
    parameters: [{ name: 'number', in: 'path', required: true, schema: { type: 'string', pattern: '^RG-' } }],
    responses: { 200: reply('The guarantee', ref('Guarantee')), ...problems(['bad-input', 'unauthenticated', 'not-found', 'unavailable', 'internal'], 'application/problem+json', ref('Problem')) } } },
  'GET /v1/receipts/{entry}': { open: false, operation: { operationId: 'showReceipt', summary: 'Where an answer’s entry stands in the published journal, for who got the answer',
    parameters: [{ name: 'entry', in: 'path', required: true, schema: { type: 'string', pattern: '^[0-9]{1,15}$' } }],
    responses: { 200: reply('Waiting for its place, or its proof', ref('Receipt')), ...problems(['bad-input', 'unauthenticated', 'not-found', 'unavailable', 'internal'], 'application/problem+json', ref('Problem')) } } },
  'POST /v1/cards': { open: false, operation: { operationId: 'registerCards', summary: 'Registers card codes that the calling insurer signed', requestBody: body(object({ cards: { type: 'array', minItems: 1, maxItems: 200, items: object({ code: text('The card code'), nir: text('NIR'), adherentNumber: text('Numéro d’adhérent'), birthDate: text('Birth date'), birthRank: { type: 'integer' } }, ['code', 'birthDate']) } }, ['cards']), 'application/json'),
    responses: { 200: reply('What became of each', { type: 'object', required: ['cards'] }), ...problems(REFUSALS, 'application/problem+json', ref('Problem')) } } },
  'POST /v1/cards/revocations': { open: false, operation: { operationId: 'revokeCards', summary: 'Revokes card codes of the calling insurer, at once', requestBody: body(object({ cards: { type: 'array', minItems: 1, maxItems: 200, items: object({ code: text('The card code') }, ['code']) } }, ['cards']), 'application/json'),
    responses: { 200: reply('How many', object({ revoked: { type: 'integer' } }, ['revoked'])), ...problems(REFUSALS, 'application/problem+json', ref('Problem')) } } },
  'POST /v1/freezes': { open: false, operation: { operationId: 'showFreezes', summary: 'One’s own open freezes: reasons in words, what they stop, what to do', requestBody: body(object({ user: text('Pseudonym of the user, from a software') }, []), 'application/json'),
    responses: { 200: reply('The freezes', object({ freezes: { type: 'array', items: { type: 'object', required: ['freeze', 'reasons', 'unproven', 'reviewDueAt', 'selfLift'] } } }, ['freezes'])), ...problems(['bad-input', 'unauthenticated', 'unavailable', 'internal'], 'application/problem+json', ref('Problem')) } } },
  'POST /v1/appeals': { open: false, operation: { operationId: 'appeal', summary: 'Asks for a human’s review of one’s own freezes, within 30 opening minutes', requestBody: body(object({ user: text('Pseudonym of the user, from a software'), reason: { enum: ['remplacement', 'liste', 'saisie', 'formation', 'pas-moi', 'autre'] } }, []), 'application/json'),
    responses: { 200: reply('The freezes, each with its appeal', object({ freezes: { type: 'array', items: { type: 'object', required: ['freeze', 'appeal'] } } }, ['freezes'])), ...problems(['bad-input', 'unauthenticated', 'unavailable', 'internal'], 'application/problem+json', ref('Problem')) } } },
  'GET /v1/incidents': { open: false, operation: { operationId: 'listIncidents', summary: 'Incidents that concern the calling insurer: what was sent to it, what is due', responses: { 200: reply('The incidents', object({ incidents: { type: 'array' } }, ['incidents'])), ...problems(['unauthenticated', 'unavailable', 'internal'], 'application/problem+json', ref('Problem')) } } },
  'GET /v1/incidents/documents/{document}/{part}': { open: false, operation: { operationId: 'fetchDocumentPart', summary: 'A part (1 MiB, the last one less) of a document sent to the calling insurer; a pack is encrypted to its age recipient', parameters: [pathNumber('document'), pathNumber('part')],
    responses: { 200: reply('The bytes', { type: 'string', contentMediaType: 'application/octet-stream' }, 'application/octet-stream'), ...problems(['unauthenticated', 'not-found', 'unavailable', 'internal'], 'application/problem+json', ref('Problem')) } } },
  'POST /v1/incidents/{incident}/acknowledgement': { open: false, operation: { operationId: 'acknowledgeIncident', summary: 'The insurer has what was sent', parameters: [pathNumber('incident')], requestBody: body(object({ by: text('Who acknowledges', { maxLength: 400 }) }, []), 'application/json'),
    responses: { 200: reply('How many documents', object({ acknowledged: { type: 'integer' } }, ['acknowledged'])), ...problems(REFUSALS_OF_INSURER, 'application/problem+json', ref('Problem')) } } },
  'POST /v1/incidents/{incident}/progress': { open: false, operation: { operationId: 'reportProgress', summary: 'How many of its insured the insurer has told; authority: the reference of its own notification', parameters: [pathNumber('incident')],
    requestBody: body(object({ told: { type: 'integer', minimum: 0 }, means: text('How', { maxLength: 400 }), note: text('Remarks; reasons when late', { maxLength: 400 }), authority: text('Number the authority gave', { maxLength: 400 }) }, ['told']), 'application/json'),
    responses: { 200: reply('Recorded', object({ recorded: { const: true } }, ['recorded'])), ...problems(REFUSALS_OF_INSURER, 'application/problem+json', ref('Problem')) } } },
  'POST /fhir/CoverageEligibilityRequest/$submit': { open: false, operation: { operationId: 'submit', summary: 'The same in FHIR R4 (docs/formats/fhir.md)', parameters: [IDEMPOTENCY],
    requestBody: body({ type: 'object', required: ['resourceType'], properties: { resourceType: { enum: ['CoverageEligibilityRequest', 'Parameters', 'Bundle'] } } }, FHIR),
    responses: { 200: reply('CoverageEligibilityResponse, or a Bundle of them', { type: 'object' }, FHIR), ...problems(REFUSALS, FHIR, OUTCOME) } } },
  'GET /fhir/metadata': { open: true, operation: { operationId: 'metadata', summary: 'FHIR capability statement', responses: { 200: reply('CapabilityStatement', { type: 'object' }, FHIR) } } },
  'GET /openapi.json': { open: true, operation: { operationId: 'openapi', summary: 'This document', responses: { 200: reply('OpenAPI 3.1', { type: 'object' }) } } },
  'GET /healthz': { open: true, operation: { operationId: 'healthz', summary: 'The process runs', responses: { 200: reply('It does', { type: 'object' }) } } },
  'GET /readyz': { open: true, operation: { operationId: 'readyz', summary: 'It can answer', responses: { 200: reply('It can', { type: 'object' }), 503: reply('Not now', { type: 'object' }) } } },
};

const MY = ['bad-input', 'unauthenticated', 'forbidden', 'conflict', 'unavailable', 'internal'] as const;
const portal = (operationId: string, summary: string, { schema, request }: { readonly schema: Json; readonly request?: Json }): Described => ({ open: false, operation: { operationId, summary, tags: ['portal'],
  ...(request === undefined ? {} : { requestBody: body(request, 'application/json') }), responses: { 200: reply('Done', schema), ...problems(MY, 'application/problem+json', ref('Problem')) } } });
const SIGN_IN = object({ shownAs: { type: ['string', 'null'] }, establishment: { type: 'string' }, town: { type: 'string' }, peerGroup: { type: 'string' }, asksAsEstablishment: { type: 'boolean' }, how: { enum: ['psc', 'passkey'] }, staff: { type: 'boolean' },
  expiresAt: { type: 'string' }, passkeys: { type: 'integer' }, lostUntil: { type: ['string', 'null'] }, frozen: { type: 'boolean' } }, ['establishment', 'how', 'expiresAt', 'passkeys']);
const TOUCH = object({ nonce: text('As given by /v1/passkeys/nonce'), response: { type: 'object', description: 'WebAuthn answer in JSON; its challenge is SHA-256 of rempart-passkey-v1|purpose|nonce|thumbprint' } }, ['nonce', 'response']);
const DONE = object({ done: { const: true } }, ['done']);
const list = (properties: readonly string[]): Json => ({ type: 'array', items: { type: 'object', required: properties } });

/** What the portal uses besides; any client with a signed-in key may. */
const DESCRIBED_PORTAL: Readonly<Record<string, Described>> = {
  'GET /v1/insurers': { open: true, operation: { operationId: 'listInsurers', summary: 'The insurers served here, by name and number', responses: { 200: reply('A list', list(['amcNumber', 'name'])) } } },
  'GET /v1/passkeys/nonce': { open: true, operation: { operationId: 'passkeyNonce', summary: 'A nonce for a passkey’s challenge, good for two minutes', responses: { 200: reply('The nonce', object({ nonce: { type: 'string' } }, ['nonce'])) } } },
  'POST /v1/session': portal('openSession', 'Confirms a sign-in: what opened it is verified here, for this very key', { schema: SIGN_IN, request: object({ invitation: text('One-time code of a member of staff') }, []) }),
  'GET /v1/session': portal('showSession', 'Who is signed in', { schema: SIGN_IN }),
  'POST /v1/session/end': portal('endSession', 'Signs out', { schema: DONE }),
  'POST /v1/passkeys': portal('enrolPasskey', 'Enrols a passkey, within ten minutes of a Pro Santé Connect sign-in', { schema: DONE, request: TOUCH }),
  'POST /v1/passkeys/lost': portal('losePasskeys', 'All of one’s passkeys are lost: they stop at once; a new one after a day', { schema: DONE }),
  'POST /v1/step-up': portal('stepUp', 'A touch of one’s passkey', { schema: DONE, request: TOUCH }),
  'GET /v1/my/day': portal('showDay', 'One’s own questions of the day, ceilings and sign-ins; no person in it', { schema: { type: 'object', required: ['questions', 'ceilings', 'signIns', 'passkeys'] } }),
  'POST /v1/my/ceiling': portal('raiseCeiling', 'Raises one’s own ceiling by half until the day’s end, after a step-up', { schema: DONE, request: object({ reason: { enum: ['garde', 'affluence', 'remplacement', 'autre'] } }, []) }),
  'POST /v1/my/touches': portal('touchForSoftware', 'Answers for the user of a software of one’s establishment, by the code that its refusal gave, after a step-up', { schema: DONE, request: object({ code: text('Eight letters and digits, good once, for ten minutes'), reason: { enum: ['garde', 'affluence', 'remplacement', 'autre'] } }, ['code']) }),
  'POST /v1/my/freeze': portal('freezeOwn', 'That was not me: stops every credential of this person', { schema: object({ entry: { type: 'integer' } }, ['entry']) }),
  'POST /v1/staff/invitations': portal('inviteStaff', 'A one-time code for a member of staff, good for seven days', { schema: object({ code: { type: 'string' } }, ['code']) }),
};

/** `METHOD path` of every described route, a path parameter written `*` as the router has it. */
export function describedRoutes(): string[] {
  return Object.keys({ ...DESCRIBED, ...DESCRIBED_PORTAL }).map((key) => key.replaceAll(/\{\w+\}/g, '*'));
}

/** The API's OpenAPI 3.1 document; committed as docs/openapi.json, served as /openapi.json. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [key, { open, operation }] of Object.entries({ ...DESCRIBED, ...DESCRIBED_PORTAL })) {
    const [method = '', path = ''] = key.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...operation, security: open ? [] : [{ dpop: [] }] } };
  }
  return { openapi: '3.1.0', info: { title: 'Rempart', version: '1', description: 'Rights check of complementary insurers in tiers payant. A body of at most 1 MiB; amounts in cents; French first.' }, paths,
    components: { securitySchemes: { dpop: { type: 'http', scheme: 'DPoP', description: 'Access token of at most 10 minutes from the authorization server (client_credentials, private_key_jwt), with a DPoP proof (RFC 9449) on every request. No bearer token.' } },
      schemas: { Words: WORDS, InvoiceLine: LINE, Question: QUESTION, Answer: ANSWER, Reckoning: RECKONING, Problem: PROBLEM, Guarantee: GUARANTEE, Receipt: RECEIPT } } };
}
