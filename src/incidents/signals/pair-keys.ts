import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, invariant } from '../../ground/index.ts';
import type { Rpps } from '../../identifiers/index.ts';

/** A pair's key as of one week; handed over between two operators once, by a way of their own. */
export interface PairKey {
  /** Weeks since Monday 1970-01-05, UTC. */
  readonly week: number;
  /** 32 bytes, base64url. */
  readonly key: string;
}

const WEEK_MS = 7 * 86_400_000;
const MONDAY_MS = 4 * 86_400_000;
/** A clock that jumps further than this is believed to be wrong: going on would destroy the key that both sides share. */
const WEEKS_AT_ONCE = 60;

/** The week of a moment. */
export function weekOf(atMs: number): number {
  return Math.floor((atMs - MONDAY_MS) / WEEK_MS);
}

/** A fresh pair key, of this week. */
export function newPairKey(nowMs = Date.now()): PairKey {
  return { week: weekOf(nowMs), key: randomBytes(32).toString('base64url') };
}

// One way: with this week's key nobody finds last week's.
function nextWeek({ week, key }: PairKey): PairKey {
  return { week: week + 1, key: Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64url'), '', 'rempart-pair-week-v1', 32)).toString('base64url') };
}

function keyOf(pair: PairKey, week: number): Buffer | undefined {
  if (week < pair.week || week > pair.week + WEEKS_AT_ONCE) return undefined;
  let at = pair;
  while (at.week < week) at = nextWeek(at);
  return Buffer.from(at.key, 'base64url');
}

function readPairKey(text: string): PairKey {
  const { week, key } = JSON.parse(text) as Partial<PairKey>;
  if (typeof week === 'number' && Number.isInteger(week) && typeof key === 'string' && Buffer.from(key, 'base64url').length === 32) return { week, key };
  throw new AppError({ code: 'bad-input', publicText: { fr: 'Ce fichier n’est pas une clé de paire : week, key.', en: 'This file is not a pair key: week, key.' } });
}

/** The keys of all pairs, in a folder apart from the database. Rotated weekly without a word between the two sides. */
export class PairKeys {
  readonly #folder: string;
  readonly #now: () => number;

  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  #file(issuer: string): string {
    return join(this.#folder, `${createHash('sha256').update(issuer).digest('hex').slice(0, 24)}.json`);
  }

  /** Keeps the key agreed with a peer. @throws AppError `bad-input` when the text is none. */
  keep(issuer: string, text: string): void {
    this.#write(issuer, readPairKey(text));
  }

  #write(issuer: string, pair: PairKey): void {
    const part = `${this.#file(issuer)}.part`;
    writeFileSync(part, JSON.stringify(pair), { mode: 0o600, flush: true });
    renameSync(part, this.#file(issuer));
  }

  // What is older than last week is destroyed: tokens are made anew at every try, so nothing needs it.
  #pair(issuer: string): PairKey | undefined {
    if (!existsSync(this.#file(issuer))) return undefined;
    const kept = readPairKey(readFileSync(this.#file(issuer), 'utf8'));
    const lastWeek = weekOf(this.#now()) - 1;
    if (kept.week >= lastWeek) return kept;
    const key = keyOf(kept, lastWeek);
    invariant(key !== undefined, 'the clock is right, or the pair was used within a year');
    const moved = { week: lastWeek, key: key.toString('base64url') };
    this.#write(issuer, moved);
    return moved;
  }

  has(issuer: string): boolean {
    return existsSync(this.#file(issuer));
  }

  /** Makes pseudonyms that `sender` uses with this peer in one week; undefined for a week whose key is gone or not yet. */
  findPseudonyms(issuer: string, about: { readonly sender: string; readonly week: number }): ((rpps: Rpps) => string) | undefined {
    const pair = this.#pair(issuer);
    const key = pair === undefined || about.week > weekOf(this.#now()) + 1 ? undefined : keyOf(pair, about.week);
    if (key === undefined) return undefined;
    return (rpps) => `${about.week}.${createHmac('sha256', key).update(`rempart-subject-v1\0${about.sender}\0${rpps}`).digest('base64url').slice(0, 27)}`;
  }

  /** The pseudonym that we send of a professional, this week. */
  pseudonymFor(issuer: string, sender: string, rpps: Rpps): string {
    const make = this.findPseudonyms(issuer, { sender, week: weekOf(this.#now()) });
    if (make === undefined) throw new AppError({ code: 'unavailable', publicText: { fr: 'Aucune clé de paire avec ce pair.', en: 'No pair key with this peer.' } });
    return make(rpps);
  }

  /** Shows that we hold this week's key; says nothing of it. */
  proof(issuer: string, sender: string, week = weekOf(this.#now())): string | undefined {
    const pair = this.#pair(issuer);
    const key = pair === undefined ? undefined : keyOf(pair, week);
    return key === undefined ? undefined : `${week}.${createHmac('sha256', key).update(`rempart-pair-check-v1\0${sender}`).digest('base64url')}`;
  }

  /** True when the peer's proof is made with our key. */
  accepts(issuer: string, sender: string, proof: string): boolean {
    const ours = this.proof(issuer, sender, Number(proof.split('.', 1)[0]));
    return ours !== undefined && ours.length === proof.length && timingSafeEqual(Buffer.from(ours), Buffer.from(proof));
  }
}
