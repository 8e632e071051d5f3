import { parseArgs } from 'node:util';
import { freeze as freezeAccess, unfreeze as unfreezeAccess } from '../access/index.ts';
import { openForRole } from './context.ts';

async function change(verb: 'freeze' | 'unfreeze', args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { installation: text, user: text, by: text, reason: text } });
  if (values.installation === undefined) {
    process.stderr.write(`rempart ${verb} --installation CLIENT-ID [--user PSEUDONYM] --by NAME --reason TEXT\n`);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  const { pool } = opened;
  try {
    await (verb === 'freeze' ? freezeAccess : unfreezeAccess)(pool, { clientId: values.installation, by: values.by ?? '', reason: values.reason ?? '', ...(values.user === undefined ? {} : { user: values.user }) });
  } finally {
    await opened.close();
  }
  return 0;
}

/** `rempart freeze`: stops one user or installation at its next question. */
export const freeze = (args: readonly string[]): Promise<number> => change('freeze', args);
/** `rempart unfreeze`: lifts a freeze. */
export const unfreeze = (args: readonly string[]): Promise<number> => change('unfreeze', args);
