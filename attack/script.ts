import type { MadeUpPerson } from '../src/sandbox/index.ts';
import type { Random } from './random.ts';

/** What an attacker is, for the limits that hold for them. */
export type AttackClass = 'no-card' | 'cards-held' | 'slow' | 'collusion' | 'platform';

/** Kinds of practices whose sessions are stolen. A hospital asks as such, without naming users. */
export type StolenFrom = 'doctor' | 'pharmacy' | 'hospital';

/** One question of an attack, at a simulated minute from the theft of the session. */
export interface AttackQuestion {
  readonly minute: number;
  readonly amc: string;
  readonly nir?: string;
  readonly adherentNumber?: string;
  readonly birthDate?: string;
  readonly birthRank?: number;
  /** A card code that the attacker holds, instead of an identity. */
  readonly card?: string;
  /** In whose name of the stolen installation; the owner of the session unless said. */
  readonly user?: string;
  /** A question of the practice itself, which goes on beside the thief: not counted as theirs. */
  readonly own?: boolean;
  /** Together with the questions before it: the guard cannot look in between. */
  readonly together?: boolean;
  /** The thief has the owner sign in again through Pro Santé Connect first. */
  readonly signInAgain?: boolean;
}

/** What the attacker learns from a question; a reason comes with proof of presence only, and tells of a person. */
export type Learnt = 'yes' | 'no' | 'no-with-reason' | 'undetermined' | 'ceiling' | 'refused';

/** A person of a leak, with the insurer. */
export type Leaked = MadeUpPerson & { readonly amc: string };

/** What an attacker may know: nothing of the register but what a leak gave them. */
export interface Loot {
  readonly random: Random;
  /** Every insurer's number: public. */
  readonly insurers: readonly string[];
  /** Persons of an older leak, with their insurers; true as of then. In an order of this run's own. */
  readonly leaked: readonly Leaked[];
  /** Card codes that one pharmacy scanned in 12 months, with their insurers. */
  readonly cards: readonly { readonly amc: string; readonly card: string }[];
  /** Patients of the practice whose session was stolen: its file lies on the stolen device. */
  readonly patients: readonly Leaked[];
  /** Who comes to that practice for the first time: its own questions go on beside the thief's. */
  readonly waiting: readonly Leaked[];
  /** Another user name of the stolen installation. */
  readonly colleague: string;
  /** Which of the stolen sessions this is, from 0, and of how many. */
  readonly session: number;
  readonly sessions: number;
}

/**
 * An attack on stolen sessions: a generator for each that yields questions and is given what it learnt. Foreign scripts
 * (`npm run attack -- --script FILE`) export one of these as default (docs/formats/attack-script.md).
 */
export interface AttackScript {
  readonly name: string;
  readonly class: Exclude<AttackClass, 'platform'>;
  /** In one line: who they are and what they try. */
  readonly what: string;
  /** Whose session: a doctor's unless said. */
  readonly stolenFrom?: StolenFrom;
  /** Sessions stolen in one run; one unless said. */
  readonly sessions?: number;
  /** Days played; one unless said, 30 for the class `slow`. */
  readonly days?: number;
  /** Whether the practice's patients are known to it from settlement; else nobody is. */
  readonly patientsKnown?: boolean;
  /** Whether the place has done an ordinary day's work when the thief begins: what it was told of counts. */
  readonly afterWork?: boolean;
  readonly questions: (loot: Loot) => Generator<AttackQuestion, void, Learnt>;
}
