import { listOfficers, renewOfficerCode } from '../access/index.ts';
import { openForRole } from './context.ts';

/** `rempart officer list | officer renew NAME`: who may sit at the desk; a new code for who never used theirs. */
export async function officer([verb = '', ...rest]: readonly string[]): Promise<number> {
  const name = rest.join(' ');
  if (verb !== 'list' && (verb !== 'renew' || name === '')) {
    process.stderr.write('rempart officer list\nrempart officer renew NAME\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    if (verb === 'renew') process.stdout.write(`${await renewOfficerCode(opened.pool, name)}\n`);
    else for (const each of await listOfficers(opened.pool)) process.stdout.write(`${each.role.padEnd(15)}  ${each.name}  ${each.removed ? 'retiré' : each.waits ? 'n’a pas encore de clé d’accès' : `${each.passkeys} clé(s) d’accès`}\n`);
    return 0;
  } finally {
    await opened.close();
  }
}
