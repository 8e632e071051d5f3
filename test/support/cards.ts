import { randomUUID, sign, type KeyObject } from 'node:crypto';
import { callApi } from '../../src/access/index.ts';
import { cardSignedBytes, formatCardCode, type CardFields } from '../../src/identifiers/index.ts';
import { insurerKeys } from '../../src/sandbox/index.ts';
import { enrolIn, today, type Signed, type World } from './world.ts';

/** A signed card code of an insurer's. */
export async function writeCard(amc: string, change: Partial<CardFields> = {}, key?: KeyObject): Promise<string> {
  const year = today().slice(0, 4);
  const fields = { amcNumber: amc, conventionType: 'VM', csr: '101', cardId: randomUUID(), validFrom: `${year}-01-01`, validTo: `${year}-12-31`, ...change } as CardFields;
  return formatCardCode(fields, sign(null, cardSignedBytes(fields), key ?? (await insurerKeys(amc)).cardKey));
}

/** The insurer's own installation in a world. */
export function asInsurer(world: World, amc: string): Promise<Signed> {
  return enrolIn(world.database, { issuer: world.issuer, insurerAmc: amc });
}

/** Registers codes for the sample person of the world. */
export async function registerCard(world: World, insurer: Signed, codes: readonly string[]): Promise<{ registered: boolean; reason?: { code: string } }[]> {
  const { nir, birthDate, birthRank } = world.person;
  const { status, body } = await callApi({ ...insurer, url: `${world.apiUrl}/v1/cards`, body: { cards: codes.map((code) => ({ code, nir, birthDate, birthRank })) } });
  if (status !== 200) throw new Error(`register: ${status} ${JSON.stringify(body)}`);
  return (body as { cards: { registered: boolean; reason?: { code: string } }[] }).cards;
}
