import { parseArgs } from 'node:util';
import { assignUser, createInstallation, enrol, generateClientKey, listInstallations, suspendInstallation } from '../access/index.ts';
import type { Pool } from '../ground/index.ts';
import { keepClient } from './client-keys.ts';
import { openForRole, readRunning } from './context.ts';

const USAGE = `rempart installation create --establishment FINESS|SIRET [--rpps RPPS] --vendor V --software S
rempart installation create --insurer AMC --vendor V --software S
rempart installation enrol --code CODE --client NAME
rempart installation user --id CLIENT-ID --user PSEUDONYM --rpps RPPS
rempart installation suspend --id CLIENT-ID --by NAME --reason TEXT
rempart installation list\n`;

type Values = Readonly<Partial<Record<'establishment' | 'rpps' | 'insurer' | 'vendor' | 'software' | 'code' | 'client' | 'id' | 'user' | 'by' | 'reason', string>>>;

async function run(verb: string, values: Values, pool: Pool): Promise<boolean> {
  const { establishment, rpps, insurer, vendor, software, id, user, by, reason } = values;
  if (verb === 'create' && vendor !== undefined && software !== undefined && (establishment === undefined) !== (insurer === undefined)) {
    const made = await createInstallation(pool, { vendor, software, ...(establishment === undefined ? {} : { establishment }), ...(rpps === undefined ? {} : { responsibleRpps: rpps }), ...(insurer === undefined ? {} : { insurerAmc: insurer }) });
    process.stdout.write(`installation ${made.clientId}\ncode, une seule fois, 48 h : ${made.code}\n`);
  } else if (verb === 'user' && id !== undefined && user !== undefined && rpps !== undefined) await assignUser(pool, { clientId: id, user, rpps });
  else if (verb === 'suspend' && id !== undefined) await suspendInstallation(pool, id, { by: by ?? '', reason: reason ?? '' });
  else if (verb === 'list') {
    for (const line of await listInstallations(pool)) process.stdout.write(`${line.clientId}  ${line.state}${line.frozen ? ' (gelée)' : ''}  ${line.kind}  ${line.holder}  ${line.vendor} ${line.software}\n`);
  } else return false;
  return true;
}

/** `rempart installation …`: create (prints the one-time code), enrol a key here, assign a user, suspend, list. */
export async function installation(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { establishment: text, rpps: text, insurer: text, vendor: text, software: text, code: text, client: text, id: text, user: text, by: text, reason: text } });
  const [verb = ''] = positionals;
  if (verb === 'enrol' && values.code !== undefined && values.client !== undefined) {
    keepClient(values.client, await enrol({ issuer: readRunning().authUrl, code: values.code, key: generateClientKey() }));
    return 0;
  }
  const opened = await openForRole('rempart_desk', 1);
  const { pool } = opened;
  try {
    if (await run(verb, values, pool)) return 0;
  } finally {
    await opened.close();
  }
  process.stderr.write(USAGE);
  return 2;
}
