import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { readFileLines } from '../ground/index.ts';
import { discardRights, loadProducts, loadRights, loadSettlement } from '../intake/index.ts';
import { openForRole } from './context.ts';

async function firstLine(path: string): Promise<string> {
  let second = '';
  let number = 0;
  for await (const line of readFileLines(path)) {
    number += 1;
    second = line;
    if (number === 2) break;
  }
  return second;
}

const USAGE = 'rempart load FILE… [--accept-strike-off]\nrempart load --discard AMC:SEQUENCE   (a file that was held or begun; its sequence can then be sent again)\n';

async function discard(which: string): Promise<number> {
  const [amc = '', sequence = ''] = which.split(':');
  const opened = await openForRole('rempart_intake');
  try {
    await discardRights({ pool: opened.pool, amc, sequence: Number(sequence) });
  } finally {
    await opened.close();
  }
  return 0;
}

/** `rempart load`: insurers' rights, products and settlement files. Prints the return report. */
export async function load(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { 'accept-strike-off': { type: 'boolean', default: false }, discard: { type: 'string' } } });
  if (values.discard !== undefined) return discard(values.discard);
  if (positionals.length === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_intake');
  const { pool, keyRing } = opened;
  let held = false;
  try {
    for (const path of positionals) {
      const kind = (await firstLine(path))[0];
      if (kind === 'P') process.stdout.write(`${JSON.stringify({ products: await loadProducts({ pool, path }) })}\n`);
      else if (kind === 'S') process.stdout.write(`${JSON.stringify(await loadSettlement({ pool, path }))}\n`);
      else {
        const bar = new SingleBar({ format: '[{bar}] {value}/{total} lignes, reste {eta_formatted}', stream: process.stderr });
        let started = false;
        const report = await loadRights({ pool, keyRing, path, acceptStrikeOff: values['accept-strike-off'], onProgress: (done, of) => {
          if (!started) bar.start(of, 0);
          started = true;
          bar.update(done);
        } });
        if (started) bar.stop();
        process.stdout.write(`${JSON.stringify(report)}\n`);
        held ||= report.state === 'held';
      }
    }
  } finally {
    await opened.close();
  }
  if (held) process.stderr.write("Fichier retenu : il radierait plus de personnes que convenu. Vérifiez avec l'assureur, puis relancez avec --accept-strike-off.\n");
  return held ? 3 : 0;
}
