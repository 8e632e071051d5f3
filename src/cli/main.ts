import { AppError } from '../ground/index.ts';

type Command = (args: readonly string[]) => Promise<number>;

interface Entry {
  readonly does: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  start: { does: 'run everything on this machine, with a made-up population', load: async () => (await import('./start.ts')).start },
  serve: { does: 'run one process (serve --help lists them)', load: async () => (await import('./serve.ts')).serve },
  migrate: { does: 'bring the database of DATABASE_URL to this program', load: async () => (await import('./migrate.ts')).migrateDatabase },
  init: { does: 'the desk’s first officers and their one-time codes', load: async () => (await import('./init.ts')).init },
  officer: { does: 'officer list | officer renew NAME', load: async () => (await import('./officer.ts')).officer },
  ask: { does: 'ask a rights question', load: async () => (await import('./ask.ts')).ask },
  reckon: { does: 'reckon the invoice lines of a file, without a server', load: async () => (await import('./reckon.ts')).reckon },
  load: { does: "load an insurer's signed file", load: async () => (await import('./load.ts')).load },
  directory: { does: 'load the directory of professionals', load: async () => (await import('./directory.ts')).directory },
  installation: { does: 'create, list, suspend installations', load: async () => (await import('./installation.ts')).installation },
  freeze: { does: 'stop one user or installation at its next question', load: async () => (await import('./freeze.ts')).freeze },
  unfreeze: { does: 'lift a freeze', load: async () => (await import('./freeze.ts')).unfreeze },
  decoys: { does: 'decoys status | decoys rotate: persons who do not exist, who notice the reading of lists', load: async () => (await import('./decoys.ts')).decoys },
  alarms: { does: 'establishments, vendors or the platform above what is usual', load: async () => (await import('./alarms.ts')).alarms },
  stop: { does: 'stop an establishment, a vendor or the platform: two persons, a reason, an end', load: async () => (await import('./stop.ts')).stop },
  ceilings: { does: 'what is left to questions without presence, by the share that comes with one', load: async () => (await import('./ceilings.ts')).ceilings },
  journal: { does: 'journal tail | export | key | verify: what was told to whom, and its proof', load: async () => (await import('./journal.ts')).journal },
  restore: { does: 'restore status | restore new-log: whether a restored database may answer', load: async () => (await import('./restore.ts')).restore },
  witness: { does: 'cosign a journal’s checkpoints, for whoever is not its operator', load: async () => (await import('./witness.ts')).witness },
  retention: { does: 'retention show, run, set: how long anything is kept', load: async () => (await import('./retention.ts')).retention },
  insurer: { does: 'insurer leave: its data goes back to it and is destroyed here', load: async () => (await import('./insurer.ts')).insurer },
  card: { does: 'card issue | card revoke: signed card codes, for an insurer', load: async () => (await import('./card.ts')).card },
  passkey: { does: 'passkey forgive: two operators let a new passkey be enrolled at once', load: async () => (await import('./passkey.ts')).passkey },
  notices: { does: 'what a person must hear by another channel: list, mark as delivered', load: async () => (await import('./notices.ts')).notices },
  'notice-check': { does: 'notice-check publish: the page that confirms a notice’s code', load: async () => (await import('./notice-check.ts')).noticeCheck },
  peer: { does: 'operators we exchange signals with: add, list, remove, signal a compromise', load: async () => (await import('./peer.ts')).peer },
  incident: { does: 'from the first signal to every controller told: open, list, exposure, documents, send, close, register', load: async () => (await import('./incident.ts')).incident },
  pack: { does: "pack open: an insurer reads its own persons of an incident", load: async () => (await import('./pack.ts')).pack },
  notice: { does: "notice render: an insurer's letters to its persons", load: async () => (await import('./pack.ts')).notice },
  guarantee: { does: 'guarantee cancel: one obtained through a compromised credential', load: async () => (await import('./guarantee.ts')).guarantee },
};

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return `rempart COMMAND …\n\n${Object.entries(COMMANDS).map(([name, entry]) => `  ${name.padEnd(width)}  ${entry.does}`).join('\n')}\n`;
}

function explain(error: AppError): string {
  const faults = error.faults.map((fault) => `  ${fault.field}: ${fault.message.fr} (${fault.rule}) ${fault.remedy.fr}\n`);
  return `${error.publicText.fr}\n${error.publicText.en}\n${faults.join('')}`;
}

const BROKEN = 70;

// A mistake on the command line is said in a sentence. Anything else is ours: its code is none of a verdict's (ask: 0, 1, 3).
function explainOther(cause: unknown): number {
  const { code = '', message = '', path } = cause as { code?: string; message?: string; path?: string };
  if (code.startsWith('ERR_PARSE_ARGS')) process.stderr.write(`Option mal écrite ou inconnue.\n${message}\n`);
  else if (path !== undefined && ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR'].includes(code)) process.stderr.write(`${path} : fichier introuvable ou illisible.\n${path}: no such file, or it cannot be read.\n`);
  else {
    process.stderr.write(`${cause instanceof Error ? cause.stack ?? message : 'unexpected'}\n`);
    return BROKEN;
  }
  return 2;
}

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2);
  const entry = COMMANDS[name];
  if (entry === undefined) {
    process.stderr.write(usage());
    return name === '' || name === 'help' || name === '--help' ? 0 : 2;
  }
  try {
    return await (await entry.load())(args);
  } catch (cause) {
    if (!(cause instanceof AppError)) return explainOther(cause);
    process.stderr.write(explain(cause));
    return 2;
  }
}

process.exitCode = await main();
