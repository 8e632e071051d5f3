import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AppError, ed25519Of, log } from '../ground/index.ts';
import { findVkey, formatVkey, noteKeyOf, Witness } from '../journal/index.ts';
import { createWitnessServer } from '../servers/log/index.ts';

const USAGE = `rempart witness --name NOM --key FICHIER --log VKEY [--state FICHIER] [--port 7326]
rempart witness key --name NOM --key FICHIER        sa clé publique, à donner au journal et aux lecteurs\n`;

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

/** `rempart witness`: cosigns a journal's checkpoints as long as each goes on from the last. For whoever is not its operator. */
export async function witness(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { name, key: file, log: vkey, state, port }, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { name: text, key: text, log: text, state: text, port: { type: 'string', default: '7326' } } });
  if (name === undefined || file === undefined || (positionals[0] !== 'key' && vkey === undefined)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const key = ed25519Of(file);
  const own = formatVkey(noteKeyOf(name, key, 4));
  process.stdout.write(`${own}\n`);
  if (positionals[0] === 'key') return 0;
  const watched = findVkey(existsSync(vkey ?? '') ? readFileSync(vkey ?? '', 'utf8') : vkey ?? '');
  if (watched === undefined) throw new AppError({ code: 'bad-input', publicText: { fr: '--log : clé de journal mal formée (rempart journal key la donne).', en: '--log: malformed key of a journal (rempart journal key prints it).' } });
  const server = createWitnessServer(new Witness({ log: watched, name, key, file: state ?? `${file}.state` }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), process.env['REMPART_HOST'] ?? '127.0.0.1', resolve);
  });
  log('info', 'witness-listens', { port: Number(port), log: watched.name });
  await untilSignal();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return 0;
}
