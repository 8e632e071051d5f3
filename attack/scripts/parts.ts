import { nirKey } from '../../src/identifiers/index.ts';
import type { AttackQuestion, Leaked, Learnt, Loot } from '../script.ts';

/** A question without its moment. */
export type Asked = Omit<AttackQuestion, 'minute'>;

export const two = (n: number): string => String(n).padStart(2, '0');

interface Area { readonly sex: number; readonly year: number; readonly month: number; readonly commune: string; readonly order: number }

/** A NIR that may exist with a birth date that fits it: all by chance, but for what is known of the area. */
export function guess({ random }: Pick<Loot, 'random'>, area: Partial<Area> = {}): { readonly nir: string; readonly birthDate: string } {
  const [sex, year, month] = [area.sex ?? random.integer(1, 2), area.year ?? random.integer(1940, 2005), area.month ?? random.integer(1, 12)];
  const commune = area.commune ?? `${two(random.integer(1, 19))}${String(random.integer(1, 400)).padStart(3, '0')}`;
  const nir = `${sex}${two(year % 100)}${two(month)}${commune}${String(area.order ?? random.integer(1, 400)).padStart(3, '0')}`;
  return { nir: `${nir}${nirKey(nir)}`, birthDate: `${year}-${two(month)}-${two(random.integer(1, 28))}` };
}

/** A question about a person of a list. */
export const about = (person: Leaked, amc = person.amc): Asked => ({ amc, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank });

/** So many questions a minute; ends when refused. */
export function* paced(questions: Iterable<Asked>, perMinute: number): Generator<AttackQuestion, void, Learnt> {
  let asked = 0;
  for (const question of questions) {
    const learnt = yield { ...question, minute: Math.floor(asked / perMinute) };
    asked += 1;
    if (learnt === 'refused') return;
  }
}

/** At the minutes that `when` gives for the first, second, … question; ends with them, or when refused. */
export function* timed(questions: Iterable<Asked>, when: (i: number) => number | undefined): Generator<AttackQuestion, void, Learnt> {
  let asked = 0;
  for (const question of questions) {
    const minute = when(asked);
    if (minute === undefined) return;
    const learnt = yield { ...question, minute };
    asked += 1;
    if (learnt === 'refused') return;
  }
}

/** Made again and again. */
export function* forever<T>(make: (i: number) => T): Generator<T> {
  for (let i = 0; ; i += 1) yield make(i);
}

/** The list, each person once, at an insurer. */
export function* listed(leaked: readonly Leaked[], amcOf: (person: Leaked) => string = (person) => person.amc): Generator<Asked> {
  for (const person of leaked) yield about(person, amcOf(person));
}

/** This session's share of a list that several have split. */
export const shareOf = (loot: Loot): readonly Leaked[] => loot.leaked.filter((_, i) => i % loot.sessions === loot.session);
