import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder, withUser, openPool, writeSignedFile } from '../../src/ground/index.ts';
import { machineKeyRing, rolePasswords } from '../../src/cli/context.ts';
import { loadRights, RIGHTS_MAGIC, type LoadReport } from '../../src/intake/index.ts';
import { insurerKeys, populationOf, SANDBOX_INSURERS } from '../../src/sandbox/index.ts';
import type { Asked, Stage } from '../stage.ts';
import type { LoaderWord } from './loader.ts';

/** How loads went. */
export interface LoadMeasure {
  lines: number;
  seconds: number;
  madeLines: number;
  madeSeconds: number;
  /** Of the loading process, at its highest. */
  rssMb: number;
  /** Lines done by seconds of loading; what comes after copying (indexes) counts as the share of a file's lines that it takes of its time. */
  readonly course: { readonly second: number; readonly lines: number }[];
}

const SAMPLE = 60_000;
const BLOCK = 4096;

// Lines at random places of a rights file: whom the questions are about.
function sample(path: string, count: number): Asked[] {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const block = Buffer.alloc(BLOCK);
  const asked: Asked[] = [];
  while (asked.length < count) {
    const read = readSync(file, block, 0, BLOCK, Math.floor(Math.random() * Math.max(1, size - BLOCK)));
    const fields = block.toString('utf8', 0, read).split('\n')[1]?.split(';') ?? [];
    const [, , , , , nir, birthDate, rank] = fields;
    if (fields[0] === 'L' && nir !== undefined && birthDate !== undefined) asked.push({ amc: '', nir, birthDate, birthRank: Number(rank) });
  }
  closeSync(file);
  return asked;
}

/** Loads files one after the other with a measure around each; a file is sampled, then removed. */
export class MeasuredLoads {
  readonly measure: LoadMeasure = { lines: 0, seconds: 0, madeLines: 0, madeSeconds: 0, rssMb: 0, course: [] };
  readonly people: Asked[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  readonly made = ({ lines, seconds }: { readonly lines: number; readonly seconds: number }): void => {
    this.measure.madeLines += lines;
    this.measure.madeSeconds += seconds;
    this.#say(`  ${lines} lines made in ${seconds.toFixed(1)} s`);
  };

  // In a process of its own: what is measured is the loader and nothing else.
  async #run(options: { readonly url: string; readonly path: string }, onWord: (word: LoaderWord) => void): Promise<LoadReport> {
    const child = fork(join(import.meta.dirname, 'loader.ts'), { execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=160'] });
    let report: LoadReport | undefined;
    let last = 'nothing done';
    child.on('message', (word: LoaderWord) => {
      onWord(word);
      if ('report' in word) report = word.report;
      else last = `${word.done} of ${word.of} done`;
    });
    child.send(options);
    // The end of the process may be told before its last word.
    const [[code]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]) as [unknown[], unknown];
    if (report === undefined) throw new Error(`the loader ended (${String(code)}): ${last}`);
    return report;
  }

  readonly load: typeof loadRights = async (options) => {
    const { measure } = this;
    const path = options.path;
    const [start, before] = [performance.now(), { lines: measure.lines, seconds: measure.seconds }];
    const since = (): number => (performance.now() - start) / 1000;
    let shown = 0;
    const done: { readonly second: number; readonly share: number }[] = [];
    const report = await this.#run({ url: options.pool.options.connectionString as string, path }, (word) => {
      measure.rssMb = Math.max(measure.rssMb, word.rssMb);
      if ('report' in word || (since() - shown < 1 && word.done < word.of)) return;
      shown = since();
      done.push({ second: Math.round(before.seconds + shown), share: word.done / word.of });
    });
    measure.course.push(...done.map(({ second, share }) => ({ second, lines: Math.round(before.lines + share * report.lines) })));
    measure.seconds += since();
    measure.lines += report.lines;
    this.#say(`  ${report.insurer}: ${report.lines} lines loaded in ${since().toFixed(1)} s, ${measure.rssMb} MB`);
    const share = SANDBOX_INSURERS.find(({ amc }) => amc === report.insurer)?.share ?? 0;
    if (report.insurer !== SANDBOX_INSURERS.at(-1)?.amc) this.people.push(...sample(path, Math.ceil(SAMPLE * share)).map((one) => ({ ...one, amc: report.insurer })));
    rmSync(path);
    return report;
  };
}

/** A delta of one line in a hundred of the biggest insurer, loaded. @returns lines and seconds. */
export async function loadDelta(stage: Stage, persons: number): Promise<{ readonly lines: number; readonly seconds: number }> {
  const insurer = SANDBOX_INSURERS[0] as (typeof SANDBOX_INSURERS)[number];
  const { signingKey } = await insurerKeys(insurer.amc);
  const path = join(stateFolder('sandbox', 'files'), `${insurer.amc}-delta.csv`);
  const wanted = Math.round((persons * insurer.share) / 100);
  function* lines(): Generator<string> {
    let made = 0;
    for (const { line } of populationOf(insurer, { persons, seed: 1, insurers: SANDBOX_INSURERS, year: new Date().getUTCFullYear() })) {
      if (made >= wanted) return;
      made += 1;
      yield line.replace(',CSTE', '');
    }
  }
  await writeSignedFile(path, { magic: RIGHTS_MAGIC, header: `H;1;${insurer.amc};delta;2;${new Date().toISOString().slice(0, 10)}`, lines: lines(), key: signingKey });
  const intake = openPool({ url: withUser(stage.databaseUrl, { user: 'rempart_intake', password: rolePasswords().rempart_intake }), max: 2, applicationName: 'bench delta' });
  const start = performance.now();
  const report = await loadRights({ pool: intake, keyRing: machineKeyRing(), path });
  await intake.end();
  rmSync(path);
  return { lines: report.lines, seconds: (performance.now() - start) / 1000 };
}
