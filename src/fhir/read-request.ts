import { AppError, type FieldFault } from '../ground/index.ts';
import { isObject, readBatch, readQuestion, type Question } from '../checks/index.ts';
import { INS_OID, type PlainDate } from '../identifiers/index.ts';
import { SYSTEM } from './systems.ts';

/** One request read: the question, and what its response must repeat. */
export interface FhirQuestion {
  readonly question: Question;
  readonly purposes: readonly string[];
  /** The request's own identifier: asked again within a day, it gets the same answer. */
  readonly requestKey?: string;
}

type Json = Record<string, unknown>;

const PURPOSES = ['validation', 'benefits'];
const NIR_SYSTEMS = Object.values(INS_OID).map((oid) => `urn:oid:${oid}`);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const objects = (value: unknown): readonly Json[] => list(value).filter(isObject);
/** A string, or nothing: what a stranger sends may not even be convertible. */
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const get = (value: unknown, ...path: readonly string[]): unknown => path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);

function fault(field: string, rule: string, words: { readonly fr: string; readonly en: string }): FieldFault {
  return { field, rule, message: words, remedy: { fr: 'Voir docs/formats/fhir.md.', en: 'See docs/formats/fhir.md.' } };
}

function refuse(faults: readonly FieldFault[]): never {
  throw new AppError({ code: 'bad-input', faults, publicText: { fr: `${faults.length} élément(s) à corriger. Rien n'a été cherché.`, en: `${faults.length} element(s) to correct. Nothing was looked up.` } });
}

function extension(resource: Json, url: string, type: string): unknown {
  return objects(resource['extension']).find((e) => e['url'] === url)?.[type];
}

function contained(request: Json, reference: unknown, type: string): Json | undefined {
  const id = typeof reference === 'string' && reference.startsWith('#') ? reference.slice(1) : undefined;
  return objects(request['contained']).find((resource) => resource['resourceType'] === type && (id === undefined || resource['id'] === id));
}

// A date without its day, or without its month, is an unknown one; cards print zeros.
function birthDateOf(patient: Json | undefined): unknown {
  const date = patient?.['birthDate'];
  if (typeof date !== 'string') return date;
  if (/^\d{4}$/.test(date)) return `${date}-00-00`;
  return /^\d{4}-\d{2}$/.test(date) ? `${date}-00` : date;
}

function nirOf(patient: Json | undefined, coverage: Json | undefined): unknown {
  // The NIR on a card is the insured's: on the coverage when the patient has another.
  for (const holder of [coverage, patient]) {
    const found = objects(holder?.['identifier']).find((identifier) => NIR_SYSTEMS.includes(text(identifier['system'])));
    if (found !== undefined) return found['value'];
  }
  return undefined;
}

function classOf(coverage: Json | undefined, code: string): unknown {
  return objects(coverage?.['class']).find((c) => objects(get(c, 'type', 'coding')).some((coding) => coding['system'] === SYSTEM.coverageClass && coding['code'] === code))?.['value'];
}

const cents = (money: unknown): number | undefined => {
  const value = get(money, 'value');
  return typeof value === 'number' ? Math.round(value * 100) : undefined;
};

// An item that says its category alone asks about the domain; what says more is an act, and needs its code.
function lineOf(item: Json): Json | undefined {
  const [coding = {}] = objects(get(item, 'productOrService', 'coding'));
  if (item['productOrService'] === undefined && item['unitPrice'] === undefined && item['quantity'] === undefined) return undefined;
  const quantity = get(item, 'quantity', 'value');
  const unit = cents(item['unitPrice']);
  const more = Object.fromEntries(objects(item['extension']).filter((e) => text(e['url']).startsWith(SYSTEM.lineExtension)).map((e) => {
    const { url, ...value } = e;
    return [text(url).slice(SYSTEM.lineExtension.length), Object.values(value)[0]];
  }));
  const nomenclature = typeof coding['system'] === 'string' && coding['system'].startsWith(`${SYSTEM.nomenclature}/`) ? coding['system'].slice(SYSTEM.nomenclature.length + 1) : coding['system'];
  return { code: coding['code'], nomenclature, priceCents: unit === undefined ? undefined : unit * (typeof quantity === 'number' ? quantity : 1), ...(quantity === undefined ? {} : { quantity }), ...more };
}

/** The acts of a request, each with the number of its item. */
function linesOf(request: Json): { readonly item: number; readonly line: Json }[] {
  return objects(request['item']).flatMap((each, item) => {
    const line = lineOf(each);
    return line === undefined ? [] : [{ item, line }];
  });
}

const isElsewhere = (reference: unknown): boolean => typeof reference === 'string' && !reference.startsWith('#');

