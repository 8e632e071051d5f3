import { nirKey } from '../src/identifiers/index.ts';
import type { AttackQuestion, AttackScript, Learnt, Loot } from './script.ts';

const two = (n: number): string => String(n).padStart(2, '0');
const withKey = (nir: string): string => `${nir}${nirKey(nir)}`;

interface Guess { readonly nir: string; readonly birthDate: string }

function guess({ random }: Loot, area?: { readonly sex: number; readonly year: number; readonly month: number; readonly commune: string; readonly order: number }): Guess {
  const [sex, year, month] = [area?.sex ?? random.integer(1, 2), area?.year ?? random.integer(1940, 2005), area?.month ?? random.integer(1, 12)];
  const commune = area?.commune ?? `${two(random.integer(1, 19))}${String(random.integer(1, 400)).padStart(3, '0')}`;
  const nir = `${sex}${two(year % 100)}${two(month)}${commune}${String(area?.order ?? random.integer(1, 400)).padStart(3, '0')}`;
  return { nir: withKey(nir), birthDate: `${year}-${two(month)}-${two(random.integer(1, 28))}` };
}

function* paced(questions: Iterable<Omit<AttackQuestion, 'minute'>>, perMinute: number): Generator<AttackQuestion, void, Learnt> {
  let asked = 0;
  for (const question of questions) {
    const learnt = yield { ...question, minute: Math.floor(asked / perMinute) };
    asked += 1;
    if (learnt === 'refused') return;
  }
}

const forever = function* forever<T>(make: (i: number) => T): Generator<T> {
  for (let i = 0; ; i += 1) yield make(i);
};

// An older leak, each person asked once, in the leak's order; `pick` chooses among insurers.
function* leakedOnce({ leaked }: Loot, amcOf: (amc: string, i: number) => string): Generator<Omit<AttackQuestion, 'minute'>> {
  for (const [i, person] of leaked.entries()) yield { amc: amcOf(person.amc, i), nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank };
}

/** The attacks that are rehearsed. Each is on one stolen session with its device: the worst theft there is. */
export const SCRIPTS: readonly AttackScript[] = [
  { name: 'robot-2024', class: 'no-card', what: 'one account, a robot, every identity it can guess, as fast as it may', questions: (loot) => paced(forever(() => ({ amc: loot.random.pick(loot.insurers), ...guess(loot) })), 20) },
  { name: 'order-numbers', class: 'no-card', what: 'sequential order numbers of one commune and month', questions: (loot) => {
    const area = { sex: loot.random.integer(1, 2), year: loot.random.integer(1950, 2000), month: loot.random.integer(1, 12), commune: `75${String(loot.random.integer(101, 120))}` };
    return paced(forever((i) => ({ amc: loot.insurers[0] ?? '', ...guess(loot, { ...area, order: i + 1 }) })), 10);
  } },
  { name: 'adherent-numbers', class: 'no-card', what: 'sequential numéros d’adhérent of one insurer with guessed birth dates', questions: (loot) => paced(forever((i) => ({ amc: loot.insurers[0] ?? '', adherentNumber: `1${String(i + 1).padStart(9, '0')}`, birthDate: guess(loot).birthDate })), 10) },
  { name: 'birth-dates', class: 'no-card', what: 'known NIRs, every day of the month tried', questions: (loot) => paced((function* days() {
    for (const person of loot.leaked) for (let day = 1; day <= 31; day += 1) yield { amc: person.amc, nir: person.nir, birthDate: `${person.birthDate.slice(0, 8)}${two(day)}` };
  })(), 6) },
  { name: 'leaked-list-everywhere', class: 'no-card', what: 'a leaked list of NIRs with birth dates, tried against every insurer in turn', questions: (loot) => paced((function* all() {
    for (const person of loot.leaked) for (const amc of loot.insurers) yield { amc, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank };
  })(), 6) },
  { name: 'leaked-list-one-insurer', class: 'no-card', what: 'the same list, each person tried once, at a random insurer', questions: (loot) => paced(leakedOnce(loot, () => loot.random.pick(loot.insurers)), 3) },
  { name: 'leaked-list-exact', class: 'no-card', what: 'a leak that names the insurers too: every question is right', questions: (loot) => paced(leakedOnce(loot, (amc) => amc), 2) },
  { name: 'leaked-list-patient', class: 'slow', what: 'the exact list, eight a day in office hours, for 30 days', questions: function* patient(loot) {
    for (const [i, person] of loot.leaked.entries()) {
      const [day, ofDay] = [Math.floor(i / 8), i % 8];
      if (day >= 30) return;
      const learnt = yield { minute: day * 1440 + 540 + ofDay * 55, amc: person.amc, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank };
      if (learnt === 'refused') return;
    }
  } },
];
