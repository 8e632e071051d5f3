import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { AppError, type KeyRing, type Pool } from '../ground/index.ts';
import { createDecoyKeeper } from '../registry/index.ts';
import * as incidents from '../incidents/index.ts';
import { openForRole, readOperator } from './context.ts';
import { incidentStix } from './incident-stix.ts';
import { periodKeys } from './retention.ts';
import { documentLine, exposurePage, incidentPage, standingLine, summaryLine } from './incident-words.ts';

const USAGE = `rempart incident open --title TEXTE --since DATE [--until DATE] PÉRIMÈTRE --by NOM [--drill]
rempart incident list [--all]
rempart incident show N
rempart incident confirm|contain N --by NOM --reason TEXTE [--at DATE]      établi ; contenu
rempart incident dismiss|close|reopen N --by NOM --and NOM --reason TEXTE   deux personnes
rempart incident scope N --since DATE [--until DATE] PÉRIMÈTRE --by NOM --reason TEXTE
rempart incident exposure N --by NOM                                        établit la liste exacte
rempart incident facts N --file FAITS.json --by NOM
rempart incident severity N --file EVALUATION.json --by NOM --reason TEXTE
rempart incident decide N --notify|--none --by NOM [--and NOM] --reason TEXTE
rempart incident documents N [--prepare --by NOM --and NOM] [--save DOSSIER]
rempart incident send N --by NOM --and NOM [--document D --via MOYEN --proof TEXTE] [--late-reason TEXTE]
rempart incident insurers N [--remind AMC --by NOM]
rempart incident clock C --by NOM [--at DATE] [--late-reason TEXTE]         un délai tenu par un autre moyen
rempart incident mandate AMC --reference TEXTE --by NOM --and NOM
rempart incident register [--out FICHIER.json]                              article 33(5)
rempart incident stix N --out FICHIER --issuer URL --operator NOM --by NOM    le dossier en STIX 2.1, signé
rempart incident key                                                        clé publique de l’exploitant
PÉRIMÈTRE : --user CLIENT/PSEUDONYME --installation CLIENT --rpps RPPS --establishment FINESS --session EMPREINTE (répétables)\n`;

const text = { type: 'string' } as const;
const many = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = { title: text, since: text, until: text, by: text, and: text, reason: text, at: text, file: text, save: text, out: text, document: text, via: text, proof: text, reference: text, remind: text, 'late-reason': text,
  user: many, installation: many, rpps: many, establishment: many, session: many, all: flag, drill: flag, notify: flag, none: flag, prepare: flag } as const;
type Values = ReturnType<typeof read>['values'];

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
}

function fail(fr: string, en: string): never {
  throw new AppError({ code: 'bad-input', publicText: { fr, en } });
}

interface Work {
  readonly pool: Pool;
  readonly keyRing: KeyRing;
  readonly id: number;
  readonly values: Values;
  readonly say: (line: string) => void;
}

function dateOf(typed: string | undefined, option: string): Date {
  const date = new Date(typed ?? '');
  return Number.isNaN(date.getTime()) ? fail(`--${option} : une date, 2026-11-24T08:00.`, `--${option}: a date, 2026-11-24T08:00.`) : date;
}

const orderOf = ({ by = '', and, reason }: Values): incidents.TwoPersons => ({ by, ...(and === undefined ? {} : { and }), ...(reason === undefined ? {} : { reason }) }) as incidents.TwoPersons;
const lateOf = (values: Values): { lateReason?: string } => (values['late-reason'] === undefined ? {} : { lateReason: values['late-reason'] });
const atOf = (values: Values): { at?: Date } => (values.at === undefined ? {} : { at: dateOf(values.at, 'at') });

async function scopeOf({ pool, values }: Pick<Work, 'pool' | 'values'>): Promise<incidents.Scope> {
  const users = (values.user ?? []).map((one) => ({ kind: 'user', client: one.split('/')[0] ?? '', pseudonym: one.split('/').slice(1).join('/') }) as const);
  const named = (kind: 'installation' | 'professional' | 'establishment' | 'session', names: readonly string[] = []): incidents.Named[] => names.map((name) => ({ kind, name }));
  const all: incidents.Named[] = [...users, ...named('installation', values.installation), ...named('professional', values.rpps), ...named('establishment', values.establishment), ...named('session', values.session)];
  const items = await Promise.all(all.map((one) => incidents.findScopeItem(pool, one)));
  return { items, from: dateOf(values.since, 'since'), ...(values.until === undefined ? {} : { to: dateOf(values.until, 'until') }) };
}

