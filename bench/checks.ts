import { drive, type DrivenResult } from './drive.ts';
import type { Stage } from './stage.ts';

/** A run of checks, with how many shared a batch. */
export interface Checked extends DrivenResult {
  readonly batchSize: number;
}

async function batchesOf(stage: Stage): Promise<{ batches: number; questions: number }> {
  const texts = await Promise.all(stage.metricsPorts.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()));
  const of = (name: string): number => texts.reduce((sum, text) => sum + Number(new RegExp(`${name} (\\d+)`).exec(text)?.[1] ?? 0), 0);
  return { batches: of('rempart_gate_batches_total'), questions: of('rempart_gate_questions_total') };
}

/** Asks the stage: as fast as its connections are answered, or so many a second. */
export async function runChecks(stage: Stage, options: { readonly count: number; readonly perSecond?: number; readonly connections: number; readonly seconds: number; readonly say: (line: string) => void }): Promise<Checked> {
  const before = await batchesOf(stage);
  const { count, perSecond, connections, seconds, say } = options;
  const result = await drive({ port: stage.apiPort, path: '/v1/checks', bodies: stage.questions(count), callers: stage.callers, connections, seconds, ...(perSecond === undefined ? {} : { perSecond }) },
    { api: stage.apiPids, postgres: [stage.postgresPid] });
  const after = await batchesOf(stage);
  if (result.failed > 0) say(`  ${result.failed} questions were not answered: ${Object.entries(result.refusals).map(([why, count]) => `${count} × ${why}`).join(', ')}`);
  return { ...result, batchSize: (after.questions - before.questions) / Math.max(1, after.batches - before.batches) };
}

/** Processor time a question of one of the servers, in microseconds. */
export const perUnit = (result: DrivenResult, name: string): number => ((result.serverCpuSeconds[name] ?? 0) / Math.max(1, result.answered)) * 1e6;
