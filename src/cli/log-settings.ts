import { AppError, openLogKey, stateFolder } from '../ground/index.ts';
import { askWitnesses, findVkey, formatVkey, noteKeyOf, Sequencer, type KnownWitness } from '../journal/index.ts';

/** The journal's name in its checkpoints: REMPART_LOG_ORIGIN, or that of a trial machine. */
export function logOrigin(): string {
  return process.env['REMPART_LOG_ORIGIN'] ?? 'rempart.example/journal';
}

/** Where tiles and checkpoint are published: REMPART_LOG_FOLDER, or below the state folder. */
export function logFolder(): string {
  return process.env['REMPART_LOG_FOLDER'] ?? stateFolder('log');
}

/** The public key that verifies the checkpoints of this machine's journal. */
export function logVkey(): string {
  return formatVkey(noteKeyOf(logOrigin(), openLogKey(stateFolder('keys'))));
}

/** The sequencer as this machine is set up. */
export function createSequencer(url: string): Sequencer {
  const { witnesses, quorum } = readWitnesses();
  return new Sequencer({ url, origin: logOrigin(), key: openLogKey(stateFolder('keys')), folder: logFolder(),
    ...(witnesses.length === 0 ? {} : { witnesses: askWitnesses(witnesses, { quorum, folder: logFolder() }) }) });
}

/**
 * The witnesses that this machine's journal asks: REMPART_WITNESSES, a JSON list of {url, vkey}; REMPART_WITNESS_QUORUM of them
 * make a checkpoint witnessed (all, when left out).
 */
function readWitnesses(): { readonly witnesses: readonly KnownWitness[]; readonly quorum: number } {
  const listed = JSON.parse(process.env['REMPART_WITNESSES'] ?? '[]') as readonly { url: string; vkey: string }[];
  const witnesses = listed.map(({ url, vkey }) => {
    const key = findVkey(vkey);
    if (key?.type !== 4) throw new AppError({ code: 'bad-input', publicText: { fr: `REMPART_WITNESSES : clé de témoin mal formée pour ${url}.`, en: `REMPART_WITNESSES: malformed key of the witness at ${url}.` } });
    return { url, key };
  });
  return { witnesses, quorum: Number(process.env['REMPART_WITNESS_QUORUM'] ?? witnesses.length) };
}
