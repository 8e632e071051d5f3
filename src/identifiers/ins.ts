import { fault, refuseErrors, type Finding } from './finding.ts';
import { checkNir, parseNir, type Nir } from './nir.ts';

/** OIDs of the national health identity (FR Core). */
export const INS_OID = {
  nir: '1.2.250.1.213.1.4.8',
  nia: '1.2.250.1.213.1.4.9',
  test: '1.2.250.1.213.1.4.10',
  demo: '1.2.250.1.213.1.4.11',
} as const;

/** A qualified identity number and the OID it belongs to. */
export interface Ins {
  readonly value: Nir;
  readonly oid: string;
  /** Made-up: of the test or demonstration OID. */
  readonly madeUp: boolean;
}

const OID = fault('ins-oid',
  { fr: 'L’OID de l’INS est inconnu.', en: 'The OID of the INS is unknown.' },
  { fr: `Utilisez ${Object.values(INS_OID).join(', ')}.`, en: `Use ${Object.values(INS_OID).join(', ')}.` });
const LENGTH = fault('ins-form',
  { fr: 'L’INS a 15 caractères, clé comprise.', en: 'An INS has 15 characters, key included.' },
  { fr: 'Envoyez le NIR avec sa clé.', en: 'Send the NIR with its key.' });

const bare = (system: string): string => system.replace(/^urn:oid:/, '');

export function checkIns(value: string, system: string): readonly Finding[] {
  const findings = [...checkNir(value)];
  if (findings.length === 0 && value.replaceAll(/\s/g, '').length !== 15) findings.push(LENGTH);
  if (!(Object.values(INS_OID) as string[]).includes(bare(system))) findings.push(OID);
  return findings;
}

/** @throws IdentifierError */
export function parseIns(value: string, system: string): Ins {
  refuseErrors('ins', checkIns(value, system));
  const oid = bare(system);
  return { value: parseNir(value), oid, madeUp: oid === INS_OID.test || oid === INS_OID.demo };
}
