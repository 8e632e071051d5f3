import { readInvoiceLines } from '../../guarantees/index.ts';
import { addMonths, parseAdherentNumber, parseAmcNumber, parseBirthDate, parseBirthRank, parseCardCode, parseConventionType, parseCsr, parseNir, parsePlainDate,
  isNir, type PlainDate } from '../../identifiers/index.ts';
import { DOMAINS } from '../domain.ts';
import type { Question } from '../question.ts';
import { FieldReader, isObject } from './fields.ts';

/** The fields of a question in plain JSON (docs/formats/checks-api.md). */
export const QUESTION_FIELDS = ['reference', 'user', 'insurer', 'card', 'nir', 'adherentNumber', 'birthDate', 'birthRank', 'cardExpiresOn', 'domain', 'careDate', 'presence', 'lines'] as const;
const PAST_MONTHS = 27;
const AHEAD_MONTHS = 3;

function readInsurer(reader: FieldReader, value: unknown): Question['insurer'] | undefined {
  if (value === undefined || value === null) return reader.missing('insurer');
  if (!isObject(value)) return reader.wrongType('insurer', 'object');
  reader.known('insurer', value, ['amcNumber', 'conventionType', 'csr']);
  const amc = reader.string('insurer.amcNumber', value['amcNumber'], { max: 20, required: true });
  const convention = reader.string('insurer.conventionType', value['conventionType'], { max: 10 });
  const csr = reader.string('insurer.csr', value['csr'], { max: 20 });
  const amcNumber = amc === undefined ? undefined : reader.parsed('insurer.amcNumber', () => parseAmcNumber(amc));
  const conventionType = convention === undefined ? undefined : reader.parsed('insurer.conventionType', () => parseConventionType(convention));
  const parsedCsr = csr === undefined ? undefined : reader.parsed('insurer.csr', () => parseCsr(csr));
  if (amcNumber === undefined) return undefined;
  return { amcNumber, ...(conventionType === undefined ? {} : { conventionType }), ...(parsedCsr === undefined ? {} : { csr: parsedCsr }) };
}

/** The date of care, within 27 months back and 3 months ahead of today. */
export function readCareDate(reader: FieldReader, field: string, input: { readonly value: unknown; readonly today: PlainDate }): PlainDate | undefined {
  const text = reader.string(field, input.value, { max: 10, required: true });
  const date = text === undefined ? undefined : reader.parsed(field, () => parsePlainDate(text));
  if (date === undefined) return undefined;
  const [first, last] = [addMonths(input.today, -PAST_MONTHS), addMonths(input.today, AHEAD_MONTHS)];
  if (date >= first && date <= last) return date;
  return reader.fault(field, 'care-date-range', { fr: `La date des soins va du ${first} au ${last}.`, en: `The date of care is from ${first} to ${last}.`,
    remedyFr: 'Vérifiez la date des soins.', remedyEn: 'Check the date of care.' });
}

function readUser(reader: FieldReader, value: unknown): string | undefined {
  if (value === undefined || value === '') return '';
  const user = reader.string('user', value, { max: 64, pattern: /^[A-Za-z0-9_-]{1,64}$/ });
  if (user === undefined || (!isNir(user) && !/^\d{11}$/.test(user))) return user;
  return reader.fault('user', 'pseudonym', { fr: "L'utilisateur est un pseudonyme, pas un numéro de personne.", en: 'The user is a pseudonym, not a person’s number.',
    remedyFr: 'Donnez à chaque utilisateur un identifiant propre au logiciel.', remedyEn: 'Give each user an identifier of your software’s own.' });
}

function checkCard(reader: FieldReader, input: { readonly value: unknown; readonly careDate: PlainDate | undefined }): void {
  const text = reader.string('cardExpiresOn', input.value, { max: 10 });
  const expires = text === undefined ? undefined : reader.parsed('cardExpiresOn', () => parsePlainDate(text));
  if (expires === undefined || input.careDate === undefined || expires >= input.careDate) return;
  reader.fault('cardExpiresOn', 'card-expired', { fr: 'La carte est expirée à la date des soins.', en: 'The card has expired on the date of care.',
    remedyFr: "Demandez la carte de l'année.", remedyEn: 'Ask for this year’s card.' });
}

/** Most questions in one array or Bundle. */
export const BATCH_MAX = 200;

/** Questions asked together. @throws AppError `bad-input` when there are none or too many. */
export function readBatch(items: readonly unknown[], field: string): readonly unknown[] {
  if (items.length > 0 && items.length <= BATCH_MAX) return items;
  const reader = new FieldReader();
  reader.fault(field, 'batch-size', { fr: `De 1 à ${BATCH_MAX} questions à la fois.`, en: `1 to ${BATCH_MAX} questions at a time.`, remedyFr: 'Envoyez plusieurs lots.', remedyEn: 'Send several batches.' });
  reader.refuse();
  return items;
}

type Who = Partial<Pick<Question, 'insurer' | 'card' | 'nir' | 'adherentNumber' | 'birthDate' | 'birthRank'>>;

const IDENTITY_FIELDS = ['nir', 'adherentNumber', 'birthDate', 'birthRank', 'cardExpiresOn'] as const;

