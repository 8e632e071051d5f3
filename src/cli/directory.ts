import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadDirectory } from '../access/index.ts';
import { directoryKey } from '../sandbox/index.ts';
import { openForRole } from './context.ts';

/** `rempart directory load FILE… [--key PEM]`: daily files of the directory; without a key, the sandbox's. */
export async function directory(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { key: { type: 'string' } } });
  const [verb, ...paths] = positionals;
  if (verb !== 'load' || paths.length === 0) {
    process.stderr.write('rempart directory load FILE… [--key PEM]\n');
    return 2;
  }
  const key = values.key === undefined ? directoryKey().verifying : createPublicKey(readFileSync(values.key));
  const opened = await openForRole('rempart_intake');
  const { pool } = opened;
  try {
    for (const path of paths) process.stdout.write(`${JSON.stringify(await loadDirectory({ pool, path, key }))}\n`);
  } finally {
    await opened.close();
  }
  return 0;
}