function jsonFile(path: string | undefined): unknown {
  if (path === undefined || !existsSync(path)) fail(`Fichier introuvable : ${path ?? '--file'}.`, `No such file: ${path ?? '--file'}.`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return fail(`${path} n’est pas du JSON.`, `${path} is not JSON.`);
  }
}

async function show({ pool, id, say }: Work): Promise<void> {
  say(incidentPage({ incident: await incidents.getIncident(pool, id), clocks: await incidents.readClocks(pool, id), left: await incidents.leftToDo(pool, id), now: new Date() }));
  const exposure = await incidents.findExposure(pool, id);
  if (exposure !== undefined) say(exposurePage(exposure, []));
  for (const event of await incidents.readEvents(pool, id)) say(`   ${event.at.toISOString()}  ${event.kind}  ${event.and === null ? event.by : `${event.by} et ${event.and}`}\n`);
}

async function expose({ pool, keyRing, id, values, say }: Work): Promise<void> {
  const before = await incidents.findExposure(pool, id);
  const decoys = createDecoyKeeper(keyRing.decoyKey);
  const bar = new SingleBar({ format: 'Lecture du journal [{bar}] {value}/{total}', hideCursor: true, stream: process.stderr });
  bar.start(1, 0);
  const exposure = await incidents.listExposure(pool, id, { ...orderOf(values), decoysAmong: decoys.decoysAmong, onProgress: (done, of) => { bar.setTotal(of); bar.update(done); } }).finally(() => bar.stop());
  say(exposurePage(exposure, before === undefined ? [] : await incidents.compareExposures(pool, { before: before.id, after: exposure.id })));
}

async function saveAll({ pool, id, values }: Work): Promise<void> {
  const folder = resolve(values.save ?? '.');
  for (const document of await incidents.readDocuments(pool, id)) {
    const kind = { 'application/json': 'json', 'application/pdf': 'pdf' }[document.mediaType] ?? 'age';
    const out = createWriteStream(join(folder, `incident-${id}-${document.id}-${document.kind}-${document.recipient.replaceAll(/[^\w-]/g, '-')}-v${document.version}.${kind}`), { mode: 0o600 });
    for await (const part of incidents.readContent(pool, document)) out.write(part);
    out.end();
    await finished(out);
  }
}

async function documents(work: Work): Promise<void> {
  const { pool, id, values, keyRing, say } = work;
  if (values.prepare) {
    const bar = new SingleBar({ format: '{what} [{bar}] {value}/{total}', hideCursor: true, stream: process.stderr });
    bar.start(1, 0, { what: '' });
    await incidents.prepareDocuments(pool, id, { ...orderOf(values), keyRing, periodKeys: periodKeys(), operator: readOperator(), ...(values['late-reason'] === undefined ? {} : { lateReasons: values['late-reason'] }), onProgress: (what, done, of) => { bar.setTotal(of); bar.update(done, { what: what === 'packs' ? 'Dossiers chiffrés' : 'Formulaires' }); } }).finally(() => bar.stop());
  }
  for (const document of await incidents.readDocuments(pool, id)) say(documentLine(document));
  if (values.save !== undefined) await saveAll(work);
}

async function send({ pool, id, values, say }: Work): Promise<void> {
  const order = { ...orderOf(values), ...lateOf(values) };
  if (values.document !== undefined) {
    await incidents.sendDocument(pool, Number(values.document), { ...order, via: values.via ?? '', proof: { said: values.proof ?? '' } });
    say(`Document ${values.document} : envoyé.\n`);
  } else say(`${await incidents.sendToInsurers(pool, id, order)} documents mis à disposition des assureurs.\n`);
}

