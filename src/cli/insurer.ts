import { createHash, sign } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { Encrypter } from 'age-encryption';
import { AppError, invariant, type KeyRing, type PeriodKeys, type Pool } from '../ground/index.ts';
import { finishLeaving, insurerLeaves, noteReturned, readLeftRows, removeClosedRights, type LeftInsurer, type ReturnedFile } from '../journal/index.ts';
import { machineKeyRing, openForRole } from './context.ts';
import { nameFreely } from './free-name.ts';
import { periodKeys } from './retention.ts';

const USAGE = "rempart insurer leave AMC --by NOM --and NOM --reason TEXTE --out DOSSIER\n";

const ROWS = '.jsonl.age';

interface CertifiedFile {
  readonly name: string;
  readonly sha256: string;
  readonly rows?: number;
}

interface Order {
  readonly amc: string;
  readonly by: string;
  readonly and: string;
  readonly reason: string;
  /** Folder of the files and the certificate. */
  readonly out: string;
}

/** What is certified, and signed with the operator's key. */
export interface LeavingCertificate {
  readonly amc: string;
  readonly name: string;
  readonly leftAt: string;
  readonly destroyedAt: string;
  /** Rows returned: those of the fullest file. */
  readonly rows: number;
  /** Every file in the folder. An order that was begun again has several; a file after the first holds what was left then. `rows` is missing where the order was interrupted before it counted on the file. */
  readonly files: readonly CertifiedFile[];
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

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

// Streamed: a large insurer's rows do not fit in memory. Whole and flushed before it has its name, and never over another file: what
// an interrupted order returned may be nowhere else any more.
async function returnRows(pool: Pool, left: LeftInsurer, { out, amc }: Order): Promise<ReturnedFile> {
  let rows = 0;
  const part = join(out, `${amc}${ROWS}.${process.pid}.part`);
  const encrypter = new Encrypter();
  encrypter.addRecipient(left.recipient);
  const plain = Readable.toWeb(Readable.from(asLines(readLeftRows(pool, left.id), (n) => { rows = n; }))) as ReadableStream<Uint8Array>;
  try {
    const sealed = await encrypter.encrypt(plain);
    await pipeline(Readable.fromWeb(sealed as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(part, { mode: 0o600, flush: true }));
    const sha256 = await hashOf(part);
    return { name: nameFreely(part, { folder: out, stem: amc, ending: ROWS }), rows, sha256 };
  } finally {
    rmSync(part, { force: true });
  }
}

// Rows that an earlier run destroyed stand in its file alone: without it nothing more is destroyed, and nothing certified.
async function listFiles({ out, amc }: Order, returned: readonly ReturnedFile[]): Promise<CertifiedFile[]> {
  const last = returned.at(-1)?.rows ?? 0;
  const names = readdirSync(out).filter((name) => name.startsWith(amc) && /^(?:-\d+)?\.jsonl\.age$/.test(name.slice(amc.length)));
  const files = await Promise.all(names.map(async (name) => {
    const sha256 = await hashOf(join(out, name));
    const rows = returned.find((file) => file.sha256 === sha256)?.rows;
    return { name, sha256, ...(rows === undefined ? {} : { rows }) };
  }));
  const missing = returned.find((file) => file.rows > last && !files.some(({ sha256 }) => sha256 === file.sha256));
  if (missing !== undefined) throw new AppError({ code: 'conflict', publicText: { fr: `${missing.name}, rendu par un ordre interrompu, n’est pas dans ${out} : remettez-le, puis recommencez.`, en: `${missing.name}, returned by an interrupted order, is not in ${out}: put it back, then begin again.` } });
  return files;
}

function signCertificate(certificate: LeavingCertificate, keyRing: KeyRing): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'EdDSA', typ: 'rempart-leaving+jwt', kid: keyRing.signingKeyId })}.${part(certificate)}`;
  return `${input}.${sign(null, Buffer.from(input), keyRing.signingKey).toString('base64url')}`;
}

function writeCertificate(certificate: LeavingCertificate, token: string, { out, amc }: Order): void {
  const part = join(out, `${amc}.certificate.json.${process.pid}.part`);
  writeFileSync(part, `${JSON.stringify({ ...certificate, token }, null, 2)}\n`, { flush: true });
  nameFreely(part, { folder: out, stem: amc, ending: '.certificate.json' });
}

/**
 * Returns an insurer's rows in a file that only it opens, then destroys them and their keys, and certifies it. Interrupted, it is
 * begun again: another file takes what is still there, and the certificate names them all.
 * @throws AppError `bad-input` for an unknown insurer or an incomplete order, `conflict` when a file of before is not in the folder.
 */
export async function leaveInsurer(context: { readonly pool: Pool; readonly keyRing: KeyRing; readonly keys: PeriodKeys }, order: Order): Promise<{ readonly certificate: LeavingCertificate; readonly token: string }> {
  if (!existsSync(order.out)) throw new AppError({ code: 'bad-input', publicText: { fr: `Le dossier ${order.out} n’existe pas.`, en: `There is no folder ${order.out}.` } });
  const left = await insurerLeaves(context.pool, order);
  if (left === null) throw new AppError({ code: 'bad-input', publicText: { fr: 'Rien n’a été fait : assureur inconnu, ou il manque deux noms différents (--by, --and) et un motif (--reason).', en: 'Nothing was done: unknown insurer, or two different names (--by, --and) and a reason (--reason) are missing.' } });
  const returned = await noteReturned(context.pool, left.id, await returnRows(context.pool, left, order));
  invariant(returned !== null, 'the insurer has left');
  const files = await listFiles(order, returned);
  await removeClosedRights(context.pool, context.keys);
  const rest = await finishLeaving(context.pool, left.id);
  if (rest === null) throw new AppError({ code: 'conflict', publicText: { fr: 'Des droits restent : recommencez.', en: 'Rows are left: begin again.' } });
  const certificate = { amc: order.amc, name: left.name, leftAt: left.leftAt, destroyedAt: new Date().toISOString(), rows: Math.max(...returned.map((file) => file.rows)), files, keptForGuarantees: rest.blanked, keptForEntries: rest.links };
  const token = signCertificate(certificate, context.keyRing);
  writeCertificate(certificate, token, order);
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
