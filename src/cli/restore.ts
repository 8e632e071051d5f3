import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, openLogKey, stateFolder } from '../ground/index.ts';
import { beginLog, noteKeyOf, openCheckpoint, PUBLISHED, readStanding, type SignedCheckpoint, type Standing } from '../journal/index.ts';
import { openForRole } from './context.ts';
import { logFolder, logOrigin } from './log-settings.ts';

const FURTHER = "recovery_target_timeline = 'current', docs/how-to/back-up-and-restore.md";

const USAGE = `rempart restore status
rempart restore new-log --by NAME --and NAME --reason TEXT [--lost CHECKPOINT]\n`;

function describe({ stands, timeline, stoodOn, lostSize, claimedSize, gapEntry, size }: Standing): string {
  if (stands) return `✔ la porte répond (historique ${timeline}, ${size} feuilles)\n  the gate answers\n`;
  if (gapEntry !== null) return `✘ fermée : l’écriture ${gapEntry} dit ce qui manque ; un nouveau journal doit la signer (copiez le dossier tile/ de l’ancien, et lui seul, dans un autre REMPART_LOG_FOLDER, et démarrez « log » sous un autre REMPART_LOG_ORIGIN)\n  closed until a new log signs the gap: copy the old folder's tile/, and nothing else of it, into another REMPART_LOG_FOLDER, and start « log » under another REMPART_LOG_ORIGIN\n`;
  if (lostSize !== null) return `✘ fermée : ${lostSize} feuilles ont été signées, ${size} sont ici. Restaurez plus loin (${FURTHER}), ou renoncez : rempart restore new-log\n  closed: ${lostSize} leaves were signed, ${size} are here. Restore further (${FURTHER}), or give them up\n`;
  if (claimedSize !== null) return `✘ fermée : un témoin dit avoir cosigné ${claimedSize} feuilles, ${size} sont ici, et trop peu d’autres cosignent ce qui est ici (journal de « log » : log-witness-knows-more). Restaurez plus loin (${FURTHER}) ; ou, si ce témoin se trompe, retirez-le de REMPART_WITNESSES et redémarrez « log »\n  closed: a witness claims to have cosigned ${claimedSize} leaves, ${size} are here, and too few others cosign what is here (log-witness-knows-more in the output of « log »). Restore further (${FURTHER}); or, if that witness is wrong, take it out of REMPART_WITNESSES and restart « log »\n`;
  return `✘ fermée : restaurée ou promue (historique ${stoodOn} → ${timeline}), pas encore comparée au journal publié : démarrez « log » avec le dossier publié\n  closed: restored or promoted, not yet held against the published journal: start « log » with the published folder\n`;
}

// The last checkpoint of the log that is given up: what the new one's first entry of its own names.
function readLost(path: string): SignedCheckpoint {
  const lost = existsSync(path) ? openCheckpoint(readFileSync(path, 'utf8'), noteKeyOf(logOrigin(), openLogKey(stateFolder('keys')))) : undefined;
  if (lost !== undefined) return lost;
  throw new AppError({ code: 'bad-input', publicText: { fr: `Pas de point de contrôle signé du journal ${logOrigin()} dans ${path}. Donnez-le par --lost (dossier publié, copie d’un miroir, témoin).`,
    en: `No signed checkpoint of the journal ${logOrigin()} in ${path}. Give it by --lost (published folder, a mirror's copy, a witness).` } });
}

/** `rempart restore status|new-log`: what a restored database lacks, and the order to go on without it. */
export async function restore(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { by = '', and = '', reason = '', lost }, positionals: [what] } = parseArgs({ args: [...args], allowPositionals: true, options: { by: text, and: text, reason: text, lost: text } });
  if (what !== 'status' && what !== 'new-log') {
    process.stderr.write(USAGE);
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  const { pool } = opened;
  try {
    if (what === 'new-log') {
      const { origin, size, root } = readLost(lost ?? join(logFolder(), PUBLISHED.checkpoint));
      const entry = await beginLog(pool, { by, and, reason }, { origin, size, root: root.toString('base64') });
      if (entry === null) throw new AppError({ code: 'bad-input', publicText: { fr: 'Il faut deux noms, un motif, et une porte fermée par une restauration.', en: 'Two names and a reason are needed, and a gate that a restoration closed.' } });
    }
    const standing = await readStanding(pool);
    process.stdout.write(describe(standing));
    return standing.stands ? 0 : 1;
  } finally {
    await opened.close();
  }
}
