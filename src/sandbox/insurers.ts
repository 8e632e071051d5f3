import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { ed25519Bytes, stateFolder, type Pool } from '../ground/index.ts';
import type { Product } from '../guarantees/index.ts';

/** A fictitious insurer with what only it holds: its signing key and its age identity. */
export interface SandboxInsurer {
  readonly amc: string;
  readonly name: string;
  readonly convention: string;
  readonly maxFileAge: string;
  readonly share: number;
  readonly products: readonly Product[];
}

const label = (fr: string, en: string): { fr: string; en: string } => ({ fr, en });
const percent = (of: 'TM' | 'TR' | 'RAC', basisPoints: number) => ({ op: 'percent', of, basisPoints }) as const;
const TM_ONLY = { formula: percent('TM', 10_000), includesAmo: false, label: label('100 % du ticket modérateur', '100 % of the ticket modérateur') } as const;

function basket(): Product['rules'] {
  return [
    { classes: ['A', 'I'], formula: percent('RAC', 10_000), includesAmo: false, memory: 'renewal', label: label('100 % Santé : reste à charge nul', '100 % Santé: nothing left to pay') },
    { families: ['optics-frame', 'optics-lens'], formula: { op: 'cents', cents: 20_000 }, includesAmo: false, memory: 'renewal', label: label('Optique : 200 € par élément, un équipement tous les deux ans', 'Optics: €200 an item, one equipment every two years') },
    { families: ['audio'], formula: percent('TR', 30_000), includesAmo: true, memory: 'renewal', label: label('Audioprothèse : 300 % de la base, tous les quatre ans', 'Hearing aid: 300 % of the base, every four years') },
    { families: ['hospital-day', 'emergency-flat', 'heavy-act'], formula: percent('RAC', 10_000), includesAmo: false, label: label('Forfaits pris en charge en entier', 'Flat amounts covered in full') },
  ];
}

const essential: Product = { code: 'ESSENTIEL', responsible: true, rules: [...basket(), TM_ONLY] };
const comfort: Product = { code: 'CONFORT', responsible: true, rules: [...basket(),
  { families: ['consultation'], formula: percent('TR', 18_000), includesAmo: true, label: label('Consultations : 180 % de la base, part obligatoire comprise', 'Consultations: 180 % of the base, compulsory part included') },
  { families: ['dental'], formula: percent('TR', 25_000), includesAmo: true, memory: 'yearly-cap', label: label('Dentaire : 250 % de la base, plafond annuel', 'Dental: 250 % of the base, yearly cap') }, TM_ONLY] };
const free: Product = { code: 'LIBERTE', responsible: false, rules: [{ families: ['consultation'], formula: percent('RAC', 10_000), includesAmo: false, label: label('Consultations : frais réels', 'Consultations: real cost') }, TM_ONLY] };
const c2s: Product = { code: 'C2S', responsible: true, rules: [...basket(), TM_ONLY] };
const local: Product = { code: 'ALSACE-MOSELLE', responsible: true, rules: [...basket(), TM_ONLY] };

/** Five insurers that do not exist. The last one agreed to send all the time and does not: its answers are not determined. */
export const SANDBOX_INSURERS: readonly SandboxInsurer[] = [
  { amc: '99100001', name: 'Mutuelle Fictive du Rempart', convention: 'VM', maxFileAge: '3 days', share: 0.34, products: [essential, comfort, c2s] },
  { amc: '99100002', name: 'Prévoyance Imaginaire', convention: 'SP', maxFileAge: '3 days', share: 0.28, products: [essential, comfort, free] },
  { amc: '99100003', name: 'Assurances Exemple', convention: 'AL', maxFileAge: '3 days', share: 0.22, products: [essential, free] },
  { amc: '99100004', name: 'Mutuelle Modèle d’Alsace', convention: 'VM', maxFileAge: '3 days', share: 0.12, products: [local, comfort] },
  { amc: '99100005', name: 'Mutuelle Silencieuse', convention: 'IS', maxFileAge: '1 second', share: 0.04, products: [essential] },
];

/** An insurer's own keys, made at first use. The platform never reads them: the sandbox plays the insurer. */
export async function insurerKeys(amc: string): Promise<{ signingKey: KeyObject; cardKey: KeyObject; ageIdentity: string }> {
  const folder = stateFolder('sandbox', 'insurers', amc);
  const [keyFile, cardFile, ageFile] = [join(folder, 'signing.pem'), join(folder, 'card.pem'), join(folder, 'age-identity')];
  for (const file of [keyFile, cardFile]) {
    if (!existsSync(file)) writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  if (!existsSync(ageFile)) writeFileSync(ageFile, await generateIdentity(), { mode: 0o600 });
  return { signingKey: createPrivateKey(readFileSync(keyFile)), cardKey: createPrivateKey(readFileSync(cardFile)), ageIdentity: readFileSync(ageFile, 'utf8') };
}

/** Registers the fictitious insurers with their public keys and rules. */
export async function registerInsurers(pool: Pool): Promise<void> {
  for (const insurer of SANDBOX_INSURERS) {
    const keys = await insurerKeys(insurer.amc);
    const printed = insurer.amc.endsWith('5') || insurer.amc.endsWith('1');
    const rule = printed ? label("Cet assureur accepte la carte imprimée en cours de validité jusqu'à 200 €.", 'This insurer accepts the printed card in its validity, up to €200.')
      : label("Cet assureur n'accepte pas la carte imprimée : appelez-le.", 'This insurer does not accept the printed card: call it.');
    const channel = label(`Téléphone : 09 99 99 00 0${insurer.amc.at(-1)} (fictif).`, `Telephone: 09 99 99 00 0${insurer.amc.at(-1)} (fictitious).`);
    await pool.query(`insert into registry.insurer (amc_number, name, signing_key, card_key, age_recipient, max_file_age, undetermined_rule, channel, printed_card_accepted)
      values ($1, $2, $3, $9, $4, $5, $6, $7, $8) on conflict (amc_number) do nothing`,
    [insurer.amc, insurer.name, ed25519Bytes(createPublicKey(keys.signingKey)), await identityToRecipient(keys.ageIdentity), insurer.maxFileAge, JSON.stringify(rule), JSON.stringify(channel), printed, ed25519Bytes(createPublicKey(keys.cardKey))]);
  }
}