// Somebody else than who is contained must not be taken for them; nor one currency for another, one register for another.
function checkParties(request: Json): FieldFault[] {
  const at = 'CoverageEligibilityRequest';
  const faults: FieldFault[] = [];
  const [insurance] = objects(request['insurance']);
  if (isElsewhere(get(request, 'patient', 'reference'))) faults.push(fault(`${at}.patient.reference`, 'contained', { fr: 'Le patient est joint : dans la demande (contained), nommé par #id, ou à côté dans le Bundle.', en: 'The patient comes with the request: contained, named by #id, or beside it in the Bundle.' }));
  if (isElsewhere(get(insurance, 'coverage', 'reference'))) faults.push(fault(`${at}.insurance.coverage.reference`, 'contained', { fr: 'La couverture est jointe : dans la demande (contained), nommée par #id, ou à côté dans le Bundle.', en: 'The coverage comes with the request: contained, named by #id, or beside it in the Bundle.' }));
  for (const [i, item] of objects(request['item']).entries()) {
    const currency = get(item, 'unitPrice', 'currency');
    if (currency !== undefined && currency !== 'EUR') faults.push(fault(`${at}.item[${i}].unitPrice.currency`, 'currency', { fr: 'Les prix sont en euros (EUR).', en: 'Prices are in euros (EUR).' }));
  }
  const patient = contained(request, get(request, 'patient', 'reference'), 'Patient');
  const coverage = contained(request, get(insurance, 'coverage', 'reference'), 'Coverage');
  if (objects(patient?.['identifier']).length > 0 && nirOf(patient, coverage) === undefined && coverage?.['subscriberId'] === undefined) {
    faults.push(fault(`${at}.contained.ofType(Patient).identifier.system`, 'ins-oid', { fr: `Système admis : ${NIR_SYSTEMS.join(', ')}.`, en: `Systems known: ${NIR_SYSTEMS.join(', ')}.` }));
  }
  return faults;
}

function checkShape(request: Json): FieldFault[] {
  const at = 'CoverageEligibilityRequest';
  const faults: FieldFault[] = [];
  if (request['status'] !== 'active') faults.push(fault(`${at}.status`, 'status', { fr: 'Seules les demandes actives reçoivent une réponse.', en: 'Only active requests are answered.' }));
  const purposes = list(request['purpose']);
  if (purposes.length === 0 || purposes.some((p) => !PURPOSES.includes(text(p)))) faults.push(fault(`${at}.purpose`, 'purpose', { fr: `Buts admis : ${PURPOSES.join(', ')}.`, en: `Purposes answered: ${PURPOSES.join(', ')}.` }));
  if (list(request['insurance']).length > 1) faults.push(fault(`${at}.insurance`, 'one-insurance', { fr: 'Une assurance par demande.', en: 'One insurance a request.' }));
  if (list(request['modifierExtension']).length > 0) faults.push(fault(`${at}.modifierExtension`, 'modifier-extension', { fr: 'Extension modificatrice non comprise.', en: 'Modifier extension not understood.' }));
  if (request['servicedPeriod'] !== undefined) faults.push(fault(`${at}.serviced`, 'serviced-date', { fr: 'Donnez servicedDate, un jour.', en: 'Give servicedDate, one day.' }));
  const domains = new Set(objects(request['item']).flatMap((item) => objects(get(item, 'category', 'coding')).filter((c) => c['system'] === SYSTEM.domain).map((c) => c['code'])));
  if (domains.size > 1) faults.push(fault(`${at}.item.category`, 'one-domain', { fr: 'Un domaine par demande.', en: 'One domain a request.' }));
  return [...faults, ...checkParties(request)];
}

function toPlain(request: Json): Json {
  const [insurance] = objects(request['insurance']);
  const patient = contained(request, get(request, 'patient', 'reference'), 'Patient');
  const coverage = contained(request, get(insurance, 'coverage', 'reference'), 'Coverage');
  const domain = objects(request['item']).flatMap((item) => objects(get(item, 'category', 'coding'))).find((c) => c['system'] === SYSTEM.domain)?.['code'];
  const amcNumber = get(request, 'insurer', 'identifier', 'value') ?? objects(coverage?.['payor']).map((p) => get(p, 'identifier', 'value'))[0];
  const lines = linesOf(request).map(({ line }) => line);
  const plain: Json = { reference: objects(request['identifier'])[0]?.['value'] ?? request['id'], user: extension(request, SYSTEM.userExtension, 'valueString'),
    insurer: { amcNumber, conventionType: classOf(coverage, 'convention-type'), csr: classOf(coverage, 'csr') }, nir: nirOf(patient, coverage), adherentNumber: coverage?.['subscriberId'],
    birthDate: birthDateOf(patient), birthRank: patient?.['multipleBirthInteger'], domain, careDate: request['servicedDate'], presence: extension(request, SYSTEM.presenceExtension, 'valueCode'),
    cardExpiresOn: extension(request, SYSTEM.cardExtension, 'valueDate'), ...(lines.length > 0 ? { lines } : {}) };
  return Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
}

