import type { AttackScript, Leaked, Loot } from '../script.ts';
import { about, forever, guess, listed, paced, shareOf, timed, type Asked } from './parts.ts';

// Ten persons for each account; where the leak has fewer, several ask about one.
const tenOf = (loot: Loot): Leaked[] => Array.from({ length: 10 }, (_, i) => loot.leaked[(loot.session * 10 + i) % loot.leaked.length] as Leaked);

function* everywhere(loot: Loot): Generator<Asked> {
  for (const person of loot.leaked) for (const amc of loot.insurers) yield about(person, amc);
}

function* inKnownNames(loot: Loot): Generator<Asked> {
  for (const [i, person] of loot.leaked.entries()) yield { ...about(person), ...(Math.floor(i / 10) % 2 === 0 ? {} : { user: loot.colleague }) };
}

function* inName(user: string, loot: Loot): Generator<Asked> {
  for (const person of loot.leaked) yield { ...about(person), user };
}

function* renamed(loot: Loot): Generator<Asked> {
  const tag = loot.random.integer(1, 1e9);
  for (const [i, person] of loot.leaked.entries()) yield { ...about(person), user: `caisse-${tag}-${Math.floor(i / 8)}` };
}

/** Whoever holds a leaked list of persons. */
export const LISTS: readonly AttackScript[] = [
  { name: 'leaked-list-everywhere', class: 'no-card', what: 'a leaked list of NIRs with birth dates, tried against every insurer in turn', questions: (loot) => paced(everywhere(loot), 6) },
  { name: 'leaked-list-one-insurer', class: 'no-card', what: 'the same list, each person tried once, at a random insurer', questions: (loot) => paced(listed(loot.leaked, () => loot.random.pick(loot.insurers)), 3) },
  { name: 'leaked-list-exact', class: 'no-card', what: 'a leak that names the insurers too: every question is right', questions: (loot) => paced(listed(loot.leaked), 2) },
  { name: 'leaked-list-at-once', class: 'no-card', what: 'the exact list, forty questions at a time, faster than the guard looks', questions: (loot) => (function* burst() {
    for (const [i, person] of loot.leaked.entries()) {
      const learnt = yield { ...about(person), minute: Math.floor(i / 40) * 5, together: i % 40 !== 0 };
      if (learnt === 'refused') return;
    }
  })() },
  { name: 'office-hours', class: 'no-card', what: 'the exact list, by somebody who works as the practice does: office hours, irregular pauses', questions: (loot) => {
    let minute = 60;
    return timed(listed(loot.leaked), () => (minute += loot.random.integer(4, 25)) < 600 ? minute : undefined);
  } },
  { name: 'at-night', class: 'no-card', what: 'the exact list, from ten in the evening on', questions: (loot) => timed(listed(loot.leaked), (i) => (i < 200 ? 14 * 60 + i * 2 : undefined)) },
  { name: 'knows-the-ceilings', class: 'no-card', what: 'the exact list, just below every ceiling of a minute and an hour', questions: (loot) => timed(listed(loot.leaked), (i) => (i < 400 ? Math.floor(i / 3) * 5 + loot.random.integer(0, 2) : undefined)) },
  { name: 'beside-the-practice', class: 'no-card', what: 'the exact list, hidden among the practice’s own questions: two of theirs for each stolen one', questions: (loot) => (function* beside() {
    for (let i = 0; i < 240; i += 1) {
      const own = i % 3 !== 2;
      const person = own ? loot.waiting[(i * 2) % loot.waiting.length] : loot.leaked[i];
      if (person === undefined) return;
      const learnt = yield { ...about(person), own, minute: 60 + i * 2 + loot.random.integer(0, 1) };
      if (learnt === 'refused') return;
    }
  })() },
  { name: 'signs-in-again', class: 'no-card', what: 'a list without insurers; once frozen, the owner is made to sign in again and it goes on', questions: (loot) => (function* again() {
    let refusals = 0;
    for (const [i, person] of loot.leaked.entries()) {
      const learnt = yield { ...about(person, loot.random.pick(loot.insurers)), minute: Math.floor(i / 3), signInAgain: refusals > 0 && refusals < 4 };
      refusals = learnt === 'refused' ? refusals + 1 : 0;
      if (refusals > 4) return;
    }
  })() },
  { name: 'freezes-others', class: 'no-card', what: 'tries to have others frozen: their names, their patients, their order, guesses in between', questions: (loot) => paced((function* others(): Generator<Asked> {
    for (let i = 0; ; i += 1) yield i % 2 === 0 ? { ...about(loot.leaked[i] ?? (loot.leaked[0] as (typeof loot.leaked)[number])), user: `autre-${i % 5}` } : { amc: loot.random.pick(loot.insurers), ...guess(loot), user: `autre-${i % 5}` };
  })(), 10) },
  { name: 'a-pharmacy', class: 'no-card', stolenFrom: 'pharmacy', what: 'the exact list with a pharmacy’s session instead of a doctor’s', questions: (loot) => paced(listed(loot.leaked), 2) },
  { name: 'a-pharmacy-fast', class: 'no-card', stolenFrom: 'pharmacy', what: 'the same by a robot in a hurry', questions: (loot) => paced(listed(loot.leaked), 20) },
  { name: 'a-pharmacy-new-names', class: 'no-card', stolenFrom: 'pharmacy', what: 'the same with another user name of the stolen software at every eighth question', questions: (loot) => paced(renamed(loot), 2) },
  { name: 'a-pharmacy-known-names', class: 'no-card', stolenFrom: 'pharmacy', what: 'the same in the name of a colleague too, as the stolen device knows it', questions: (loot) => paced(inKnownNames(loot), 2) },
  { name: 'a-hospital', class: 'no-card', stolenFrom: 'hospital', what: 'the same with the key of a hospital’s software, which names no user', questions: (loot) => paced(listed(loot.leaked), 2) },
  { name: 'a-hospital-new-names', class: 'no-card', stolenFrom: 'hospital', what: 'the same with a made-up user name at every eighth question', questions: (loot) => paced(renamed(loot), 2) },
  { name: 'a-hospital-guessing', class: 'no-card', stolenFrom: 'hospital', what: 'guesses with that key, in the name of nobody', questions: (loot) => paced(forever(() => ({ amc: loot.random.pick(loot.insurers), ...guess(loot) })), 10) },
  { name: 'a-colleagues-name', class: 'no-card', what: 'a doctor’s software, in the name of a colleague who hardly ever asks', questions: (loot) => paced(inName(loot.colleague, loot), 2) },
  { name: 'a-new-name', class: 'no-card', what: 'a doctor’s software, in a name that nobody ever asked in', questions: (loot) => paced(inName('remplacant', loot), 2) },
  { name: 'a-pharmacy-evening', class: 'no-card', stolenFrom: 'pharmacy', afterWork: true, what: 'the same in the evening, once the pharmacy has scanned the day’s cards', questions: (loot) => timed(inKnownNames(loot), (i) => (i < 180 ? 570 + Math.floor(i / 2) : undefined)) },
];

