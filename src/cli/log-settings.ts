import { openLogKey, stateFolder } from '../ground/index.ts';
import { formatVkey, noteKeyOf, Sequencer } from '../journal/index.ts';

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
  return new Sequencer({ url, origin: logOrigin(), key: openLogKey(stateFolder('keys')), folder: logFolder() });
}
