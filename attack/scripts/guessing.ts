import type { AttackScript } from '../script.ts';
import { forever, guess, paced, two, type Asked } from './parts.ts';

/** Whoever knows nobody and guesses. */
export const GUESSING: readonly AttackScript[] = [
  { name: 'robot-2024', class: 'no-card', what: 'one account, a robot, every identity it can guess, as fast as it may', questions: (loot) => paced(forever(() => ({ amc: loot.random.pick(loot.insurers), ...guess(loot) })), 20) },
  { name: 'order-numbers', class: 'no-card', what: 'sequential order numbers of one commune and month', questions: (loot) => {
    const area = { sex: loot.random.integer(1, 2), year: loot.random.integer(1950, 2000), month: loot.random.integer(1, 12), commune: `75${String(loot.random.integer(101, 120))}` };
    return paced(forever((i) => ({ amc: loot.insurers[0] ?? '', ...guess(loot, { ...area, order: i + 1 }) })), 10);
  } },
  { name: 'order-numbers-in-turn', class: 'no-card', what: 'the same by somebody who knows the detectors: another commune and month at every question, back after thirty', questions: (loot) => {
    const areas = Array.from({ length: 40 }, () => ({ sex: loot.random.integer(1, 2), year: loot.random.integer(1950, 2000), month: loot.random.integer(1, 12), commune: `75${String(loot.random.integer(101, 120))}` }));
    return paced(forever((i) => ({ amc: loot.insurers[0] ?? '', ...guess(loot, { ...areas[i % areas.length], order: 1 + Math.floor(i / areas.length) }) })), 10);
  } },
  { name: 'adherent-numbers', class: 'no-card', what: 'sequential numéros d’adhérent of one insurer with guessed birth dates', questions: (loot) => paced(forever((i) => ({ amc: loot.insurers[0] ?? '', adherentNumber: `1${String(i + 1).padStart(9, '0')}`, birthDate: guess(loot).birthDate })), 10) },
  { name: 'birth-dates', class: 'no-card', what: 'known NIRs, every day of the month tried', questions: (loot) => paced((function* days(): Generator<Asked> {
    for (const person of loot.leaked) for (let day = 1; day <= 31; day += 1) yield { amc: person.amc, nir: person.nir, birthDate: `${person.birthDate.slice(0, 8)}${two(day)}` };
  })(), 6) },
  { name: 'common-births', class: 'no-card', what: 'common names’ birth data: the likeliest years, communes and days, at the largest insurer', questions: (loot) => {
    const communes = ['75056', '13055', '69123', '31555', '06088', '44109', '34172', '67482', '33063', '59350'];
    return paced(forever(() => ({ amc: loot.insurers[0] ?? '', ...guess(loot, { year: loot.random.integer(1960, 1980), commune: loot.random.pick(communes), order: loot.random.integer(1, 250) }) })), 4);
  } },
  { name: 'fresh-names', class: 'no-card', what: 'guesses with another user name of the stolen software at each question', questions: (loot) => (function* fresh() {
    for (let i = 0; i < 120; i += 1) {
      const learnt = yield { minute: Math.floor(i / 10), amc: loot.random.pick(loot.insurers), ...guess(loot), user: `caisse-${loot.random.integer(1, 1e9)}-${i}` };
      if (learnt === 'refused' && i > 40) return;
    }
  })() },
];
