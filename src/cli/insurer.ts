import { createHash, sign } from 'node:crypto';
import { createReadStream, createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { Encrypter } from 'age-encryption';
import { AppError, type KeyRing, type PeriodKeys, type Pool } from '../ground/index.ts';
import { finishLeaving, insurerLeaves, readLeftRows, removeClosedRights, type LeftInsurer } from '../journal/index.ts';
import { machineKeyRing, openForRole } from './context.ts';
import { periodKeys } from './retention.ts';

const USAGE = "rempart insurer leave AMC --by NOM --and NOM --reason TEXTE --out DOSSIER\n";

/** What is certified, and signed with the operator's key. */
export interface LeavingCertificate {
  readonly amc: string;
  readonly name: string;
  readonly leftAt: string;
  readonly destroyedAt: string;
  /** Rows returned in the file, whose SHA-256 stands beside. */
  readonly rows: number;
  readonly fileSha256: string;
  /** Rows that a guarantee still names: without identity, until it goes. */
  readonly keptForGuarantees: number;
  /** Sealed links of journal entries: they go with their entries. */
  readonly keptForEntries: number;
}

async function* asLines(rows: AsyncIterable<string>, count: (n: number) => void): AsyncGenerator<Uint8Array> {
  let n = 0;
  for await (const row of rows) {
    n += 1;
    count(n);
    yield Buffer.from(`${row}\n`);
  }
}

// Streamed: a large insurer's rows do not fit in memory.
async function returnRows(pool: Pool, left: LeftInsurer, file: string): Promise<{ readonly rows: number; readonly fileSha256: string }> {
  let rows = 0;
  const encrypter = new Encrypter();
  encrypter.addRecipient(left.recipient);
  const plain = Readable.toWeb(Readable.from(asLines(readLeftRows(pool, left.id), (n) => { rows = n; }))) as ReadableStream<Uint8Array>;
  const sealed = await encrypter.encrypt(plain);
  await pipeline(Readable.fromWeb(sealed as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file, { mode: 0o600, flush: true }));
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { rows, fileSha256: hash.digest('hex') };
}

function signCertificate(certificate: LeavingCertificate, keyRing: KeyRing): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'EdDSA', typ: 'rempart-leaving+jwt', kid: keyRing.signingKeyId })}.${part(certificate)}`;
  return `${input}.${sign(null, Buffer.from(input), keyRing.signingKey).toString('base64url')}`;
}

/**
 * Returns an insurer's rows in a file that only it opens, then destroys them and their keys, and certifies it. Interrupted, it is
 * begun again: rows that were already destroyed stand in the first file.
 * @throws AppError `bad-input` for an unknown insurer or an incomplete order.
 */
export async function leaveInsurer(context: { readonly pool: Pool; readonly keyRing: KeyRing; readonly keys: PeriodKeys }, order: { readonly amc: string; readonly by: string; readonly and: string; readonly reason: string; readonly out: string }): Promise<{ readonly certificate: LeavingCertificate; readonly token: string }> {
  const left = await insurerLeaves(context.pool, order);
  if (left === null) throw new AppError({ code: 'bad-input', publicText: { fr: 'Rien n’a été fait : assureur inconnu, ou il manque deux noms différents (--by, --and) et un motif (--reason).', en: 'Nothing was done: unknown insurer, or two different names (--by, --and) and a reason (--reason) are missing.' } });
  const { rows, fileSha256 } = await returnRows(context.pool, left, join(order.out, `${order.amc}.jsonl.age`));
  await removeClosedRights(context.pool, context.keys);
  const rest = await finishLeaving(context.pool, left.id);
  if (rest === null) throw new AppError({ code: 'conflict', publicText: { fr: 'Des droits restent : recommencez.', en: 'Rows are left: begin again.' } });
  const certificate = { amc: order.amc, name: left.name, leftAt: left.leftAt, destroyedAt: new Date().toISOString(), rows, fileSha256, keptForGuarantees: rest.blanked, keptForEntries: rest.links };
  const token = signCertificate(certificate, context.keyRing);
  writeFileSync(join(order.out, `${order.amc}.certificate.json`), `${JSON.stringify({ ...certificate, token }, null, 2)}\n`);
  return { certificate, token };
}

/** `rempart insurer leave AMC`: an insurer's data goes back to it and is destroyed here. */
export async function insurer(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { by, and, reason, out }, positionals: [what, amc] } = parseArgs({ args: [...args], allowPositionals: true, options: { by: text, and: text, reason: text, out: text } });
  if (what !== 'leave' || amc === undefined || by === undefined || and === undefined || reason === undefined || out === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    const { certificate } = await leaveInsurer({ pool: opened.pool, keyRing: machineKeyRing(), keys: periodKeys() }, { amc, by, and, reason, out });
    process.stdout.write(`${certificate.rows} lignes rendues et détruites, ${certificate.keptForGuarantees} gardées sans identité pour des garanties, ${certificate.keptForEntries} liens jusqu’à la fin de leurs écritures\n`);
  } finally {
    await opened.close();
  }
  return 0;
}
