// npm run attack:benign [-- --days N --seed N]: how often honest days of all kinds of professionals are frozen or asked for a touch.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../src/ground/index.ts';
import { THRESHOLDS } from '../src/guard/index.ts';
import { playBenign, PROFILES, type BenignFigures } from './benign.ts';

const CARD_SHARES = [0, 0.5, 0.95];
const DAYS_MAX = 100_000;
const { values } = parseArgs({ options: { days: { type: 'string', default: '2000' }, seed: { type: 'string', default: '3' }, 'no-write': { type: 'boolean', default: false } } });
const days = Math.min(DAYS_MAX, Number(values.days));

const benign: BenignFigures[] = [];
for (const cardShare of CARD_SHARES) {
  for (const each of PROFILES) {
    benign.push(playBenign(each, { cardShare, days, seed: Number(values.seed) }));
    process.stderr.write('.');
  }
}
process.stderr.write('\n');
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
const report = { date: new Date().toISOString().slice(0, 10), commit, seed: Number(values.seed), thresholds: THRESHOLDS, benign };
process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
if (!values['no-write']) writeFileSync(join(ROOT, 'attack/results/benign.json'), `${JSON.stringify(report, null, 1)}\n`);
