import { join } from 'node:path';
import { stateFolder, writeSignedFile, type KeyRing, type Pool } from '../ground/index.ts';
import { loadSettlement, SETTLEMENT_MAGIC } from '../intake/index.ts';
import { formatGuaranteeNumber } from '../journal/index.ts';
import { createDecoyKeeper } from '../registry/index.ts';
import { insurerKeys } from './insurers.ts';
import { Random } from './random.ts';
import { readUnsettled, type Unsettled } from './store.ts';

/** Of a hundred guarantees so many are ever settled: others are care that did not happen, or was never billed. */
const SETTLED_SHARE = 0.8;
/** The sandbox's settlement comes 1 to 10 minutes after the care, as a real one comes days to weeks after it. */
const [FIRST_S, LAST_S] = [60, 600];

// The same guarantee has the same fate in every round: settled late, or never.
function isDue(guarantee: Unsettled): boolean {
  const random = new Random(guarantee.entry);
  random.next();
  return random.chance(SETTLED_SHARE) && guarantee.ageSeconds >= random.integer(FIRST_S, LAST_S);
}

/**
 * Plays the insurers' settlement: late and incomplete, by signed files through the real intake.
 * @returns how many uses were confirmed.
 */
export async function playSettlement(options: { readonly owner: Pool; readonly intake: Pool; readonly keyRing: KeyRing; readonly isDue?: (guarantee: Unsettled) => boolean }): Promise<number> {
  // An insurer has no care of a decoy in its books.
  const { isDecoy } = createDecoyKeeper(options.keyRing.decoyKey);
  const due = (await readUnsettled(options.owner)).filter((guarantee) => !isDecoy(guarantee.person)).filter(options.isDue ?? isDue);
  let confirmed = 0;
  for (const amc of new Set(due.map((guarantee) => guarantee.amc))) {
    const { signingKey } = await insurerKeys(amc);
    const path = join(stateFolder('sandbox', 'files'), `${amc}-settlement.csv`);
    const lines = due.filter((guarantee) => guarantee.amc === amc).map(({ entry, careDate }) => `S;${formatGuaranteeNumber(entry)};${careDate};${new Random(entry).integer(100, 9000)}`);
    await writeSignedFile(path, { magic: SETTLEMENT_MAGIC, header: `H;1;${amc}`, lines, key: signingKey });
    confirmed += (await loadSettlement({ pool: options.intake, path })).outcomes['used'] ?? 0;
  }
  return confirmed;
}
