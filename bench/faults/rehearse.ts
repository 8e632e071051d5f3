import { setTimeout as sleep } from 'node:timers/promises';
import { Asker } from './asker.ts';
import { FAULTS, untilWhole, type Fault } from './faults.ts';
import type { FaultStage } from './stage.ts';
import * as store from './store.ts';

/** What a rehearsal found. All but the times must be nought. */
export interface Findings {
  readonly faults: Readonly<Record<string, number>>;
  readonly questions: number;
  readonly answers: number;
  readonly others: Readonly<Record<string, number>>;
  readonly answersWithoutEntry: number;
  readonly entriesLost: number;
  readonly ceilingsExceeded: number;
  readonly wrongAnswers: number;
  readonly wrong: readonly string[];
  /** From a fault's end (a process killed, a line whole again) to the next answered question, the longest by kind, in milliseconds. */
  readonly answeredAgainMs: Readonly<Record<string, number>>;
}

interface Options {
  readonly order: readonly Fault[];
  /** Goes on asking until so many questions were asked. */
  readonly questions: number;
  readonly parallel: number;
  readonly say: (line: string) => void;
}

const ANSWER_AGAIN_MS = 60_000;
/** Entries with lower numbers than one that was told may still commit: so many at most. */
const IN_FLIGHT = 20_000;

/** Faults one after the other under load; then every answer that a client holds is looked for. */
export async function rehearse(stage: FaultStage, options: Options): Promise<Findings> {
  const asker = new Asker({ url: stage.url, callers: stage.callers, subjects: stage.subjects, parallel: options.parallel, random: Math.random, mayReach: stage.mayReach });
  asker.start();
  const faults: Record<string, number> = {};
  const answeredAgainMs: Record<string, number> = {};
  // Whatever stood in the journal before a fault must stand there to the end.
  const seen = new Set<number>();
  let from = 0;
  try {
    await asker.untilAnswered(ANSWER_AGAIN_MS);
    for (const [i, fault] of options.order.entries()) {
      await sleep(200 + Math.random() * 600);
      for (const id of await store.entriesFrom(stage.owner, from)) seen.add(id);
      from = Math.max(0, (asker.seen.held.at(-1)?.entry ?? 0) - IN_FLIGHT);
      await fault.inject(stage);
      const again = await asker.untilAnswered(ANSWER_AGAIN_MS);
      faults[fault.name] = (faults[fault.name] ?? 0) + 1;
      answeredAgainMs[fault.name] = Math.round(Math.max(answeredAgainMs[fault.name] ?? 0, again));
      options.say(`${i + 1}/${options.order.length} ${fault.name}: answered again after ${Math.round(again)} ms; ${asker.seen.asked} questions`);
      await untilWhole(stage);
    }
    while (asker.seen.asked < options.questions) await sleep(200);
  } finally {
    await asker.stop();
  }
  const { held, others, wrong, asked } = asker.seen;
  return { faults, questions: asked, answers: held.length, others, answersWithoutEntry: await store.answersWithoutEntry(stage.owner, held, stage.callers.map(({ clientId }) => clientId)), entriesLost: await store.countMissing(stage.owner, [...seen]),
    ceilingsExceeded: await store.ceilingsExceeded(stage.owner), wrongAnswers: wrong.length, wrong: [...new Set(wrong)].slice(0, 10), answeredAgainMs };
}

/** So many faults, each kind in turn; the slow ones between, at even distances. */
export function orderOf(count: number, failovers: number): Fault[] {
  const [quick, slow] = [FAULTS.filter((fault) => !fault.failover), FAULTS.filter((fault) => fault.failover)];
  const every = Math.max(1, Math.floor(count / failovers));
  const [used, order]: [{ quick: number; slow: number }, Fault[]] = [{ quick: 0, slow: 0 }, []];
  for (let i = 0; i < count; i += 1) order.push((i % every === 0 ? slow[used.slow++ % slow.length] : quick[used.quick++ % quick.length]) as Fault);
  return order;
}
