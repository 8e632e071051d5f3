import { createHash, verify, type KeyObject } from 'node:crypto';
import { signEd25519, type KeyRing, type PublicText } from '../ground/index.ts';
import type { Reckoning } from '../guarantees/index.ts';
import { formatGuaranteeNumber, placedBy } from '../journal/index.ts';
import { writeDate } from '../identifiers/index.ts';
import type { Told } from '../gate/index.ts';
import type { Guarantee } from './answer.ts';

/** What a guarantee's token states: no person, no professional. */
export interface GuaranteeClaims {
  readonly num: string;
  readonly amc: string;
  readonly dom: string;
  readonly care: string;
  readonly exp: string;
  readonly at: string;
  readonly par: string;
  /** `amount`: the complementary pays exactly this many cents; `rule`: it pays by the rule shown. */
  readonly kind: 'amount' | 'rule';
  readonly cents?: number;
  /** The entry's commitment, and by when the published journal holds it: the token is a receipt too. */
  readonly leaf: string;
  readonly by: number;
  /** SHA-256 of the invoice lines it is for. */
  readonly lines?: string;
}

function terms(told: Told, cents: number | undefined): PublicText {
  const amount = { fr: cents === undefined ? 'selon la règle indiquée' : 'pour le montant indiqué', en: cents === undefined ? 'by the rule shown' : 'for the amount shown' };
  return { fr: `L'assureur s'engage ${amount.fr}, domaine ${told.domain}, soins du ${writeDate(told.careDate)}, facturés au plus tard le ${writeDate(String(told.expiresOn))}. Une radiation enregistrée ensuite ne l'annule pas. Exclus : ce qui demande un accord préalable.`,
    en: `The insurer commits itself ${amount.en}, domain ${told.domain}, care of ${writeDate(told.careDate)}, invoiced by ${writeDate(String(told.expiresOn))}. A strike-off recorded later does not void it. Excluded: whatever needs a prior agreement.` };
}

/** SHA-256 (base64url) of invoice lines as the gate keeps them. */
export function digestOfLines(lines: unknown): string {
  return createHash('sha256').update(JSON.stringify(lines)).digest('base64url');
}

const headers = new Map<string, string>();

function headerOf(kid: string): string {
  const written = headers.get(kid) ?? Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'rempart-guarantee+jwt', kid })).toString('base64url');
  headers.set(kid, written);
  return written;
}

function signClaims(claims: GuaranteeClaims, keyRing: KeyRing): string {
  const input = `${headerOf(keyRing.signingKeyId)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${signEd25519(Buffer.from(input), keyRing.signingKey).toString('base64url')}`;
}

/** The guarantee of a yes, signed. Of an amount only when every line's amount is guaranteed. */
export function writeGuarantee(told: Told, context: { readonly amcNumber: string; readonly keyRing: KeyRing; readonly reckoning: Reckoning | undefined; readonly lines: unknown }): Guarantee {
  const { amcNumber, keyRing, reckoning, lines } = context;
  const cents = reckoning === undefined || reckoning.authorizationRequired ? undefined : reckoning.totals.amcCents;
  const number = formatGuaranteeNumber(told.entry);
  const token = signClaims({ num: number, amc: amcNumber, dom: told.domain, care: told.careDate, exp: String(told.expiresOn), at: told.at, par: told.parameters,
    leaf: told.leaf, by: placedBy(told.at),
    kind: cents === undefined ? 'rule' : 'amount', ...(cents === undefined ? {} : { cents }), ...(lines === undefined ? {} : { lines: digestOfLines(lines) }) }, keyRing);
  return { number, expiresOn: String(told.expiresOn), token, terms: terms(told, cents) };
}

/** Reads and verifies a guarantee's token; undefined when it is not ours or was changed. */
export function findClaims(token: string, key: KeyObject): GuaranteeClaims | undefined {
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (!verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))) return undefined;
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as GuaranteeClaims;
}
