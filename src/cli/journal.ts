import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { AppError, readFileLines } from '../ground/index.ts';
import { exportEntries, FAULT_WORDS, faultOfProof, findPlace, findProof, findReceipt, findVkey, formatNote, publishedAt, readCheckpoint, readTail, verifyEntries, verifyTree, type ExportedEntry, type JournalLine, type NoteKey, type ReceiptClaims, type Trust, type TreeFault, type TreeReport } from '../journal/index.ts';
import { openForRole, readRunning } from './context.ts';
import { logFolder, logVkey } from './log-settings.ts';

const FOLLOW_MS = 500;
const USAGE = `rempart journal tail [--lines N] [--follow]
rempart journal export FILE
rempart journal key
rempart journal verify [--log FOLDER|URL] [--key VKEY] [--entries FILE] [--receipt FILE --answer-key FILE]
                       [--seen FILE] [--witness VKEY]… [--quorum N] [--from N]\n`;

type Values = Readonly<{ lines: string; follow: boolean; log?: string; key?: string; entries?: string; receipt?: string; 'answer-key'?: string; seen?: string; witness?: string[]; quorum?: string; from?: string }>;

function print(line: JournalLine): void {
  const told = line.disclosed ? 'disclosed' : 'asked';
  const who = line.installation === null ? '-' : `${line.installation}${line.user === null ? '' : `/${line.user}`}`;
  process.stdout.write(`${line.id}  ${line.at.toISOString()}  ${line.purpose}  ${line.outcome}  ${line.purpose === 'ask' ? told : ''}  ${who}  ${line.insurer ?? '-'}  ${line.domain ?? '-'}  ${line.careDate ?? '-'}  ${line.presence ?? '-'}${line.detail === null ? '' : `  ${line.detail}`}\n`);
}

async function tail(options: { readonly limit: number; readonly follow: boolean }): Promise<number> {
  const opened = await openForRole('rempart_desk');
  const { pool } = opened;
  try {
    let lines = await readTail(pool, { limit: options.limit });
    let last = 0;
    do {
      for (const line of lines) print(line);
      last = lines.at(-1)?.id ?? last;
      if (options.follow) await sleep(FOLLOW_MS);
      lines = options.follow ? await readTail(pool, { limit: 1000, after: last }) : [];
    } while (options.follow);
  } finally {
    await opened.close();
  }
  return 0;
}

// One JSON line an entry: its leaf and its canonical bytes.
async function exportTo(path: string): Promise<number> {
  const opened = await openForRole('rempart_desk', 1);
  const out = createWriteStream(path, { mode: 0o600 });
  let count = 0;
  try {
    for await (const line of exportEntries(opened.pool)) {
      if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, 'drain');
      count += 1;
    }
    out.end();
    await once(out, 'close');
  } finally {
    await opened.close();
  }
  process.stdout.write(`${count} écritures\n`);
  return 0;
}

function vkeyOf(text: string): NoteKey {
  const key = findVkey(existsSync(text) ? readFileSync(text, 'utf8') : text);
  if (key === undefined) throw new AppError({ code: 'bad-input', publicText: { fr: `Clé mal formée : ${text}. Elle s’écrit nom+empreinte+base64, ou se trouve dans un fichier.`, en: `Malformed key: ${text}. It is written name+id+base64, or stands in a file.` } });
  return key;
}

async function* readExport(path: string): AsyncGenerator<ExportedEntry> {
  for await (const line of readFileLines(path)) yield JSON.parse(line) as ExportedEntry;
}

function describe(faults: readonly TreeFault[], more: number): void {
  for (const { kind, where } of faults) process.stdout.write(`✘ ${FAULT_WORDS[kind].fr}\n  ${FAULT_WORDS[kind].en}\n  → ${where}\n`);
  if (more > 0) process.stdout.write(`… et ${more} autres / and ${more} more\n`);
}

function fromOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new AppError({ code: 'bad-input', publicText: { fr: `--from ${text} : un nombre de feuilles est attendu.`, en: `--from ${text}: a number of leaves is expected.` } });
  return Number(text);
}

// Said whatever is accepted: a check mark alone would stand for leaves that nobody looked at.
function tellUnverified({ minimumIndex, checkpoint }: TreeReport): void {
  if (minimumIndex === 0) return;
  const of = checkpoint?.size ?? 0;
  process.stdout.write(`⚠ ${minimumIndex} feuilles sur ${of} NON VÉRIFIÉES : l’éditeur du journal les dit effacées (minimum-index)\n  ${minimumIndex} of ${of} leaves NOT VERIFIED: the journal’s publisher says they were erased (minimum-index)\n`);
}

function tellFaults(report: TreeReport): number {
  describe(report.faults, report.more);
  if (report.unverified > 0) process.stdout.write(`  → --entries FILE : les effacements qui les nomment ; --from ${report.minimumIndex} : les accepter\n    --entries FILE: the erasures that name them; --from ${report.minimumIndex}: accept it\n`);
  return report.faults.length > 0 ? 1 : 0;
}

