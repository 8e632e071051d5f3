import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { callApi, createInstallation, enrol, generateClientKey, obtainToken, type Enrolled } from '../access/index.ts';
import { AppError, stateFolder } from '../ground/index.ts';
import { cardSignedBytes, formatCardCode, parseAmcNumber, parseConventionType, parseCsr, parsePlainDate, type CardFields } from '../identifiers/index.ts';
import { insurerKeys } from '../sandbox/index.ts';
import { cardPage, type Holder } from './card-page.ts';
import { keepClient, readClient } from './client-keys.ts';
import { openForRole, readRunning } from './context.ts';

const USAGE = `rempart card issue --holder FICHIER.json --key CLE.pem --client NOM [--out FICHIER.html]
rempart card issue --sample [--out FICHIER.html]     (bac à sable : la personne d'essai et les siens)
rempart card revoke CODE… --client NOM\n`;

/** Where `rempart start` leaves the sample contract. */
export const sampleHolderFile = (): string => join(stateFolder('sandbox'), 'holder.json');

function fail(fr: string, en: string): never {
  throw new AppError({ code: 'bad-input', publicText: { fr, en } });
}

// In the sandbox the fictitious insurer enrols its system at its first card.
async function sandboxInsurer(amc: string): Promise<Enrolled> {
  const { authUrl: issuer } = readRunning();
  const known = readClient(`insurer-${amc}`, issuer);
  if (known !== undefined) return known;
  const opened = await openForRole('rempart_desk', 1);
  try {
    const { code } = await createInstallation(opened.pool, { insurerAmc: amc, vendor: 'Rempart', software: 'rempart card' });
    const enrolled = await enrol({ issuer, code, key: generateClientKey() });
    keepClient(`insurer-${amc}`, enrolled);
    return enrolled;
  } finally {
    await opened.close();
  }
}

/** A signed code for each beneficiary, each with an id of its own. */
export function writeCodes(holder: Holder, key: KeyObject): string[] {
  return holder.beneficiaries.map(() => {
    const fields: CardFields = { amcNumber: parseAmcNumber(holder.insurer.amcNumber), conventionType: parseConventionType(holder.insurer.conventionType), csr: parseCsr(holder.insurer.csr), cardId: randomUUID(),
      validFrom: parsePlainDate(holder.validFrom), validTo: parsePlainDate(holder.validTo) };
    return formatCardCode(fields, sign(null, cardSignedBytes(fields), key));
  });
}

async function register(holder: Holder, codes: readonly string[], enrolled: Enrolled): Promise<void> {
  const cards = holder.beneficiaries.map((person, i) => ({ code: codes[i], birthDate: person.birthDate, birthRank: person.birthRank, ...(person.nir === undefined ? { adherentNumber: holder.adherentNumber } : { nir: person.nir }) }));
  const reply = await callApi({ enrolled, token: await obtainToken(enrolled), url: `${readRunning().apiUrl}/v1/cards`, body: { cards } });
  const outcomes = (reply.body as { cards?: readonly { index: number; registered: boolean; reason?: { text: { fr: string; en: string } } }[] }).cards;
  if (reply.status !== 200 || outcomes === undefined) fail(`Refusé (${reply.status}) : ${(reply.body as { title?: string }).title ?? ''}`, `Refused (${reply.status})`);
  const refused = outcomes.find((outcome) => !outcome.registered);
  if (refused !== undefined) fail(`Bénéficiaire ${refused.index + 1} : ${refused.reason?.text.fr ?? ''}`, `Beneficiary ${refused.index + 1}: ${refused.reason?.text.en ?? ''}`);
}

async function issue(values: { readonly holder?: string; readonly key?: string; readonly client?: string; readonly out?: string; readonly sample: boolean }): Promise<number> {
  const file = values.sample ? sampleHolderFile() : values.holder;
  if (file === undefined || !existsSync(file)) fail(`Fichier introuvable : ${file ?? '--holder'}.`, `No such file: ${file ?? '--holder'}.`);
  const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
  const amc = holder.insurer.amcNumber;
  const enrolled = values.sample ? await sandboxInsurer(amc) : readClient(values.client ?? '', readRunning().authUrl);
  if (enrolled === undefined || (!values.sample && values.key === undefined)) fail("Il faut --key et une installation d'assureur enrôlée (--client).", '--key and an enrolled insurer’s installation (--client) are needed.');
  const key = values.sample ? (await insurerKeys(amc)).cardKey : createPrivateKey(readFileSync(values.key ?? ''));
  const codes = writeCodes(holder, key);
  await register(holder, codes, enrolled);
  const out = resolve(values.out ?? join(stateFolder('cards'), `carte-${holder.adherentNumber}.html`));
  writeFileSync(out, cardPage(holder, codes), { mode: 0o600 });
  process.stdout.write(`${holder.beneficiaries.map((person, i) => `${person.firstName.padEnd(14)} ${codes[i]}`).join('\n')}\n\nCarte à imprimer ou à garder sur un téléphone : ${out}\n`);
  return 0;
}

async function revoke(codes: readonly string[], client: string): Promise<number> {
  const enrolled = readClient(client, readRunning().authUrl);
  if (enrolled === undefined) fail(`Aucune clé « ${client} » ici.`, `No key "${client}" here.`);
  const reply = await callApi({ enrolled, token: await obtainToken(enrolled), url: `${readRunning().apiUrl}/v1/cards/revocations`, body: { cards: codes.map((code) => ({ code })) } });
  if (reply.status !== 200) fail(`Refusé (${reply.status}).`, `Refused (${reply.status}).`);
  process.stdout.write(`${(reply.body as { revoked: number }).revoked} carte(s) annulée(s)\n`);
  return 0;
}

/** `rempart card issue|revoke`: an insurer's side of card codes. Its key signs here, and is never sent. */
export async function card(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { holder: text, key: text, client: text, out: text, sample: { type: 'boolean', default: false } } });
  const [verb, ...codes] = positionals;
  if (verb === 'issue' && (values.sample || values.holder !== undefined)) return issue(values);
  if (verb === 'revoke' && codes.length > 0 && values.client !== undefined) return revoke(codes, values.client);
  process.stderr.write(USAGE);
  return 2;
}
