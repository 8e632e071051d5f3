import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, stateFolder, type Pool } from '../ground/index.ts';
import { addPeer, isPeerUrl, listPeers, listSignalAlarms, newPairKey, openSigningKey, PairKeys, removePeer, seeSignalAlarm, signalCompromise, type PeerDescription } from '../incidents/index.ts';
import { openForRole } from './context.ts';

const USAGE = `rempart peer self --issuer URL [--name NAME] [--poll]      what a peer must know of us, as JSON
rempart peer new-key FILE                                  a fresh key for one pair, to hand over by another way
rempart peer add FILE --pair-key FILE --by NAME --and ANOTHER-NAME
rempart peer list
rempart peer remove ISSUER --by NAME
rempart peer signal FREEZE-ID --by NAME --reason TEXT      this freeze is a compromise: tell the peers
rempart peer seen ALARM-ID --by NAME\n`;

interface Given {
  readonly positionals: readonly string[];
  readonly values: Readonly<Partial<Record<'issuer' | 'name' | 'pair-key' | 'by' | 'and' | 'reason', string>>> & { readonly poll: boolean };
}

function refuse(fr: string, en: string): never {
  throw new AppError({ code: 'bad-input', publicText: { fr: `Rien n’a été changé : ${fr}`, en: `Nothing was changed: ${en}` } });
}

const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const keyFolder = (): string => stateFolder('keys');

async function withDesk(work: (pool: Pool) => Promise<void>): Promise<number> {
  const opened = await openForRole('rempart_desk', 1);
  try {
    await work(opened.pool);
    return 0;
  } finally {
    await opened.close();
  }
}

function readDescription(file: string): PeerDescription {
  let peer: Partial<PeerDescription> & { keys?: { keys?: unknown } };
  try {
    peer = JSON.parse(readFileSync(file, 'utf8')) as typeof peer;
  } catch {
    return refuse('le fichier du pair est introuvable ou n’est pas du JSON.', 'the peer’s file cannot be found or is not JSON.');
  }
  const { issuer = '', name = '', kind, keys, pushUrl, pollsAt } = peer;
  if (!isPeerUrl(issuer) || name.trim() === '' || (kind !== 'operator' && kind !== 'identity-provider')) refuse('issuer (https), name et kind (operator ou identity-provider) sont demandés.', 'issuer (https), name and kind (operator or identity-provider) are needed.');
  for (const url of [pushUrl, pollsAt]) if (url !== undefined && !isPeerUrl(url)) refuse('pushUrl et pollsAt sont des adresses https.', 'pushUrl and pollsAt are https addresses.');
  const { freezesAnHour = 20 } = peer;
  if (!Number.isInteger(freezesAnHour) || freezesAnHour < 0 || freezesAnHour > 60) refuse('freezesAnHour est un nombre entier de 0 à 60.', 'freezesAnHour is a whole number from 0 to 60.');
  const pinned = Array.isArray(keys?.keys) ? (keys.keys as Record<string, unknown>[]) : [];
  if (pinned.length === 0 || pinned.some((key) => key['kty'] !== 'EC' || key['crv'] !== 'P-256' || key['d'] !== undefined)) refuse('keys doit être un jeu de clés publiques P-256 (JWK).', 'keys must be a set of public P-256 keys (JWK).');
  return peer as PeerDescription;
}

async function add({ positionals: [, file = ''], values }: Given): Promise<number> {
  const peer = readDescription(file);
  const pairFile = values['pair-key'] ?? refuse('--pair-key est demandé : la clé convenue avec ce pair.', '--pair-key is needed: the key agreed with this peer.');
  return withDesk(async (pool) => {
    const id = await addPeer(pool, peer, { by: values.by ?? '', and: values.and ?? '' });
    if (id === null) refuse('deux noms différents sont demandés (--by, --and), ou ce pair est déjà là.', 'two different names are needed (--by, --and), or this peer is there already.');
    new PairKeys(join(keyFolder(), 'pairs')).keep(peer.issuer, readFileSync(pairFile, 'utf8'));
    say(`pair n° ${id}. Supprimez maintenant ${pairFile}.`);
  });
}

async function self({ values: { issuer = '', name = 'Rempart', poll } }: Given): Promise<number> {
  if (!isPeerUrl(issuer)) refuse('--issuer est l’adresse publique du serveur de signaux, https.', '--issuer is the public address of the signals server, https.');
  const { publicKeys } = await openSigningKey(keyFolder());
  say(JSON.stringify({ issuer, name, kind: 'operator', keys: publicKeys, ...(poll ? { pollsAt: `${issuer}/signals/poll` } : { pushUrl: `${issuer}/signals/events` }) }, null, 2));
  return 0;
}

function list(): Promise<number> {
  return withDesk(async (pool) => {
    for (const peer of await listPeers(pool)) say(`${peer.id}  ${peer.issuer}  ${peer.name}  ${peer.kind}  ${peer.sendsBy}  ${peer.status}  ${peer.verifiedAt === null ? 'pas encore vérifié' : `vérifié ${peer.verifiedAt.toISOString()}`}  au plus ${peer.freezesAnHour} gels par heure`);
    for (const alarm of await listSignalAlarms(pool)) say(`ALARME ${alarm.id}  ${alarm.issuer}  ${alarm.kind}  ${alarm.count} fois dans l’heure de ${alarm.hour.toISOString()}`);
  });
}

const VERBS: Readonly<Record<string, (given: Given) => Promise<number>>> = {
  self, add, list,
  'new-key': async ({ positionals: [, file] }) => {
    if (file === undefined) return usage();
    writeFileSync(file, JSON.stringify(newPairKey()), { mode: 0o600, flag: 'wx' });
    say(`${file} : à remettre à l’autre opérateur par un moyen sûr, puis à supprimer.`);
    return 0;
  },
  remove: ({ positionals: [, issuer = ''], values }) => withDesk(async (pool) => { if (!(await removePeer(pool, issuer, values.by ?? ''))) refuse('pair inconnu, ou --by manque.', 'unknown peer, or --by is missing.'); }),
  signal: ({ positionals: [, freeze = ''], values }) => withDesk(async (pool) => {
    const told = await signalCompromise(pool, { freeze: Number(freeze), by: values.by ?? '', reason: values.reason ?? '' });
    if (told === null) refuse('ce gel n’est pas ouvert, ou --by ou --reason manque.', 'this freeze is not open, or --by or --reason is missing.');
    say(`${told} pair(s) prévenu(s)`);
  }),
  seen: ({ positionals: [, id = ''], values }) => withDesk(async (pool) => { if (!(await seeSignalAlarm(pool, Number(id), values.by ?? ''))) refuse('alarme inconnue ou déjà vue, ou --by manque.', 'unknown or seen already, or --by is missing.'); }),
};

function usage(): number {
  process.stderr.write(USAGE);
  return 2;
}

/** `rempart peer`: the operators and identity providers that signals are exchanged with (docs/how-to/connect-a-peer.md). */
export async function peer(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { issuer: text, name: text, 'pair-key': text, by: text, and: text, reason: text, poll: { type: 'boolean', default: false } } });
  return VERBS[positionals[0] ?? '']?.({ positionals, values }) ?? usage();
}
