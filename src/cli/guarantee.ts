import { parseArgs } from 'node:util';
import { cancelGuarantee } from '../gate/index.ts';
import { findEntryOfGuarantee } from '../journal/index.ts';
import { openForRole } from './context.ts';

/** `rempart guarantee cancel NUMBER --by NAME --reason TEXT`: one obtained through a compromised credential, not used yet. */
export async function guarantee(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { by: { type: 'string' }, reason: { type: 'string' } } });
  const entry = findEntryOfGuarantee(positionals[1] ?? '');
  if (positionals[0] !== 'cancel' || entry === undefined || values.by === undefined || values.reason === undefined) {
    process.stderr.write('rempart guarantee cancel RG-… --by NAME --reason TEXT\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  const { pool } = opened;
  try {
    const done = await cancelGuarantee(pool, { entry, by: values.by, reason: values.reason });
    process.stdout.write(done ? 'annulée\n' : "non annulée : inconnue, déjà utilisée ou déjà annulée\n");
    return done ? 0 : 1;
  } finally {
    await opened.close();
  }
}
