import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, stateFolder } from '../ground/index.ts';
import { listPeers, makeCaseFile, openSigningKey, PairKeys } from '../incidents/index.ts';
import { openForRole } from './context.ts';

const USAGE = 'rempart incident stix ID --out FILE --issuer URL --operator NAME --by NAME [--peer ISSUER]\n';

/** `rempart incident stix ID`: the case file as a signed STIX 2.1 bundle, FILE and FILE.jws; for a peer with --peer, else for an authority. */
export async function incidentStix(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { out, issuer, operator, by, peer }, positionals: [verb, id = ''] } = parseArgs({ args: [...args], allowPositionals: true, options: { out: text, issuer: text, operator: text, by: text, peer: text } });
  if (verb !== 'stix' || !/^\d+$/.test(id) || out === undefined || issuer === undefined || operator === undefined || by === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    if (peer !== undefined && !(await listPeers(opened.pool)).some((one) => one.issuer === peer)) throw new AppError({ code: 'not-found', publicText: { fr: `${peer} n’est pas un pair (rempart peer list).`, en: `${peer} is no peer (rempart peer list).` } });
    const keys = stateFolder('keys');
    const made = await makeCaseFile(opened.pool, Number(id), { by, operator, issuer, key: await openSigningKey(keys), keyRing: opened.keyRing, pairs: new PairKeys(join(keys, 'pairs')), ...(peer === undefined ? {} : { peer }) });
    writeFileSync(out, made.content, { mode: 0o600 });
    writeFileSync(`${out}.jws`, made.signature, { mode: 0o600 });
    process.stdout.write(`document n° ${made.document} : ${out}, signature ${out}.jws (TLP:AMBER+STRICT)\n`);
    return 0;
  } finally {
    await opened.close();
  }
}
