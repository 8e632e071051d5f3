// npm run faults [-- --faults 200 --failovers 30 --questions 1000000 --persons 1000000]: everything fails under load, and what was told is counted.
import '../own-state.ts';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../src/ground/index.ts';
import { orderOf, rehearse } from './rehearse.ts';
import { openFaultStage } from './stage.ts';

const { values } = parseArgs({ options: { faults: { type: 'string', default: '200' }, failovers: { type: 'string', default: '30' }, questions: { type: 'string', default: '1000000' }, persons: { type: 'string', default: '1000000' }, parallel: { type: 'string', default: '48' }, 'no-write': { type: 'boolean', default: false } } });
const FAULTS_MAX = 1000;
const QUESTIONS_MAX = 5_000_000;
const say = (line: string): void => { process.stderr.write(`${line}\n`); };

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
const persons = Number(values.persons);
const stage = await openFaultStage({ persons, say });
if ('notRun' in stage) {
  process.stdout.write(`not run: ${stage.notRun}\n`);
  process.exitCode = 1;
} else {
  try {
    const found = await rehearse(stage, { order: orderOf(Math.min(FAULTS_MAX, Number(values.faults)), Number(values.failovers)), questions: Math.min(QUESTIONS_MAX, Number(values.questions)), parallel: Number(values.parallel), say });
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
    const report = { date: new Date().toISOString().slice(0, 10), commit, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), persons, ...found };
    process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
    if (!values['no-write']) writeFileSync(join(ROOT, 'bench/results/faults.json'), `${JSON.stringify(report, null, 1)}\n`);
  } finally {
    await stage.close();
  }
}
