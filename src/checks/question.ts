import type { AdherentNumber, AmcNumber, BirthDate, BirthRank, CardCode, ConventionType, Csr, Nir, PlainDate } from '../identifiers/index.ts';
import type { InvoiceLine } from '../guarantees/index.ts';
import type { Domain } from './domain.ts';

/** May tiers payant be granted to this person, for this domain, on this day? Every identifier is parsed. */
export interface Question {
  /** The caller's own reference: the only thing of the question that comes back. */
  readonly reference: string;
  /** Pseudonymous user of the installation; empty where the establishment itself asks. */
  readonly user: string;
  readonly insurer: { readonly amcNumber: AmcNumber; readonly conventionType?: ConventionType; readonly csr?: Csr };
  readonly nir?: Nir;
  readonly adherentNumber?: AdherentNumber;
  /** A signed card code, instead of the identity below. */
  readonly card?: CardCode;
  /** There unless a card code was given. */
  readonly birthDate?: BirthDate;
  readonly birthRank?: BirthRank;
  readonly domain: Domain;
  readonly careDate: PlainDate;
  /** What the installation says it read; `known` and `card` are found by the gate, never said. */
  readonly presence: 'none' | 'declared';
  readonly lines?: readonly InvoiceLine[];
}
