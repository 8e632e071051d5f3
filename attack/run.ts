// npm run attack [-- --runs N --slow-runs N --seed N --script FILE --persons N]: what a stolen session is worth, on the real gate and guard.
// Bounded in runs, questions and simulated time; speaks to a PostgreSQL of its own on this machine and to nobody else.
import './own-state.ts';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machineKeyRing, rolePasswords } from '../src/cli/context.ts';
import { migrate, openPool, ROOT, setRolePasswords, startEmbeddedPostgres, STATE, stateFolder, withUser, type Pool, type Role } from '../src/ground/index.ts';
import { openRehearsal } from './open.ts';
import { drawAttackPicture, figuresOf } from './report.ts';
import { playRun, type RunResult } from './rehearse.ts';
import { useMix, type Mix } from '../src/guard/index.ts';
import { forgetMix, liftCeilings } from './store.ts';
import type { AttackScript } from './script.ts';
import { SCRIPTS } from './scripts.ts';

const RUNS_MAX = 2000;
const MIXES_PLAYED: readonly Mix[] = ['0', '50', '95'];
const { values } = parseArgs({ options: { runs: { type: 'string', default: '30' }, 'slow-runs': { type: 'string', default: '3' }, seed: { type: 'string', default: '1' }, script: { type: 'string' }, persons: { type: 'string', default: '20000' }, 'no-write': { type: 'boolean', default: false } } });
const say = (line: string): void => { process.stderr.write(`${line}\n`); };
const runsOf = (script: AttackScript): number => Math.min(RUNS_MAX, Number(script.class === 'no-card' ? values.runs : values['slow-runs']));

rmSync(STATE, { recursive: true, force: true });
const postgres = await startEmbeddedPostgres({ folder: join(stateFolder(), 'postgres') });
const pools: Pool[] = [];
const open = (role: Role | 'owner', max = 2): Pool => {
  const pool = openPool({ url: role === 'owner' ? postgres.url : withUser(postgres.url, { user: role, password: rolePasswords()[role] }), max, applicationName: `attack ${role}` });
  pools.push(pool);
  return pool;
};
const close = async (): Promise<void> => {
  await Promise.allSettled(pools.map((pool) => pool.end()));
  await postgres.stop();
  rmSync(STATE, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { void close().finally(() => process.exit(130)); });
try {
  await migrate(postgres.url);
  await setRolePasswords(postgres.url, rolePasswords());
  say('a made-up world');
  const owner = open('owner', 4);
  const desk = open('rempart_desk');
  const rehearsal = await openRehearsal({ owner, keyRing: machineKeyRing(), persons: Number(values.persons), pools: { intake: open('rempart_intake', 4), desk, check: open('rempart_check'), guard: open('rempart_guard') } });
  const scripts = values.script === undefined ? SCRIPTS : [((await import(resolve(values.script))) as { default: AttackScript }).default];
  const [runs, runs2024]: [RunResult[], RunResult[]] = [[], []];
  for (const script of scripts) {
    say(script.name);
    for (const mix of MIXES_PLAYED) {
      if (mix !== '0') await useMix(desk, { mix, from: '2026-01-02', by: 'rehearsal', reason: 'rehearsal' });
      for (let i = 0; i < runsOf(script); i += 1) runs.push(await playRun(rehearsal, script, { seed: Number(values.seed) + i, mix }));
      await forgetMix(owner);
    }
    await liftCeilings(owner, true);
    runs2024.push(await playRun(rehearsal, script, { seed: Number(values.seed), unguarded: true, questionsMax: 1000 }));
    await liftCeilings(owner, false);
  }
  rehearsal.close();
  const figures = scripts.flatMap((script) => MIXES_PLAYED.map((mix) => figuresOf({ ...script, mix }, runs, runs2024)));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const report = { date: new Date().toISOString().slice(0, 10), commit, persons: Number(values.persons), seed: Number(values.seed), settings2024: 'no ceiling, no guard, at most 1,000 questions', scripts: figures };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (!values['no-write'] && values.script === undefined) {
    writeFileSync(join(ROOT, 'attack/results/latest.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(ROOT, 'attack/results/latest-runs.jsonl'), [...runs.map((run) => ({ ...run, settings: 'shipped' })), ...runs2024.map((run) => ({ ...run, settings: '2024' }))].map((run) => `${JSON.stringify(run)}\n`).join(''));
    writeFileSync(join(ROOT, 'attack/results/latest.svg'), drawAttackPicture(figures, `${report.persons} insured · a doctor's session, no card · ${report.date} (${commit})`));
  }
} finally {
  await close();
}
