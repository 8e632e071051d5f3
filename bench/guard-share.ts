import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../src/ground/index.ts';
import { startProcess, stopProcess } from '../src/cli/supervise.ts';
import type { DrivenResult } from './drive.ts';
import { median } from './median.ts';
import type { Stage } from './stage.ts';
import { processorSeconds } from './processes.ts';

/** Keyed hashes that a question bears for the guard: who, area, root, place, and a decoy's tag. */
const GUARD_HMACS = 5;
const ROUNDS = 4;

/** What the guard takes of a check's processor time: medians of rounds with and without it, one after the other on one stage. */
export interface GuardShare {
  readonly share: number;
  readonly withMicroseconds: number;
  readonly withoutMicroseconds: number;
  /** Of these, what the guard's own process takes. */
  readonly processMicroseconds: number;
  readonly rounds: number;
}

// The gate without decoys, sums above, touches after a freeze and the detectors' stream; ceilings stay, as they are the gate's own.
const WITHOUT: Readonly<Record<string, string>> = {
  'gate.notice_decoys(gate.work[],uuid[],timestamptz)': 'create or replace function gate.notice_decoys(work gate.work[], p_tags uuid[], p_now timestamptz) returns gate.work[] language plpgsql volatile as $$ begin return work; end $$',
  'gate.pace_watched(gate.work[],timestamptz)': 'create or replace function gate.pace_watched(work gate.work[], p_now timestamptz) returns gate.work[] language plpgsql volatile as $$ begin return work; end $$',
  'gate.count_watched(gate.hit[],timestamptz)': 'create or replace function gate.count_watched(hits gate.hit[], p_now timestamptz) returns void language plpgsql volatile as $$ begin end $$',
  'gate.hand_up(gate.hit[],timestamptz)': 'create or replace function gate.hand_up(hits gate.hit[], p_now timestamptz) returns void language plpgsql volatile as $$ begin end $$',
};
const WRITES = 'gate.write_entries(gate.hit[],text,timestamptz)';

async function definitionOf(owner: Pool, name: string): Promise<string> {
  const { rows } = await owner.query<{ text: string }>('select pg_get_functiondef($1::regprocedure) as text', [name]);
  return rows[0]?.text ?? '';
}

// A guard that starts reads the last thirty days: done once a start, not once a question.
async function untilIdle(pids: readonly number[]): Promise<void> {
  const used = (): number => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  for (let tries = 0, before = used(); tries < 60; tries += 1) {
    await sleep(1000);
    const now = used();
    if (now - before < 0.05) return;
    before = now;
  }
}

/** Alternates; the guard's own process runs while it is on, and its time counts. @throws Error when the stream cannot be left out. */
export async function measureGuardShare(stage: Stage, options: { readonly check: () => Promise<DrivenResult>; readonly hmacUs: number }): Promise<GuardShare> {
  const { owner } = stage;
  const kept = new Map(await Promise.all([...Object.keys(WITHOUT), WRITES].map(async (name) => [name, await definitionOf(owner, name)] as const)));
  const withTrace = kept.get(WRITES) ?? '';
  const withoutTrace = withTrace.replace(/,\s*traces as \(\s*insert into guard\.trace[^;]*?\)(?=\s*insert into gate\.guarantee)/, '');
  if (withoutTrace === withTrace) throw new Error('the stream of the detectors is not written where it was');
  const run = async (guard?: ChildProcess): Promise<{ readonly all: number; readonly own: number }> => {
    const before = guard?.pid === undefined ? 0 : processorSeconds(guard.pid);
    const result = await options.check();
    const own = guard?.pid === undefined ? 0 : processorSeconds(guard.pid) - before;
    const each = (seconds: number): number => (seconds / Math.max(1, result.answered)) * 1e6;
    return { all: each(Object.values(result.serverCpuSeconds).reduce((sum, s) => sum + s, own)), own: each(own) };
  };
  const [on, off, process]: [number[], number[], number[]] = [[], [], []];
  const withIt = async (): Promise<void> => {
    for (const sql of kept.values()) await owner.query(sql);
    const guard = await startProcess({ what: 'guard', role: 'rempart_guard', databaseUrl: stage.databaseUrl, publicUrl: 'http://127.0.0.1', port: 0 });
    try {
      await untilIdle([guard.pid ?? 0, stage.postgresPid]);
      const { all, own } = await run(guard);
      on.push(all);
      process.push(own);
    } finally {
      await stopProcess(guard);
    }
  };
  const withoutIt = async (): Promise<void> => {
    for (const sql of [...Object.values(WITHOUT), withoutTrace]) await owner.query(sql);
    await untilIdle([stage.postgresPid]);
    // Its hashes are made in any case: they are taken off here.
    off.push((await run()).all - GUARD_HMACS * options.hmacUs);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each comes first in its turn: what is written meanwhile makes both slower.
    for (const part of round % 2 === 0 ? [withoutIt, withIt] : [withIt, withoutIt]) await part();
  }
  for (const sql of kept.values()) await owner.query(sql);
  const [withMicroseconds, withoutMicroseconds] = [median(on), median(off)];
  return { share: median(on.map((each, round) => 1 - (off[round] as number) / each)), withMicroseconds, withoutMicroseconds, processMicroseconds: median(process), rounds: ROUNDS };
}
