// A process of its own that asks the gate: `node asker.ts`, the plan as JSON on standard input, the answers as
// one JSON line a question on standard output. Tests start several and kill some.
import { text } from 'node:stream/consumers';
import { openPool } from '../../src/ground/index.ts';
import { Gate, type GateQuestion } from '../../src/gate/index.ts';

export interface AskerPlan {
  readonly url: string;
  readonly questions: readonly GateQuestion[];
  readonly parallel: number;
  readonly connections: number;
}

const plan = JSON.parse(await text(process.stdin)) as AskerPlan;
const pool = openPool({ url: plan.url, max: plan.connections, applicationName: 'asker' });
const gate = new Gate({ pool, parameters: 'test', connections: plan.connections });
let next = 0;
async function work(): Promise<void> {
  while (next < plan.questions.length) {
    const index = next;
    next += 1;
    const question = plan.questions[index] as GateQuestion;
    try {
      const result = await gate.ask(question);
      process.stdout.write(`${JSON.stringify({ index, byNir: question.byNir, code: result.code, outcome: result.told?.outcome, entry: result.told?.entry, leaf: result.told?.leaf })}\n`);
    } catch {
      process.stdout.write(`${JSON.stringify({ index, byNir: question.byNir, code: 'unavailable' })}\n`);
    }
  }
}
await Promise.all(Array.from({ length: plan.parallel }, work));
await pool.end();
