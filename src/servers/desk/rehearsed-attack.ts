import { callApi, obtainToken, type Enrolled } from '../../access/index.ts';
import { hash128, type Pool } from '../../ground/index.ts';
import { openIncident } from '../../incidents/index.ts';

/** A test installation and test persons, whose questions are real ones of this platform. */
export interface Rehearsal {
  readonly enrolled: Enrolled;
  readonly apiUrl: string;
  readonly persons: readonly { readonly amc: string; readonly nir: string; readonly birthDate: string; readonly birthRank: number }[];
}

const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });
const ONE_BY_ONE_MS = 40;

/**
 * Plays a stolen session that reads person after person without a card, until it is refused or the test persons are through;
 * then opens a drill over that session. Bounded by the list; everything it does is journalled like anybody's questions.
 * @returns the drill incident's number
 */
export async function playRehearsedAttack(pool: Pool, rehearsal: Rehearsal, played: { readonly by: string; readonly onProgress: (said: string) => void }): Promise<number> {
  const { enrolled, apiUrl, persons } = rehearsal;
  const from = new Date();
  const token = await obtainToken(enrolled);
  const user = `exercice-${from.getTime()}`;
  let asked = 0;
  for (const person of persons) {
    const body = { reference: `D${asked}`, user, insurer: { amcNumber: person.amc }, nir: person.nir, birthDate: person.birthDate, birthRank: person.birthRank, domain: 'PHAR', careDate: PARIS.format(new Date()) };
    const { status } = await callApi({ enrolled, token, url: `${apiUrl}/v1/checks`, body });
    asked += 1;
    if (asked % 10 === 0) played.onProgress(`${asked}/${persons.length}`);
    if (status === 403 || status === 429) break;
    await new Promise((resolve) => { setTimeout(resolve, ONE_BY_ONE_MS); });
  }
  return openIncident(pool, { by: played.by, title: `Exercice : session volée, ${asked} questions`, drill: true, reason: 'drill', scope: { items: [{ kind: 'session', id: hash128(token.value) }], from, to: new Date(Date.now() + 1) } });
}
