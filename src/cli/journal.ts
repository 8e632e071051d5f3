import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readTail, type JournalLine } from '../journal/index.ts';
import { openForRole } from './context.ts';

const FOLLOW_MS = 500;

function print(line: JournalLine): void {
  const told = line.disclosed ? 'disclosed' : 'asked';
  const who = line.installation === null ? '-' : `${line.installation}${line.user === null ? '' : `/${line.user}`}`;
  process.stdout.write(`${line.id}  ${line.at.toISOString()}  ${line.purpose}  ${line.outcome}  ${line.purpose === 'ask' ? told : ''}  ${who}  ${line.insurer ?? '-'}  ${line.domain ?? '-'}  ${line.careDate ?? '-'}  ${line.presence ?? '-'}${line.detail === null ? '' : `  ${line.detail}`}\n`);
}

/** `rempart journal tail [--lines N] [--follow]`: the newest entries, without identities. */
export async function journal(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { lines: { type: 'string', default: '20' }, follow: { type: 'boolean', default: false } } });
  const limit = Number(values.lines);
  if (positionals[0] !== 'tail' || !Number.isSafeInteger(limit) || limit < 1) {
    process.stderr.write('rempart journal tail [--lines N] [--follow]\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk');
  const { pool } = opened;
  try {
    let lines = await readTail(pool, { limit });
    let last = 0;
    do {
      for (const line of lines) print(line);
      last = lines.at(-1)?.id ?? last;
      if (values.follow) await sleep(FOLLOW_MS);
      lines = values.follow ? await readTail(pool, { limit: 1000, after: last }) : [];
    } while (values.follow);
  } finally {
    await opened.close();
  }
  return 0;
}
