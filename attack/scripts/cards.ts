import type { AttackScript } from '../script.ts';
import { about, listed, paced, type Asked } from './parts.ts';

/** Whoever holds proof of presence: card codes, or the practice's own patients. */
export const CARDS: readonly AttackScript[] = [
  { name: 'scanned-cards', class: 'cards-held', what: 'every code that one pharmacy scanned in 12 months', questions: (loot) => paced((function* codes(): Generator<Asked> { for (const { amc, card } of loot.cards) yield { amc, card }; })(), 20) },
  { name: 'patients-file', class: 'cards-held', patientsKnown: true, what: 'the practice’s own file of patients, found on the stolen device: known to the establishment', questions: (loot) => paced(listed(loot.patients), 20) },
  { name: 'cards-mixed-in', class: 'cards-held', what: 'the exact list, with a real card at every third question', questions: (loot) => paced((function* mixed(): Generator<Asked> {
    for (const [i, person] of loot.leaked.entries()) {
      const code = loot.cards[Math.floor(i / 2) % 40];
      if (i % 2 === 0 && code !== undefined) yield { amc: code.amc, card: code.card };
      yield about(person);
    }
  })(), 3) },
];