// A card code says it all: whatever else would name the person is refused rather than ignored.
function readCard(reader: FieldReader, body: Record<string, unknown>): Who {
  const text = reader.string('card', body['card'], { max: 400 });
  const card = text === undefined ? undefined : reader.parsed('card', () => parseCardCode(text));
  for (const field of IDENTITY_FIELDS) {
    if (body[field] !== undefined) reader.fault(field, 'card-and-identity', { fr: 'La carte suffit.', en: 'The card is enough.', remedyFr: 'Ôtez ce champ.', remedyEn: 'Leave this field out.' });
  }
  const insurer = body['insurer'] === undefined ? undefined : readInsurer(reader, body['insurer']);
  if (card === undefined) return {};
  if (insurer !== undefined && insurer.amcNumber !== card.amcNumber) {
    reader.fault('insurer.amcNumber', 'card-insurer', { fr: 'La carte est d’un autre assureur.', en: 'The card is another insurer’s.', remedyFr: 'Ôtez ce champ : la carte nomme l’assureur.', remedyEn: 'Leave this field out: the card names the insurer.' });
  }
  return { card, insurer: { amcNumber: card.amcNumber, conventionType: card.conventionType, csr: card.csr } };
}

function readIdentity(reader: FieldReader, body: Record<string, unknown>): Who {
  const insurer = readInsurer(reader, body['insurer']);
  const nirText = reader.string('nir', body['nir'], { max: 30 });
  const adherentText = reader.string('adherentNumber', body['adherentNumber'], { max: 30 });
  const nir = nirText === undefined ? undefined : reader.parsed('nir', () => parseNir(nirText));
  const adherentNumber = adherentText === undefined ? undefined : reader.parsed('adherentNumber', () => parseAdherentNumber(adherentText));
  if (body['nir'] === undefined && body['adherentNumber'] === undefined) {
    reader.fault('nir', 'required', { fr: "Il faut le NIR de l'assuré ou le numéro d'adhérent.", en: 'The insured’s NIR or the adhérent number is needed.', remedyFr: "Renseignez l'un des deux.", remedyEn: 'Fill in one of them.' });
  }
  const birthText = reader.string('birthDate', body['birthDate'], { max: 12, required: true });
  const birthDate = birthText === undefined ? undefined : reader.parsed('birthDate', () => parseBirthDate(birthText));
  const rank = body['birthRank'] === undefined ? 1 : body['birthRank'];
  const birthRank = typeof rank === 'number' ? reader.parsed('birthRank', () => parseBirthRank(rank)) : reader.wrongType('birthRank', 'integer');
  return { ...(insurer === undefined ? {} : { insurer }), ...(birthDate === undefined ? {} : { birthDate }), ...(birthRank === undefined ? {} : { birthRank }),
    ...(nir === undefined ? {} : { nir }), ...(adherentNumber === undefined ? {} : { adherentNumber }) };
}

// Software that writes null for a field means that it leaves it out; but a rank that is not known is not rank 1.
const withoutNulls = (object: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(object).filter(([name, value]) => value !== null || name === 'birthRank'));

/**
 * Reads a question in plain JSON; a field that is null is left out, but for the birth rank.
 * @throws AppError `bad-input` with every faulty field, its rule and remedy; never the value.
 */
export function readQuestion(given: unknown, context: { readonly today: PlainDate }): Question {
  const reader = new FieldReader();
  if (!isObject(given)) {
    reader.wrongType('', 'object');
    reader.refuse();
    throw new Error('unreachable');
  }
  const body = withoutNulls(given);
  reader.known('', body, QUESTION_FIELDS);
  const reference = reader.string('reference', body['reference'], { max: 64, pattern: /^[A-Za-z0-9._:-]{1,64}$/, required: true });
  const user = readUser(reader, body['user']);
  const who = body['card'] === undefined ? readIdentity(reader, body) : readCard(reader, body);
  const domain = reader.oneOf('domain', body['domain'], DOMAINS);
  const careDate = readCareDate(reader, 'careDate', { value: body['careDate'], today: context.today });
  checkCard(reader, { value: body['cardExpiresOn'], careDate });
  if (who.birthDate !== undefined && careDate !== undefined && String(who.birthDate) > careDate) {
    reader.fault('birthDate', 'born-after-care', { fr: 'La naissance est après les soins.', en: 'The birth is after the care.', remedyFr: 'Vérifiez les deux dates.', remedyEn: 'Check both dates.' });
  }
  const presence = reader.oneOf('presence', body['presence'] ?? 'none', ['none', 'declared'] as const);
  const lines = body['lines'] === undefined ? undefined : readLines(reader, body['lines'], domain ?? 'PHAR');
  reader.refuse();
  return { reference, user, ...who, domain, careDate, presence, ...(lines === undefined ? {} : { lines }) } as Question;
}

/** Invoice lines; their faults are added to the reader's. */
export function readLines(reader: FieldReader, value: unknown, domain: string): Question['lines'] {
  const read = readInvoiceLines(value, { path: 'lines', domain });
  for (const fault of read.faults) reader.faults.push({ field: fault.path, rule: fault.rule, message: fault.message, remedy: fault.remedy });
  return read.lines;
}
