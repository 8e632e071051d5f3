import { parseArgs } from 'node:util';
import { forgivePasskeys } from '../gate/index.ts';
import { openForRole } from './context.ts';

/** `rempart passkey forgive`: two operators let a professional whose passkeys are lost enrol another before the day is over. */
export async function passkey(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { rpps: text, by: text, and: text, reason: text } });
  const { rpps, by, and, reason } = values;
  if (positionals[0] !== 'forgive' || rpps === undefined || by === undefined || and === undefined || reason === undefined) {
    process.stderr.write('rempart passkey forgive --rpps RPPS --by NAME --and ANOTHER-NAME --reason TEXT\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    const count = await forgivePasskeys(opened.pool, { rpps, by, and, reason });
    process.stdout.write(count === null ? 'refusé : il faut deux personnes et un motif\n' : `${count} clé(s) d’accès perdue(s) écartée(s)\n`);
    return count === null ? 2 : 0;
  } finally {
    await opened.close();
  }
}
