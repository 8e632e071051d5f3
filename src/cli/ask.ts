import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { callApi, obtainToken, type ApiReply } from '../access/index.ts';
import { AppError } from '../ground/index.ts';
import { euros } from '../guarantees/index.ts';
import { writeDate } from '../identifiers/index.ts';
import type { Answer } from '../checks/index.ts';
import { readClient } from './client-keys.ts';
import { readRunning } from './context.ts';

const USAGE = `rempart ask (--amc N --birth DATE (--nir N | --adherent N) [--rank 1] [--convention IS] [--csr CODE] [--presence declared] | --card CODE)
            [--domain PHAR] [--date AAAA-MM-JJ] [--user caisse-1] [--lines FICHIER.json] [--idempotency-key CLE] [--client sandbox] [--receipt FICHIER] [--json]\n`;

function paint({ verdict, authorizationRequired }: Answer): string {
  const words: Readonly<Record<string, string>> = { yes: authorizationRequired ? '✔ OUI, après accord — demandez une prise en charge avant de facturer' : '✔ OUI — le tiers payant peut être accordé', no: '✘ NON', undetermined: '? INDÉTERMINÉ — nous ne pouvons pas répondre ; ce n’est pas un refus' };
  const colours: Readonly<Record<string, number>> = { yes: 32, no: 31, undetermined: 33 };
  const text = words[verdict] ?? verdict;
  return process.stdout.isTTY ? `\u001b[1;${colours[verdict] ?? 0}m${text}\u001b[0m` : text;
}

/** An answer as a person reads it. */
export function describeAnswer(answer: Answer): string {
  const lines = [paint(answer)];
  if (answer.reckoning !== undefined) {
    lines.push(`  Le patient paie maintenant : ${euros(answer.reckoning.totals.patientCounterCents)}`);
    for (const line of answer.reckoning.lines) lines.push(`  · ${line.sentence.fr}`, ...line.notes.map((note) => `    ${note.fr}`));
  }
  if (answer.reason !== undefined) lines.push(`  ${answer.reason.text.fr}`, `  À faire : ${answer.reason.remedy.fr}`);
  if (answer.rule !== undefined) lines.push(`  Règle : ${answer.rule.fr}`);
  if (answer.authorizationRequired) lines.push(`  Un accord préalable est nécessaire : demandez une prise en charge. ${answer.channel?.fr ?? ''}`.trimEnd());
  if (answer.retryAfterSeconds !== undefined) lines.push(`  Nouvelle question utile dans ${Math.ceil(answer.retryAfterSeconds / 60)} minutes`);
  if (answer.coverage !== undefined) lines.push(`  Droits du ${writeDate(answer.coverage.from)} ${answer.coverage.to === null ? '(sans fin)' : `au ${writeDate(answer.coverage.to)}`}`);
  if (answer.guarantee !== undefined) lines.push(`  Garantie ${answer.guarantee.number}, valable jusqu'au ${writeDate(answer.guarantee.expiresOn)}`, `  ${answer.guarantee.terms.fr}`);
  lines.push(`  Domaine ${answer.domain}, soins du ${writeDate(answer.careDate)}, écriture n° ${answer.entry} du journal`);
  return `${lines.join('\n')}\n`;
}

interface Problem { readonly title?: string; readonly verdict?: string; readonly insurerRule?: { readonly fr: string }; readonly faults?: readonly { readonly field: string; readonly message: { readonly fr: string }; readonly remedy: { readonly fr: string } }[] }

// The lines of a file: a list, or a document of `rempart reckon`.
function readLines(path: string): unknown {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new AppError({ code: 'bad-input', cause, publicText: { fr: `${path} : JSON illisible.`, en: `${path}: not JSON.` } });
  }
  return typeof read === 'object' && read !== null && 'lines' in read ? read.lines : read;
}

function asError(reply: ApiReply): AppError {
  const problem = reply.body as Problem | undefined;
  const faults = (problem?.faults ?? []).map((fault) => `\n  ${fault.field} : ${fault.message.fr} ${fault.remedy.fr}`).join('');
  return new AppError({ code: 'bad-input', publicText: { fr: `${problem?.title ?? `Réponse ${reply.status}`}${faults}`, en: `HTTP ${reply.status}` } });
}

// We could not answer: the third verdict, not a refusal.
function sayUnavailable(problem: Problem, asJson: boolean): number {
  process.stdout.write(asJson ? `${JSON.stringify(problem)}\n` : `? INDÉTERMINÉ — nous ne pouvons pas répondre ; ce n’est pas un refus\n${[problem.title, problem.insurerRule?.fr].filter((text) => text !== undefined).map((text) => `  ${text}\n`).join('')}`);
  return 3;
}

