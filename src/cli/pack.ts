import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../ground/index.ts';
import { openPack, renderNotices, type NoticeProfile, type NoticeStyle, type OpenedPack, type PackPerson } from '../incidents/index.ts';

const USAGE = `rempart pack open DOSSIER.age --key IDENTITE-AGE --operator-key CLE.pem [--json]
   à faire chez l’assureur : liste ses personnes en clair
rempart notice render DOSSIER.age --key IDENTITE-AGE --operator-key CLE.pem --profile PROFIL.json [--style plain|falc|large] [--out DOSSIER] [--limit N]
   à faire chez l’assureur : un courrier par personne\n`;

const text = { type: 'string' } as const;

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: { key: text, 'operator-key': text, profile: text, style: { ...text, default: 'plain' }, out: { ...text, default: 'courriers' }, limit: text, json: { type: 'boolean', default: false } } });
}

function file(path: string | undefined, option: string): string {
  if (path !== undefined && existsSync(path)) return path;
  throw new AppError({ code: 'bad-input', publicText: { fr: `Fichier introuvable : ${path ?? option}.`, en: `No such file: ${path ?? option}.` } });
}

// The age identity's own line: a key file may have comments.
const identityIn = (path: string): string => readFileSync(path, 'utf8').split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-'))?.trim() ?? '';

function open(path: string, values: ReturnType<typeof read>['values']): Promise<OpenedPack> {
  return openPack(file(path, 'DOSSIER'), { ageIdentity: identityIn(file(values.key, '--key')), operatorKey: createPublicKey(readFileSync(file(values['operator-key'], '--operator-key'))) });
}

function line(person: PackPerson): string {
  const who = person.identity === null ? '(effacé du registre : demandez à l’exploitant)' : `${person.identity.familyName};${person.identity.givenNames};${person.identity.birthDate};${person.identity.beneficiaryId};${person.contracts.join(',')}`;
  return `${person.reference};${who};${person.minor === true ? 'mineur' : ''};${person.times};${person.at[0]};${person.at.at(-1)};${person.groups.join(',')};${person.code}\n`;
}

/** `rempart pack open`: the insurer's side; its persons in clear, on standard output. */
export async function pack(args: readonly string[]): Promise<number> {
  const { values, positionals: [name, path = ''] } = read(args);
  if (name !== 'open') {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await open(path, values);
  if (values.json) process.stdout.write(`${JSON.stringify({ about: opened.about })}\n`);
  else process.stdout.write(`reference;nom;prénoms;naissance;bénéficiaire;contrats;mineur;réponses;première;dernière;chez;code\n`);
  let [persons, minors] = [0, 0];
  for await (const person of opened.persons()) {
    process.stdout.write(values.json ? `${JSON.stringify(person)}\n` : line(person));
    persons += 1;
    if (person.minor === true) minors += 1;
  }
  process.stderr.write(`${persons} personnes, dont ${minors} mineurs. ${opened.about.todo.map((one) => `${one.what} (${one.hours} h)`).join(' ')}\n`);
  return 0;
}

/** `rempart notice render`: the insurer's side; a letter to each person, as PDF files. */
export async function notice(args: readonly string[]): Promise<number> {
  const { values, positionals: [name, path = ''] } = read(args);
  const style = (['plain', 'falc', 'large'] as const satisfies readonly NoticeStyle[]).find((one) => one === values.style);
  if (name !== 'render' || style === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const profile = JSON.parse(readFileSync(file(values.profile, '--profile'), 'utf8')) as NoticeProfile;
  const folder = resolve(values.out);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { written, withoutIdentity } = await renderNotices(await open(path, values), { profile, style, folder, ...(values.limit === undefined ? {} : { limit: Number(values.limit) }),
    onProgress: (done, of) => { if (done % 200 === 0) process.stderr.write(`${done}/${of} courriers\n`); } });
  process.stdout.write(`${written} courriers dans ${folder}\n`);
  if (withoutIdentity.length > 0) process.stderr.write(`${withoutIdentity.length} personnes n’ont plus d’identité au registre ; donnez ces références à l’exploitant : ${withoutIdentity.slice(0, 20).join(', ')}\n`);
  return 0;
}