/** Reads one CoverageEligibilityRequest. @throws AppError `bad-input`, faults placed by FHIRPath. */
export function readRequest(resource: unknown, context: { readonly today: PlainDate }): FhirQuestion {
  if (!isObject(resource) || resource['resourceType'] !== 'CoverageEligibilityRequest') {
    return refuse([fault('resourceType', 'resource-type', { fr: 'Une CoverageEligibilityRequest est attendue.', en: 'A CoverageEligibilityRequest is expected.' })]);
  }
  const shape = checkShape(resource);
  try {
    const question = readQuestion(toPlain(resource), context);
    if (shape.length > 0) refuse(shape);
    const [identifier] = objects(resource['identifier']);
    const requestKey = typeof identifier?.['value'] === 'string' ? { requestKey: `${text(identifier['system'])}|${identifier['value']}` } : {};
    return { question, purposes: list(resource['purpose']).map(text), ...requestKey };
  } catch (cause) {
    if (!(cause instanceof AppError) || shape.includes(cause.faults[0] as FieldFault)) throw cause;
    const items = linesOf(resource).map(({ item }) => item);
    return refuse([...shape, ...cause.faults.map((each) => ({ ...each, field: onItem(each.field, items) }))]);
  }
}

const OF_ITEM: Readonly<Record<string, string>> = { code: 'productOrService', nomenclature: 'productOrService', priceCents: 'unitPrice', quantity: 'quantity' };

// Where a fault of an act stands: items without an act are no lines, so that their numbers differ.
function onItem(field: string, items: readonly number[]): string {
  const [, line, name] = /^lines\[(\d+)\](?:\.(\w+))?/.exec(field) ?? [];
  if (line === undefined) return field;
  const at = `CoverageEligibilityRequest.item[${items[Number(line)] ?? line}]`;
  return name === undefined ? at : `${at}.${OF_ITEM[name] ?? `extension('${SYSTEM.lineExtension}${name}').value`}`;
}

const BESIDE = ['Patient', 'Coverage', 'Organization'];

// Patients, coverages and insurers may stand beside the requests that name them, by `fullUrl` or `Type/id`: they become the request's own.
function questionsOf(entries: readonly unknown[]): unknown[] {
  const resources = entries.map((entry) => get(entry, 'resource'));
  const isBeside = (resource: unknown): resource is Json => isObject(resource) && BESIDE.includes(text(resource['resourceType']));
  const beside = new Map<string, Json>();
  for (const [i, resource] of resources.entries()) {
    if (!isBeside(resource)) continue;
    for (const name of [text(get(entries[i], 'fullUrl')), `${text(resource['resourceType'])}/${text(resource['id'])}`]) if (name !== '') beside.set(name, resource);
  }
  const questions = resources.filter((resource) => !isBeside(resource));
  if (questions.length === 0) return resources;
  return questions.map((question) => (isObject(question) && beside.size > 0 ? bringIn(question, beside) : question));
}

function bringIn(request: Json, beside: ReadonlyMap<string, Json>): Json {
  const named = (reference: unknown, type: string): Json | undefined => [beside.get(text(reference))].find((resource) => resource?.['resourceType'] === type);
  const [insurance, ...more] = objects(request['insurance']);
  const patient = named(get(request, 'patient', 'reference'), 'Patient');
  const coverage = named(get(insurance, 'coverage', 'reference'), 'Coverage');
  const payor = objects(coverage?.['payor']).map((one) => one['reference'])[0];
  const insurer = named(get(request, 'insurer', 'reference') ?? payor, 'Organization');
  const own = [...(patient === undefined ? [] : [{ ...patient, id: 'beside-patient' }]), ...(coverage === undefined ? [] : [{ ...coverage, id: 'beside-coverage' }])];
  return { ...request, contained: [...own, ...list(request['contained'])],
    ...(patient === undefined ? {} : { patient: { reference: '#beside-patient' } }),
    ...(coverage === undefined ? {} : { insurance: [{ ...insurance, coverage: { reference: '#beside-coverage' } }, ...more] }),
    ...(insurer === undefined || get(request, 'insurer', 'identifier') !== undefined ? {} : { insurer: { identifier: amcOf(insurer) } }) };
}

const amcOf = (insurer: Json): Json | undefined => objects(insurer['identifier']).find((identifier) => identifier['system'] === SYSTEM.amc) ?? objects(insurer['identifier'])[0];

/** What `$submit` takes: the request itself, Parameters with it as `resource`, or a Bundle of up to 200, read one by one. */
export function openSubmission(body: unknown): { readonly single: boolean; readonly resources: readonly unknown[] } {
  const type = get(body, 'resourceType');
  if (type === 'Parameters') return openSubmission(objects(get(body, 'parameter')).find((p) => p['name'] === 'resource')?.['resource']);
  if (type !== 'Bundle') return { single: true, resources: [body] };
  return { single: false, resources: readBatch(questionsOf(list(get(body, 'entry'))), 'Bundle.entry') };
}