// Undefined when nobody is there to answer: fetch says so with a TypeError.
async function reach<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TypeError && cause.cause !== undefined) return undefined;
    throw cause;
  }
}

const PROOF_TRIES = 10;
const PROOF_WAIT_MS = 500;

// The receipt, and its proof once the entry has its place: the file then needs nobody of ours to be verified.
async function keepReceipt(answer: Answer, file: string, get: (path: string) => Promise<ApiReply>): Promise<void> {
  const receipt = answer.receipt ?? answer.guarantee?.token;
  let proof: string | undefined;
  for (let tries = 0; tries < PROOF_TRIES && proof === undefined; tries += 1) {
    if (tries > 0) await sleep(PROOF_WAIT_MS);
    proof = ((await get(`/v1/receipts/${answer.entry}`)).body as { proof?: string } | undefined)?.proof;
  }
  writeFileSync(file, `${JSON.stringify({ receipt, ...(proof === undefined ? {} : { proof }) }, null, 2)}\n`, { mode: 0o600 });
  process.stderr.write(`Reçu dans ${file}${proof === undefined ? ', sans preuve encore' : ', avec sa preuve'}\n`);
}

const OPTIONS = {
  amc: { type: 'string' }, nir: { type: 'string' }, adherent: { type: 'string' }, birth: { type: 'string' }, rank: { type: 'string', default: '1' }, convention: { type: 'string' }, csr: { type: 'string' },
  presence: { type: 'string' }, card: { type: 'string' }, domain: { type: 'string', default: 'PHAR' }, date: { type: 'string' }, user: { type: 'string', default: 'caisse-1' }, lines: { type: 'string' },
  client: { type: 'string', default: 'sandbox' }, 'idempotency-key': { type: 'string' }, receipt: { type: 'string' }, json: { type: 'boolean', default: false },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

const given = (fields: Readonly<Record<string, unknown>>): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

// Who is asked about, by card or by four fields; undefined when something is missing. What was typed is judged by the API.
function identityOf(values: Values): object | undefined {
  // A card says it all; what else was typed goes with it, for the API to say that it is too much.
  if (values.card !== undefined) return given({ card: values.card, insurer: values.amc === undefined ? undefined : { amcNumber: values.amc }, nir: values.nir, adherentNumber: values.adherent, birthDate: values.birth });
  if (values.amc === undefined || values.birth === undefined || (values.nir === undefined && values.adherent === undefined)) return undefined;
  return given({ insurer: given({ amcNumber: values.amc, conventionType: values.convention, csr: values.csr }), birthDate: values.birth, birthRank: /^\d+$/.test(values.rank) ? Number(values.rank) : values.rank,
    nir: values.nir, adherentNumber: values.adherent, presence: values.presence });
}

/** `rempart ask`: a real client of the API, with its own key. Exit 0 yes, 1 no, 3 undetermined, 2 refused. */
export async function ask(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const identity = identityOf(values);
  if (identity === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const running = readRunning();
  const enrolled = readClient(values.client, running.authUrl);
  if (enrolled === undefined) throw new AppError({ code: 'not-found', publicText: { fr: `Aucune clé « ${values.client} » ici : lancez npm start, ou enrôlez une installation.`, en: `No key "${values.client}" here: run npm start, or enrol an installation.` } });
  const body = { reference: `cli-${Date.now()}`, user: values.user, ...identity, domain: values.domain.toUpperCase(), careDate: values.date ?? new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date()),
    ...given({ lines: values.lines === undefined ? undefined : readLines(values.lines) }) };
  const asked = await reach(async () => {
    const token = await obtainToken(enrolled);
    return { token, reply: await callApi({ enrolled, token, url: `${running.apiUrl}/v1/checks`, body, headers: { 'idempotency-key': values['idempotency-key'] ?? crypto.randomUUID() } }) };
  });
  if (asked === undefined) return sayUnavailable({ title: 'Le service ne répond pas. Réessayez ; sinon, la carte imprimée selon les règles de son assureur.', verdict: 'undetermined' }, values.json);
  const { token, reply } = asked;
  if ((reply.body as Problem | undefined)?.verdict === 'undetermined' && reply.status !== 200) return sayUnavailable(reply.body as Problem, values.json);
  if (reply.status !== 200) throw asError(reply);
  const answer = reply.body as Answer;
  process.stdout.write(values.json ? `${JSON.stringify(answer)}\n` : describeAnswer(answer));
  if (values.receipt !== undefined) await keepReceipt(answer, values.receipt, (url) => callApi({ enrolled, token, url: `${running.apiUrl}${url}` }));
  return { yes: 0, no: 1, undetermined: 3 }[answer.verdict];
}
