import type { MadeUpPerson } from '../src/sandbox/index.ts';
import type { Random } from './random.ts';

/** What an attacker is, for the limits that hold for them. */
export type AttackClass = 'no-card' | 'cards-held' | 'slow' | 'collusion' | 'platform';

/** One question of an attack, at a simulated minute from the theft of the session. */
export interface AttackQuestion {
  readonly minute: number;
  readonly amc: string;
  readonly nir?: string;
  readonly adherentNumber?: string;
  readonly birthDate: string;
  readonly birthRank?: number;
}

/** What the attacker learns from a question. */
export type Learnt = 'yes' | 'no' | 'undetermined' | 'ceiling' | 'refused';

/** What an attacker may know: nothing of the register but what a leak gave them. */
export interface Loot {
  readonly random: Random;
  /** Every insurer's number: public. */
  readonly insurers: readonly string[];
  /** Persons of an older leak, with their insurers; true as of then. */
  readonly leaked: readonly (MadeUpPerson & { readonly amc: string })[];
}

/**
 * An attack on one stolen session: a generator that yields questions and is given what it learnt. Foreign scripts
 * (`npm run attack -- --script FILE`) export one of these as default.
 */
export interface AttackScript {
  readonly name: string;
  readonly class: AttackClass;
  /** In one line: who they are and what they try. */
  readonly what: string;
  readonly questions: (loot: Loot) => Generator<AttackQuestion, void, Learnt>;
}
