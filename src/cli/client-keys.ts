import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClientKey, type Enrolled } from '../access/index.ts';
import { stateFolder } from '../ground/index.ts';

const fileOf = (name: string): string => join(stateFolder('clients'), `${name}.json`);

/** Keeps an enrolled installation's key on this machine, readable by its owner alone. */
export function keepClient(name: string, enrolled: Enrolled): void {
  const pem = enrolled.key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(fileOf(name), JSON.stringify({ clientId: enrolled.clientId, issuer: enrolled.issuer, pem }), { mode: 0o600 });
}

/** The kept installation; undefined when there is none. The issuer may have moved to another port. */
export function readClient(name: string, issuer: string): Enrolled | undefined {
  if (!existsSync(fileOf(name))) return undefined;
  const kept = JSON.parse(readFileSync(fileOf(name), 'utf8')) as { clientId: string; pem: string };
  return { clientId: kept.clientId, issuer, key: readClientKey(kept.pem) };
}