/** Whoever has time. */
export const SLOW: readonly AttackScript[] = [
  { name: 'slow-eight-a-day', class: 'slow', what: 'the exact list, eight a day in office hours, for 30 days', questions: (loot) => timed(listed(loot.leaked), (i) => (i < 240 ? Math.floor(i / 8) * 1440 + 30 + (i % 8) * 55 + loot.random.pick([0, 13, 31]) : undefined)) },
  { name: 'slow-at-the-ceiling', class: 'slow', what: 'the exact list, as many a day as the ceilings leave, for 30 days', questions: (loot) => timed(listed(loot.leaked), (i) => (i < 3000 ? Math.floor(i / 100) * 1440 + 30 + (i % 100) * 5 + loot.random.pick([0, 2]) : undefined)) },
  { name: 'slow-guessing', class: 'slow', what: 'guesses between right answers, twenty a day: misses stay below the limit', questions: (loot) => (function* slow() {
    for (let i = 0; i < 600; i += 1) {
      const minute = Math.floor(i / 20) * 1440 + 30 + (i % 20) * 25 + loot.random.pick([0, 7, 15]);
      const learnt = yield i % 2 === 0 ? { ...about(loot.leaked[i] as (typeof loot.leaked)[number]), minute } : { amc: loot.random.pick(loot.insurers), ...guess(loot), minute };
      if (learnt === 'refused') return;
    }
  })() },
];

/** Many sessions of one hand. */
export const COLLUSION: readonly AttackScript[] = [
  { name: 'several-accounts-2024', class: 'collusion', sessions: 12, what: 'a dozen accounts, robots, one list that names no insurer', questions: (loot) => paced(listed(shareOf(loot), () => loot.random.pick(loot.insurers)), 6) },
  { name: 'one-list-for-all', class: 'collusion', sessions: 40, what: 'forty accounts that each read the same exact list from the top', questions: (loot) => paced(listed(loot.leaked.slice(0, 200)), 1) },
  { name: 'through-a-vendor', class: 'collusion', sessions: 200, what: 'two hundred practices of one vendor, whose software was altered: the exact list, split', questions: (loot) => timed(listed(shareOf(loot)), (i) => (i < 60 ? 30 + i * 8 + loot.random.integer(0, 7) : undefined)) },
  { name: 'fifteen-hundred', class: 'collusion', sessions: 1500, what: 'fifteen hundred accounts at ten questions a day, the exact list split', questions: (loot) => timed(listed(tenOf(loot)), (i) => (i < 10 ? 30 + i * 50 + loot.random.integer(0, 49) : undefined)) },
];