// The tree, and the entries of an export; what was seen is remembered in `seen`, so that the next time finds a fork.
async function verifyAll(values: Values, place: string, trust: Trust): Promise<number> {
  const bar = new SingleBar({ format: 'Vérification [{bar}] {value}/{total}', noTTYOutput: false, hideCursor: true, stream: process.stderr });
  const { seen, entries } = values;
  const read = publishedAt(place);
  const size = (await readCheckpoint(read, trust)).checkpoint?.size ?? 0;
  if (process.stderr.isTTY) bar.start(size, 0);
  const from = values.from === undefined ? {} : { from: fromOf(values.from) };
  const asked = { read, trust, ...from, ...(seen === undefined || !existsSync(seen) ? {} : { seenBefore: readFileSync(seen, 'utf8') }), onProgress: (leaves: number) => { if (leaves % 65_536 === 0) bar.update(leaves); } };
  const report = await verifyTree(asked);
  bar.stop();
  if (entries !== undefined && report.checkpoint !== undefined) await verifyEntries(asked, report, readExport(entries));
  tellUnverified(report);
  if (tellFaults(report) > 0) return 1;
  if (seen !== undefined && report.checkpoint !== undefined) writeFileSync(seen, formatNote(report.checkpoint.note));
  process.stdout.write(`✔ ${report.leaves} feuilles vérifiées${report.minimumIndex > 0 ? ` (à partir de ${report.minimumIndex})` : ''}${entries === undefined ? '' : `, ${report.entries} écritures`}, racine ${report.checkpoint?.root.toString('base64')}\n`);
  return 0;
}

interface ReceiptFile { readonly receipt: string; readonly proof?: string }

async function faultOfReceipt(file: ReceiptFile, claims: ReceiptClaims, of: { readonly place: string; readonly trust: Trust }): Promise<TreeFault | undefined> {
  const commitment = Buffer.from(claims.leaf, 'base64');
  const proof = file.proof === undefined ? undefined : findProof(file.proof);
  if (proof !== undefined) {
    const fault = faultOfProof(proof, commitment, of.trust);
    return fault === undefined ? undefined : { kind: fault === 'not-included' ? 'removed' : fault, where: `écriture ${claims.ent}` };
  }
  const read = publishedAt(of.place);
  const { checkpoint, fault } = await readCheckpoint(read, of.trust);
  if (fault !== undefined || checkpoint === undefined) return { kind: fault ?? 'missing', where: 'checkpoint' };
  if (await findPlace(read, checkpoint, commitment) !== undefined) return undefined;
  return { kind: 'overdue', where: `écriture ${claims.ent}, promise pour ${new Date(claims.by * 1000).toISOString()}` };
}

async function verifyReceipt(path: string, answerKey: string, of: { readonly place: string; readonly trust: Trust }): Promise<number> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as ReceiptFile;
  const claims = findReceipt(file.receipt, createPublicKey(readFileSync(answerKey)));
  const fault = claims === undefined ? { kind: 'signature' as const, where: path } : await faultOfReceipt(file, claims, of);
  if (claims !== undefined && fault?.kind === 'overdue' && claims.by * 1000 > Date.now()) {
    process.stdout.write(`… pas encore dans l’arbre ; promise pour ${new Date(claims.by * 1000).toISOString()}\n`);
    return 3;
  }
  if (fault !== undefined) describe([fault], 0);
  else process.stdout.write(`✔ l’écriture ${claims?.ent} est dans l’arbre\n`);
  return fault === undefined ? 0 : 1;
}

// Without --log and --key: this machine's own, which only shows that the files agree among themselves.
function verify(values: Values): Promise<number> {
  if (values.log !== undefined && values.key === undefined) throw new AppError({ code: 'bad-input', publicText: { fr: '--key manque : la clé publique du journal, reçue par un autre chemin que lui.', en: '--key is missing: the journal’s public key, got by another way than the journal itself.' } });
  const place = values.log ?? (process.env['REMPART_LOG_FOLDER'] === undefined && values.key === undefined ? readRunning().logUrl : logFolder());
  const witnesses = (values.witness ?? []).map(vkeyOf);
  const trust: Trust = { key: vkeyOf(values.key ?? logVkey()), witnesses, quorum: Number(values.quorum ?? witnesses.length) };
  if (values.receipt === undefined) return verifyAll(values, place, trust);
  if (values['answer-key'] === undefined) throw new AppError({ code: 'bad-input', publicText: { fr: '--answer-key manque : la clé publique qui signe les réponses (PEM).', en: '--answer-key is missing: the public key that signs answers (PEM).' } });
  return verifyReceipt(values.receipt, values['answer-key'], { place, trust });
}

/** `rempart journal tail|export|key|verify`: what was told to whom, and its proof. `verify` needs published files and public keys alone. */
export async function journal(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals: [what = '', path] } = parseArgs({ args: [...args], allowPositionals: true, options: { lines: { type: 'string', default: '20' }, follow: { type: 'boolean', default: false },
    log: text, key: text, entries: text, receipt: text, 'answer-key': text, seen: text, witness: { type: 'string', multiple: true }, quorum: text, from: text } });
  const limit = Number(values.lines);
  if (what === 'tail' && Number.isSafeInteger(limit) && limit > 0) return tail({ limit, follow: values.follow });
  if (what === 'export' && path !== undefined) return exportTo(path);
  if (what === 'verify') return verify(values);
  if (what === 'key') {
    process.stdout.write(`${logVkey()}\n`);
    return 0;
  }
  process.stderr.write(USAGE);
  return 2;
}