async function insurers({ pool, id, values, say }: Work): Promise<void> {
  const standings = await incidents.readStandings(pool, id);
  if (values.remind !== undefined) {
    const found = standings.find((one) => one.amcNumber === values.remind) ?? fail('Cet assureur n’est pas concerné.', 'This insurer is not concerned.');
    await incidents.noteReminder(pool, id, { ...orderOf(values), insurerId: found.insurerId, what: found.acknowledgedAt === null ? 'acknowledge' : 'tell-persons' });
  }
  for (const one of standings) say(standingLine(one));
}

async function mandate({ pool, values }: Work, amc: string): Promise<void> {
  const insurer = (await incidents.findInsurerByAmc(pool, amc)) ?? fail('Assureur inconnu.', 'Unknown insurer.');
  await incidents.recordMandate(pool, { ...orderOf(values), insurerId: insurer, reference: values.reference ?? '' });
}

const move = (to: incidents.IncidentState) => ({ pool, id, values }: Work): Promise<void> => incidents.moveIncident(pool, id, { ...orderOf(values), ...atOf(values), to });

const COMMANDS: Readonly<Record<string, (work: Work, name: string) => Promise<void>>> = {
  open: async (work) => {
    const { pool, values, say } = work;
    say(`Incident n° ${await incidents.openIncident(pool, { ...orderOf(values), title: values.title ?? '', scope: await scopeOf(work), drill: values.drill })}\n`);
  },
  list: async ({ pool, values, say }) => { for (const one of await incidents.listIncidents(pool, { all: values.all })) say(summaryLine(one)); },
  show, exposure: expose, documents, send, insurers, mandate,
  confirm: move('confirmed'), contain: move('contained'), dismiss: move('dismissed'), close: move('closed'), reopen: move('contained'),
  scope: async (work) => { work.say(`Périmètre n° ${await incidents.setScope(work.pool, work.id, { ...orderOf(work.values), scope: await scopeOf(work) })} : refaites la liste (rempart incident exposure ${work.id}).\n`); },
  facts: ({ pool, id, values }) => incidents.setFacts(pool, id, { ...orderOf(values), facts: jsonFile(values.file) as incidents.Facts }),
  severity: async ({ pool, id, values, say }) => {
    const assessment = incidents.assess(jsonFile(values.file) as incidents.AssessmentInput);
    await incidents.recordAssessment(pool, id, { ...orderOf(values), assessment });
    say(`SE = ${assessment.dataContext} × ${assessment.easeOfIdentification} + ${assessment.circumstances} = ${assessment.reckoned} : ${assessment.level}. ${assessment.tellPersons ? `Proposé aux responsables : informer les personnes (${assessment.tellBecause.join(', ')}).` : 'Rien n’impose d’informer les personnes ; le responsable décide.'}\n`);
  },
  decide: ({ pool, id, values }) => (values.notify === values.none ? fail('--notify ou --none.', '--notify or --none.') : incidents.decideNotification(pool, id, { ...orderOf(values), decision: values.notify ? 'notify' : 'none' })),
  clock: ({ pool, id, values }) => incidents.meetClock(pool, id, { ...orderOf(values), ...atOf(values), ...lateOf(values) }),
  register: async ({ pool, values, say }) => {
    const lines = JSON.stringify(await incidents.readRegister(pool), null, 1);
    if (values.out === undefined) say(`${lines}\n`);
    else writeFileSync(values.out, lines, { mode: 0o600 });
  },
  key: ({ keyRing, say }) => Promise.resolve(say(keyRing.verifyingKey.export({ type: 'spki', format: 'pem' }) as string)),
};

const WITHOUT_NUMBER = new Set(['open', 'list', 'register', 'key', 'mandate']);

/** `rempart incident …`: from the first signal to every controller told, for a data-protection officer. */
export async function incident(args: readonly string[]): Promise<number> {
  if (args[0] === 'stix') return incidentStix(args);
  const { values, positionals: [name = '', which = ''] } = read(args);
  const command = COMMANDS[name];
  if (command === undefined || (!WITHOUT_NUMBER.has(name) && !/^\d+$/.test(which))) {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 2);
  try {
    await command({ pool: opened.pool, keyRing: opened.keyRing, id: Number(which), values, say: (line) => { process.stdout.write(line); } }, which);
    return 0;
  } finally {
    await opened.close();
  }
}
